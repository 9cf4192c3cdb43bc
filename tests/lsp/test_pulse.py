"""What the status says while all is well."""

from pathlib import Path

import pytest
from gateway_under_test import until
from lsp_client import editor_in_process
from workplace import opened

from understudy_lsp.consent import Answer
from understudy_lsp.pulse import look
from understudy_lsp.repository import find_repository
from understudy_lsp.status import Kind


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer.UNASKED, Kind.CONSENT, "remembers nothing yet"),
        (Answer.YES, Kind.READY, "learns from what becomes of it"),
        (Answer.NO, Kind.READY, "remembers nothing"),
    ],
)
async def test_it_is_seen_whether_anything_is_remembered(
    work: Path, answer: Answer, kind: Kind, said: str
) -> None:
    async with editor_in_process() as (editor, server):
        session = server.session
        if answer is not Answer.UNASKED:
            session.consents.set(find_repository(work).id, answer)
        folder = await session.folders.home_of(await opened(editor, work))
        await until(lambda: folder.index.progress.ready)
        await look(session)
        assert session.status.current.kind is kind
        assert said in session.status.current.message
