"""What follows an answer: later than the answer, and before anything else."""

import asyncio
from pathlib import Path

import pytest
from fake_gateway import FakeGateway, saying
from lsp_client import editor_in_process
from workplace import CODE, opened

from understudy_lsp.lsp_types import Change, ChangeNotification, ChangeParams


async def test_what_was_left_for_later_comes_before_the_next_message(
    gateway: FakeGateway, work: Path
) -> None:
    seen: list[str] = []
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work)
        await editor.run({"command": "understudy.explain"})  # the document is open by then
        session = server.session
        session.later(lambda: seen.append(session.documents[uri].text))
        params = ChangeParams(uri, 2, [Change(None, "other")])
        server.protocol.handle_message(ChangeNotification(params))
        assert (seen, session.documents[uri].text) == ([CODE], "other")


async def test_what_was_left_for_later_comes_by_itself_and_whatever_else_fails(
    gateway: FakeGateway, work: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = asyncio.Event()
    async with editor_in_process() as (editor, server):
        await opened(editor, work)
        await editor.run({"command": "understudy.explain"})
        server.session.later(lambda: 1 / 0)
        server.session.later(done.set)
        async with asyncio.timeout(10):
            await done.wait()
    assert "what follows an answer failed: ZeroDivisionError" in caplog.text


async def test_a_key_right_behind_an_answer_is_typed_along_what_was_offered(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        item = await editor.ghost(uri, len(CODE))
        assert item is not None
        editor.edit(uri, len(CODE), len(CODE), "w")
        again = await editor.ghost(uri, len(CODE) + 1)
        assert again is not None
        assert again["insertText"] == "idth * height"
        assert again["command"] == item["command"]
    assert len(gateway.asked) == 1
