"""VS Code's workbench in a browser, with the packed extension, driven like a person would."""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from e2e.vscode.installation import Tools

SETTINGS: dict[str, object] = {
    "workbench.startupEditor": "none",
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "extensions.autoUpdate": "off",
    "extensions.autoCheckUpdates": False,
    "chat.disableAIFeatures": True,
    "files.hotExit": "off",
    "terminal.integrated.gpuAcceleration": "off",  # its text is in the page then
    "editor.minimap.enabled": False,
    "window.commandCenter": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
}
NO_GALLERY = '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":""}'
"""Otherwise the page asks a server on the internet for extensions."""
PATIENCE_S = 60

EDITOR = ".editor-instance .view-lines"
STATUS = ".statusbar-item[id*=understudy]"
GHOST = "[class*=ghost-text-decoration]"

GHOST_TEXT = """
(() => {
  const pieces = [...document.querySelectorAll('[class*=ghost-text]')]
    .filter((each) => !each.parentElement.closest('[class*=ghost-text]'))
    .map((each) => [each.closest('.view-zones') ? 1 : 0, each.textContent]);
  pieces.sort(([first], [second]) => first - second);
  return pieces.map(([, text]) => text).join('').replaceAll('\\u00a0', ' ');
})()
"""
"""What stands in ghost text, without line breaks. Its lines but the first are drawn in a zone below
the line, which stands before it in the page."""

WATCH = """
(() => {
  window.frames_ = [];
  const painted = new MessageChannel();
  painted.port1.onmessage = () => {
    window.frames_.push([Date.now(), GHOST]);
    window.watching_ = requestAnimationFrame(look);
  };
  const look = () => painted.port2.postMessage(null);
  cancelAnimationFrame(window.watching_);
  look();
})()
""".replace("GHOST", GHOST_TEXT.strip().rstrip(";"))
"""A message is handled after the frame is painted, so what it finds has been on the screen."""


class Workbench:
    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self._number = 0
        self.url = url

    async def do(self, name: str, *values: object) -> Any:
        """One of the steps of `remote.mjs`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._number += 1
        line = json.dumps([self._number, name, *values]) + "\n"
        self._process.stdin.write(line.encode())
        answer = json.loads(await self._process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"{name}: {answer['error']}")
        return answer["value"]

    async def play(self, *steps: tuple[object, ...]) -> list[float]:
        """Steps one after the other; the time when each was done, in seconds since the epoch."""
        return [moment / 1000 for moment in await self.do("play", steps)]

    async def open(self, folder: Path, file: Path) -> None:
        """A file of a folder, with the cursor at its end."""
        host = self.url.removeprefix("http://")
        payload = json.dumps([["openFile", f"vscode-remote://{host}{file}"]])
        await self.do("goto", f"{self.url}/?folder={quote(str(folder))}&payload={quote(payload)}")
        await self.do("await", f"{EDITOR} .view-line", "visible", 1000 * PATIENCE_S)
        await self.do("click", EDITOR)
        await self.do("press", "Control+End")

    async def status(self, icon: str, *, timeout_s: int = PATIENCE_S) -> None:
        """Waits until our item in the status bar has the icon: `mortar-board` is all well."""
        await self.do("await", f"{STATUS} .codicon-{icon}", "visible", 1000 * timeout_s)

    async def ghost(self, *, timeout_ms: int = 10_000) -> str:
        """Waits until there is ghost text."""
        await self.do("await", GHOST, "attached", timeout_ms)
        return await self.ghost_now()

    async def no_ghost(self, *, timeout_ms: int = 10_000) -> None:
        await self.do("await", GHOST, "detached", timeout_ms)

    async def has(self, selector: str) -> bool:
        """Whether it can be found now, or in a second."""
        try:
            await self.do("await", selector, "visible", 1000)
        except AssertionError:
            return False
        return True

    async def ghost_now(self) -> str:
        return await self.do("evaluate", GHOST_TEXT)

    async def watch(self) -> None:
        """Notes down the ghost text of every frame from now on."""
        await self.do("evaluate", WATCH)

    async def frames(self) -> list[tuple[float, str]]:
        """Each change of the ghost text since `watch`: seconds since the epoch, and the text."""
        seen = await self.do("evaluate", "window.frames_")
        changes = [(at / 1000, text) for at, text in seen]
        return [
            now
            for before, now in zip([(0.0, None), *changes], changes, strict=False)
            if before[1] != now[1]
        ]

    async def command(self, title: str) -> None:
        """Of the command palette, by its title. A page that opens just then takes the focus, and
        the palette is gone: once more."""
        row = (
            f".quick-input-list .monaco-list-row:has-text({json.dumps(title, ensure_ascii=False)})"
        )
        for is_last in (False, True):
            await self.do("press", "F1")
            await self.do("await", ".quick-input-widget input", "visible", 10_000)
            await self.do("insert", title)
            try:
                await self.do("await", row, "visible", 5_000)
                break
            except AssertionError:
                if is_last:
                    raise
        await self.do("press", "Enter")


@asynccontextmanager
async def workbench(
    tools: Tools,
    vsix: Path,
    folder: Path,
    file: Path,
    *,
    state: Path,
    settings: dict[str, object],
    environment: dict[str, str] | None = None,
) -> AsyncGenerator[Workbench]:
    """`file` of `folder` open; everything the editor writes lies in `state`, which is new."""
    # A program's path is of the machine that the extension runs on, which is another one than the
    # browser's: the editor forgets it among the user's own when it reads those again.
    for owner in ("User", "Machine"):
        (state / "data" / owner).mkdir(parents=True)
        (state / "data" / owner / "settings.json").write_text(
            json.dumps({**SETTINGS, **settings} if owner == "User" else settings)
        )
    home = ["--user-data-dir", str(state / "data"), "--extensions-dir", str(state / "extensions")]
    command = [str(tools.node), str(tools.code_server), *home]
    around = {**os.environ, **(environment or {}), "EXTENSIONS_GALLERY": NO_GALLERY}
    installing = await asyncio.create_subprocess_exec(
        *command,
        *["--install-extension", str(vsix), "--force"],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=around,
    )
    said, _ = await installing.communicate()
    assert b"successfully installed" in said, said.decode(errors="replace")
    serving = [
        *command,
        *["--bind-addr", "127.0.0.1:0", "--auth", "none", "--config", os.devnull],
        *["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
        "--disable-getting-started-override",
    ]
    async with contextlib.AsyncExitStack() as stack:
        log = stack.enter_context((state / "code-server.log").open("w+b"))
        server = await asyncio.create_subprocess_exec(*serving, stdout=log, stderr=log, env=around)
        stack.push_async_callback(_end_family, server)
        url = await _address(state / "code-server.log")
        remote = Path(__file__).with_name("remote.mjs")
        browser = await asyncio.create_subprocess_exec(
            *[str(tools.node), str(remote), str(tools.chromium), str(tools.modules)],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**24,
        )
        stack.push_async_callback(_end_family, browser)
        bench = Workbench(browser, url)
        await bench.open(folder, file)
        yield bench


async def _address(log: Path) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while (found := _listening(log)) is None:
            await asyncio.sleep(0.05)
    return found


def _listening(log: Path) -> str | None:
    found = re.search(r"listening on (http://[\d.:]+)", log.read_text(errors="replace"))
    return found.group(1) if found else None


async def _end_family(process: asyncio.subprocess.Process) -> None:
    """The process and all it started: the host of the extensions outlives its parent otherwise."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
    for each in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
