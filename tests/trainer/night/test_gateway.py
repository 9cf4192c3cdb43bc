"""The gateway beside a night: one that answers as one, and what else answers there."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import msgspec
import pytest

from understudy_protocol.completion import Model
from understudy_protocol.errors import ConfigError
from understudy_protocol.repository import RepositoryId
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.gateway import as_served, connected
from understudy_trainer.night.telling import Night

HUB = "Qwen/Qwen2.5-Coder-1.5B"


@contextmanager
def answering(state: Path, status: int, content: bytes) -> Generator[None]:
    """Something that answers where a gateway has left its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        (state / "address").write_text(f"http://127.0.0.1:{server.server_port}\n")
        (state / "token").write_text("a-token")
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "said"), [(401, "refuses the token"), (503, "HTTP 503")])
def test_what_answers_and_is_of_no_use_is_told(tmp_path: Path, status: int, said: str) -> None:
    told: list[str] = []
    with (
        answering(tmp_path, status, b'{"code": "no"}'),
        connected(tmp_path, tmp_path / "base", note=told.append) as gateway,
    ):
        assert gateway is None
    assert len(told) == 1
    assert said in told[0]


def test_where_nothing_answers_there_is_nothing_to_tell(tmp_path: Path) -> None:
    told: list[str] = []
    with answering(tmp_path, 200, b""):
        pass
    with connected(tmp_path, tmp_path / "base", note=told.append) as gateway:
        assert gateway is None
    assert told == []


def night_of(base: Path, fim_format: str | None = None) -> Night:
    return Night(
        path=base,
        repository=RepositoryId(f"shop-{'0' * 12}"),
        state=base,
        base=base,
        budget_s=1.0,
        settings=LearnerSettings(fim_format=fim_format),
    )


def gateway_of_hub_model() -> httpx.Client:
    model = Model(name=HUB, fingerprint="f", fim_format="qwen-coder", context=1, ready=True)
    content = msgspec.json.encode(model)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=content))
    return httpx.Client(base_url="http://gateway", transport=transport)


def test_a_night_calls_the_base_model_as_the_gateway_does(tmp_path: Path) -> None:
    """A model of the hub lies in a folder that is called by its commit."""
    asked = night_of(tmp_path / "snapshots" / ("a" * 40))
    assert asked.base_name == "a" * 40
    with gateway_of_hub_model() as gateway:
        served = as_served(asked, gateway)
    assert served.base_name == HUB
    assert served.settings.fim_format == "qwen-coder"
    assert as_served(asked, None) == asked


def test_another_format_than_the_gateways_is_refused(tmp_path: Path) -> None:
    with gateway_of_hub_model() as gateway:
        assert as_served(night_of(tmp_path, "qwen-coder"), gateway).base_name == HUB
        with pytest.raises(ConfigError, match="starcoder was asked for"):
            as_served(night_of(tmp_path, "starcoder"), gateway)
