"""What the language server adds to what its gateway takes, in a large file, while the index of a
large workspace is being built; what a key costs; what it all holds in memory.

Nothing is added up that is meant to pass: keys stand so far apart that no request is delayed on
purpose (`debounce`), and the gateway's own time is known exactly, because the gateway is a stub.
"""

import asyncio
import random
import string
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import msgspec

from understudy_lsp.bench.cancelling import cancel_ms
from understudy_lsp.bench.copies import measure as measure_copies
from understudy_lsp.bench.memory import below, memory_mb
from understudy_lsp.bench.relay import relay_ms
from understudy_lsp.bench.stub_gateway import StubGateway, answer_to, stub_gateway
from understudy_lsp.bench.synthetic import large_file, write_workspace
from understudy_protocol.bench import Progress
from understudy_protocol.errors import EngineUnavailable
from understudy_typist.desk import AUTOMATIC, suggested
from understudy_typist.editor import Editor
from understudy_typist.language_server import LanguageServer, language_server

METHOD = "textDocument/inlineCompletion"

PAUSE_S = 0.2
"""Between a key and the request: longer than a request is ever held back with the eagerness
`high`."""
TYPED_ALONG = 3
"""Keys along a suggestion, each of which is answered from reuse."""

KEYS = 150
"""In one go, to tell what one of them costs; as many fit into the pipe, so that nobody waits."""

_NOWHERE = {"uri": "untitled:nothing", "version": 1}
NO_CHANGE: dict[str, object] = {"textDocument": _NOWHERE, "contentChanges": []}

CANCELLED = 100
COPIES = 300
RELAYS = 60
"""Requests that are only passed on, to know what cannot be saved."""

SETTLE_S = 180.0
LOOK_S = 0.1


class Sizes(msgspec.Struct, frozen=True):
    files: int
    """Of the workspace."""
    samples: int
    """Fresh requests while the index is being built; it is built again until there are so many."""
    rounds: int
    """Of keys."""
    starts: int


class Measured(msgspec.Struct):
    added_ms: list[float] = msgspec.field(default_factory=list[float])
    reuse_ms: list[float] = msgspec.field(default_factory=list[float])
    first_ms: list[float] = msgspec.field(default_factory=list[float])
    """The same as `added_ms`, for the first request in a file, which parses it."""
    builds: int = 0


async def measure(sizes: Sizes, progress: Progress) -> dict[str, float]:
    with TemporaryDirectory(prefix="understudy-") as folder:
        place = Path(folder)
        workspace = place / "workspace"
        progress(f"writing {sizes.files} files")
        await asyncio.to_thread(write_workspace, workspace, files=sizes.files)
        (workspace / "large.py").write_text(large_file(), encoding="utf-8")
        async with stub_gateway() as gateway:
            start = Start(place, gateway)
            figures = {"initialize_ms": await _initialize_ms(start, sizes.starts, progress)}
            figures |= await _alone(start, sizes.rounds, progress)
            figures["relay_p50_ms"] = await relay_ms(
                gateway,
                folder=place,
                samples=min(sizes.samples, RELAYS),
                pause_s=PAUSE_S,
                progress=progress,
            )
            progress("cancellations")
            cancelled = await cancel_ms(
                gateway, workspace, place=place, samples=max(2, min(sizes.samples, CANCELLED))
            )
            measured = Measured()
            while len(measured.added_ms) < sizes.samples:
                progress(f"request {len(measured.added_ms) + 1} of {sizes.samples}")
                await _while_indexing(start, measured, sizes.samples)
    return figures | {
        "added_p50_ms": median(measured.added_ms),
        "added_p99_ms": percentile(measured.added_ms, 99),
        "added_first_p50_ms": median(measured.first_ms),
        "reuse_p50_ms": median(measured.reuse_ms),
        "reuse_p99_ms": percentile(measured.reuse_ms, 99),
        "cancel_p99_ms": percentile(cancelled, 99),
        "builds": measured.builds,
    }


class Start:
    """Language servers on one workspace, each as if it were the first."""

    def __init__(self, place: Path, gateway: StubGateway) -> None:
        self.place = place
        self.gateway = gateway

    @asynccontextmanager
    async def fresh(self) -> AsyncGenerator[LanguageServer]:
        with TemporaryDirectory(prefix="fresh-", dir=self.place) as own:
            async with language_server(
                self.place / "workspace",
                state=Path(own) / "state",
                cache=Path(own) / "cache",
                eagerness="high",
                gateway={"url": self.gateway.url, "token": "-"},
            ) as server:
                yield server

    def open(self, server: LanguageServer) -> Editor:
        file = self.place / "workspace" / "large.py"
        text = file.read_text(encoding="utf-8")
        return Editor(server.connection, file, text, language="python")


async def _initialize_ms(start: Start, times: int, progress: Progress) -> float:
    """Milliseconds from starting the process to its answer to `initialize`, the median."""
    took: list[float] = []
    for number in range(times):
        progress(f"start {number + 1} of {times}")
        began = time.perf_counter()
        async with start.fresh():
            took.append((time.perf_counter() - began) * 1000)
    return median(took)


