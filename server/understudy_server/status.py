"""What is served and how it is doing: `/v1/model`, `/healthz`, `/readyz`, `/metrics`."""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from understudy_protocol.completion import Model
from understudy_protocol.errors import EngineUnavailable
from understudy_server.bodies import check_repository
from understudy_server.gateway import gateway_of
from understudy_server.parameters import check_names, repository_id
from understudy_server.problems import json_response, problem_response

MODEL_PARAMETERS = ("repository",)


async def model(request: Request) -> Response:
    """Tell which model is served

    With `repository`, also the release that answers for it, and what that learned of suggestions
    that are not taken.
    """
    gateway = gateway_of(request)
    check_names(request, MODEL_PARAMETERS)
    release = outcome = None
    if (chosen := request.query_params.get("repository")) is not None:
        repository = repository_id(chosen)
        check_repository(request.state.caller, repository)
        lease = gateway.serving.current(repository)
        release, outcome = lease.release, lease.learned.outcome
    return json_response(
        Model(
            name=gateway.model.name,
            fingerprint=gateway.model.fingerprint,
            fim_format=gateway.format.name,
            context=gateway.model.context,
            ready=gateway.engines.ready,
            release=release,
            outcome=outcome,
        )
    )


async def healthz(_: Request) -> Response:
    """Tell that the gateway runs (needs no token)"""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Tell whether completions are answered: 200, or 503 with the reason"""
    gateway = gateway_of(request)
    if gateway.engines.ready:
        return PlainTextResponse("ready\n")
    return problem_response(
        EngineUnavailable(
            f"The engine does not answer ({gateway.engines.state}).",
            "Wait if it is starting; otherwise `understudy doctor` says what to do.",
        )
    )


async def metrics(request: Request) -> Response:
    """Give the metrics in Prometheus' text format"""
    gateway = gateway_of(request)
    gateway.metrics.in_flight.set(gateway.admission.in_flight)
    gateway.metrics.engines_ready.set(gateway.engines.ready_count)
    gateway.metrics.engine_restarts.set(gateway.engines.restarts)
    gateway.metrics.releases.set(gateway.serving.loaded_count)
    # It reads files: what the last nights brought.
    text = await asyncio.to_thread(gateway.metrics.render)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
