"""An editor in a terminal: keys go in, and what stands on the screen is looked at."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

PATIENCE_S = 30.0
WIDTH, HEIGHT = 100, 30


class Terminal:
    def __init__(self, tmux: Path, socket: Path, environment: Mapping[str, str]) -> None:
        self._command = [str(tmux), "-S", str(socket), "-f", "/dev/null"]
        self._environment = environment

    async def type(self, text: str) -> None:
        await self.tmux("send-keys", "-l", "--", text)

    async def press(self, *keys: str) -> None:
        """Named as tmux names them: `Enter`, `Escape`, `C-e`, …"""
        await self.tmux("send-keys", *keys)

    async def screen(self) -> str:
        """Its lines, without the blanks at their ends."""
        return await self.tmux("capture-pane", "-p")

    async def until(self, seen: Callable[[str], bool]) -> str:
        """The screen, once it is as wanted."""
        screen = ""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not seen(screen := await self.screen()):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"in vain waited for on the screen:\n{screen}") from None
        return screen

    async def shows(self, text: str) -> str:
        return await self.until(lambda screen: text in screen)

    async def hides(self, text: str) -> str:
        return await self.until(lambda screen: text not in screen)

    async def tmux(self, *arguments: str) -> str:
        return await run(*self._command, *arguments, environment=self._environment)


@asynccontextmanager
async def terminal(
    tmux: Path, *command: str, folder: Path, environment: Mapping[str, str]
) -> AsyncGenerator[Terminal]:
    """A terminal in which `command` runs, in `folder`."""
    # The path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="tmux-", dir="/tmp") as place:
        made = Terminal(tmux, Path(place) / "socket", environment)
        size = ("-x", str(WIDTH), "-y", str(HEIGHT))
        await made.tmux("new-session", "-d", *size, "-c", str(folder), "--", *command)
        try:
            yield made
        finally:
            await made.tmux("kill-server")


async def run(*command: str, environment: Mapping[str, str], complaints: bool = False) -> str:
    """What it prints, with its stderr if `complaints`; an AssertionError if it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return (printed + (complained if complaints else b"")).decode()
