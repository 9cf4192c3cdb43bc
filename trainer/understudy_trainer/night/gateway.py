"""The gateway that runs beside the night, if one does."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.completion import Model
from understudy_protocol.errors import ConfigError
from understudy_releases.fingerprint import fingerprint


@contextmanager
def connected(state: Path, base: Path) -> Generator[httpx.Client | None]:
    """None if none answers. `state` is the gateway's state folder, where it says how it is reached.

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
            model = msgspec.json.decode(answer.content, type=Model)
        except (httpx.HTTPError, msgspec.DecodeError):
            # It was killed and left its address, or is starting.
            yield None
            return
        if model.fingerprint != fingerprint(base):
            raise ConfigError(
                f"The gateway at {url} serves {model.name}, not the model in {base}.",
                "Name the directory of the served model with --model.",
            )
        yield client
