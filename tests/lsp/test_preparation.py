"""What is worked out in the silence after a key is there when the editor asks."""

import asyncio
from pathlib import Path

from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import Editor, editor_in_process
from workplace import CODE, explained, opened

from understudy_lsp.outlook import Outlook
from understudy_lsp.server import Understudy
from understudy_protocol.ignore import IGNORE_FILES

COPIED = "def area(w, h):\n    return w * h\n\n\ndef plane(w, h):\n    return"


def prepared(server: Understudy, uri: str, offset: int) -> Outlook | None:
    """The outlook that a request at an offset would find."""
    session = server.session
    last, folder = session.preparation.last, session.folders.of(uri)
    snapshot = session.documents.snapshot_at(session.documents[uri], offset)
    return last if folder and last and last.snapshot == snapshot else None


async def typed(editor: Editor, server: Understudy, uri: str, key: str) -> int:
    """Returns the offset behind the key, once that has been prepared."""
    offset = len(editor.texts[uri])
    await until(lambda: server.session.folders.of(uri) is not None)
    editor.edit(uri, offset, offset, key)
    await until(lambda: prepared(server, uri, offset + 1) is not None)
    return offset + 1


async def test_a_request_after_a_pause_finds_what_was_worked_out_in_it(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width")
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work)
        offset = await typed(editor, server, uri, " ")
        before = prepared(server, uri, offset)
        item = await editor.ghost(uri, offset)
        assert item is not None
        assert item["insertText"] == "width"
        assert server.session.preparation.last is before


async def test_a_request_elsewhere_does_not_get_what_was_prepared(
    gateway: FakeGateway, work: Path
) -> None:
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work, "a = 1\nb =")
        await typed(editor, server, uri, " ")
        editor.asked_for_ghost(uri, 3)
        await explained(editor)
        last = server.session.preparation.last
        assert last is not None
        assert last.snapshot.offset == 3


async def test_a_copy_from_a_file_that_became_ignored_since_is_not_shown(
    gateway: FakeGateway, work: Path
) -> None:
    (work / "other.py").write_text(COPIED)
    async with editor_in_process() as (editor, server):
        other = (work / "other.py").as_uri()
        uri = await opened(editor, work, "def sphere(w, h):\n    return")
        editor.open(other, COPIED.replace("plane", "cube"))
        offset = await typed(editor, server, uri, " ")
        outlook = prepared(server, uri, offset)
        assert outlook is not None
        documents = server.session.documents
        assert outlook.prepare_copy(documents) is not None
        (work / IGNORE_FILES[-1]).write_text("other.py\n")
        outlook.folder.index.changed([IGNORE_FILES[-1]])
        assert outlook.copy(documents) is None


async def test_keys_and_closing_leave_nothing_to_be_prepared(
    gateway: FakeGateway, work: Path
) -> None:
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work)
        await typed(editor, server, uri, " ")
        editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        await until(lambda: server.session.preparation.last is None)


async def test_nothing_is_prepared_for_who_asks_by_hand_only(
    gateway: FakeGateway, work: Path
) -> None:
    async with editor_in_process() as (editor, server):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work, options={"eagerness": "manual"})
        editor.open(uri, CODE)
        await until(lambda: server.session.folders.of(uri) is not None)
        editor.edit(uri, len(CODE), len(CODE), " ")
        await explained(editor)  # answered after the key
        await until(lambda: not server.session.preparation.waits)
        await asyncio.sleep(0)
        assert server.session.preparation.last is None
