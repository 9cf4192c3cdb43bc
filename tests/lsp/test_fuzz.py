"""Random messages, right and wrong, in any order, to a server whose gateway is as bad.

About 2,000 messages; `UNDERSTUDY_FUZZ_MESSAGES=100000` sends so many.
"""

import asyncio
import copy
import logging
import os
import tempfile
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fake_gateway import FakeGateway, fake_gateway
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsp_client import GHOST_TEXT, PATIENCE_S, Editor, editor_in_process, position
from workplace import leave_address

from understudy_lsp.client import REMEMBER
from understudy_lsp.features import commands
from understudy_lsp.features.items import ACCEPTED
from understudy_lsp.server import Understudy
from understudy_protocol.completion import CompletionRequest
from understudy_protocol.errors import Problem

MESSAGES = int(os.environ.get("UNDERSTUDY_FUZZ_MESSAGES", "2000"))
LENGTH = 50
"""Messages to one server."""

CHARACTERS = "ab_1(){}[]:=.,'\"#/\\ \t\r\n\0\x0c\u2028\ufeffé𝄞\ud83d\ude00"
CODE = [
    "def area(width, height):\n    return ",
    "x = [1, 2]\r\nfor y in x:\r\n",
    "\n\n",
    "    ",
    "}",
]
ANSWERS = ["width", " * height", "\n    return x\n", "x)", "y", ""]
LANGUAGES = ["python", "typescript", "markdown", "no such language", ""]
COMMANDS = [
    *(commands.EXPLAIN, commands.SNOOZE, commands.WAKE, commands.CONSENT, commands.FORGET),
    *(commands.RECONNECT, commands.DASHBOARD, ACCEPTED, "understudy.none"),
]
NOTIFICATIONS = [
    *("textDocument/didOpen", "textDocument/didChange", "textDocument/didClose"),
    *("textDocument/didSave", "textDocument/didFocus", "textDocument/didShowCompletion"),
    *("textDocument/didPartiallyAcceptCompletion", "understudy/didRejectCompletion"),
    *("workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles", "initialized"),
    *("workspace/didChangeWorkspaceFolders", "$/cancelRequest", "$/setTrace", "$/progress"),
    *("notebookDocument/didOpen", "notebookDocument/didChange", "notebookDocument/didClose"),
    *("window/workDoneProgress/cancel", "no/such/notification"),
]
REQUESTS = [
    *("textDocument/inlineCompletion", "textDocument/completion", "workspace/executeCommand"),
    *("initialize", "no/such/request", "textDocument/hover"),
]
ELSEWHERE = "file:///elsewhere/d.py"
"""A document that nobody compares."""
_PLACE = {"line": 0, "character": 0}
_DOCUMENT = {"uri": ELSEWHERE, "version": 1, "languageId": "python", "text": CODE[0]}
_FOLDER = {"uri": "file:///elsewhere", "name": "d"}
ALMOST_RIGHT: list[tuple[str, Any]] = [
    ("textDocument/didOpen", {"textDocument": _DOCUMENT}),
    (
        "textDocument/didChange",
        {
            "textDocument": {"uri": ELSEWHERE, "version": 2},
            "contentChanges": [{"range": {"start": _PLACE, "end": _PLACE}, "text": "x"}],
        },
    ),
    ("textDocument/didSave", {"textDocument": {"uri": ELSEWHERE}}),
    ("textDocument/didFocus", {"textDocument": {"uri": ELSEWHERE}, "position": _PLACE}),
    (
        "textDocument/didPartiallyAcceptCompletion",
        {"item": {"command": {"arguments": [str(uuid.UUID(int=0))]}}, "acceptedLength": 3},
    ),
    ("workspace/didChangeWatchedFiles", {"changes": [{"uri": ELSEWHERE, "type": 1}]}),
    ("workspace/didChangeWorkspaceFolders", {"event": {"added": [_FOLDER], "removed": [_FOLDER]}}),
    ("workspace/executeCommand", {"command": commands.SNOOZE, "arguments": [1]}),
    ("workspace/executeCommand", {"command": ACCEPTED, "arguments": [str(uuid.UUID(int=0))]}),
    (
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": ELSEWHERE, "version": 1},
            "position": _PLACE,
            "context": {"triggerKind": 1},
            "formattingOptions": {"tabSize": 4, "insertSpaces": True},
            "partialResultToken": "t",
        },
    ),
    (
        "textDocument/completion",
        {"textDocument": {"uri": ELSEWHERE}, "position": _PLACE, "context": {"triggerKind": 1}},
    ),
]
FAULTS = (
    *("a suggestion", "a request", "a task", "a tick", "a notification", "something", "looking"),
    "what follows",
)
"""What our own mistakes are called in the log."""

