"""The main job, with everything real: the packed extension in VS Code's workbench, the language
server, the gateway, vLLM with the embedded model, and a repository with a history."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from e2e.vscode.installation import Tools
from e2e.vscode.workbench import Workbench, workbench

from understudy_protocol.events import Accepted, Event, EventPage, Shown
from understudy_server.client import GatewayClient
from understudy_server.launch import running_gateway

pytestmark = [pytest.mark.editor, pytest.mark.engine]

ROOT = Path(__file__).resolve().parents[3]
FILE = "server/understudy_server/cut.py"
TYPED = "def count_lines(text: str) -> int:\n"
DELIVERED_S = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone of this repository."""
    clone = tmp_path / "understudy"
    subprocess.run(["git", "clone", "-q", f"file://{ROOT}", str(clone)], check=True)
    return clone


async def test_ghost_text_from_vllm_is_accepted_and_remembered(
    tools: Tools, vsix: Path, tmp_path: Path, folder: Path
) -> None:
    state = tmp_path / "gateway"
    state.mkdir()
    async with (
        running_gateway(state_dir=state) as gateway,
        workbench(
            tools,
            vsix,
            folder,
            folder / FILE,
            state=tmp_path / "state",
            settings={"understudy.server.command": str(Path(sys.executable).with_name(NAME))},
            environment={
                "UNDERSTUDY_STATE_DIR": str(state),
                "UNDERSTUDY_CACHE_DIR": str(tmp_path / "cache"),
            },
        ) as bench,
    ):
        await agree(bench)
        text = await accept(bench)
        await until_told(gateway, text)


NAME = "understudy.exe" if sys.platform == "win32" else "understudy"


async def agree(bench: Workbench) -> None:
    """Types until there is a suggestion, and says yes when asked whether it may be remembered."""
    await bench.status("question", timeout_s=180)
    await bench.do("insert", "\n\n" + TYPED)
    await bench.do("type", "    return ", 90)
    await bench.ghost(timeout_ms=60_000)
    remember = ".notification-toast .monaco-button:text-is('Remember')"
    await bench.do("await", remember, "visible", 30_000)
    await bench.do("click", remember)
    await bench.do("press", "Control+1")
    await bench.do("press", "Control+End")


async def accept(bench: Workbench) -> str:
    """What was accepted."""
    await bench.do("press", "Enter")
    await bench.do("type", "    if text.", 90)
    await bench.ghost(timeout_ms=60_000)
    await bench.do("wait", 1500)
    text = await bench.ghost_now()
    if (picture := os.environ.get("UNDERSTUDY_SCREENSHOT")) is not None:
        await bench.do("screenshot", picture)
    await bench.do("press", "Tab")
    await bench.do("wait", 500)
    return text


async def until_told(gateway: GatewayClient, text: str) -> None:
    """The store holds that it was shown, and then accepted whole, by the same id."""
    deadline = time.monotonic() + DELIVERED_S
    while True:
        page = msgspec.json.decode(await gateway.get("/v1/events"), type=EventPage)
        events = [stored.event for stored in page.events]
        if any(isinstance(event, Accepted) for event in events):
            break
        assert time.monotonic() < deadline, events
        await asyncio.sleep(0.5)
    [accepted] = [event for event in events if isinstance(event, Accepted)]
    same: list[Event] = [event for event in events if event.completion == accepted.completion]
    assert any(isinstance(event, Shown) for event in same)
    assert accepted.length >= len(text.strip())
