"""Neovim in a terminal.

Since 0.9 one process of it holds the text and starts another that draws it: by its own path,
which here is that of a loader. So the two are started one by one, as for a session far away.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from e2e.editors.desk import Desk
from e2e.editors.terminal import PATIENCE_S, Terminal, run, terminal


class Neovim:
    def __init__(self, program: Path, socket: Path, desk: Desk, screen: Terminal) -> None:
        self._program = program
        self._socket = socket
        self._environment = desk.environment
        self.screen = screen

    async def ask(self, expression: str) -> str:
        """The value of a Vim expression."""
        return await _ask(self._program, self._socket, expression, self._environment)

    async def until(self, expression: str) -> None:
        """Returns once a Vim expression is 1."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while await self.ask(expression) != "1":
                    await asyncio.sleep(0.1)
        except TimeoutError:
            screen = await self.screen.screen()
            raise AssertionError(f"{expression} in vain waited for:\n{screen}") from None

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
    """Shows the desk's file, and the language server is ready."""
    environment = desk.environment
    async with contextlib.AsyncExitStack() as stack:
        # The path of a socket must be short.
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="nvim-", dir="/tmp"))
        socket = Path(place) / "socket"
        command = ["-n", "--listen", str(socket), str(desk.file)]
        version = await run(str(program), "--version", environment=environment)
        if not version.startswith("NVIM v0.7"):
            await stack.enter_async_context(_headless(program, command, desk, socket))
            command = ["--remote-ui", "--server", str(socket)]
        opened = terminal(tmux, str(program), *command, folder=desk.folder, environment=environment)
        screen = await stack.enter_async_context(opened)
        await screen.shows(desk.file.name)
        editor = Neovim(program, socket, desk, screen)
        await editor.until("get(g:, 'understudy', '') =~ 'as you type'")
        yield editor


@asynccontextmanager
async def _headless(
    program: Path, arguments: list[str], desk: Desk, socket: Path
) -> AsyncGenerator[None]:
    """Started, and ready to be drawn."""
    process = await asyncio.create_subprocess_exec(
        str(program),
        "--headless",
        *arguments,
        cwd=desk.folder,
        env=desk.environment,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await _is_up(program, socket, desk.environment):
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


async def _is_up(program: Path, socket: Path, environment: Mapping[str, str]) -> bool:
    try:
        return await _ask(program, socket, "v:vim_did_enter", environment) == "1"
    except AssertionError:
        return False


async def _ask(program: Path, socket: Path, expression: str, environment: Mapping[str, str]) -> str:
    # 0.7 answers on stderr.
    remote = ("--server", str(socket), "--remote-expr", expression)
    return await run(str(program), *remote, environment=environment, complaints=True)
