"""Documents that are no ordinary text, and documents that go away while somebody waits."""

from pathlib import Path

import git
import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import editor_in_process
from workplace import CODE, opened

from understudy_lsp.consent import Answer
from understudy_lsp.repository import find_repository
from understudy_protocol.events import Accepted

HALF = "\ud83d"
"""Of a surrogate pair, as some editors leave it behind."""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{CODE}width * height  # {'.' * 40}\n" * 500_000, id="50 MB"),
        pytest.param("x = [" + "1, " * 350_000 + "]\nprint(x", id="a line of 1 MB"),
        pytest.param("x = '" + "ä𝄞" * 350_000 + "'\nprint(x", id="a line of 1 MB, not ASCII"),
        pytest.param("a" * 1_000_000, id="a word of 1 MB"),
        pytest.param("(" * 200_000, id="brackets without end"),
        pytest.param(bytes(range(256)).decode("latin-1") * 4_000 + "\nprint(", id="binary"),
        pytest.param("a = 1\r\nb = 2\rc = 3\n\rd = 4\r\n\r\n\x0c\x85\u2028e = ", id="line ends"),
        pytest.param("a = '\0'\0\0\nb\0 = ", id="NUL"),
        pytest.param(f"a = '{HALF}'\n# {HALF}\nb = '{HALF}", id="half a surrogate pair"),
        pytest.param("\ufeffimport os\n\ufeff\nos.", id="BOM"),
        pytest.param("", id="nothing"),
        pytest.param("\n" * 100_000, id="no text"),
    ],
)
async def test_every_text_is_kept_as_the_editor_has_it_and_served(
    gateway: FakeGateway, work: Path, text: str
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, server):
        server.session.consents.set(find_repository(work).id, Answer.YES)
        uri = await opened(editor, work, text)
        other = (work / "other.py").as_uri()
        editor.open(other, text[-10_000:])  # what is open beside it goes into prompts, too
        editor.edit(uri, len(text), len(text), f"\nwidth = {HALF}\r\n")
        editor.edit(uri, 0, min(1, len(text)), "\ufeff\0")
        editor.edit(other, 0, 0, HALF)
        await editor.ghost(other, 1, invoked=True)
        end = len(editor.texts[uri])
        editor.edit(uri, end, end, "area = ")
        assert await editor.ghost(uri, end + 7, invoked=True) is not None
        for opened_uri, expected in editor.texts.items():
            assert server.session.documents[opened_uri].text == expected
        await until(lambda: server.session.status.current.message != "Understudy is starting.")
        await editor.run({"command": "understudy.explain"})


async def test_a_document_that_is_closed_while_a_request_runs_is_let_go_of(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(*["width * "] * 1000, pause_s=0.02)
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work)
        _, asked = editor.asked_for_ghost(uri, len(CODE), invoked=True)
        await until(lambda: len(gateway.asked) == 1)
        editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert (await asked)["items"] == []
        await until(lambda: len(gateway.left) == 1)
        assert uri not in server.session.documents
        _, asked = editor.asked_for_ghost(uri, len(CODE), invoked=True)
        assert (await asked)["items"] == []


async def test_a_document_that_is_closed_while_a_request_pauses_is_never_asked_about(
    gateway: FakeGateway, work: Path
) -> None:
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work)
        editor.type(uri, len(CODE), "w")
        _, asked = editor.asked_for_ghost(uri, len(CODE) + 1)
        await until(lambda: uri in server.session.requests)
        editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert (await asked)["items"] == []
    assert gateway.asked == []


async def test_a_document_that_is_renamed_while_a_request_runs_goes_on_under_its_name(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width", " * height", pause_s=0.2)
    async with editor_in_process() as (editor, server):
        uri, new = await opened(editor, work), (work / "areas.py").as_uri()
        _, asked = editor.asked_for_ghost(uri, len(CODE), invoked=True)
        await until(lambda: len(gateway.asked) == 1)
        editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        editor.open(new, CODE)
        assert (await asked)["items"] == []
        item = await editor.ghost(new, len(CODE), invoked=True)
        assert item is not None
        assert item["insertText"] == "width * height"
        assert list(server.session.documents) == [new]


@pytest.mark.parametrize("partial", [None, "a token"])
async def test_a_document_may_be_closed_and_opened_again_at_any_moment(
    gateway: FakeGateway, work: Path, partial: str | None
) -> None:
    gateway.script = saying("\n    area = width * height\n", "    return area\n", pause_s=0.01)
    code = "def area(width, height):"
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work, code)
        for _ in range(30):
            _, asked = editor.asked_for_ghost(
                uri, len(code), invoked=True, partialResultToken=partial
            )
            editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
            editor.open(uri, code)
            assert "items" in await asked
        assert await editor.ghost(uri, len(code), invoked=True) is not None
        assert server.session.documents[uri].text == code


