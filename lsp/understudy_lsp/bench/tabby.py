"""Tabby's language server (tabby-agent, from npm), as the peer that ours is compared with."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import platformdirs

from understudy_lsp.bench.http_server import served
from understudy_lsp.bench.tabby_server import TabbyServer
from understudy_protocol.errors import ConfigError
from understudy_typist.connection import Connection, connection
from understudy_typist.desk import Asking
from understudy_typist.editor import Editor, Ghost

VERSION = "1.5.0"
INSTALL_S = 180.0


def _menu_item(editor: Editor, result: Any, offset: int) -> Ghost | None:
    """The first item of an answer to `textDocument/completion`."""
    items: list[dict[str, Any]] = result["items"]
    return editor.ghost(items[0], offset) if items else None


MENU = Asking(
    # Without a trigger character it takes a key for a request by hand, and asks six times.
    "textDocument/completion",
    lambda last: {"triggerKind": 2, "triggerCharacter": last},
    _menu_item,
)

CONFIG = """\
[server]
endpoint = "{url}"
token = "none"

[anonymousUsageTracking]
disable = true
"""


async def install() -> Path:
    """Its command, installed in the cache folder on first use. Raises ConfigError if npm cannot."""
    folder = platformdirs.user_cache_path("understudy", appauthor=False) / f"tabby-{VERSION}"
    command = folder / "node_modules" / "tabby-agent" / "dist" / "cli.js"
    if command.exists():
        return command
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise ConfigError("Node and npm are not installed.", "Install them to compare with Tabby.")
    folder.mkdir(parents=True, exist_ok=True)
    package = f"tabby-agent@{VERSION}"
    process = await asyncio.create_subprocess_exec(
        *(npm, "install", "--ignore-scripts", "--no-save", "--prefix", str(folder), package),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(INSTALL_S):
            _, printed = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        printed = b"it took too long"
    if process.returncode != 0 or not command.exists():
        shutil.rmtree(folder, ignore_errors=True)
        last = printed.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ConfigError(
            f"npm could not install {package}: {last}.",
            "Look whether the npm registry can be reached.",
        )
    return command


@asynccontextmanager
async def tabby(
    command: Path, workspace: Path, *, home: Path, server: TabbyServer
) -> AsyncGenerator[Connection]:
    """Initialised, and sure of its server."""
    node = shutil.which("node")
    assert node is not None
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(server.answer))
        config = home / ".tabby-client" / "agent" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(CONFIG.format(url=url), encoding="utf-8")
        started = await stack.enter_async_context(
            connection(
                [node, str(command), "--lsp", "--stdio"],
                folder=home,
                environment={**os.environ, "HOME": str(home)},
            )
        )
        await started.answer(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": workspace.as_uri(),
                "capabilities": {"textDocument": {"completion": {}}},
                "workspaceFolders": [{"uri": workspace.as_uri(), "name": workspace.name}],
            },
        )
        started.tell("initialized", {})
        await server.looked_for()
        yield started
