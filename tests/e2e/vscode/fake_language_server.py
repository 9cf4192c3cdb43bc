"""A language server for the tests of the extension: `fake_language_server.py LOG`, on stdin and
stdout.

It knows one sentence for a line that begins like it, answers after a pause that is drawn by lot,
writes a sentence of several lines piece by piece, and notes down all it is told. Set the address of
the gateway to AWAY, and it says that none is there. Its status follows the settings, snoozing, and
a line of SLOW, over which it thinks.
"""

import asyncio
import json
import random
import sys
import time
import uuid
from pathlib import Path
from typing import Any

SENTENCE = "return a + b  # f"
GROWING = "grow = [\n    1,\n    2,\n    3,\n    4,\n    5,\n]"
"""Written a line at a time."""
SLOW = "slow"
THINKING_S = 2
PIECE_S = 0.12
REFRESH_S = 0.3
DELAYS_S = (0.005, 0.15)
AWAY = "http://away"
COMMANDS = ("accepted", "explain", "snooze", "wake", "consent", "dashboard", "forget", "reconnect")
ANSWERS = {
    "understudy.explain": {"text": "# Why\n\nBecause **this** is a test."},
    "understudy.dashboard": {"text": "# What became of suggestions"},
    "understudy.forget": {"completions": 2, "events": 5},
}

Message = dict[str, Any]


