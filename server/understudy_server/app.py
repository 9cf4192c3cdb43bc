"""The gateway as an ASGI application: `create_app(open_gateway)` ends in the table of routes."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from understudy_protocol.errors import UnderstudyError
from understudy_server.access import AccessMiddleware
from understudy_server.config import Config
from understudy_server.gateway import Gateway
from understudy_server.operations import openapi, routes
from understudy_server.people import People
from understudy_server.problems import on_understudy_error, on_unknown_path, on_wrong_method

OpenGateway = Callable[[Config], AbstractAsyncContextManager[Gateway]]


def create_app(config: Config, open_gateway: OpenGateway) -> Starlette:
    """The application; `open_gateway` is entered at start and left at shutdown."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with open_gateway(config) as gateway:
            app.state.gateway = gateway
            yield

    people, hostnames = People(config.state_dir), (config.host, *config.hostnames)
    return Starlette(
        lifespan=lifespan,
        middleware=[Middleware(AccessMiddleware, people=people, hostnames=hostnames)],
        exception_handlers={
            404: on_unknown_path,
            405: on_wrong_method,
            UnderstudyError: on_understudy_error,
        },
        routes=[*routes(), Route("/openapi.json", document, methods=["GET"])],
    )


async def document(_: Request) -> Response:
    return JSONResponse(openapi())
