"""The gateway's configuration: defaults, then a TOML file, then the environment, then flags.

Read once at start. An unknown key is an error, wherever it stands.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from understudy_protocol.errors import ConfigError
from understudy_releases.paths import default_state_dir

ENVIRONMENT_PREFIX = "UNDERSTUDY_"

DURATION_PATTERN = r"^(?=.*[1-9])\d+(\.\d+)?[smh]$"
"""As `understudy train --budget` takes it; no time at all is none."""


SHARE_BESIDE_NIGHTS = 0.6


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every setting of `understudy serve`; the sentence under a field is also its `--help`."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback needs people (`understudy people add`)."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8764
    """Port to listen on; 0 lets the system choose."""
    hostnames: tuple[str, ...] = ()
    """Names by which clients reach this gateway over a network, besides `host` and its addresses,
    for the check of the Host header."""
    model: str | None = None
    """Local directory or hub name of the model that vLLM serves. Unset: the embedded model."""
    engine_urls: tuple[str, ...] = ()
    """URLs of running vLLM servers to use instead of starting one."""
    fim_format: str | None = None
    """Name of the FIM format. Unset: chosen by the model's name."""
    prompt_tokens: Annotated[int, msgspec.Meta(ge=128)] = 1024
    """Most tokens of prompt; the model's context bounds it too."""
    max_in_flight: Annotated[int, msgspec.Meta(ge=1)] = 16
    """Completions that run at one time; the rest are told to come back."""
    database: str | None = None
    """SQLAlchemy URL of the experience store. Unset: SQLite in the state directory."""
    state_dir: Path = msgspec.field(default_factory=default_state_dir)
    """Where experience, releases, logs and the token are kept."""
    night_at: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    """Local time, such as 03:00, at which repositories are learned. Unset: at no set time."""
    night_when_idle: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Minutes without a completion after which repositories are learned. Unset: never so."""
    night_budget: Annotated[str, msgspec.Meta(pattern=DURATION_PATTERN)] = "10m"
    """Time for the night of one repository: 90s, 10m, 1h."""
    night_runtime: bool = False
    """Whether nights run a repository's own tests in a sandbox, and learn from that."""
    night_reinforce: bool = False
    """Whether nights practise on answers, and learn lessons."""
    gpu_share: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    """Share of a GPU's memory for the engine. Unset: vLLM's own, or 0.6 where nights are set, so
    that they find room beside it."""

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.state_dir.absolute() / 'experience.db'}"

    @property
    def engine_gpu_share(self) -> float | None:
        """None leaves it to vLLM."""
        has_nights = self.night_at is not None or self.night_when_idle is not None
        return SHARE_BESIDE_NIGHTS if self.gpu_share is None and has_nights else self.gpu_share

    @property
    def releases_dir(self) -> Path:
        return self.state_dir / "releases"


def load_config(
    file: Path | None,
    environment: Mapping[str, str] = os.environ,
    *,
    flags: Mapping[str, Any],
) -> Config:
    """`flags` holds only what was given on the command line.

    Raises ConfigError naming the file, variable or flag that is wrong.
    """
    values = {**_from_file(file), **_from_environment(environment), **flags}
    try:
        return msgspec.convert(values, Config, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"A setting is wrong: {error}.",
            f"The settings are {', '.join(_FIELDS)}; `understudy serve --help` explains each.",
        ) from error


def _path(kind: type, value: object) -> object:
    """A file and the environment can only write it down."""
    if isinstance(value, str) and kind is Path:
        return Path(value).expanduser()
    return value  # msgspec refuses what is none


_FIELDS = tuple(field.name for field in msgspec.structs.fields(Config))


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The configuration file {file} cannot be read: {error.strerror}.",
            "Check the path given with --config, or leave it out.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The configuration file {file} is not TOML: {error}.",
            "Mend that line and start again.",
        ) from error
    if unknown := sorted(set(values) - set(_FIELDS)):
        raise ConfigError(
            f"The configuration file {file} has unknown keys: {', '.join(unknown)}.",
            f"The keys are {', '.join(_FIELDS)}.",
        )
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """`UNDERSTUDY_PORT=9000` and so on; lists are separated by commas."""
    values: dict[str, Any] = {}
    for field in _FIELDS:
        text = environment.get(ENVIRONMENT_PREFIX + field.upper())
        if text is not None:
            is_list = field in ("hostnames", "engine_urls")
            values[field] = [part.strip() for part in text.split(",")] if is_list else text
    return values
