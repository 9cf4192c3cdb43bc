"""What a URL says besides its path's pattern: parameters, and the ids in it."""

import msgspec
from starlette.requests import Request

from understudy_protocol.errors import RequestError
from understudy_protocol.repository import REPOSITORY_ID_PATTERN, RepositoryId, WireRepositoryId


def check_names(request: Request, known: tuple[str, ...]) -> None:
    """A misspelt `repository` must not answer with the events of all."""
    if unknown := sorted(set(request.query_params) - set(known)):
        raise RequestError(
            f"There is no parameter {', '.join(unknown)}.",
            f"The parameters are {', '.join(known)}.",
        )


def number(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    # Python refuses to read a number of thousands of digits.
    fits = text.isascii() and text.isdigit() and len(text.lstrip("0")) <= len(str(most))
    if not fits or int(text) > most:
        raise RequestError(
            f"The parameter {name} is {text[:40]!r}.", f"Give a whole number from 0 to {most}."
        )
    return int(text)


def repository_id(text: str) -> RepositoryId:
    try:
        return msgspec.convert(text, WireRepositoryId)
    except msgspec.ValidationError as error:
        raise RequestError(
            f"{text!r} is not a repository id.",
            f"Ids look like click-3f9a1c2b8d4e ({REPOSITORY_ID_PATTERN}).",
        ) from error
