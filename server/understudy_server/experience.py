"""`/v1/events` and `/v1/repositories`: taking experience in, reading it, and forgetting it."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from understudy_protocol.completion import CompletionId, CompletionList
from understudy_protocol.errors import NotAllowed, NotFound, RequestError
from understudy_protocol.events import EventBatch, EventPage
from understudy_protocol.experience import RepositoryList
from understudy_releases.clones import forget_clones
from understudy_releases.nights import forget_nights
from understudy_server.bodies import check_repository, read_body
from understudy_server.gateway import gateway_of
from understudy_server.parameters import check_names, number, repository_id
from understudy_server.people import Caller
from understudy_server.problems import json_response

BATCH_DECODER = msgspec.json.Decoder(EventBatch)
PAGE_LIMIT = 1000
READ_PARAMETERS = ("after", "limit", "repository")
MOST_COMPLETIONS = 100
COMPLETION_PARAMETERS = ("ids",)


async def report(request: Request) -> Response:
    """Store a batch of events

    Answers once every event of the batch, and every copied completion, is on disk. Sending a batch
    again stores nothing twice.
    """
    gateway, caller = gateway_of(request), _caller(request)
    batch = await read_body(request, BATCH_DECODER)
    for repository in {fact.repository for fact in (*batch.events, *batch.completions)}:
        check_repository(caller, repository)
    stored = await gateway.store.add_events(
        batch.events, copied=batch.completions, person=caller.name
    )
    gateway.metrics.observe_batch(batch)
    return json_response(stored)


async def read(request: Request) -> Response:
    """Read events in the order in which they arrived

    Pass `next_cursor` of one page as `after` of the next.
    """
    gateway, caller = gateway_of(request), _caller(request)
    check_names(request, READ_PARAMETERS)
    after = number(request, "after", default=0, most=2**63 - 1)
    limit = number(request, "limit", default=PAGE_LIMIT, most=PAGE_LIMIT)
    chosen = request.query_params.get("repository")
    repository = None if chosen is None else repository_id(chosen)
    if repository is not None:
        check_repository(caller, repository)
    elif caller.repositories is not None:
        raise NotAllowed(
            f"The token of {caller.name} is for some repositories only.",
            "Name one of them: `?repository=ID`.",
        )
    page: EventPage = await gateway.store.events(after=after, limit=limit, repository=repository)
    return json_response(page)


async def completions(request: Request) -> Response:
    """Read completions by their ids

    Those that are stored, in the order asked for; at most 100 at a time.
    """
    gateway, caller = gateway_of(request), _caller(request)
    check_names(request, COMPLETION_PARAMETERS)
    ids = request.query_params.get("ids", "").split(",")
    if len(ids) > MOST_COMPLETIONS:
        raise RequestError(
            f"{len(ids)} completions were asked for.", f"Ask for {MOST_COMPLETIONS} at a time."
        )
    found = await gateway.store.completions(ids=[CompletionId(each) for each in ids])
    for repository in {each.repository for each in found}:
        check_repository(caller, repository)
    return json_response(CompletionList(tuple(found)))


async def repositories(request: Request) -> Response:
    """List the repositories with experience"""
    gateway, caller = gateway_of(request), _caller(request)
    known = await gateway.store.repositories()
    return json_response(RepositoryList(tuple(one for one in known if caller.may_use(one.id))))


async def forget(request: Request) -> Response:
    """Forget everything about one repository

    Its completions, events and releases are deleted for good, and what its nights kept.
    """
    gateway, caller = gateway_of(request), _caller(request)
    repository = repository_id(request.path_params["id"])
    check_repository(caller, repository)
    # First, because a night that runs would bring back what is deleted beside it.
    state = gateway.config.state_dir
    nights = await asyncio.to_thread(forget_nights, state / "nights" / repository)
    clones = await asyncio.to_thread(forget_clones, state, repository)
    forgotten = await gateway.store.forget(repository)
    releases = await gateway.serving.forget(repository)
    if forgotten.completions == forgotten.events == releases == nights == clones == 0:
        raise NotFound(
            f"Nothing is known about the repository {repository}.",
            "GET /v1/repositories lists what is.",
        )
    return json_response(msgspec.structs.replace(forgotten, releases=releases, nights=nights))


def _caller(request: Request) -> Caller:
    return request.state.caller
