"""What the extension infers, against what VS Code itself says in its proposed handlers."""

import json
import os
import re
from pathlib import Path

import pytest
from e2e.vscode.episodes import play_episodes, score
from e2e.vscode.installation import Tools
from e2e.vscode.packing import ROOT, fake_program
from e2e.vscode.workbench import workbench

pytestmark = pytest.mark.editor

EPISODES = int(os.environ.get("UNDERSTUDY_EPISODES", "40"))


async def test_what_is_told_is_what_the_editor_saw_and_keys_are_free(
    tools: Tools, witnessed_vsix: Path, tmp_path: Path
) -> None:
    file = tmp_path / "folder" / "main.py"
    file.parent.mkdir()
    file.write_text("")
    log = tmp_path / "language-server.jsonl"
    settings: dict[str, object] = {"understudy.server.command": str(fake_program(tmp_path, log))}
    async with workbench(
        tools,
        witnessed_vsix,
        file.parent,
        file,
        state=tmp_path / "state",
        settings=settings,
        environment={"UNDERSTUDY_WITNESS": str(tmp_path)},
    ) as bench:
        await bench.status("mortar-board")
        await play_episodes(bench, EPISODES, seed=1)
    told = score(log, tmp_path / "truth.jsonl")
    print(told)  # noqa: T201 (the figures, with `pytest -s`)
    assert told.precision >= 0.98
    assert told.recall * told.shown >= told.shown - 1  # one may pass by in a few milliseconds
    assert told.accepted[0] == told.accepted[1] > 0
    assert told.parts[0] == told.parts[1] > 0
    assert told.wrong_parts == 0
    assert taken_keys((tmp_path / "keybindings.json").read_text()) == set()


def taken_keys(defaults: str) -> set[str]:
    """Our keys that VS Code uses in an editor, where ours is not about the same thing."""
    text = re.sub(r"^\s*//.*$", "", defaults, flags=re.MULTILINE)
    theirs = [
        binding["key"]
        for binding in json.loads(text)
        if "inlineSuggestionVisible" not in binding.get("when", "")
        and re.search(r"\b(editorTextFocus|textInputFocus|editorFocus)\b", binding.get("when", ""))
    ]
    manifest = json.loads((ROOT / "package.json").read_text())
    ours = {
        binding["key"]
        for binding in manifest["contributes"]["keybindings"]
        # Where ghost text is visible, these two mean what they mean in VS Code itself.
        if binding["command"] not in ("understudy.acceptWord", "understudy.dismiss")
    }
    return ours.intersection(theirs)
