from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from understudy_server.access import AccessMiddleware
from understudy_server.app import create_app
from understudy_server.config import Config
from understudy_server.gateway import open_gateway
from understudy_server.people import People, local_token


async def who(request: Request) -> PlainTextResponse:
    caller = getattr(request.state, "caller", None)
    return PlainTextResponse("open" if caller is None else f"caller {caller.name}")


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def client(state_dir: Path) -> Iterator[TestClient]:
    app = Starlette(
        routes=[Route("/v1/model", who), Route("/healthz", who)],
        middleware=[
            Middleware(AccessMiddleware, people=People(state_dir), hostnames=("Gpu-Box.internal",))
        ],
    )
    with TestClient(app, base_url="http://127.0.0.1:8764") as client:
        yield client


def bearer(state_dir: Path) -> dict[str, str]:
    return {"authorization": f"Bearer {local_token(state_dir)}"}


def test_the_local_token_opens_the_door(client: TestClient, state_dir: Path) -> None:
    assert client.get("/v1/model", headers=bearer(state_dir)).text == "caller None"


def test_health_alone_needs_no_token(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/v1/model").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic abc", "bearer  "])
def test_without_the_right_token_nothing_is_told(client: TestClient, header: str) -> None:
    answer = client.get("/v1/model", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "no-token"
    assert "understudy doctor" in answer.json()["remedy"]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost:8764", "[::1]:8764", "gpu-box.internal", "GPU-BOX.internal:80"),
        *("10.1.2.3:8764", "[fd00::7]:8764"),
    ],
)
def test_known_names_and_addresses_are_answered(
    client: TestClient, state_dir: Path, host: str
) -> None:
    answer = client.get("/v1/model", headers={**bearer(state_dir), "host": host})
    assert answer.status_code == 200


def test_the_name_that_it_listens_on_is_answered(state_dir: Path) -> None:
    config = Config(host="Gpu-Box.internal", state_dir=state_dir)
    client = TestClient(create_app(config, open_gateway), base_url="http://gpu-box.internal:8764")
    assert client.get("/openapi.json", headers=bearer(state_dir)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "", "[]"]
)
def test_a_name_that_was_rebound_to_loopback_is_refused(
    client: TestClient, state_dir: Path, host: str
) -> None:
    answer = client.get("/v1/model", headers={**bearer(state_dir), "host": host})
    assert answer.status_code == 403
    assert answer.json()["code"] == "not-allowed"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null"])
def test_a_web_page_is_refused_even_with_the_token(
    client: TestClient, state_dir: Path, origin: str
) -> None:
    answer = client.get("/v1/model", headers={**bearer(state_dir), "origin": origin})
    assert answer.status_code == 403


def test_a_page_of_our_own_is_not_a_stranger(client: TestClient, state_dir: Path) -> None:
    headers = {**bearer(state_dir), "origin": "http://127.0.0.1:8764"}
    assert client.get("/v1/model", headers=headers).status_code == 200
