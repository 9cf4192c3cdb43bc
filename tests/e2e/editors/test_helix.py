"""Helix with the configuration of its guide: an item of the completion menu."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from e2e.editors.desk import Desk
from e2e.editors.guide import block
from e2e.editors.terminal import Terminal, terminal
from fake_gateway import FakeGateway, saying
from gateway_under_test import until

from understudy_protocol.events import Accepted

pytestmark = pytest.mark.editor


@pytest.fixture
async def screen(
    helix: Path, tmux: Path, at: Desk, gateway: FakeGateway
) -> AsyncGenerator[Terminal]:
    languages = block("helix.md", "toml").replace("/home/you", str(at.home))
    at.configure(".config/helix/languages.toml", languages)
    command = (str(helix), str(at.file))
    async with terminal(tmux, *command, folder=at.folder, environment=at.environment) as screen:
        await screen.shows("main.py")
        await until(lambda: gateway.looks > 0)
        yield screen


async def take(screen: Terminal) -> None:
    """The menu's only item, and saves."""
    await screen.press("Tab")
    await screen.press("Enter")
    await screen.press("Escape")
    await screen.shows("NOR")
    await screen.type(":w\r")


async def test_a_completion_is_taken_from_the_menu(
    screen: Terminal, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying(" a + b")
    await screen.type("o    return")
    await screen.press("C-x")
    await screen.shows("return a + b")
    await take(screen)
    await at.saved("def add(a, b):\n    return a + b\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))
    [accepted] = [event for event in gateway.events if isinstance(event, Accepted)]
    assert accepted.completion == gateway.asked[0].id


async def test_several_lines_are_taken_from_the_menu(
    screen: Terminal, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying("total = a + b\n", "    return total")
    await screen.press("A", "Enter", "Tab", "C-x")
    await screen.shows("total = a + b")
    await take(screen)
    await at.saved("def add(a, b):\n    total = a + b\n    return total\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))
