"""The whole of it: Neovim, the language server, the gateway, and vLLM with the embedded model."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from e2e.editors.desk import desk
from e2e.editors.guide import follow
from e2e.editors.neovim import neovim
from e2e.editors.terminal import PATIENCE_S

from understudy_protocol.events import Accepted, EventPage, Shown
from understudy_server.launch import running_gateway

pytestmark = [pytest.mark.editor, pytest.mark.engine]

TYPED = "    return width"


async def test_a_suggestion_of_the_model_is_taken_and_remembered(
    newest_neovim: Path, tmux: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    async with running_gateway(state_dir=state) as gateway:
        at = await desk(tmp_path, state=state)
        await follow("neovim.md", at.home)
        at.file.write_text("def area(width, height):\n")
        async with neovim(newest_neovim, tmux, at) as nvim:
            await nvim.screen.type("oreturn width")
            shown = line(await nvim.screen.until(lambda screen: line(screen) > TYPED))
            assert await nvim.ask("getline(2)") == TYPED
            await nvim.screen.press("Tab")
            await nvim.until(f"getline(2) == '{shown}'")

            events: list[object] = []
            async with asyncio.timeout(PATIENCE_S):
                while not any(isinstance(event, Accepted) for event in events):
                    await asyncio.sleep(0.1)
                    answer = await gateway.get(f"/v1/events?repository={at.repository}")
                    page = msgspec.json.decode(answer, type=EventPage)
                    events = [stored.event for stored in page.events]
    [accepted] = [event for event in events if isinstance(event, Accepted)]
    assert accepted.length == len(shown) - len(TYPED)
    assert accepted.completion in {e.completion for e in events if isinstance(e, Shown)}


def line(screen: str) -> str:
    """The second, if it begins with what was typed."""
    found = screen.split("\n")[1].rstrip()
    return found if found.startswith(TYPED) else ""
