"""The language server while its gateway is away, slow, wrong, or gone in the middle."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import msgspec
import pytest
from fake_gateway import FakeGateway, fake_gateway, saying
from gateway_under_test import until
from lsp_client import editor_in_process
from workplace import CODE, explained, leave_address, opened, status

from understudy_protocol.completion import CompletionRequest

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
DELTA = b'event: text\ndata: {"type":"text","text":"width * height"}\n\n'


@contextlib.asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[str]:
    """The URL of something that answers every connection with the same bytes and hangs up; None
    answers nothing, ever."""
    over = asyncio.Event()

    async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if answer is None:
                await over.wait()
            else:
                writer.write(answer)
                await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer_one, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        over.set()


async def test_a_gateway_that_comes_later_is_found_by_itself(state: Path, work: Path) -> None:
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        assert await editor.ghost(uri, len(CODE), invoked=True) is None
        await until(lambda: status(editor)["kind"] == "trouble")
        assert "understudy serve" in status(editor)["remedy"]
        assert "No gateway of Understudy runs" in await explained(editor)
        async with fake_gateway() as fake:
            fake.script = saying("width * height")
            leave_address(state, fake.url)
            await until(lambda: status(editor)["kind"] not in ("trouble", ""))
            assert await editor.ghost(uri, len(CODE), invoked=True) is not None


async def test_nothing_else_waits_for_a_gateway_that_does_not_answer(
    state: Path, work: Path
) -> None:
    async with answering(None) as url:
        leave_address(state, url)
        async with editor_in_process() as (editor, server):
            uri = await opened(editor, work)
            id_, asked = editor.asked_for_ghost(uri, len(CODE), invoked=True)
            await until(lambda: server.session.streams.of(uri) is not None)
            editor.type(uri, len(CODE), "xy")
            assert "shapes.py" in await explained(editor)
            assert server.session.documents[uri].text == editor.texts[uri]
            editor.cancel(id_)
            with contextlib.suppress(RuntimeError):  # cancelled, or answered before that
                await asked


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nno gzip",
        STREAM + b"event: text\ndata: {\n\n",
        STREAM + b'event: text\ndata: {"type":"text","text":"\xff"}\n\n',
        STREAM + b'event: text\ndata: {"type":"text","text":"\\ud800"}\n\n',
        STREAM + b'event: text\ndata: {"type":"text","text":7}\n\n',
        STREAM + b'event: end\ndata: {"type":"end"}\n\n',
        STREAM + b"\n\n\n\n",
        STREAM + b"x" * 3_000_000,
        STREAM + DELTA,
        STREAM + DELTA + b"\0\1\2",
    ],
)
async def test_whatever_answers_is_survived_and_explained(
    state: Path, work: Path, answer: bytes
) -> None:
    async with editor_in_process() as (editor, _):
        async with answering(answer) as url:
            leave_address(state, url)
            uri = await opened(editor, work)
            await editor.ghost(uri, len(CODE), invoked=True)
            await until(lambda: status(editor)["kind"] == "trouble")
            assert status(editor)["remedy"]
        editor.type(uri, len(CODE), "(")
        async with fake_gateway() as fake:
            fake.script = saying("width * height)")
            leave_address(state, fake.url)
            item = await editor.ghost(uri, len(CODE) + 1, invoked=True)
            assert item is not None
            assert item["insertText"] == "width * height)"


async def test_a_wrong_token_is_told_and_the_right_one_is_noticed(
    gateway: FakeGateway, state: Path, work: Path
) -> None:
    gateway.script = saying("width * height")
    leave_address(state, gateway.url, "another")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        assert await editor.ghost(uri, len(CODE), invoked=True) is None
        await until(lambda: "token" in status(editor)["message"])
        assert "The token is wrong" in await explained(editor)
        leave_address(state, gateway.url)
        await until(lambda: status(editor)["kind"] not in ("trouble", ""))
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None


async def test_a_gateway_that_restarts_in_the_middle_of_an_answer_is_found_again(
    state: Path, work: Path
) -> None:
    async def breaks_off(_: CompletionRequest) -> AsyncGenerator[str]:
        yield "width"
        raise ConnectionResetError

    async with editor_in_process() as (editor, server):
        async with fake_gateway() as first:
            first.script = breaks_off
            leave_address(state, first.url)
            uri = await opened(editor, work)
            await editor.ghost(uri, len(CODE), invoked=True)
            await until(lambda: server.session.streams.idle)
        editor.type(uri, len(CODE), "(")
        async with fake_gateway() as second:
            second.script = saying("width * height)")
            leave_address(state, second.url)
            item = await editor.ghost(uri, len(CODE) + 1, invoked=True)
        assert item is not None
        assert item["insertText"] == "width * height)"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://["},
        {"url": "::"},
        {"url": "ftp://127.0.0.1/"},
        {"url": "http://127.0.0.1:99999"},
        {"url": "http://\0/"},
        {"url": "http://xn--a/"},
        {"url": "http://" + "x" * 70_000},
        {"url": "\ud800"},
        {"token": "two\nlines"},
        {"token": "schlüssel"},
        {"token": "\ud800"},
    ],
)
async def test_settings_that_lead_nowhere_are_trouble_until_they_are_mended(
    gateway: FakeGateway, work: Path, wrong: dict[str, str]
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, _):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work, options={"gateway": wrong})
        editor.open(uri, CODE)
        assert await editor.ghost(uri, len(CODE), invoked=True) is None
        await until(lambda: status(editor)["kind"] == "trouble")
        assert status(editor)["remedy"]
        editor.tell("workspace/didChangeConfiguration", {"settings": {"understudy": {}}})
        await until(lambda: status(editor)["kind"] not in ("trouble", ""))
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None


async def test_a_command_that_fails_says_what_to_do(state: Path, work: Path) -> None:
    async with editor_in_process() as (editor, server):
        await opened(editor, work)
        await until(lambda: any(True for _ in server.session.folders))
        with pytest.raises(RuntimeError) as raised:
            await editor.run({"command": "understudy.forget"})
    _, message = raised.value.args
    assert message.startswith("No gateway of Understudy runs on this machine. Start it with")


async def test_an_engine_that_fails_in_the_middle_is_told_in_its_words(
    state: Path, work: Path
) -> None:
    failed = msgspec.json.encode(
        {"type": "error", "code": "engine", "problem": "The engine is ill.", "remedy": "Wait."}
    )
    async with answering(STREAM + b"event: error\ndata: " + failed + b"\n\n") as url:
        leave_address(state, url)
        async with editor_in_process() as (editor, _):
            uri = await opened(editor, work)
            assert await editor.ghost(uri, len(CODE), invoked=True) is None
            assert "The engine is ill." in await explained(editor)
