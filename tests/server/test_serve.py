"""`understudy serve` as a process: how it starts, refuses to start, and ends."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import fake_engine
import httpx
import pytest
from experience_facts import CLICK, new_id
from fake_engine import Behaviour
from gateway_under_test import MODEL, PATIENCE_S, asked, client, ended, records, until

from understudy_server.client import gateway_address
from understudy_server.people import add_person, local_token

EVENTS, BATCH, WORKERS = 10_000, 40, 6


async def serve(state_dir: Path, *arguments: str, port: int = 0) -> Process:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UNDERSTUDY_")}
    command = [sys.executable, "-P", "-m", "understudy", "serve", "--state-dir", str(state_dir)]
    return await asyncio.create_subprocess_exec(
        *command, "--port", str(port), *arguments, stderr=PIPE, env=environment
    )


@asynccontextmanager
async def served(
    state_dir: Path, *arguments: str
) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """A gateway that answers; killed on leaving if it still runs."""
    process = await serve(state_dir, *arguments)
    try:
        await until(
            lambda: gateway_address(state_dir) is not None or process.returncode is not None
        )
        url = gateway_address(state_dir)
        assert url is not None, await output(process)
        async with client(url, local_token(state_dir)) as http:
            async with asyncio.timeout(PATIENCE_S):
                while not await is_ready(http):
                    assert process.returncode is None, await output(process)
                    await asyncio.sleep(0.05)
            yield process, http
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def output(process: Process) -> str:
    """What it said until it ended, in one line."""
    async with asyncio.timeout(PATIENCE_S):
        _, said = await process.communicate()
    return " ".join(said.decode().split())


@pytest.fixture
async def engine_url(tmp_path: Path) -> AsyncIterator[str]:
    async with fake_engine.running(Behaviour(root=str(MODEL)), tmp_path / "e.sock") as engine:
        yield engine.address


async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, engine_url: str) -> None:
    state_dir = tmp_path / "state"
    async with served(state_dir, "--engine-url", engine_url) as (process, http):
        answer = await http.post("/v1/completions", json=asked(remember=True))
        assert ended(records(answer.content)).remembered
        process.send_signal(signal.SIGTERM)
        said = await output(process)
        assert process.returncode == 0, said
        assert "Traceback" not in said
        assert "Understudy listens on" in said
        assert gateway_address(state_dir) is None


async def test_a_port_that_is_taken_is_named_with_the_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await serve(tmp_path, port=port)
        said = await output(process)
    assert process.returncode == 1
    assert f"127.0.0.1:{port} cannot be listened on" in said
    assert "--port" in said
    assert gateway_address(tmp_path) is None


async def test_an_unknown_key_of_the_configuration_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("prot = 1\n")
    process = await serve(tmp_path, "--config", str(file))
    said = await output(process)
    assert process.returncode == 1
    assert "unknown keys: prot" in said


async def test_a_network_is_not_listened_on_with_nobody_to_answer_to(tmp_path: Path) -> None:
    process = await serve(tmp_path, "--host", "0.0.0.0")
    said = await output(process)
    assert process.returncode == 1
    assert "understudy people add" in said


async def test_with_people_a_network_is_listened_on(tmp_path: Path, engine_url: str) -> None:
    add_person(tmp_path / "state", "ada", [asked()["repository"]])
    arguments = ("--host", "0.0.0.0", "--engine-url", engine_url)
    async with served(tmp_path / "state", *arguments):
        pass


async def test_a_model_that_cannot_fill_in_the_middle_is_refused(
    tmp_path: Path, engine_url: str
) -> None:
    state_dir = tmp_path / "state"
    process = await serve(state_dir, "--engine-url", engine_url, "--fim-format", "codellama")
    said = await output(process)
    assert process.returncode == 1, said
    assert "the model's tokenizer does not have them" in said
    assert "Traceback" not in said
    assert gateway_address(state_dir) is None


async def test_an_engine_that_is_not_there_is_named(tmp_path: Path) -> None:
    process = await serve(tmp_path / "state", "--engine-url", f"unix://{tmp_path / 'nobody.sock'}")
    said = await output(process)
    assert process.returncode == 1, said
    assert "does not answer" in said
    assert "Traceback" not in said


async def test_what_was_acknowledged_survives_a_kill_exactly_once(
    tmp_path: Path, engine_url: str
) -> None:
    state_dir = tmp_path / "state"
    batches = [[an_event() for _ in range(BATCH)] for _ in range(EVENTS // BATCH)]
    waiting, acknowledged = list(batches), list[str]()

    async def report(http: httpx.AsyncClient) -> None:
        with contextlib.suppress(httpx.TransportError):
            while waiting:
                batch = waiting.pop()
                answer = await http.post("/v1/events", json={"events": batch})
                assert answer.status_code == 200
                acknowledged.extend(event["id"] for event in batch)

    async with served(state_dir, "--engine-url", engine_url) as (process, http):
        reports = [asyncio.create_task(report(http)) for _ in range(WORKERS)]
        await until(lambda: len(acknowledged) >= EVENTS // 3)
        process.kill()
        await asyncio.gather(*reports)
    assert waiting, "everything was reported before the gateway was killed"

    (state_dir / "address").unlink()
    async with served(state_dir, "--engine-url", engine_url) as (_, http):
        survived = await stored_ids(http)
        assert len(survived) == len(set(survived))
        assert set(acknowledged) <= set(survived)
        for batch in batches:
            assert (await http.post("/v1/events", json={"events": batch})).status_code == 200
        stored = await stored_ids(http)
        assert sorted(stored) == sorted(event["id"] for batch in batches for event in batch)


def an_event() -> dict[str, Any]:
    fields = {"id": new_id(), "completion": new_id(), "repository": CLICK, "at": 1}
    return {"type": "rejected", **fields}


async def stored_ids(http: httpx.AsyncClient) -> list[str]:
    ids, cursor = list[str](), 0
    while True:
        page = (await http.get("/v1/events", params={"after": cursor})).json()
        if not page["events"]:
            return ids
        ids += [stored["event"]["id"] for stored in page["events"]]
        cursor = page["next_cursor"]
