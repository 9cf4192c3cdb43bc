"""Neovim in a terminal. One process holds the editor and another draws it, as with any remote
session, because Neovim starts its other half by its own path, which is not that of its loader."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from e2e.editors.desk import Desk
from e2e.editors.terminal import PATIENCE_S, Terminal, run, terminal


class Neovim:
    def __init__(self, program: Path, socket: Path, desk: Desk, screen: Terminal) -> None:
        self._program = program
        self._socket = socket
        self._desk = desk
        self.screen = screen

    async def ask(self, expression: str) -> str:
        """The value of a Vim expression."""
        remote = ("--server", str(self._socket), "--remote-expr", expression)
        return await run(str(self._program), *remote, environment=self._desk.environment)

    async def until(self, expression: str) -> None:
        """Returns once a Vim expression is true."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.ask(expression) in ("", "0", "v:null"):
                await asyncio.sleep(0.1)

    async def lines(self) -> list[str]:
        return (await self.ask('join(getline(1, "$"), "\\n")')).split("\n")

    async def normal(self) -> None:
        """Leaves insert mode."""
        await self.screen.press("Escape")
        await self.screen.hides("-- INSERT --")

    async def save(self) -> None:
        await self.normal()
        await self.screen.type(":w\r")


@asynccontextmanager
async def neovim(program: Path, tmux: Path, desk: Desk) -> AsyncGenerator[Neovim]:
    """Shows the desk's file."""
    environment = desk.environment
    with tempfile.TemporaryDirectory(prefix="nvim-", dir="/tmp") as place:
        socket = Path(place) / "socket"
        listening = ("-n", "--headless", "--listen", str(socket), str(desk.file))
        editor = await asyncio.create_subprocess_exec(
            str(program), *listening, cwd=desk.folder, env=environment
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not socket.exists():
                    await asyncio.sleep(0.02)
            drawing = (str(program), "--server", str(socket), "--remote-ui")
            async with terminal(
                tmux, *drawing, folder=desk.folder, environment=environment
            ) as screen:
                await screen.shows(desk.file.name)
                yield Neovim(program, socket, desk, screen)
        finally:
            editor.terminate()
            await editor.wait()
