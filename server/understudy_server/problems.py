"""Errors as HTTP answers: the status, and a JSON body that names the problem and the remedy."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from understudy_protocol.errors import (
    Busy,
    EngineError,
    EngineUnavailable,
    FormatError,
    NightRuns,
    NotAllowed,
    NotFound,
    NoToken,
    Problem,
    RequestError,
    StoreError,
    TooLarge,
    UnderstudyError,
)

# The first class that fits decides, so the special ones stand before the general.
STATUS: tuple[tuple[type[UnderstudyError], int], ...] = (
    (NoToken, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (NightRuns, 409),
    (TooLarge, 413),
    (Busy, 429),
    (RequestError, 400),
    (FormatError, 400),  # too few tokens are left for the prompt; what else it means ends the start
    (EngineUnavailable, 503),
    (EngineError, 502),
    (StoreError, 507),
    (UnderstudyError, 500),
)

RETRY_AFTER_SECONDS = 1
"""A completion takes well under a second, so a place is free again by then."""


def problem_response(error: UnderstudyError) -> Response:
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    headers: dict[str, str] = {}
    if status in (429, 503):
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return json_response(error.to_wire(), status=status, headers=headers)


def json_response(
    value: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    body = msgspec.json.encode(value)
    return Response(body, status_code=status, headers=headers, media_type="application/json")


async def on_understudy_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, UnderstudyError)
    request.app.state.gateway.metrics.problems.labels(error.code).inc()
    response = problem_response(error)
    if isinstance(error, TooLarge) and "content-length" not in request.headers:
        response.headers["connection"] = (
            "close"  # else the rest would be read, and it may be endless
        )
    return response


async def on_unknown_path(request: Request, _: Exception) -> Response:
    remedy = "GET /openapi.json lists the paths."
    return json_response(
        Problem("not-found", f"There is no {request.url.path}.", remedy), status=404
    )


async def on_wrong_method(request: Request, _: Exception) -> Response:
    problem = f"{request.url.path} does not take {request.method}."
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    fitting = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for route in fitting for method in route.methods or ()}
    wire = Problem("bad-request", problem, "GET /openapi.json lists the methods of each path.")
    return json_response(wire, status=405, headers={"allow": ", ".join(sorted(methods))})
