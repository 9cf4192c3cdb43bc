"""`/v1/events` and `/v1/repositories`: taking experience in, reading it, and forgetting it."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from understudy_protocol.errors import NotAllowed, NotFound, RequestError
from understudy_protocol.events import EventBatch, EventPage
from understudy_protocol.experience import RepositoryList
from understudy_protocol.repository import REPOSITORY_ID_PATTERN, RepositoryId, WireRepositoryId
from understudy_server.bodies import check_repository, read_body
from understudy_server.gateway import gateway_of
from understudy_server.people import Caller
from understudy_server.problems import json_response

BATCH_DECODER = msgspec.json.Decoder(EventBatch)
PAGE_LIMIT = 1000
READ_PARAMETERS = ("after", "limit", "repository")


async def report(request: Request) -> Response:
    """Store a batch of events

    Answers once every event of the batch is on disk. Sending a batch again stores nothing twice.
    """
    gateway, caller = gateway_of(request), _caller(request)
    batch = await read_body(request, BATCH_DECODER)
    for repository in {event.repository for event in batch.events}:
        check_repository(caller, repository)
    stored = await gateway.store.add_events(batch.events)
    for event in batch.events:
        gateway.metrics.events.labels(event.__struct_config__.tag).inc()
    return json_response(stored)


async def read(request: Request) -> Response:
    """Read events in the order in which they arrived

    Pass `next_cursor` of one page as `after` of the next.
    """
    gateway, caller = gateway_of(request), _caller(request)
    _check_names(request, READ_PARAMETERS)
    after = _number(request, "after", default=0, most=2**63 - 1)
    limit = _number(request, "limit", default=PAGE_LIMIT, most=PAGE_LIMIT)
    chosen = request.query_params.get("repository")
    repository = None if chosen is None else _repository_id(chosen)
    if repository is not None:
        check_repository(caller, repository)
    elif caller.repositories is not None:
        raise NotAllowed(
            f"The token of {caller.name} is for some repositories only.",
            "Name one of them: `?repository=ID`.",
        )
    page: EventPage = await gateway.store.events(after=after, limit=limit, repository=repository)
    return json_response(page)


async def repositories(request: Request) -> Response:
    """List the repositories with experience"""
    gateway, caller = gateway_of(request), _caller(request)
    known = await gateway.store.repositories()
    return json_response(RepositoryList(tuple(one for one in known if caller.may_use(one.id))))


async def forget(request: Request) -> Response:
    """Forget everything about one repository

    Its completions, events and releases are deleted for good.
    """
    gateway, caller = gateway_of(request), _caller(request)
    repository = _repository_id(request.path_params["id"])
    check_repository(caller, repository)
    forgotten = await gateway.store.forget(repository)
    releases = await gateway.serving.forget(repository)
    if forgotten.completions == forgotten.events == releases == 0:
        raise NotFound(
            f"Nothing is known about the repository {repository}.",
            "GET /v1/repositories lists what is.",
        )
    return json_response(msgspec.structs.replace(forgotten, releases=releases))


def _caller(request: Request) -> Caller:
    return request.state.caller


def _check_names(request: Request, known: tuple[str, ...]) -> None:
    """A misspelt `repository` must not answer with the events of all."""
    if unknown := sorted(set(request.query_params) - set(known)):
        raise RequestError(
            f"There is no parameter {', '.join(unknown)}.",
            f"The parameters are {', '.join(known)}.",
        )


def _number(request: Request, name: str, *, default: int, most: int) -> int:
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


def _repository_id(text: str) -> RepositoryId:
    try:
        return msgspec.convert(text, WireRepositoryId)
    except msgspec.ValidationError as error:
        raise RequestError(
            f"{text!r} is not a repository id.",
            f"Ids look like click-3f9a1c2b8d4e ({REPOSITORY_ID_PATTERN}).",
        ) from error
