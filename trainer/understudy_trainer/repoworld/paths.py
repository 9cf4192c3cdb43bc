"""Where RepoWorld keeps what it can make again."""

import os
from pathlib import Path

import platformdirs


def worlds_dir() -> Path:
    """Archives, release histories and task sets; `UNDERSTUDY_CACHE_DIR` moves it."""
    chosen = os.environ.get("UNDERSTUDY_CACHE_DIR")
    cache = Path(chosen) if chosen else platformdirs.user_cache_path("understudy", appauthor=False)
    return cache / "worlds"
