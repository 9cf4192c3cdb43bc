"""Neovim 0.12 or newer, set up as its guide says: ghost text."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from e2e.editors.desk import Desk
from e2e.editors.guide import follow
from e2e.editors.neovim import Neovim, neovim
from fake_gateway import FakeGateway, saying
from gateway_under_test import until

from understudy_lsp.consent import Answer, Consents
from understudy_lsp.experience.tracker import SEEN_S
from understudy_protocol.completion import CompletionRequest
from understudy_protocol.events import Accepted, Event, Ignored, PartiallyAccepted, Rejected

pytestmark = pytest.mark.editor


@pytest.fixture
async def nvim(newest_neovim: Path, tmux: Path, at: Desk) -> AsyncGenerator[Neovim]:
    await follow("neovim.md", at.home)
    async with neovim(newest_neovim, tmux, at) as editor:
        yield editor


def told(gateway: FakeGateway, kind: type[Event]) -> list[Event]:
    return [event for event in gateway.events if isinstance(event, kind)]


async def test_ghost_text_appears_and_tab_takes_it(
    nvim: Neovim, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.shows("return a + b")
    assert await nvim.lines() == ["def add(a, b):", "    return"]

    await nvim.screen.press("Tab")
    await until(lambda: told(gateway, Accepted) != [])
    assert [event.completion for event in told(gateway, Accepted)] == [gateway.asked[0].id]
    await nvim.save()
    await at.saved("def add(a, b):\n    return a + b\n")


async def test_ghost_text_grows_while_the_model_writes(nvim: Neovim, gateway: FakeGateway) -> None:
    seen = asyncio.Event()

    async def script(asked: CompletionRequest) -> AsyncGenerator[str]:
        yield "total = a + b\n"
        await seen.wait()
        yield "    return total"

    gateway.script = script
    await nvim.screen.press("A", "Enter")
    screen = await nvim.screen.shows("total = a + b")
    assert "return" not in screen
    seen.set()
    await nvim.screen.shows("return total")

    await nvim.screen.press("Tab")
    await until(lambda: told(gateway, Accepted) != [])
    assert await nvim.lines() == ["def add(a, b):", "    total = a + b", "    return total"]
    assert len(gateway.asked) == 1


async def test_ctrl_e_refuses_a_suggestion(nvim: Neovim, gateway: FakeGateway) -> None:
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.shows("a + b")
    await nvim.screen.press("C-e")
    await nvim.screen.hides("a + b")
    await until(lambda: told(gateway, Rejected) != [])
    assert await nvim.lines() == ["def add(a, b):", "    return"]


async def test_escape_is_no_refusal(nvim: Neovim, gateway: FakeGateway) -> None:
    """It is how one leaves insert mode, with or without a suggestion before one's eyes."""
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.shows("a + b")
    await nvim.normal()
    await nvim.screen.hides("a + b")
    await until(lambda: told(gateway, Ignored) != [])
    assert told(gateway, Rejected) == []


async def test_a_word_of_a_suggestion_is_taken(nvim: Neovim, gateway: FakeGateway) -> None:
    gateway.script = saying(" sum((a, b))")
    await nvim.screen.type("oreturn")
    await nvim.screen.shows("sum((a, b))")
    await asyncio.sleep(2 * SEEN_S)  # nobody takes a word before they have seen it
    await nvim.screen.press("C-Right")
    await nvim.until('getline(2) == "    return sum(("')
    await nvim.screen.shows("sum((a, b))")
    await nvim.screen.press("Tab")
    await nvim.until('getline(2) == "    return sum((a, b))"')
    await until(lambda: told(gateway, Accepted) != [])
    assert told(gateway, PartiallyAccepted) != []
    assert len(gateway.asked) == 1


async def test_tab_behind_typed_text_takes_the_rest(nvim: Neovim, gateway: FakeGateway) -> None:
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.shows("a + b")
    await nvim.screen.press("Space", "a", "Tab")
    await nvim.until('getline(2) == "    return a + b"')


async def test_tab_behind_other_text_is_a_tab(nvim: Neovim, gateway: FakeGateway) -> None:
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.shows("a + b")
    gateway.script = saying("")
    await nvim.screen.press("Space", "x", "Tab")
    await nvim.until(r"getline(2) =~ 'return x\s\+$'")


async def test_tab_without_a_suggestion_is_a_tab(nvim: Neovim) -> None:
    await nvim.screen.type("oreturn\ty")
    await nvim.until(r"getline(2) =~ 'return\s\+y'")


async def test_the_question_waits_for_the_end_of_typing(
    nvim: Neovim, at: Desk, gateway: FakeGateway
) -> None:
    consents = Consents(at.state / "lsp" / "consent.json")
    consents.set(at.repository, Answer.UNASKED)
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.shows("a + b")
    await nvim.screen.type(" a + 1\r")
    await nvim.until('getline(2) == "    return a + 1"')
    assert consents.answer(at.repository) is Answer.UNASKED

    await nvim.screen.press("Escape")
    await nvim.screen.shows("May Understudy remember")
    await nvim.screen.press("2", "Enter")
    await until(lambda: consents.answer(at.repository) is Answer.YES)


async def test_what_happened_is_explained(nvim: Neovim, gateway: FakeGateway) -> None:
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.shows("a + b")
    await nvim.normal()
    await nvim.screen.type(":Understudy explain\r")
    await nvim.screen.shows("main.py:2")


async def test_checkhealth_shows_the_language_server(nvim: Neovim) -> None:
    await nvim.screen.type(":checkhealth vim.lsp\r")
    await nvim.screen.shows("understudy (id: 1)")