texts = st.sampled_from(CODE) | st.text(CHARACTERS, max_size=8)
offsets = st.integers(0, 2**20) | st.just(2**20)
numbers = st.integers(-(2**70), 2**70) | st.sampled_from([-1, 0, 1, 2**31 - 1, 2**31])
values = st.recursive(
    st.none() | st.booleans() | numbers | st.floats() | st.text(CHARACTERS, max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("textDocument", "uri", "version", "position", "line", "character", "range"),
                    *("contentChanges", "text", "start", "end", "item", "command", "arguments"),
                    *("id", "context", "triggerKind", "settings", "understudy", "event", "added"),
                    *("changes", "type", "acceptedLength", "formattingOptions", "tabSize"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)


class Fuzzer:
    """An editor gone mad, which keeps its documents all the same."""

    def __init__(self, editor: Editor, server: Understudy, gateway: FakeGateway) -> None:
        self.editor, self.server, self.gateway = editor, server, gateway
        self.work = Path(tempfile.gettempdir()) / "work"
        self.uris = [
            *((self.work / name).as_uri() for name in ("a.py", "b.ts", "c.md")),
            *("untitled:1", "file:///\ud800/x%23.py", "odd"),
        ]
        self.asked: list[tuple[int, asyncio.Future[Any]]] = []

    def open_document(self, uri: int) -> str | None:
        """One of those that are open."""
        opened = list(self.editor.texts)
        return opened[uri % len(opened)] if opened else None

    def item(self) -> Any:
        """Of the newest answer that has one."""
        for _, future in reversed(self.asked):
            if future.done() and not future.cancelled() and future.exception() is None:
                result = future.result()
                if isinstance(result, dict) and (items := result.get("items")):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
                    return items[0]  # pyright: ignore[reportUnknownVariableType]
        return None

    def ask(self, method: str, params: Any) -> None:
        self.asked.append(self.editor.asked(method, params))


Step = Callable[[Fuzzer], Awaitable[None]]


async def open_(uri: int, language: str, text: str, fuzzer: Fuzzer) -> None:
    fuzzer.editor.open(fuzzer.uris[uri], joined(text), language)


async def close(uri: int, fuzzer: Fuzzer) -> None:
    if (name := fuzzer.open_document(uri)) is not None:
        del fuzzer.editor.texts[name], fuzzer.editor.versions[name]
        fuzzer.editor.tell("textDocument/didClose", {"textDocument": {"uri": name}})


async def edit(uri: int, edits: list[tuple[int, int, str]], fuzzer: Fuzzer) -> None:
    """Several changes in one message."""
    if (name := fuzzer.open_document(uri)) is None:
        return
    changes: list[dict[str, Any]] = []
    for start, length, inserted in edits:
        text = fuzzer.editor.texts[name]
        first = between_characters(text, start % (len(text) + 1))
        last = between_characters(text, min(len(text), first + length))
        span = {"start": position(text, first), "end": position(text, last)}
        changes.append({"range": span, "text": inserted})
        fuzzer.editor.texts[name] = joined(text[:first] + inserted + text[last:])
    send_changes(fuzzer, name, changes)


async def edit_wildly(
    uri: int, places: tuple[int, int, int, int], inserted: str, fuzzer: Fuzzer
) -> None:
    """Ranges that are none, and then the whole text."""
    if (name := fuzzer.open_document(uri)) is None:
        return
    start = {"line": places[0], "character": places[1]}
    end = {"line": places[2], "character": places[3]}
    wild = {"range": {"start": start, "end": end}, "text": inserted}
    send_changes(fuzzer, name, [wild])
    send_changes(fuzzer, name, [{"text": fuzzer.editor.texts[name]}])


async def ghost(uri: int, offset: int, more: dict[str, Any], fuzzer: Fuzzer) -> None:
    if (name := fuzzer.open_document(uri)) is None:
        return
    text = fuzzer.editor.texts[name]
    at = position(text, between_characters(text, offset % (len(text) + 1)))
    params = {"textDocument": {"uri": name}, "position": at, "context": {"triggerKind": 2}}
    fuzzer.ask("textDocument/inlineCompletion", params | more)


async def menu(uri: int, offset: int, fuzzer: Fuzzer) -> None:
    if (name := fuzzer.open_document(uri)) is None:
        return
    text = fuzzer.editor.texts[name]
    at = position(text, between_characters(text, offset % (len(text) + 1)))
    fuzzer.ask("textDocument/completion", {"textDocument": {"uri": name}, "position": at})


async def work(uri: int, typed: str, takes: bool, fuzzer: Fuzzer) -> None:
    """As people do: type at the end, ask, wait for the answer, and accept it or not."""
    if (name := fuzzer.open_document(uri)) is None:
        return
    editor = fuzzer.editor
    end = len(editor.texts[name])
    await edit(uri, [(end, 0, typed)], fuzzer)
    await ghost(uri, len(editor.texts[name]), {"context": {"triggerKind": 1}}, fuzzer)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait([fuzzer.asked[-1][1]])
    if takes and (item := fuzzer.item()) is not None:
        await edit(uri, [(len(editor.texts[name]), 0, item["insertText"])], fuzzer)
        editor.run(item["command"])


async def cancel(number: int, fuzzer: Fuzzer) -> None:
    fuzzer.editor.cancel(fuzzer.asked[number % len(fuzzer.asked)][0] if fuzzer.asked else number)


async def command(name: str, arguments: Any, fuzzer: Fuzzer) -> None:
    fuzzer.ask("workspace/executeCommand", {"command": name, "arguments": arguments})


async def outcome(method: str, length: Any, fuzzer: Fuzzer) -> None:
    item = fuzzer.item()
    fuzzer.editor.tell(method, {"item": item, "acceptedLength": length})
    if item is not None:
        await command(item["command"]["command"], item["command"]["arguments"], fuzzer)


async def configure(value: Any, fuzzer: Fuzzer) -> None:
    fuzzer.editor.tell("workspace/didChangeConfiguration", {"settings": {"understudy": value}})


async def answer(value: Any, fuzzer: Fuzzer) -> None:
    """To whatever the server asks."""
    for method in ("workspace/configuration", "window/showMessageRequest"):
        fuzzer.editor.answers[method] = lambda _: value


async def change_folders(added: bool, fuzzer: Fuzzer) -> None:
    folder = [{"uri": fuzzer.work.as_uri(), "name": "work"}]
    event = {"added": folder if added else [], "removed": [] if added else folder}
    fuzzer.editor.tell("workspace/didChangeWorkspaceFolders", {"event": event})


async def notify(method: str, params: Any, fuzzer: Fuzzer) -> None:
    """Only what cannot be a right message by accident: the editor's documents would not follow."""
    fuzzer.editor.tell(method, params)


async def request(method: str, params: Any, fuzzer: Fuzzer) -> None:
    fuzzer.ask(method, params)


async def say_almost_right(which: int, leaf: int, value: Any, fuzzer: Fuzzer) -> None:
    """A right message but for one thing in it."""
    method, params = ALMOST_RIGHT[which]
    params = copy.deepcopy(params)
    leaves = list(places(params))
    holder, key = leaves[leaf % len(leaves)]
    holder[key] = value
    if method in NOTIFICATIONS:
        fuzzer.editor.tell(method, params)
    else:
        fuzzer.ask(method, params)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything in a message that could be something else."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType, reportUnknownMemberType]
        for key, inner in items:  # pyright: ignore[reportUnknownVariableType]
            yield value, key
            yield from places(inner)


async def respond(message: dict[str, Any], fuzzer: Fuzzer) -> None:
    fuzzer.editor._send({"id": "unheard of"} | message)  # pyright: ignore[reportPrivateUsage]


async def send_bytes(body: bytes, fuzzer: Fuzzer) -> None:
    fuzzer.editor.send_raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


async def turn_gateway(parts: list[str], pause_ms: int, fails: str, fuzzer: Fuzzer) -> None:
    gateway = fuzzer.gateway

    async def script(_: CompletionRequest) -> AsyncGenerator[str]:
        for part in parts:
            await asyncio.sleep(pause_ms / 1000)
            yield part
        if fails == "midway":
            raise ConnectionResetError

    gateway.script = script
    gateway.rubbish = b"<html>" if fails == "rubbish" else None
    gateway.full = fails == "full"
    gateway.problem = (429, Problem("busy", "No.", "Wait.")) if fails == "busy" else None


async def wait(milliseconds: int, _: Fuzzer) -> None:
    await asyncio.sleep(milliseconds / 1000)


def steps() -> st.SearchStrategy[Step]:
    some = st.integers(0, 5)
    settings_of = st.fixed_dictionaries(
        {},
        optional={
            "enabled": st.booleans() | values,
            "eagerness": st.sampled_from(["low", "medium", "high", "manual"]) | values,
            "languages": st.dictionaries(st.sampled_from(["*", "python"]), st.booleans()) | values,
            "gateway": st.fixed_dictionaries({}, optional={"url": texts, "token": texts}) | values,
            "inComments": values,
        },
    )
    more = st.fixed_dictionaries(
        {},
        optional={
            "context": st.sampled_from([{"triggerKind": 1}, {"triggerKind": 2}]),
            "partialResultToken": st.sampled_from(["token", 7]),
            "formattingOptions": st.fixed_dictionaries(
                {"tabSize": numbers, "insertSpaces": values}
            ),
        },
    )
    fails = st.sampled_from(["", "", "", "midway", "rubbish", "full", "busy"])
    answers = st.lists(st.sampled_from(ANSWERS) | texts, max_size=4)
    edits = st.lists(st.tuples(offsets, st.integers(0, 4), texts), min_size=1, max_size=3)
    almost = st.builds(
        partial,
        st.just(say_almost_right),
        st.integers(0, len(ALMOST_RIGHT) - 1),
        st.integers(0, 30),
        values,
    )
    configured = st.one_of(st.just({}), st.just({"eagerness": "high"}), settings_of, values)
    right = [
        *[st.builds(partial, st.just(work), some, texts, st.booleans())] * 4,
        st.builds(partial, st.just(open_), some, st.sampled_from(LANGUAGES), texts),
        *[st.builds(partial, st.just(edit), some, edits)] * 2,
        *[st.builds(partial, st.just(ghost), some, offsets, more)] * 2,
        st.builds(partial, st.just(menu), some, offsets),
        st.builds(partial, st.just(turn_gateway), answers, some, fails),
        st.builds(partial, st.just(wait), st.integers(0, 20)),
        st.builds(partial, st.just(outcome), st.sampled_from(NOTIFICATIONS[5:8]), some),
    ]
    odd = [
        st.builds(partial, st.just(close), some),
        st.builds(partial, st.just(edit_wildly), some, st.tuples(*[numbers] * 4), texts),
        st.builds(partial, st.just(cancel), numbers),
        st.builds(partial, st.just(command), st.sampled_from(COMMANDS), st.lists(values) | values),
        st.builds(partial, st.just(command), st.sampled_from(COMMANDS), st.just([])),
        st.builds(partial, st.just(configure), configured),
        st.builds(partial, st.just(answer), values | st.lists(settings_of, max_size=1)),
        st.builds(partial, st.just(change_folders), st.booleans()),
        st.builds(partial, st.just(notify), st.sampled_from(NOTIFICATIONS), values),
        st.builds(partial, st.just(request), st.sampled_from(REQUESTS), values),
        *[almost] * 3,
        st.builds(partial, st.just(respond), st.fixed_dictionaries({"result": values})),
        st.builds(partial, st.just(respond), st.fixed_dictionaries({"error": values})),
        st.builds(partial, st.just(send_bytes), st.binary(max_size=20)),
    ]
    return st.one_of(*right, *odd)


@settings(
    max_examples=max(1, MESSAGES // LENGTH),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)
@given(program=st.lists(steps(), min_size=LENGTH, max_size=LENGTH))
async def test_random_messages_neither_crash_nor_hang_nor_lose_a_letter(
    program: list[Step],
) -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        state = Path(folder) / "state"
        state.mkdir()
        monkeypatch.setenv("UNDERSTUDY_STATE_DIR", str(state))
        monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(Path(folder) / "cache"))
        with faults() as found:
            async with fake_gateway() as gateway, editor_in_process() as (editor, server):
                leave_address(state, gateway.url)
                await run(program, Fuzzer(editor, server, gateway))
        assert found == []


async def run(program: list[Step], fuzzer: Fuzzer) -> None:
    editor, server = fuzzer.editor, fuzzer.server
    capabilities = GHOST_TEXT | {"workspace": {"configuration": True}}
    await editor.initialize(capabilities=capabilities, options={"client": {"grows": True}})
    for number, text in enumerate(CODE[:3]):
        await open_(number, "python", text, fuzzer)
    await turn_gateway(ANSWERS[:2], 0, "", fuzzer)
    await answer({"title": REMEMBER}, fuzzer)
    for step in program:
        await step(fuzzer)
    async with asyncio.timeout(PATIENCE_S):
        for id_, _ in fuzzer.asked:
            editor.cancel(id_)
        await asyncio.gather(*(future for _, future in fuzzer.asked), return_exceptions=True)
        await editor.run({"command": "understudy.explain"})
    documents = server.session.documents
    held = {uri: joined(each.text) for uri, each in documents.items() if uri in fuzzer.uris}
    assert held == editor.texts


def send_changes(fuzzer: Fuzzer, name: str, changes: list[dict[str, Any]]) -> None:
    fuzzer.editor.versions[name] += 1
    document = {"uri": name, "version": fuzzer.editor.versions[name]}
    fuzzer.editor.tell(
        "textDocument/didChange", {"textDocument": document, "contentChanges": changes}
    )


def joined(text: str) -> str:
    """Halves of surrogate pairs that stand side by side are a pair, as editors hold them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def between_characters(text: str, offset: int) -> int:
    """Not within a line break: no position says that."""
    return offset + 1 if text[offset - 1 : offset + 1] == "\r\n" and offset else offset


@contextmanager
def faults() -> Iterator[list[str]]:
    """Mistakes of ours that end in the log."""
    found: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith(FAULTS):
                found.append(record.getMessage())

    handler, log = Listening(), logging.getLogger("understudy_lsp")
    log.addHandler(handler)
    try:
        yield found
    finally:
        log.removeHandler(handler)