async def _alone(start: Start, rounds: int, progress: Progress) -> dict[str, float]:
    """With nothing else to do: how long the index takes, keys, memory."""
    async with start.fresh() as server:
        progress("reading the workspace")
        memory: list[float] = []
        began = time.perf_counter()
        await server.initialized()
        await server.indexed(lambda: memory.append(_memory_mb(server)))
        index_s = time.perf_counter() - began
        editor = start.open(server)
        await _fresh(start, editor, random.Random(0), Measured())
        progress("keys")
        keys = [await _key_ms(server, editor, random.Random(number)) for number in range(rounds)]
        await _settled(server)
        progress("copies")
        copies = measure_copies(
            start.place / "workspace",
            sorted(start.place.glob("fresh-*/cache/**/*.segment")),
            document=editor.text,
            samples=COPIES,
        )
        return copies | {
            "index_s": index_s,
            "did_change_p50_ms": median(keys),
            "rss_mb": _memory_mb(server),
            "indexing_peak_mb": max([*memory, _memory_mb(server)]),
        }


async def _while_indexing(start: Start, measured: Measured, wanted: int) -> None:
    """Requests until the index is there."""
    async with start.fresh() as server:
        await server.initialized()
        editor, chance = start.open(server), random.Random(measured.builds)
        measured.builds += 1
        first = Measured()
        await _fresh(start, editor, chance, first)
        measured.first_ms += first.added_ms
        while len(measured.added_ms) < wanted and not await server.is_indexed():
            await _fresh(start, editor, chance, measured)


async def _fresh(start: Start, editor: Editor, chance: random.Random, measured: Measured) -> None:
    """A new line somewhere, of which nothing is known, then some keys along what is suggested."""
    text = editor.text
    offset = _line_end(text, chance.randrange(len(text)))
    # Three letters that stand nowhere else, so that the line can be copied from nowhere either.
    letters = "".join(chance.choices(string.ascii_uppercase, k=3))
    typed = f"\n    value = stage_{letters}."
    editor.edit(offset, offset, typed)
    offset += len(typed)
    await asyncio.sleep(PAUSE_S)
    suggestion, took, completion = await _ask(editor, offset)
    if suggestion != answer_to(editor.text[:offset]):
        raise _wrong("A request was not answered with what the gateway said.")
    spent = await start.gateway.spent_s(completion)
    measured.added_ms.append((took - spent) * 1000)
    for _ in range(TYPED_ALONG):
        editor.edit(offset, offset, suggestion[:1])
        offset += 1
        left, took, again = await _ask(editor, offset)
        if again != completion or left != suggestion[1:]:
            raise _wrong("A key along a suggestion was answered with something else.")
        measured.reuse_ms.append(took * 1000)
        suggestion = left


async def _ask(editor: Editor, offset: int) -> tuple[str, float, str]:
    """The suggestion, the seconds it took, and its completion's id."""
    # Where that is, is counted before: an editor knows it.
    line_start = editor.text.rfind("\n", 0, offset) + 1
    position = {"line": editor.text.count("\n", 0, offset), "character": offset - line_start}
    document = {"uri": editor.uri, "version": editor.version}
    params = {"textDocument": document, "position": position, "context": AUTOMATIC}
    began = time.perf_counter()
    answer = await editor.connection.ask(METHOD, params)[1]
    ghost = suggested(editor, answer.result, offset)
    if ghost is None or ghost.command is None:
        raise _wrong("Nothing was suggested where something was asked for.")
    return ghost.text, answer.at - began, ghost.command["arguments"][0]


async def _key_ms(server: LanguageServer, editor: Editor, chance: random.Random) -> float:
    """The server's time for one key: of many in a row, less that of as many messages that go the
    same way and change nothing."""
    connection, text = server.connection, editor.text
    offset = _line_end(text, chance.randrange(len(text)))
    with connection.together():
        for number in range(KEYS):
            editor.edit(offset + number, offset + number, "x")
        began = time.perf_counter()
    await _fence(server)
    keys = time.perf_counter() - began
    with connection.together():
        for _ in range(KEYS):
            connection.tell("textDocument/didChange", NO_CHANGE)
        began = time.perf_counter()
    await _fence(server)
    return (keys - (time.perf_counter() - began)) / KEYS * 1000


def _memory_mb(server: LanguageServer) -> float:
    """Of its processes together."""
    return memory_mb(server.connection.process.pid)


async def _settled(server: LanguageServer) -> None:
    """Returns once nothing runs but the server and what keeps its index."""
    async with asyncio.timeout(SETTLE_S):
        while True:
            await asyncio.sleep(LOOK_S)
            if len(below(server.connection.process.pid)) <= 1:
                return


async def _fence(server: LanguageServer) -> None:
    """Returns when everything that was sent has been dealt with."""
    nowhere = {"textDocument": {"uri": "untitled:nothing"}, "context": AUTOMATIC}
    await server.connection.answer(METHOD, nowhere | {"position": {"line": 0, "character": 0}})


def percentile(values: list[float], share: int) -> float:
    """Interpolated linearly (Hyndman and Fan 1996, definition 7); needs two values."""
    return quantiles(values, n=100, method="inclusive")[share - 1]


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def _wrong(problem: str) -> EngineUnavailable:
    return EngineUnavailable(problem, "This is a fault of the language server; please report it.")
