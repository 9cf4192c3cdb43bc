"""The guides, also of the editors that cannot run here."""

import json
import re
from pathlib import Path

import pytest
from e2e.editors.guide import GUIDES, block

from understudy.command_line import COMMANDS
from understudy_lsp.features import commands
from understudy_lsp.options import Settings, settings_from

OURS = sorted(GUIDES.glob("*.md"))
RUN = {"vscode.md", "neovim.md", "neovim-before-0.12.md", "helix.md", "emacs.md", "kate.md"}
"""By the tests in this folder, and in `vscode`."""


@pytest.mark.parametrize("guide", OURS, ids=lambda path: path.stem)
def test_a_guide_is_one_page_and_says_whether_we_run_it(guide: Path) -> None:
    text = guide.read_text()
    assert text.count("\n") < 90
    assert ("**Not run by us**" in text) == (guide.name not in RUN)


@pytest.mark.parametrize("guide", OURS, ids=lambda path: path.stem)
def test_links_of_a_guide_lead_somewhere(guide: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", guide.read_text()):
        assert target.startswith("https://") or (GUIDES / target).exists(), target


@pytest.mark.parametrize("guide", ["sublime.md", "zed.md"])
def test_settings_for_editors_we_do_not_run_are_json_that_starts_the_program(guide: str) -> None:
    settings = json.dumps(json.loads(block(guide, "json")))
    assert '"/home/you/.local/bin/understudy"' in settings
    assert '"lsp"' in settings


def test_settings_for_jetbrains_are_ours_and_its_command_starts_the_program() -> None:
    assert settings_from(json.loads(block("jetbrains.md", "json"))["understudy"]) == Settings()
    [command] = re.findall(r"\| Server: Command \| `(.*?)`", (GUIDES / "jetbrains.md").read_text())
    assert command == "/home/you/.local/bin/understudy lsp"


@pytest.mark.parametrize("guide", OURS, ids=lambda path: path.stem)
def test_every_command_that_a_guide_names_exists(guide: Path) -> None:
    named = re.findall(r"(?:`|^ {6,}|bin/)understudy ([a-z]+)", guide.read_text(), re.MULTILINE)
    assert named
    assert set(named) <= set(COMMANDS)


def test_neovim_offers_every_command_of_the_language_server() -> None:
    named = {value for value in vars(commands).values() if str(value).startswith("understudy.")}
    lua = (GUIDES / "understudy.lua").read_text()
    [offered] = re.findall(r"return \{ ('explain'.*) \}", lua)
    assert {f"understudy.{name}" for name in re.findall(r"\w+", offered)} == named
