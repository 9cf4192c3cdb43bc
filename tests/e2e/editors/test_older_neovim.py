"""Neovim before 0.12 with the code of its guide: an item of the completion menu."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from e2e.editors.desk import Desk
from e2e.editors.guide import block
from e2e.editors.neovim import Neovim, neovim
from fake_gateway import FakeGateway, saying
from gateway_under_test import until

from understudy_protocol.events import Accepted

pytestmark = pytest.mark.editor


@pytest.fixture
async def nvim(older_neovim: Path, tmux: Path, at: Desk) -> AsyncGenerator[Neovim]:
    at.configure(".config/nvim/plugin/understudy.lua", block("neovim-before-0.12.md", "lua"))
    async with neovim(older_neovim, tmux, at) as editor:
        yield editor


async def test_a_completion_is_taken_from_the_menu(
    nvim: Neovim, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.press("C-x", "C-o")
    await nvim.screen.shows("return a + b")
    await nvim.screen.press("C-y")
    await nvim.save()
    await at.saved("def add(a, b):\n    return a + b\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))
    [accepted] = [event for event in gateway.events if isinstance(event, Accepted)]
    assert accepted.completion == gateway.asked[0].id


async def test_several_lines_are_taken_from_the_menu(
    nvim: Neovim, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying("total = a + b\n", "    return total")
    await nvim.screen.press("A", "Enter", "C-x", "C-o")
    await nvim.screen.shows("total = a + b")
    await nvim.screen.press("C-y")
    await nvim.save()
    await at.saved("def add(a, b):\n    total = a + b\n    return total\n")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))


async def test_whoever_types_on_has_taken_the_item(
    nvim: Neovim, at: Desk, gateway: FakeGateway
) -> None:
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.press("C-x", "C-o")
    await nvim.screen.shows("return a + b")
    await nvim.screen.type("  # both")
    await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))
    await nvim.save()
    await at.saved("def add(a, b):\n    return a + b  # both\n")


async def test_ctrl_e_refuses_the_item(nvim: Neovim, at: Desk, gateway: FakeGateway) -> None:
    gateway.script = saying(" a + b")
    await nvim.screen.type("oreturn")
    await nvim.screen.press("C-x", "C-o")
    await nvim.screen.shows("return a + b")
    await nvim.screen.press("C-e")
    await nvim.screen.hides("a + b")
    await nvim.save()
    await at.saved("def add(a, b):\n    return\n")
    assert not any(isinstance(event, Accepted) for event in gateway.events)
