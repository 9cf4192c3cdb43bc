"""Reading what a client sent: bounded, strictly decoded, refused with the place that is wrong."""

from typing import TypeVar

import msgspec
from starlette.requests import Request

from understudy_protocol.errors import NotAllowed, RequestError, TooLarge
from understudy_protocol.repository import RepositoryId
from understudy_server.people import Caller

MAX_BODY_BYTES = 4 * 1024 * 1024
"""A hole's neighbourhood is thousands of characters; whole files of this size help no model."""

T = TypeVar("T")


async def read_body(request: Request, decoder: msgspec.json.Decoder[T]) -> T:
    """Raises TooLarge before reading more than the limit, RequestError if it is not a `T`."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
    try:
        return decoder.decode(body)
    except UnicodeDecodeError as error:
        raise RequestError(
            f"The body is not UTF-8 (byte {error.start}).",
            "Encode the text as UTF-8 before sending it.",
        ) from error
    except msgspec.ValidationError as error:
        raise RequestError(
            f"The body does not fit the schema: {error}.", "GET /openapi.json has the schema."
        ) from error
    except msgspec.DecodeError as error:
        # A cursor inside a surrogate pair arrives as an unpaired \\ud83d escape, which no text
        # can hold.
        raise RequestError(
            f"The body is not valid JSON: {error}.",
            "Send one JSON object, and cut text between characters, not inside a surrogate pair.",
        ) from error


def check_repository(caller: Caller, repository: RepositoryId) -> None:
    if not caller.may_use(repository):
        raise NotAllowed(
            f"The token of {caller.name} is not for the repository {repository}.",
            "Ask whoever runs the gateway: `understudy people add` binds a token to repositories.",
        )


def _too_large() -> TooLarge:
    return TooLarge(
        f"The body is larger than {MAX_BODY_BYTES} bytes.",
        "Send a few thousand characters on each side of the cursor; more is never rendered.",
    )
