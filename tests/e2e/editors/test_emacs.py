"""Emacs and its Eglot with the configuration of its guide: completion at point."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from e2e.editors.desk import Desk
from e2e.editors.guide import block
from e2e.editors.terminal import Terminal, terminal
from fake_gateway import FakeGateway, saying
from gateway_under_test import until

from understudy_lsp.consent import Answer, Consents
from understudy_protocol.events import Accepted

pytestmark = pytest.mark.editor

EARLY = "(setq native-comp-jit-compilation nil)"
"""It would start itself by its own path, which here is that of a loader."""


@pytest.fixture
async def screen(emacs: Path, tmux: Path, at: Desk) -> AsyncGenerator[Terminal]:
    at.configure(".config/emacs/early-init.el", EARLY)
    at.configure(".config/emacs/init.el", block("emacs.md", "elisp"))
    command = (str(emacs), "-nw", str(at.file))
    async with terminal(tmux, *command, folder=at.folder, environment=at.environment) as screen:
        await screen.shows("[eglot:work]")
        yield screen


async def test_a_completion_is_taken_at_point(
    screen: Terminal, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying(" a + b")
    await screen.press("C-e", "Enter")
    await screen.type("return")
    await screen.press("C-M-i")
    await screen.shows("return a + b")
    await screen.press("C-x", "C-s")
    await at.saved("def add(a, b):\n    return a + b\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))
    [accepted] = [event for event in gateway.events if isinstance(event, Accepted)]
    assert accepted.completion == gateway.asked[0].id


async def test_several_lines_are_taken_at_point(
    screen: Terminal, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying("total = a + b\n", "    return total")
    await screen.press("C-e", "Enter", "C-M-i")
    await screen.shows("return total")
    await screen.press("C-x", "C-s")
    await at.saved("def add(a, b):\n    total = a + b\n    return total\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))


async def test_the_question_about_remembering_comes_behind_the_answer(
    screen: Terminal, at: Desk, gateway: FakeGateway
) -> None:
    consents = Consents(at.state / "lsp" / "consent.json")
    consents.set(at.repository, Answer.UNASKED)
    gateway.script = saying(" a + b")
    await screen.press("C-e", "Enter")
    await screen.type("return")
    await screen.press("C-M-i")
    await screen.shows("return a + b")
    await screen.shows("May Understudy remember")
    await screen.press("C-a", "C-k")  # "Not now" is there already
    await screen.type("Remember")
    await screen.press("Enter")
    await until(lambda: consents.answer(at.repository) is Answer.YES)
