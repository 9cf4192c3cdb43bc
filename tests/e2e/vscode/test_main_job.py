"""The main job, with everything real: the packed extension in VS Code's workbench, the language
server, the gateway, vLLM with the embedded model, and a repository with a history."""

import asyncio
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from e2e.vscode.installation import Tools
from e2e.vscode.packing import ROOT
from e2e.vscode.workbench import EDITOR, Workbench, workbench

from understudy_protocol.events import Accepted, Event, EventPage, Shown, Source
from understudy_server.client import GatewayClient
from understudy_server.launch import running_gateway

pytestmark = [pytest.mark.editor, pytest.mark.engine]

FILE = "server/understudy_server/cut.py"
SCENES = (
    "class Box:\ndef __init__(self, width: int, height: int, depth: int) -> None:\n",
    "class Line:\ndef __init__(self, text: str, number: int) -> None:\nself.text = text\n",
    "def is_empty(text: str) -> bool:\nif not text:\n",
    "class Window:\ndef __init__(self, left: int, top: int, right: int, bottom: int) -> None:\n",
    "def names(people: list[str]) -> list[str]:\nfound = []\nfor person in people:\n",
    "class Person:\ndef __init__(self, name: str, age: int, city: str) -> None:\n",
    "class Counter:\ndef __init__(self, start: int) -> None:\nself.count = start\n",
    "class Parcel:\ndef __init__(self, sender: str, weight: int, price: int) -> None:\n",
    "def largest(numbers: list[int]) -> int:\nbest = numbers[0]\nfor number in numbers:\n",
    "class Track:\ndef __init__(self, title: str, artist: str, seconds: int) -> None:\n",
)
"""Typed one after the other, until a suggestion of the model is accepted and one has grown; people
would not give up at the first that is hidden, either. It grows by lines, so several are asked for.
The editor indents."""
REMEMBER = ".notification-toast .monaco-button:text-is('Remember')"
DELIVERED_S = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone of this repository."""
    clone = tmp_path / "understudy"
    subprocess.run(["git", "clone", "-q", f"file://{ROOT}", str(clone)], check=True)
    return clone


async def test_ghost_text_from_vllm_grows_and_is_accepted_and_remembered(
    tools: Tools, vsix: Path, tmp_path: Path, folder: Path
) -> None:
    state = tmp_path / "gateway"
    state.mkdir()
    program = Path(sys.executable).with_name("understudy")
    async with (
        running_gateway(state_dir=state) as gateway,
        workbench(
            tools,
            vsix,
            folder,
            folder / FILE,
            state=tmp_path / "state",
            settings={
                "understudy.server.command": str(program),
                "understudy.eagerness": "high",
                "editor.wordBasedSuggestions": "off",
                "workbench.colorTheme": "Default Dark Modern",
                "workbench.sideBar.location": "right",
            },
            environment={
                "UNDERSTUDY_STATE_DIR": str(state),
                "UNDERSTUDY_CACHE_DIR": str(tmp_path / "cache"),
            },
        ) as bench,
    ):
        await bench.status("question", timeout_s=180)
        await bench.watch()
        events: list[Event] = []
        for scene in SCENES:
            if of_model(events) and grown(await bench.frames()):
                break
            if await accepts(bench, scene) and not of_model(events):
                events = await accepted_events(gateway, beyond=len(accepted_among(events)))
        frames = await bench.frames()
    accepted = of_model(events)
    assert accepted is not None, accepted_among(events)
    assert grown(frames), frames
    same = [event for event in events if event.completion == accepted.completion]
    assert [type(event) for event in same][:2] == [Shown, Accepted]
    assert accepted.length > 0


async def accepts(bench: Workbench, scene: str) -> bool:
    """Types, takes what is suggested, and says yes when asked whether it may be remembered; False
    if nothing that will be remembered was suggested."""
    await bench.play(("press", "Escape"), ("press", "Control+End"), ("press", "Enter"))
    await bench.play(("press", "Enter"), ("press", "Enter"))
    await bench.play(("press", "Home"), ("press", "Shift+End"), ("press", "Delete"))
    await bench.do("type", scene, 60)
    # The question comes with the first suggestion, perhaps in the middle of a scene at whose end
    # there is none, and goes by itself.
    if await says_yes(bench):
        return False
    try:
        await bench.ghost(timeout_ms=15_000)
    except AssertionError:
        return False
    if await says_yes(bench):
        return False
    await bench.do("wait", 1500)
    if (picture := os.environ.get("UNDERSTUDY_SCREENSHOT")) is not None:
        await bench.do("screenshot", picture)
    await bench.do("press", "Tab")
    return True


async def says_yes(bench: Workbench) -> bool:
    """Whether it was asked."""
    if not await bench.has(REMEMBER):
        return False
    await bench.do("click", REMEMBER)
    await bench.do("click", EDITOR)
    return True


def grown(frames: list[tuple[float, str]]) -> bool:
    """Whether a suggestion got longer while it stood there; typed along it gets shorter."""
    texts = [text for _, text in frames]
    return any(
        before and after != before and after.startswith(before) for before, after in pairwise(texts)
    )


async def accepted_events(gateway: GatewayClient, *, beyond: int) -> list[Event]:
    """All that the store holds, once more than so many acceptances are among it, or after a
    while."""
    deadline = time.monotonic() + DELIVERED_S
    while True:
        page = msgspec.json.decode(await gateway.get("/v1/events"), type=EventPage)
        events = [stored.event for stored in page.events]
        if len(accepted_among(events)) > beyond or time.monotonic() > deadline:
            return events
        await asyncio.sleep(0.5)


def accepted_among(events: list[Event]) -> list[Accepted]:
    return [event for event in events if isinstance(event, Accepted)]


def of_model(events: list[Event]) -> Accepted | None:
    taken = accepted_among(events)
    return next((event for event in taken if event.source is Source.ENGINE), None)
