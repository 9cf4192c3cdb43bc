"""The gateway that runs beside the night, if one does."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.completion import Model
from understudy_protocol.errors import ConfigError
from understudy_releases.fingerprint import fingerprint
from understudy_trainer.night.telling import Night


@contextmanager
def connected(
    state: Path, base: Path, *, note: Callable[[str], None] = lambda text: None
) -> Generator[httpx.Client | None]:
    """None if none answers as one. `state` is the gateway's state folder, where it says how it is
    reached; `note` is told of one that answers otherwise.

    Raises ConfigError if it serves another model than `base`: a release of it would be refused.
    """
    try:
        url = (state / "address").read_text(encoding="ascii").strip()
        token = (state / "token").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        yield None
        return
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
        try:
            answer = client.get("/v1/model")
        except httpx.HTTPError:
            # It was killed and left its address, or is starting.
            yield None
            return
        try:
            model = msgspec.json.decode(answer.content, type=Model)
        except msgspec.DecodeError:
            note(_why_not(url, answer.status_code, state))
            yield None
            return
        if model.fingerprint != fingerprint(base):
            raise ConfigError(
                f"The gateway at {url} serves {model.name}, not the model in {base}.",
                "Name the directory of the served model with --model.",
            )
        yield client


def as_served(asked: Night, gateway: httpx.Client | None) -> Night:
    """With the name and the format that the gateway has for the base model: it writes them beside
    every completion, and what has others is taken to be another model's.

    Raises ConfigError if another format is asked for.
    """
    if gateway is None:
        return asked
    try:
        answer = gateway.get("/v1/model")
        model = msgspec.json.decode(answer.content, type=Model)
    except (httpx.HTTPError, msgspec.DecodeError):
        return asked
    chosen = asked.settings.fim_format
    if chosen not in (None, model.fim_format):
        raise ConfigError(
            f"The gateway serves {model.name} with the FIM format {model.fim_format}, and"
            f" {chosen} was asked for.",
            "Leave --fim-format out: a night takes the gateway's.",
        )
    settings = msgspec.structs.replace(asked.settings, fim_format=model.fim_format)
    return msgspec.structs.replace(asked, served_as=model.name, settings=settings)


def _why_not(url: str, status: int, state: Path) -> str:
    """Why what answers is of no use tonight, and what to do."""
    if status in (401, 403):
        return (
            f"What answers at {url} refuses the token in {state / 'token'}, so this night goes"
            " without a gateway. Is one of another state folder running there?"
        )
    return (
        f"What answers at {url} is no gateway that can be used now (HTTP {status}), so this night"
        " goes without one. `understudy doctor` says what is wrong."
    )
