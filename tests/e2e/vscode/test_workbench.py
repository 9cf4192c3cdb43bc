"""The extension in VS Code's workbench, with a language server that we know by heart."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from e2e.vscode.fake_language_server import GROWING, SENTENCE, SLOW
from e2e.vscode.installation import Tools
from e2e.vscode.packing import fake_program
from e2e.vscode.workbench import EDITOR, PATIENCE_S, STATUS, Workbench, workbench

pytestmark = pytest.mark.editor

ROW = ".monaco-list-row:has-text('{}')"
PAGE = ".tab:has-text('{}')"
LINES = "[...document.querySelectorAll('.editor-instance .view-line')].map((l) => l.textContent)"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "language-server.jsonl"


@pytest.fixture
async def bench(tools: Tools, vsix: Path, tmp_path: Path, log: Path) -> AsyncGenerator[Workbench]:
    file = tmp_path / "folder" / "main.py"
    file.parent.mkdir()
    file.write_text("def add(a, b):\n")
    settings: dict[str, object] = {"understudy.server.command": str(fake_program(tmp_path, log))}
    async with workbench(
        tools, vsix, file.parent, file, state=tmp_path / "state", settings=settings
    ) as bench:
        await bench.status("mortar-board")
        yield bench


def told(log: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        yield entry["what"], entry["params"]


def requests(log: Path) -> list[dict[str, Any]]:
    """What was asked of the language server by commands."""
    return [params for what, params in told(log) if what == "workspace/executeCommand"]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.05)


def outcomes(log: Path) -> list[tuple[Any, ...]]:
    """What the language server was told of suggestions, in order."""
    names = {
        "textDocument/didShowCompletion": "shown",
        "textDocument/didPartiallyAcceptCompletion": "part",
        "understudy/didRejectCompletion": "rejected",
    }
    found: list[tuple[Any, ...]] = []
    for what, params in told(log):
        if what in names:
            taken = params["item"]["insertText"][: params.get("acceptedLength", 0)]
            found.append((names[what], taken) if taken else (names[what],))
        elif what == "workspace/executeCommand" and params["command"] == "understudy.accepted":
            found.append(("accepted",))
    return found


async def test_what_a_person_does_with_suggestions_is_told(bench: Workbench, log: Path) -> None:
    await bench.do("type", "    ret", 80)
    assert await bench.ghost() == "urn a + b  # f"
    await bench.do("wait", 200)
    await bench.do("press", "Tab")
    await bench.no_ghost()
    assert SENTENCE in (await bench.do("evaluate", LINES))[1].replace("\xa0", " ")

    await bench.do("press", "Enter")
    await bench.do("type", "ret", 80)
    await bench.ghost()
    await bench.play(("wait", 200), ("press", "Control+ArrowRight"), ("wait", 500))
    await bench.play(("press", "Alt+End"), ("wait", 300))

    await bench.do("press", "Enter")
    await bench.do("type", "retur", 80)
    await bench.ghost()
    await bench.play(("wait", 200), ("press", "Escape"))
    await bench.no_ghost()
    await bench.do("wait", 300)

    assert outcomes(log) == [
        ("shown",),
        ("accepted",),
        ("shown",),
        ("part", "urn"),
        ("accepted",),
        ("shown",),
        ("rejected",),
    ]


async def test_ghost_text_grows_without_a_blank_frame(bench: Workbench) -> None:
    await bench.do("press", "Home")
    await bench.watch()
    await bench.do("type", "gro", 80)
    await bench.do("wait", 2500)
    drawn = [text for _, text in await bench.frames()]
    texts = drawn[next(index for index, text in enumerate(drawn) if text) :]
    whole = GROWING.removeprefix("gro").replace("\n", "")
    assert texts[0] != texts[-1] == whole
    assert [pair for pair in pairwise(texts) if not pair[1].startswith(pair[0])] == []
    await bench.do("press", "Tab")
    await bench.do("await", f"{EDITOR} .view-line:nth-child(8)", "visible", 10_000)
    lines = [line.replace("\xa0", " ") for line in await bench.do("evaluate", LINES)]
    assert "\n".join(lines[1:]).rstrip() == GROWING


async def test_commands_menu_and_explanation(bench: Workbench, log: Path) -> None:
    await bench.command("Understudy: Snooze…")
    await bench.do("await", ROW.format("5 Minutes"), "visible", 10_000)
    await bench.do("press", "Enter")
    await bench.status("bell-slash")
    await bench.do("click", STATUS)
    await bench.do("await", ROW.format("Restart the Language Server"), "visible", 10_000)
    await bench.do("press", "Escape")
    await bench.command("Understudy: Wake Up")
    await bench.status("mortar-board")
    await bench.command("Understudy: Explain the Last Suggestion")
    await bench.do("await", PAGE.format("Explains"), "attached", 30_000)
    await bench.command("Understudy: Show the Dashboard")
    await bench.do("await", PAGE.format("Dashboard"), "attached", 30_000)
    await bench.do("click", EDITOR)
    commands = [params["command"] for params in requests(log)]
    assert commands == [f"understudy.{name}" for name in ("snooze", "wake", "explain", "dashboard")]
    assert await bench.do("origins") == [bench.url]


async def test_consent_forgetting_and_a_restart(bench: Workbench, log: Path) -> None:
    await bench.command("Understudy: What May Be Remembered Here…")
    await bench.do("click", ROW.format("Do Not Remember"))
    await bench.command("Understudy: Forget This Repository…")
    await bench.do("click", ".monaco-dialog-box .monaco-button:text-is('Forget')")
    told_so = ".notification-toast:has-text('Forgotten: 2 completions and 5 events.')"
    await bench.do("await", told_so, "visible", 10_000)
    assert [(each["command"], each.get("arguments")) for each in requests(log)] == [
        ("understudy.consent", [False]),
        ("understudy.forget", []),
    ]
    await bench.command("Understudy: Restart the Language Server")
    await until(lambda: [what for what, _ in told(log)].count("initialized") == 2)
    await bench.status("mortar-board")


async def test_switches_are_written_where_they_are_set(bench: Workbench, tmp_path: Path) -> None:
    own = tmp_path / "state" / "data" / "User" / "settings.json"
    here = tmp_path / "folder" / ".vscode" / "settings.json"
    here.parent.mkdir()
    await bench.command("Understudy: Switch On or Off")
    await bench.status("circle-slash")
    assert json.loads(own.read_text())["understudy.enabled"] is False
    await bench.command("Understudy: Switch On or Off")
    await bench.status("mortar-board")
    languages = {"markdown": False}
    here.write_text(json.dumps({"understudy.enabled": False, "understudy.languages": languages}))
    await bench.status("circle-slash")
    await bench.command("Understudy: Switch On or Off")
    await bench.status("mortar-board")
    await bench.command("Understudy: Switch On or Off for This Language")
    await until(lambda: "understudy.languages" in own.read_text())
    assert json.loads(own.read_text())["understudy.languages"] == {"python": False}
    assert json.loads(here.read_text()) == {
        "understudy.enabled": True,
        "understudy.languages": languages,
    }


async def test_thinking_and_the_first_steps_are_shown(bench: Workbench) -> None:
    await bench.do("type", SLOW, 80)
    await bench.status("loading")
    await bench.status("mortar-board")
    await bench.command("Welcome: Open Walkthrough...")
    await bench.do("click", ROW.format("Start with Understudy"))
    await bench.do("await", ".gettingStarted :text('Install the program')", "visible", 10_000)
