"""How an editor learns that something is wrong: by our status, or by what every editor has."""

from pathlib import Path
from typing import Any

from fake_gateway import FakeGateway
from lsp_client import Editor, editor_in_process

from understudy_lsp.pulse import look


def warnings(editor: Editor) -> list[Any]:
    return [params for method, params in editor.told if method == "window/showMessage"]


async def test_an_editor_without_a_place_for_the_status_is_told_of_trouble_once(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.rubbish = b"<html>"
    async with editor_in_process() as (editor, server):
        await editor.initialize(work)
        warning = await editor.until("window/showMessage")
        assert warning["type"] == 2
        assert "not Understudy" in warning["message"]
        assert "address" in warning["message"]  # what to do
        # Another trouble before the first has ended is no news to anybody.
        editor.tell(
            "workspace/didChangeConfiguration", {"settings": {"understudy": {"eager": "low"}}}
        )
        await editor.until(
            "understudy/didChangeStatus", lambda params: "eager" in params["message"]
        )
        assert len(warnings(editor)) == 1
        gateway.rubbish = None
        editor.tell("workspace/didChangeConfiguration", {"settings": {"understudy": {}}})
        await editor.until("understudy/didChangeStatus", lambda params: params["kind"] == "consent")
        gateway.rubbish = b"<html>"
        await look(server.session)
        await editor.run({"command": "understudy.explain"})
        assert len(warnings(editor)) == 2


async def test_an_editor_that_shows_the_status_is_told_nothing_else(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.rubbish = b"<html>"
    async with editor_in_process() as (editor, _):
        await editor.initialize(work, options={"client": {"status": True}})
        await editor.until("understudy/didChangeStatus", lambda told: told["kind"] == "trouble")
        await editor.run({"command": "understudy.explain"})
        assert warnings(editor) == []