class FakeServer:
    def __init__(self, log: Path, writer: asyncio.StreamWriter) -> None:
        self._log = log.open("a", encoding="utf-8", buffering=1)
        self._writer = writer
        self._lots = random.Random(7)
        self._texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._ids: dict[tuple[str, int, str], str] = {}
        self._running: dict[int | str, asyncio.Task[None]] = {}
        self._away = False
        self._growing: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def serve(self, reader: asyncio.StreamReader) -> None:
        while message := await _read(reader):
            method, params = message.get("method"), message.get("params") or {}
            if method == "textDocument/inlineCompletion":
                self._running[message["id"]] = asyncio.create_task(self._complete(message))
            elif method == "$/cancelRequest":
                if (task := self._running.get(params["id"])) is not None:
                    task.cancel()
            elif method == "exit":
                return
            elif method is not None:
                self._take(method, params)
                if "id" in message:
                    self._send(id=message["id"], result=self._answer(method, params))

    def _take(self, method: str, params: Message) -> None:
        document = params.get("textDocument", {})
        if method == "textDocument/didOpen":
            self._texts[document["uri"]] = document["text"]
            self._versions[document["uri"]] = document["version"]
        elif method == "textDocument/didChange":
            uri = document["uri"]
            for change in params["contentChanges"]:
                self._texts[uri] = _changed(self._texts[uri], change)
            self._versions[uri] = document["version"]
        else:
            self._note(method, params)
            if method == "initialize":
                self._away = params["initializationOptions"]["gateway"]["url"] == AWAY
            elif method == "initialized":
                self._settle()
            elif method == "workspace/didChangeConfiguration":
                self._switch(params["settings"]["understudy"]["enabled"])
            elif method == "workspace/executeCommand":
                self._run(params["command"])

    def _switch(self, enabled: bool) -> None:
        if enabled:
            self._settle()
        else:
            self._status("off", "Understudy is switched off.")

    def _run(self, command: str) -> None:
        if command == "understudy.snooze":
            self._status("snoozed", "Understudy is quiet for a while.")
        elif command == "understudy.wake":
            self._settle()

    def _answer(self, method: str, params: Message) -> object:
        if method == "initialize":
            return {
                "capabilities": {
                    "textDocumentSync": {"openClose": True, "change": 2},
                    "inlineCompletionProvider": {},
                    "executeCommandProvider": {
                        "commands": [f"understudy.{name}" for name in COMMANDS]
                    },
                }
            }
        if method == "workspace/executeCommand":
            return ANSWERS.get(params["command"])
        return None

    async def _complete(self, message: Message) -> None:
        params = message["params"]
        uri, at = params["textDocument"]["uri"], params["position"]
        version = self._versions[uri]
        try:
            text, growing = self._text(uri, at)
            if self._line(uri, at) == SLOW:
                await self._think()
            if not growing:
                await asyncio.sleep(self._lots.uniform(*DELAYS_S))
            items = []
            if text:
                completion = self._completion(uri, at["line"], text)
                command = {
                    "title": "accepted",
                    "command": "understudy.accepted",
                    "arguments": [completion],
                }
                span = {"start": at, "end": at}
                items = [{"insertText": text, "range": span, "command": command}]
                self._note("answer", {"completion": completion, "text": text})
                if growing and completion not in self._growing:
                    self._growing[completion] = time.monotonic()
                    self._tasks.append(
                        asyncio.create_task(self._grow(uri, version, at, completion))
                    )
            self._send(id=message["id"], result={"items": items})
        except asyncio.CancelledError:
            error = {"code": -32800, "message": "cancelled"}
            self._send(id=message["id"], error=error)

    async def _think(self) -> None:
        self._status("thinking", "The model takes long.")
        try:
            await asyncio.sleep(THINKING_S)
        finally:
            self._settle()

    def _line(self, uri: str, at: Message) -> str:
        """What stands before the cursor in its line."""
        return self._texts[uri].split("\n")[at["line"]][: at["character"]].lstrip()

    def _text(self, uri: str, at: Message) -> tuple[str, bool]:
        line = self._line(uri, at)
        if len(line) >= 1 and SENTENCE.startswith(line):
            return SENTENCE[len(line) :], False
        first = GROWING.split("\n")[0]
        if len(line) >= 3 and first.startswith(line):
            completion = self._completion(uri, at["line"], "")
            started = self._growing.get(completion, time.monotonic())
            count = 1 + int((time.monotonic() - started) / PIECE_S)
            return "\n".join(GROWING.split("\n")[:count])[len(line) :], True
        return "", False

    async def _grow(self, uri: str, version: int, at: Message, completion: str) -> None:
        whole = PIECE_S * GROWING.count("\n")
        for left in (2, 1, 0):
            started = self._growing[completion]
            pause = REFRESH_S if left else max(REFRESH_S, started + whole - time.monotonic())
            await asyncio.sleep(pause)
            if self._versions[uri] != version:
                return
            done = time.monotonic() >= started + whole
            grown = {"uri": uri, "version": version, "position": at, "completion": completion}
            self._send(method="understudy/didGrow", params={**grown, "done": done})
            if done:
                return

    def _completion(self, uri: str, line: int, text: str) -> str:
        """The same for the same sentence in the same line, however much of it is typed."""
        kind = "sentence" if text and SENTENCE.endswith(text) else "growing"
        return self._ids.setdefault((uri, line, kind), str(uuid.uuid4()))

    def _settle(self) -> None:
        if self._away:
            self._status("trouble", "No gateway runs.", remedy="Run `understudy serve`.")
        else:
            self._status("ready", "Understudy suggests as you type.")

    def _status(self, kind: str, message: str, *, remedy: str = "") -> None:
        status = {"kind": kind, "message": message, "remedy": remedy}
        self._send(
            method="understudy/didChangeStatus", params={**status, "model": "", "release": ""}
        )

    def _note(self, what: str, params: object) -> None:
        self._log.write(json.dumps({"at": time.time(), "what": what, "params": params}) + "\n")

    def _send(self, **message: object) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


async def _read(reader: asyncio.StreamReader) -> Message | None:
    length = 0
    while line := (await reader.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(await reader.readexactly(length)) if length else None


def _changed(text: str, change: Message) -> str:
    """The tests type ASCII only, so UTF-16 units are characters."""
    if "range" not in change:
        return change["text"]
    start, end = (_offset(text, change["range"][edge]) for edge in ("start", "end"))
    return text[:start] + change["text"] + text[end:]


def _offset(text: str, at: Message) -> int:
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: at["line"]]) + at["character"]


async def main() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop=loop), sys.stdout
    )
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    await FakeServer(Path(sys.argv[1]), writer).serve(reader)


if __name__ == "__main__":
    asyncio.run(main())
