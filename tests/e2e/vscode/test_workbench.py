"""The extension in VS Code's workbench, with a language server that we know by heart."""

import json
from collections.abc import AsyncGenerator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from e2e.vscode.fake_language_server import GROWING, SENTENCE
from e2e.vscode.installation import Tools
from e2e.vscode.packing import fake_program
from e2e.vscode.workbench import EDITOR, Workbench, workbench

pytestmark = pytest.mark.editor

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
    await bench.status("mortar-board")
    await bench.command("Understudy: Snooze…")
    await bench.do("await", ".monaco-list-row:has-text('5 Minutes')", "visible", 10_000)
    await bench.do("press", "Enter")
    await bench.do("click", ".statusbar-item[id*=understudy]")
    await bench.do(
        "await", ".monaco-list-row:has-text('Restart the Language Server')", "visible", 10_000
    )
    await bench.do("press", "Escape")
    await bench.command("Understudy: Explain the Last Suggestion")
    await bench.do("await", "iframe.webview", "attached", 30_000)
    await bench.do("click", EDITOR)
    commands = [
        params["command"] for what, params in told(log) if what == "workspace/executeCommand"
    ]
    assert commands == ["understudy.snooze", "understudy.explain"]
    assert await bench.do("origins") == [bench.url]
