"""The OpenAPI document and the routes say the same, and the files in docs are current."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from gateway_under_test import UnderTest
from starlette.routing import Route

from understudy_protocol.errors import Problem
from understudy_protocol.schema import protocol_schema
from understudy_server.app import create_app
from understudy_server.config import Config
from understudy_server.gateway import open_gateway
from understudy_server.operations import OPERATIONS, openapi

DOCS = Path(__file__).parents[2] / "docs"
NOT_DESCRIBED = {("GET", "/openapi.json")}


def described() -> dict[tuple[str, str], dict[str, Any]]:
    paths = openapi()["paths"]
    return {
        (method.upper(), path): operation
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def test_the_document_describes_every_route_and_nothing_else(tmp_path: Path) -> None:
    app = create_app(Config(state_dir=tmp_path), open_gateway)
    routes = {
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert routes - NOT_DESCRIBED == described().keys()
    assert len(described()) == len(OPERATIONS)


@pytest.mark.parametrize(
    "operation", described().values(), ids=[" ".join(key) for key in described()]
)
def test_every_operation_says_what_it_does_and_what_it_answers(operation: dict[str, Any]) -> None:
    assert 10 < len(operation["summary"]) < 80
    assert not operation["summary"].endswith(".")
    assert operation["responses"]["200"]["content"]


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = openapi()
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                found.add(str(node["$ref"]))
            for child in node.values():  # pyright: ignore[reportUnknownVariableType]
                walk(child)
        elif isinstance(node, list):
            for child in node:  # pyright: ignore[reportUnknownVariableType]
                walk(child)

    walk(document)
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert found
    assert found <= names


@pytest.mark.parametrize(
    ("name", "document"), [("openapi.json", openapi()), ("schema.json", protocol_schema())]
)
def test_the_files_in_docs_are_current(name: str, document: dict[str, Any]) -> None:
    assert msgspec.json.decode((DOCS / name).read_bytes()) == as_json(document), "run `make schema`"


async def test_the_document_is_served(under_test: UnderTest) -> None:
    assert (await under_test.http.get("/openapi.json")).json() == as_json(openapi())


async def test_no_operation_answers_with_a_status_it_does_not_announce(
    under_test: UnderTest,
) -> None:
    """Each is called with nothing it needs, and once more without a token."""
    for (method, path), operation in described().items():
        for headers in ({}, {"authorization": "Bearer wrong"}):
            answer = await under_test.http.request(method, path, headers=headers)
            assert str(answer.status_code) in operation["responses"], (method, path)
            if answer.status_code >= 400:
                msgspec.json.decode(answer.content, type=Problem)


def as_json(document: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(document))
