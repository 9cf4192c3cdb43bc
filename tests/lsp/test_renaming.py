"""A file that is renamed keeps what is known of it."""

from pathlib import Path

import msgspec
import pytest
from fake_gateway import FakeGateway, saying
from lsp_client import editor_in_process
from workplace import CODE, opened

from understudy_lsp.consent import Answer
from understudy_lsp.experience.moment import this_moment
from understudy_lsp.repository import find_repository
from understudy_protocol.events import Kept


@pytest.mark.parametrize("renamed", ["", "areas.py"])
async def test_what_was_taken_is_followed_to_the_new_name(
    gateway: FakeGateway, work: Path, renamed: str
) -> None:
    """The file itself, or the folder that it lies in."""
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, server):
        session = server.session
        session.consents.set(find_repository(work).id, Answer.YES)
        old = await opened(editor, work)
        item = await editor.ghost(old, len(CODE), invoked=True)
        assert item is not None
        editor.edit(old, len(CODE), len(CODE), item["insertText"])
        await editor.run(item["command"])
        folder = work.with_name("elsewhere") if not renamed else work
        new = (folder / (renamed or Path(old).name)).as_uri()
        names = (old, new) if renamed else (work.as_uri(), folder.as_uri())
        files = [{"oldUri": names[0], "newUri": names[1]}]
        assert await editor.ask("workspace/willRenameFiles", {"files": files}) is None
        editor.tell("textDocument/didClose", {"textDocument": {"uri": old}})
        editor.open(new, CODE + item["insertText"])
        await editor.ghost(new, 0, invoked=True)
        later = this_moment()
        told = session.tracker.tick(moment=msgspec.structs.replace(later, now=later.now + 31))
        assert [event.length for event in told if isinstance(event, Kept)] == [14]
