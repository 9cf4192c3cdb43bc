"""Kate with the settings of its guide: an item of the completion menu."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from e2e.editors.desk import Desk
from e2e.editors.guide import block
from e2e.editors.windows import Wayland, Windows, windows
from fake_gateway import FakeGateway, saying
from gateway_under_test import until

from understudy_lsp.consent import Answer, Consents
from understudy_protocol.events import Accepted

pytestmark = pytest.mark.editor

CHOSEN = bytes((194, 224, 245))
"""The colour behind the item of the menu that a key would take, and of nothing else."""

NO_OTHERS = "[KTextEditor View]\nKeyword Completion=false\nWord Completion=false\n"
"""The menu opens once our item is there, and not before it with the language's words."""


@pytest.fixture
async def screen(
    kate: Path, wayland: Wayland, at: Desk, gateway: FakeGateway
) -> AsyncGenerator[Windows]:
    settings = block("kate.md", "json").replace("/home/you", str(at.home))
    at.configure(".config/kate/lspclient/settings.json", settings)
    at.configure(".config/katerc", NO_OTHERS)
    command = (str(kate), str(at.file))
    async with windows(wayland, *command, folder=at.folder, environment=at.environment) as screen:
        await screen.answer("LSP server start requested", "Return")
        await until(lambda: gateway.looks > 0)
        yield screen


async def take(screen: Windows, key: str, *, old_s: float = 0.0) -> None:
    """The first item of a menu that is at least so old, and saves."""
    await screen.shows(CHOSEN, pixels=1000, long_s=old_s)
    screen.press(key, "ctrl+s")


async def test_a_completion_is_taken_from_the_menu(
    screen: Windows, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying(" a + b")
    screen.press("End", "Return")
    screen.type("return")
    screen.press("ctrl+space")
    await until(lambda: any(asked.prefix.endswith("return") for asked in gateway.asked))
    await take(screen, "Return")
    await at.saved("def add(a, b):\n    return a + b\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))
    [accepted] = [event for event in gateway.events if isinstance(event, Accepted)]
    assert accepted.completion == gateway.asked[-1].id


async def test_several_lines_are_taken_from_the_menu(
    screen: Windows, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying("total = a + b\n", "    return total")
    screen.press("End", "Return", "ctrl+space")
    await take(screen, "Return")
    await at.saved("def add(a, b):\n    total = a + b\n    return total\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))


async def test_a_completion_is_taken_from_the_menu_that_opens_while_typing(
    screen: Windows, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying(" a + b")
    screen.press("End", "Return")
    screen.type("return")
    # For a fifth of a second Kate leaves keys to the text, because nobody asked for this menu.
    await take(screen, "Tab", old_s=0.5)
    await at.saved("def add(a, b):\n    return a + b\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))


async def test_the_question_about_remembering_is_a_window(
    screen: Windows, at: Desk, gateway: FakeGateway
) -> None:
    consents = Consents(at.state / "lsp" / "consent.json")
    consents.set(at.repository, Answer.UNASKED)
    gateway.script = saying(" a + b")
    screen.press("End", "Return")
    screen.type("return")
    await screen.answer("Question from LSP server", "alt+r")
    await until(lambda: consents.answer(at.repository) is Answer.YES)
