"""An editor for tests: says what editors say to a language server, over any pair of streams.

It keeps documents of its own and sends every edit as `didChange`, so that what the server holds can
be compared with what an editor would hold.
"""

import asyncio
import contextlib
import itertools
import json
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from understudy_lsp import wire
from understudy_lsp.main import create_server
from understudy_lsp.server import Understudy

PATIENCE_S = 20.0

Answer = Callable[[Any], Any]

GHOST_TEXT = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}
"""Capabilities of an editor that draws ghost text; without it the server offers a menu item."""


class Editor:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.told: list[tuple[str, Any]] = []
        """Notifications of the server, oldest first."""
        self.answers: dict[str, Answer] = {}
        """How requests of the server are answered, by method; null without one."""
        self._reader, self._writer = reader, writer
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    async def ask(self, method: str, params: Any = None) -> Any:
        """The result; raises RuntimeError with the error's code and message."""
        return await self.asked(method, params)[1]

    def asked(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[Any]]:
        id_ = next(self._ids)
        future = asyncio.get_running_loop().create_future()
        self._waiting[id_] = future
        self._send({"id": id_, "method": method, "params": params})
        return id_, future

    def cancel(self, id_: int) -> None:
        self.tell("$/cancelRequest", {"id": id_})

    def tell(self, method: str, params: Any = None) -> None:
        self._send({"method": method, "params": params})

    async def until(self, method: str, wanted: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first notification of that method that is wanted, past or to come."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for told, params in self.told:
                    if told == method and wanted(params):
                        return params
                self._news.clear()
                await self._news.wait()

    async def initialize(
        self, *folders: Path, capabilities: Any = None, options: Any = None
    ) -> dict[str, Any]:
        named = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders]
        result = await self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": named[0]["uri"] if named else None,
                "capabilities": GHOST_TEXT if capabilities is None else capabilities,
                "initializationOptions": options,
                "workspaceFolders": named or None,
            },
        )
        self.tell("initialized", {})
        return result

    def open(self, uri: str, text: str, language: str = "python") -> None:
        self.texts[uri], self.versions[uri] = text, 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})

    def edit(self, uri: str, start: int, end: int, inserted: str) -> None:
        """Offsets are code points of the editor's own text."""
        text = self.texts[uri]
        change = {
            "range": {"start": position(text, start), "end": position(text, end)},
            "text": inserted,
        }
        self.texts[uri] = text[:start] + inserted + text[end:]
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        params = {"textDocument": document, "contentChanges": [change]}
        self.tell("textDocument/didChange", params)

    def type(self, uri: str, offset: int, text: str) -> None:
        for index, character in enumerate(text):
            self.edit(uri, offset + index, offset + index, character)

    def asked_for_ghost(
        self, uri: str, offset: int, *, invoked: bool = False, **more: Any
    ) -> tuple[int, asyncio.Future[Any]]:
        return self.asked(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri, "version": self.versions[uri]},
                "position": position(self.texts[uri], offset),
                "context": {"triggerKind": 1 if invoked else 2},
                **more,
            },
        )

    async def ghost(self, uri: str, offset: int, *, invoked: bool = False) -> dict[str, Any] | None:
        """The item at an offset; None if there is none."""
        async with asyncio.timeout(PATIENCE_S):
            result = await self.asked_for_ghost(uri, offset, invoked=invoked)[1]
        items = result["items"] if result else []
        return items[0] if items else None

    def accept(self, uri: str, item: dict[str, Any]) -> None:
        """As an editor does: insert, then run the item's command."""
        text = self.texts[uri]
        start, end = (offset_of(text, item["range"][side]) for side in ("start", "end"))
        self.edit(uri, start, end, item["insertText"])
        self.run(item["command"])

    def run(self, command: dict[str, Any]) -> asyncio.Future[Any]:
        params = {"command": command["command"], "arguments": command.get("arguments", [])}
        return self.asked("workspace/executeCommand", params)[1]

    async def close(self) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError, RuntimeError):
            async with asyncio.timeout(PATIENCE_S):
                if not self._task.done():  # the server has not hung up
                    await self.ask("shutdown")
                    self.tell("exit")
                    await self._task
        self._task.cancel()
        self._writer.close()

    def send_raw(self, data: bytes) -> None:
        self._writer.write(data)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = 0
                while line := (await self._reader.readline()).strip():
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                if not length:
                    break
                self._take(json.loads(await self._reader.readexactly(length)))
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the language server hung up"))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            future = self._waiting.pop(message["id"])
            if future.done():
                return
            if (error := message.get("error")) is not None:
                future.set_exception(RuntimeError(error["code"], error["message"]))
            else:
                future.set_result(message.get("result"))
        elif "id" in message:
            answer = self.answers.get(message["method"], lambda _: None)
            self._send({"id": message["id"], "result": answer(message.get("params"))})
        else:
            self.told.append((message["method"], message.get("params")))
            self._news.set()


def position(text: str, offset: int) -> dict[str, int]:
    """UTF-16, as editors count unless they say otherwise."""
    before = text[:offset].replace("\r\n", "\n\n").replace("\r", "\n")
    line = text[:offset].replace("\r\n", "\n").replace("\r", "\n").count("\n")
    start = before.rfind("\n") + 1
    width = len(text[start:offset].encode("utf-16-le", "surrogatepass")) // 2
    return {"line": line, "character": width}


def offset_of(text: str, wanted: dict[str, int]) -> int:
    return next(offset for offset in range(len(text) + 1) if position(text, offset) == wanted)


@asynccontextmanager
async def editor_in_process() -> AsyncGenerator[tuple[Editor, Understudy]]:
    """An editor and a language server in one event loop, over a loopback connection."""
    server = create_server()
    serving: list[asyncio.Task[None]] = []

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.create_task(_serve(server, reader, writer)))

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**20)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        editor = Editor(reader, writer)
        try:
            yield editor, server
        finally:
            await editor.close()
            await server.session.close()
            await asyncio.gather(*serving)


async def _serve(
    server: Understudy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with contextlib.suppress(SystemExit):
        await wire.serve(server, reader, writer)


@asynccontextmanager
async def editor_over_stdio(
    *, cwd: Path, environment: dict[str, str], inside: Sequence[str] = ()
) -> AsyncGenerator[tuple[Editor, asyncio.subprocess.Process]]:
    """An editor and a language server that it started, as the real ones do; `inside` is a command
    that starts it."""
    command = str(Path(sys.executable).with_name("understudy"))
    process = await asyncio.create_subprocess_exec(
        *inside,
        command,
        "lsp",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=cwd,
        env=environment,
        limit=2**24,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    editor = Editor(process.stdout, process.stdin)
    try:
        yield editor, process
    finally:
        await editor.close()
        with contextlib.suppress(ProcessLookupError):
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()
