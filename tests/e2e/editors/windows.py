"""An editor with windows, under a compositor that draws into memory: keys go in, and what stands on
the screen is looked at.

Wayland and not X, whose servers find keyboards' layouts by a path from the root of the system.
"""

import asyncio
import contextlib
import json
import shlex
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from e2e.editors.keyboard import Keyboard
from e2e.editors.terminal import PATIENCE_S, run
from gateway_under_test import until

DISPLAY = "wayland-1"
"""Sway's first choice, in a folder where nobody else has one."""
AGAIN_S = 2.0


class Wayland(msgspec.Struct, frozen=True):
    """The programs that it takes."""

    sway: Path
    swaymsg: Path
    grim: Path


class Windows:
    def __init__(
        self, keyboard: Keyboard, wayland: Wayland, environment: Mapping[str, str], failed: Path
    ) -> None:
        self._keyboard = keyboard
        self._wayland = wayland
        self._environment = environment
        self._failed = failed
        """Where a picture is put of what was waited for in vain."""

    def type(self, text: str) -> None:
        """Letters only."""
        self.press(*text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self._keyboard.press(key)

    async def answer(self, title: str, key: str) -> None:
        """Closes the window with that in its title by a key: pressed again where it was too early,
        because a new window may have the keys before it listens."""
        await self._until(lambda: self._has_keys(title), title)
        clock = asyncio.get_running_loop().time
        again = clock()

        async def gone() -> bool:
            nonlocal again
            there = await self._has_keys(title)
            if there and clock() >= again:
                self.press(key)
                again = clock() + AGAIN_S
            return not there

        await self._until(gone, f"the end of {title}")

    async def _has_keys(self, title: str) -> bool:
        tree = json.loads(await self._run(self._wayland.swaymsg, "-r", "-t", "get_tree"))
        return any(title in name for name in _focused(tree))

    async def shows(self, colour: bytes, *, pixels: int, long_s: float = 0.0) -> None:
        """Returns once that many pixels have had the colour for so long."""
        clock = asyncio.get_running_loop().time
        since: float | None = None

        async def shown() -> bool:
            nonlocal since
            picture = self._failed.with_suffix(".ppm")
            await self._run(self._wayland.grim, "-t", "ppm", str(picture))
            if picture.read_bytes().count(colour) < pixels:
                since = None
                return False
            since = clock() if since is None else since
            return clock() - since >= long_s

        await self._until(shown, f"the colour {colour.hex()}")

    async def _until(self, seen: Callable[[], Awaitable[bool]], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await seen():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            await self._run(self._wayland.grim, str(self._failed))
            raise AssertionError(f"in vain waited for {what}, see {self._failed}") from None

    async def _run(self, program: Path, *arguments: str) -> str:
        return await run(str(program), *arguments, environment=self._environment)


@asynccontextmanager
async def windows(
    wayland: Wayland, *command: str, folder: Path, environment: Mapping[str, str]
) -> AsyncGenerator[Windows]:
    """A screen on which `command` runs, in `folder`, once it takes keys."""
    # The path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="sway-", dir="/tmp") as place:
        within = {
            **environment,
            "QT_QPA_PLATFORM": "wayland",
            "SWAYSOCK": f"{place}/sway",
            "WAYLAND_DISPLAY": DISPLAY,
            "WLR_BACKENDS": "headless",
            "WLR_RENDERER": "pixman",
            "XDG_RUNTIME_DIR": place,
        }
        config = Path(place) / "config"
        config.write_text(f"xwayland disable\ndefault_border none\nexec {shlex.join(command)}\n")
        async with _running(wayland.sway, "-c", str(config), folder=folder, environment=within):
            await until(lambda: all((Path(place) / name).exists() for name in ("sway", DISPLAY)))
            with contextlib.closing(Keyboard(Path(place) / DISPLAY)) as keyboard:
                yield Windows(keyboard, wayland, within, folder.parent / "screen.png")


@asynccontextmanager
async def _running(
    program: Path, *arguments: str, folder: Path, environment: Mapping[str, str]
) -> AsyncGenerator[None]:
    process = await asyncio.create_subprocess_exec(
        str(program),
        *arguments,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


def _focused(node: dict[str, Any]) -> list[str]:
    """The titles of what is focused in a tree of Sway's."""
    within = (
        title for child in node["nodes"] + node["floating_nodes"] for title in _focused(child)
    )
    return [*([node["name"] or ""] if node["focused"] else []), *within]