@pytest.mark.parametrize(
    ("line", "character"),
    [(10**6, 0), (0, 2**32 - 1), (2**31 - 1, 2**31), (2**70, -1), (-1, 0), (1, 12), (2, 0)],
)
async def test_positions_out_of_range_are_the_nearest_that_exist(
    gateway: FakeGateway, work: Path, line: int, character: int
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work)
        position = {"line": line, "character": character}
        _, asked = editor.asked_for_ghost(uri, len(CODE), invoked=True, position=position)
        await asked
        change = {"range": {"start": position, "end": position}, "text": "é"}
        document = {"uri": uri, "version": 2}
        editor.tell(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )
        await editor.run({"command": "understudy.explain"})
        first = CODE.index("\n")
        at = first if line == 0 else 0 if line < 0 else len(CODE)
        assert server.session.documents[uri].text == CODE[:at] + "é" + CODE[at:]


@pytest.mark.parametrize("number", [None, [], "x", float("nan"), float("inf")])
async def test_positions_that_are_none_change_nothing(
    gateway: FakeGateway, work: Path, number: object
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work)
        position = {"line": 0, "character": number}
        change = {"range": {"start": position, "end": position}, "text": "é"}
        document = {"uri": uri, "version": 2}
        editor.tell(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None
        assert server.session.documents[uri].text == CODE


@pytest.mark.parametrize("size", [2**70, -(2**70), 0, 3.5, "4"])
async def test_a_width_of_tabs_that_is_none_is_survived(
    gateway: FakeGateway, work: Path, size: object
) -> None:
    gateway.script = saying("\n    return width * height")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work, "def area(width, height):")
        wide = {"tabSize": size, "insertSpaces": True}
        _, asked = editor.asked_for_ghost(uri, 24, invoked=True, formattingOptions=wide)
        assert (await asked)["items"] != []


async def test_a_thousand_open_documents_are_served(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, server):
        await editor.initialize(work)
        uris = [(work / f"shapes{number}.py").as_uri() for number in range(1000)]
        for number, uri in enumerate(uris):
            editor.open(uri, f"# {number}\n{CODE}")
            editor.edit(uri, 0, 0, "#")
        for uri in (uris[0], uris[500], uris[999]):
            assert await editor.ghost(uri, len(editor.texts[uri]), invoked=True) is not None
        for uri in uris:
            assert server.session.documents[uri].text == editor.texts[uri]
            editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        await until(lambda: not server.session.documents)


async def test_two_folders_in_one_workspace_are_two_repositories(
    gateway: FakeGateway, work: Path, tmp_path: Path
) -> None:
    gateway.script = saying("width * height")
    plain = tmp_path / "plain c# 100%23 ü"
    plain.mkdir()
    with git.Repo.init(work) as repository:
        repository.index.commit("The first", author=git.Actor("a", "a@b"))
    async with editor_in_process() as (editor, server):
        await editor.initialize(work, plain)
        server.session.consents.set(find_repository(work).id, Answer.YES)
        for folder in (work, plain):
            uri = (folder / "shapes.py").as_uri()
            editor.open(uri, CODE)
            item = await editor.ghost(uri, len(CODE), invoked=True)
            assert item is not None
            editor.accept(uri, item)
        await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))
        asked = [(each.repository, each.path, each.remember) for each in gateway.asked]
        assert asked == [
            (find_repository(work).id, "shapes.py", True),
            (find_repository(plain).id, "shapes.py", False),
        ]
        assert {folder.root for folder in server.session.folders} == {work, plain}
        assert {event.repository for event in gateway.events} == {find_repository(work).id}


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "untitled:1",
        "file:",
        "file:///",
        "file:///%00",
        "file:///\ud800.py",
        "file:///%ff%fe.py",
        "file://[/a.py",
        "file:///" + "a" * 5000 + ".py",
        "file:///" + "a/" * 3000 + "b.py",
        "file://elsewhere/share/a.py",
        "vscode-notebook-cell:/a.ipynb#1",
        "git:/a.py?%7B%7D",
        "no uri at all",
        "\0\n😋",
    ],
)
async def test_every_name_of_a_document_is_survived(
    gateway: FakeGateway, work: Path, uri: str
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, server):
        await editor.initialize(work)
        editor.open(uri, CODE)
        await editor.ghost(uri, len(CODE), invoked=True)  # nothing, if the file is no file
        editor.tell("textDocument/didSave", {"textDocument": {"uri": uri}})
        changed = {"changes": [{"uri": uri, "type": kind} for kind in (1, 2, 3)]}
        editor.tell("workspace/didChangeWatchedFiles", changed)
        editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        await until(lambda: not server.session.documents)
        editor.open((work / "shapes.py").as_uri(), CODE)
        assert await editor.ghost((work / "shapes.py").as_uri(), len(CODE), invoked=True)
