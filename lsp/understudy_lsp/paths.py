"""Where the language server keeps things, and where it finds the gateway."""

import os
from contextlib import suppress
from pathlib import Path

import platformdirs


def state_dir() -> Path:
    """The same as the gateway's, in which it leaves its address and the local token;
    `UNDERSTUDY_STATE_DIR` overrides it."""
    chosen = os.environ.get("UNDERSTUDY_STATE_DIR")
    return Path(chosen) if chosen else platformdirs.user_state_path("understudy", appauthor=False)


def editing_dir() -> Path:
    """What the language server itself keeps: spool, consent, journal. Created, for its owner
    alone, where the disk allows; without it nothing is remembered, and suggestions come."""
    folder = state_dir() / "lsp"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def index_dir() -> Path:
    """Where indexes of workspaces are kept; they can be made again at any time."""
    chosen = os.environ.get("UNDERSTUDY_CACHE_DIR")
    cache = Path(chosen) if chosen else platformdirs.user_cache_path("understudy", appauthor=False)
    folder = cache / "index"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
