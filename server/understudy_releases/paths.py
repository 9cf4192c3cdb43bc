"""Where things are kept: the platform's usual folders, and the embedded model."""

import os
from pathlib import Path

import platformdirs


def default_state_dir() -> Path:
    """Experience, releases, logs and the token; `UNDERSTUDY_STATE_DIR` overrides it."""
    chosen = os.environ.get("UNDERSTUDY_STATE_DIR")
    return Path(chosen) if chosen else platformdirs.user_state_path("understudy", appauthor=False)


def default_config_file() -> Path:
    return platformdirs.user_config_path("understudy", appauthor=False) / "config.toml"


def embedded_model() -> Path:
    """The model that ships with Understudy: beside the package in a wheel, in `models/` of a
    checkout."""
    packaged = Path(__file__).parent / "models" / "prompter"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "models" / "prompter"
