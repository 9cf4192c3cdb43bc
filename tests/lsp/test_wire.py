"""The connection to the editor: odd bytes, clients that hang up or do not read, handlers that
block."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import PATIENCE_S, editor_in_process
from workplace import CODE, environment, opened

COMMAND = [str(Path(sys.executable).with_name("understudy")), "lsp"]


@contextmanager
def server_process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A language server that has been initialized."""
    pipe, here = subprocess.PIPE, environment_in(tmp_path)
    with subprocess.Popen(
        COMMAND, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path, env=here, bufsize=0
    ) as process:
        try:
            send(process, {"id": 1, "method": "initialize", "params": {"capabilities": {}}})
            assert "capabilities" in received(process)["result"]
            send(process, {"method": "initialized", "params": {}})
            yield process
        finally:
            process.kill()


def environment_in(folder: Path) -> dict[str, str]:
    state, cache = str(folder / "state"), str(folder / "cache")
    return environment(UNDERSTUDY_STATE_DIR=state, UNDERSTUDY_CACHE_DIR=cache)


def framed(message: dict[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def send(process: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(framed(message))


def received(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next answer."""
    assert process.stdout is not None
    while True:
        length = 0
        while line := process.stdout.readline().strip():
            if line.lower().startswith(b"content-length"):
                length = int(line.split(b":")[1])
        body = b""
        while len(body) < length:
            body += process.stdout.read(length - len(body))
        message = json.loads(body)
        if "method" not in message:
            return message


async def test_a_cancellation_is_answered_while_handlers_block(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(*["width * "] * 1000, pause_s=0.02)
    over = threading.Event()

    async with editor_in_process() as (editor, server):

        @server.feature("test/block")
        @server.thread()
        def block(params: Any) -> str:  # pyright: ignore[reportUnusedFunction]
            over.wait(PATIENCE_S)
            return "over"

        uri = await opened(editor, work)
        blocked = [editor.asked("test/block")[1] for _ in range(8)]
        id_, asked = editor.asked_for_ghost(uri, len(CODE), invoked=True)
        await until(lambda: len(gateway.asked) == 1)
        editor.cancel(id_)
        with pytest.raises(RuntimeError, match="canceled"):
            await asked
        assert not any(each.done() for each in blocked)
        over.set()
        assert await asyncio.gather(*blocked) == ["over"] * 8


@pytest.mark.parametrize(
    "odd",
    [
        b"Content-Length: 0\r\n\r\n",
        b"content-length:2\n\n{}",
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: five\r\n\r\n",
        b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"X" * 3_000_000 + b"\r\n",
        b"Content-Type: x\r\nContent-Length: 4\r\nX: y\r\n\r\nnull",
        b"\r\n" * 1000,
        b"\0" * 1000 + b"\n",
        b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000,
        b"Content-Length: 20002\r\n\r\n" + b"[" + b"9" * 20_000 + b"]",
        *(
            framed({"id": id_, "method": "no/such/method", "params": params})
            for id_ in (None, 1.5, [], {})
            for params in (None, 7, [], "x")
        ),
        framed({"method": 7, "params": {}}),
        framed({"method": [], "params": {}}),
        framed({"method": "$/cancelRequest", "params": {"id": "unheard of"}}),
        framed({"method": "$/cancelRequest"}),
        framed({"id": "unheard of", "result": 7}),
        framed({"id": "unheard of", "error": {"code": "x"}}),
        framed({"method": "textDocument/didOpen", "params": None}),
        framed({"method": "textDocument/didChange", "params": {"contentChanges": 7}}),
        framed({"method": "\ud800", "params": {"\ud800": "\ud800"}}),
    ],
)
async def test_odd_bytes_are_passed_over(gateway: FakeGateway, work: Path, odd: bytes) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        editor.send_raw(odd)
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None


async def test_messages_may_come_byte_by_byte_and_many_at_once(
    gateway: FakeGateway, work: Path
) -> None:
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work, "")
        document = {"uri": uri, "version": 2}
        for number in range(50):
            change = {"contentChanges": [{"text": "x" * number}], "textDocument": document}
            for byte in framed({"method": "textDocument/didChange", "params": change}):
                editor.send_raw(bytes([byte]))
                if number == 0:
                    await asyncio.sleep(0)
        await until(lambda: server.session.documents[uri].text == "x" * 49)


def test_a_message_that_is_announced_too_large_ends_the_server(tmp_path: Path) -> None:
    with server_process(tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write(b"Content-Length: 999999999999\r\n\r\n")
        assert process.wait(PATIENCE_S) == 0


def test_a_client_that_goes_in_the_middle_of_a_message_ends_the_server(tmp_path: Path) -> None:
    with server_process(tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write(b'Content-Length: 100\r\n\r\n{"jsonrpc"')
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


def test_a_client_that_closes_our_stdout_ends_the_server(tmp_path: Path) -> None:
    with server_process(tmp_path) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 0


def test_a_client_that_never_reads_is_hung_up_on(tmp_path: Path) -> None:
    with server_process(tmp_path) as process:
        with suppress(BrokenPipeError):
            for number in range(100):  # each is answered with its own name
                send(process, {"id": number, "method": "x" * 1_000_000, "params": None})
        assert process.wait(PATIENCE_S) == 0


def test_a_client_that_reads_no_log_is_served_all_the_same(tmp_path: Path) -> None:
    with server_process(tmp_path) as process:
        assert process.stdin is not None
        for _ in range(5000):  # a line of the log for each, more than a pipe takes
            process.stdin.write(b"Content-Length: 1\r\n\r\n?")
        send(process, {"id": 7, "method": "shutdown"})
        assert received(process)["id"] == 7
        send(process, {"method": "exit"})
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_a_server_that_is_told_to_end_ends_in_order(tmp_path: Path, told: signal.Signals) -> None:
    with server_process(tmp_path) as process:
        process.send_signal(told)
        assert process.wait(PATIENCE_S) == 0


def test_an_exit_without_a_shutdown_is_a_failure(tmp_path: Path) -> None:
    with server_process(tmp_path) as process:
        send(process, {"method": "exit"})
        assert process.wait(PATIENCE_S) == 1


def test_a_shutdown_ends_what_is_running(tmp_path: Path) -> None:
    with server_process(tmp_path) as process:
        reconnect = {"command": "understudy.reconnect", "arguments": []}
        send(process, {"id": 2, "method": "workspace/executeCommand", "params": reconnect})
        send(process, {"id": 3, "method": "shutdown"})
        answers = [received(process), received(process)]
        assert {answer["id"] for answer in answers} == {2, 3}
        assert [answer for answer in answers if answer["id"] == 3 and "error" in answer] == []
        send(process, {"method": "exit"})
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize(
    ("more", "redirect"),
    [
        ([], "< /etc/hostname"),
        ([], "> ANSWERS"),
        ([], "<&-"),
        ([], ">&-"),
        (["--tcp", "127.0.0.1:99999"], ""),
        (["--tcp", "192.0.2.1:0"], ""),
        (["--tcp", "no port"], ""),
    ],
)
def test_a_server_that_nobody_can_talk_to_says_so(
    tmp_path: Path, more: list[str], redirect: str
) -> None:
    shell = ["sh", "-c", f'exec "$@" {redirect}', "sh", *COMMAND, *more]
    here = environment_in(tmp_path)
    done = subprocess.run(shell, cwd=tmp_path, env=here, input="", capture_output=True, text=True)
    assert done.returncode != 0
    assert "--tcp" in done.stderr or "Give another address" in done.stderr
    assert "Traceback" not in done.stderr


def test_over_tcp_the_first_editor_is_served_and_then_it_ends(tmp_path: Path) -> None:
    command, here = [*COMMAND, "--tcp", "127.0.0.1:0"], environment_in(tmp_path)
    with subprocess.Popen(command, cwd=tmp_path, env=here, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        address = process.stderr.readline().decode().rpartition(" ")[2].strip(".\n")
        host, _, port = address.partition(":")
        with socket.create_connection((host, int(port))) as first:
            first.sendall(framed({"id": 1, "method": "initialize", "params": {"capabilities": {}}}))
            assert first.recv(15) == b"Content-Length:"
            with socket.create_connection((host, int(port))) as second:
                assert second.recv(1) == b""
        assert process.wait(PATIENCE_S) == 0
