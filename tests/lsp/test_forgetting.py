"""`understudy forget` in a terminal, while a language server holds what it would write again."""

from pathlib import Path

import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import editor_in_process
from workplace import CODE, opened

from understudy_lsp.commands.forget import forget_here
from understudy_lsp.consent import Answer
from understudy_lsp.journal import read_journal
from understudy_lsp.repository import find_repository


@pytest.mark.parametrize("answer", [None, Answer.YES, Answer.NO])
async def test_what_is_forgotten_is_not_written_again_whatever_was_answered_before(
    gateway: FakeGateway, state: Path, work: Path, answer: Answer | None
) -> None:
    gateway.script = saying("width * height")
    repository, file = find_repository(work).id, state / "lsp" / "journal.json"
    async with editor_in_process() as (editor, server):
        if answer is not None:
            server.session.consents.set(repository, answer)
        uri = await opened(editor, work)
        assert await editor.ghost(uri, len(CODE)) is not None
        await until(lambda: len(read_journal(file)) == 1)
        forget_here(repository)
        assert read_journal(file) == []
        server.session.tick()
        assert server.session.journal.entries == ()
        editor.edit(uri, 0, 0, "# more of it\n\n")
        assert await editor.ghost(uri, len(CODE) + 14, invoked=True) is not None
        await until(lambda: [entry.line for entry in read_journal(file)] == [4])


async def test_what_another_repository_left_stays(
    gateway: FakeGateway, state: Path, work: Path, tmp_path: Path
) -> None:
    gateway.script = saying("width * height")
    other = tmp_path / "other"
    other.mkdir()
    async with editor_in_process() as (editor, server):
        server.session.consents.set(find_repository(work).id, Answer.NO)
        uri = await opened(editor, work)
        assert await editor.ghost(uri, len(CODE)) is not None
        forget_here(find_repository(other).id)
        server.session.tick()
        assert len(server.session.journal.entries) == 1
