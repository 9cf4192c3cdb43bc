"""How long a cancellation takes while eight handlers block.

The language server as it is, with one more request, which blocks a thread until it is told to stop:
`python -P -m understudy_lsp.bench.cancelling`. No request of ours blocks one; a fault might.
"""

import asyncio
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from understudy_lsp import wire
from understudy_lsp.bench.stub_gateway import StubGateway
from understudy_lsp.main import create_server
from understudy_typist.connection import connection
from understudy_typist.desk import AUTOMATIC
from understudy_typist.editor import Editor
from understudy_typist.language_server import LanguageServer

BLOCK, RELEASE = "bench/block", "bench/release"
BLOCKED = 8

ASKED_S = 0.02
"""From a request to its cancellation: it is being worked on, or held back for a moment."""


async def cancel_ms(
    gateway: StubGateway, workspace: Path, *, place: Path, samples: int
) -> list[float]:
    """Milliseconds from each cancellation to the answer of the request that it is about."""
    command = [sys.executable, "-P", "-m", "understudy_lsp.bench.cancelling"]
    folders = {f"UNDERSTUDY_{name}_DIR": str(place / name) for name in ("STATE", "CACHE")}
    took: list[float] = []
    async with connection(
        command, folder=workspace, environment={**os.environ, **folders}
    ) as connected:
        server = LanguageServer(connected)
        options = {"gateway": {"url": gateway.url, "token": "-"}, "eagerness": "high"}
        await server.initialize(workspace, options)
        await server.initialized()
        editor = Editor(connected, workspace / "cancelled.py", "", language="python")
        blocked = [connected.ask(BLOCK, None)[1] for _ in range(BLOCKED)]
        for number in range(samples):
            editor.edit(0, len(editor.text), f"x = {number}.")
            took.append(await _cancelled_ms(editor))
        assert not any(each.done() for each in blocked)
        connected.tell(RELEASE, None)
        await asyncio.gather(*blocked)
    return took


async def _cancelled_ms(editor: Editor) -> float:
    document = {"uri": editor.uri, "version": editor.version}
    position = {"line": 0, "character": len(editor.text)}
    params = {"textDocument": document, "position": position, "context": AUTOMATIC}
    id_, answer = editor.connection.ask("textDocument/inlineCompletion", params)
    await asyncio.sleep(ASKED_S)
    began = time.perf_counter()
    editor.connection.cancel(id_)
    return ((await answer).at - began) * 1000


async def main() -> None:
    server, over = create_server(), threading.Event()

    @server.feature(BLOCK)
    @server.thread()
    def block(params: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        over.wait()

    @server.feature(RELEASE)
    def release(params: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        over.set()

    await wire.serve_stdio(server)


if __name__ == "__main__":
    asyncio.run(main())
