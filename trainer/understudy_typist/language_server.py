"""`understudy lsp`, started as an editor starts it."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from understudy_protocol.errors import ConfigError, EngineUnavailable
from understudy_typist.connection import Connection, connection

CAPABILITIES = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}
CONSENT, RECONNECT = "understudy.consent", "understudy.reconnect"
DID_CHANGE_STATUS = "understudy/didChangeStatus"
INDEXING, UNASKED = "indexing", "consent"
"""Kinds of status."""

LOOK_S = 0.1
"""Between two looks at how far the index is."""
READ_S = 180.0
"""After which the index will never be ready."""


class LanguageServer:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._status: str = ""
        connection.heard = self._hear

    async def initialize(self, workspace: Path, options: dict[str, Any]) -> None:
        params = {
            "processId": os.getpid(),
            "rootUri": workspace.as_uri(),
            "capabilities": CAPABILITIES,
            "initializationOptions": options,
            "workspaceFolders": [{"uri": workspace.as_uri(), "name": workspace.name}],
        }
        await self.connection.answer("initialize", params)

    async def initialized(self) -> None:
        """Returns once the workspace is open, and begins to be read."""
        self.connection.tell("initialized", {})
        await self._until((INDEXING, UNASKED))

    async def is_indexed(self) -> bool:
        """Whether the whole workspace was read: before that the status says so, and after it that
        nobody has agreed yet to be remembered."""
        await self._command(RECONNECT)
        return self._status == UNASKED

    async def indexed(self, looked: Callable[[], None] = lambda: None) -> None:
        """Returns once the whole workspace was read; `looked` is called while it is not."""
        await self._until((UNASKED,), looked)

    async def agree(self) -> None:
        """What becomes of suggestions may be remembered."""
        await self._command(CONSENT, True)

    async def _until(
        self, wanted: tuple[str, ...], looked: Callable[[], None] = lambda: None
    ) -> None:
        try:
            async with asyncio.timeout(READ_S):
                await self._command(RECONNECT)
                while self._status not in wanted:
                    looked()
                    await asyncio.sleep(LOOK_S)
                    await self._command(RECONNECT)
        except TimeoutError as error:
            raise EngineUnavailable(
                f"The workspace was not read after {READ_S:.0f} seconds.",
                "This is a fault of the language server; please report it.",
            ) from error

    async def _command(self, name: str, *arguments: Any) -> None:
        params = {"command": name, "arguments": arguments}
        await self.connection.answer("workspace/executeCommand", params)

    def _hear(self, method: str, params: Any) -> None:
        if method == DID_CHANGE_STATUS:
            self._status = params["kind"]


@asynccontextmanager
async def language_server(
    workspace: Path, *, state: Path, cache: Path, simulated: bool = False, **options: Any
) -> AsyncGenerator[LanguageServer]:
    """Initialised, with `options` as the editor's settings; by a clock that is told what time it is
    if it is `simulated` (see `desk.SimulatedDesk`)."""
    command = Path(sys.executable).with_name("understudy")
    if not command.exists():
        raise ConfigError(
            "The command `understudy` is not where it was installed.",
            "Run this from an environment that Understudy is installed in.",
        )
    environment = {
        **os.environ,
        "UNDERSTUDY_STATE_DIR": str(state),
        "UNDERSTUDY_CACHE_DIR": str(cache),
    }
    arguments = ["lsp", "--simulated-clock"] if simulated else ["lsp"]
    async with connection(
        [str(command), *arguments], folder=workspace, environment=environment
    ) as connected:
        server = LanguageServer(connected)
        await server.initialize(workspace, options)
        yield server
