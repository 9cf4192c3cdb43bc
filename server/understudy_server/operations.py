"""The gateway's HTTP interface as a table: the routes and the OpenAPI document are made from it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from understudy_protocol.completion import CompletionList, CompletionRequest, Model, StreamRecord
from understudy_protocol.errors import Problem
from understudy_protocol.events import EventBatch, EventPage, EventsStored
from understudy_protocol.experience import Forgotten, RepositoryList
from understudy_protocol.rollouts import RolloutRequest, Rollouts
from understudy_protocol.scores import ScoreRequest, Scores
from understudy_server import completions, experience, rollouts, scores, status

Endpoint = Callable[[Request], Awaitable[Response]]


class Operation(msgspec.Struct, frozen=True):
    method: str
    path: str
    endpoint: Endpoint
    """Its docstring's first line is the summary, the rest the description."""
    takes: Any = None
    """Type of the JSON body."""
    gives: Any = None
    """Type of the answer; None is plain text."""
    media: str = "application/json"
    query: tuple[str, ...] = ()
    problems: tuple[int, ...] = ()


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/v1/completions",
        endpoint=completions.complete,
        takes=CompletionRequest,
        gives=StreamRecord,
        media="text/event-stream",
        problems=(400, 413, 429, 502, 503),
    ),
    Operation(
        method="GET",
        path="/v1/completions",
        endpoint=experience.completions,
        gives=CompletionList,
        query=experience.COMPLETION_PARAMETERS,
        problems=(400,),
    ),
    Operation(
        method="POST",
        path="/v1/scores",
        endpoint=scores.score,
        takes=ScoreRequest,
        gives=Scores,
        problems=(400, 413, 429, 502, 503),
    ),
    Operation(
        method="POST",
        path="/v1/rollouts",
        endpoint=rollouts.draw,
        takes=RolloutRequest,
        gives=Rollouts,
        problems=(400, 413, 502, 503),
    ),
    Operation(
        method="POST",
        path="/v1/events",
        endpoint=experience.report,
        takes=EventBatch,
        gives=EventsStored,
        problems=(400, 413, 429, 507),
    ),
    Operation(
        method="GET",
        path="/v1/events",
        endpoint=experience.read,
        gives=EventPage,
        query=experience.READ_PARAMETERS,
        problems=(400,),
    ),
    Operation(
        method="GET",
        path="/v1/model",
        endpoint=status.model,
        gives=Model,
        query=status.MODEL_PARAMETERS,
        problems=(400,),
    ),
    Operation(
        method="GET",
        path="/v1/repositories",
        endpoint=experience.repositories,
        gives=RepositoryList,
    ),
    Operation(
        method="DELETE",
        path="/v1/repositories/{id}",
        endpoint=experience.forget,
        gives=Forgotten,
        problems=(400, 404, 409, 507),
    ),
    Operation(method="GET", path="/healthz", endpoint=status.healthz, media="text/plain"),
    Operation(
        method="GET", path="/readyz", endpoint=status.readyz, media="text/plain", problems=(503,)
    ),
    Operation(method="GET", path="/metrics", endpoint=status.metrics, media="text/plain"),
)


def routes(operations: Sequence[Operation] = OPERATIONS) -> list[Route]:
    return [
        Route(operation.path, operation.endpoint, methods=[operation.method])
        for operation in operations
    ]


def openapi(operations: Sequence[Operation] = OPERATIONS) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the table."""
    types = [kind for each in operations for kind in (each.takes, each.gives) if kind is not None]
    schemas, components = msgspec.json.schema_components(
        [*types, Problem], ref_template="#/components/schemas/{name}"
    )
    schema_of = {id(kind): schema for kind, schema in zip([*types, Problem], schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        path = paths.setdefault(each.path, {})
        path[each.method.lower()] = _operation(each, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Understudy gateway", "version": "1"},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(each: Operation, schema_of: dict[int, dict[str, Any]]) -> dict[str, Any]:
    summary, _, description = (each.endpoint.__doc__ or "").strip().partition("\n")
    answer = {"type": "string"} if each.gives is None else schema_of[id(each.gives)]
    problem = {"application/json": {"schema": schema_of[id(Problem)]}}
    is_open = each.path == "/healthz"
    refusals = () if is_open else (401, 403)
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {
            "200": {"description": "OK", "content": {each.media: {"schema": answer}}},
            **{
                str(status): {"description": "Problem and remedy", "content": problem}
                for status in sorted({*refusals, *each.problems})
            },
        },
    }
    if description.strip():
        operation["description"] = " ".join(description.split())
    if is_open:
        operation["security"] = []
    if each.takes is not None:
        body = {"application/json": {"schema": schema_of[id(each.takes)]}}
        operation["requestBody"] = {"required": True, "content": body}
    in_path = [part[1:-1] for part in each.path.split("/") if part.startswith("{")]
    operation["parameters"] = [
        {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
        for place, names in (("path", in_path), ("query", each.query))
        for name in names
    ]
    return operation
