"""What only some editors say or can, each over a connection."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import GHOST_TEXT, PATIENCE_S, Editor, editor_in_process
from workplace import CODE, explained, opened, status

from understudy_lsp.consent import Answer
from understudy_lsp.repository import find_repository
from understudy_protocol.completion import CompletionRequest
from understudy_protocol.events import PartiallyAccepted


async def test_what_an_editor_answers_when_it_is_asked_for_settings_holds(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width * height")
    sections: list[str] = []

    def settings(params: dict[str, Any]) -> list[dict[str, str]]:
        sections.extend(item["section"] for item in params["items"])
        return [{"eagerness": "manual"}]

    async with editor_in_process() as (editor, _):
        editor.answers["workspace/configuration"] = settings
        await editor.initialize(
            work, capabilities=GHOST_TEXT | {"workspace": {"configuration": True}}
        )
        uri = (work / "shapes.py").as_uri()
        editor.open(uri, CODE)
        await until(lambda: status(editor)["kind"] == "consent")
        assert await editor.ghost(uri, len(CODE)) is None
        assert "manual_only" in await explained(editor)
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None
        # An editor that has settings of its own says only that they are others now.
        editor.answers["workspace/configuration"] = lambda _: [{"eagerness": "high"}]
        editor.tell("workspace/didChangeConfiguration", {"settings": None})
        async with asyncio.timeout(PATIENCE_S):
            while await editor.ghost(uri, len(CODE)) is None:
                await asyncio.sleep(0.01)
    assert sections == ["understudy"]


async def test_a_part_that_the_editor_says_was_taken_is_experience(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, server):
        server.session.consents.set(find_repository(work).id, Answer.YES)
        uri = await opened(editor, work)
        item = await editor.ghost(uri, len(CODE))
        assert item is not None
        editor.tell("textDocument/didShowCompletion", {"item": item})
        editor.edit(uri, len(CODE), len(CODE), "width")
        params = {"item": item, "acceptedLength": 5}
        editor.tell("textDocument/didPartiallyAcceptCompletion", params)
        await until(lambda: any(isinstance(each, PartiallyAccepted) for each in gateway.events))
    (part,) = [each for each in gateway.events if isinstance(each, PartiallyAccepted)]
    assert (part.completion, part.length) == (gateway.asked[0].id, 5)


async def menu(editor: Editor, uri: str, line: int, character: int) -> list[dict[str, Any]]:
    """As an editor asks for one after a key, or by a key of its own: it does not say which."""
    result = await editor.ask(
        "textDocument/completion",
        {
            "textDocument": {"uri": uri},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": 1},
        },
    )
    return result["items"]


async def test_a_menu_that_opens_by_a_key_is_not_a_request_by_hand(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, _):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work, capabilities={"textDocument": {}})
        editor.open(uri, f"# a comment \n{CODE}")
        assert await menu(editor, uri, 0, 12) == []
        assert "comment" in await explained(editor)
        await editor.run({"command": "understudy.snooze", "arguments": [5]})
        assert await menu(editor, uri, 2, 11) == []
        assert gateway.asked == []
        await editor.run({"command": "understudy.wake"})
        assert len(await menu(editor, uri, 2, 11)) == 1


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
async def test_columns_are_counted_as_was_agreed(
    gateway: FakeGateway, work: Path, encoding: str, width: int
) -> None:
    gateway.script = saying("width * height)")
    capabilities = GHOST_TEXT | {"general": {"positionEncodings": [encoding]}}
    line, uri = "area = scaled('𝄞', )", (work / "shapes.py").as_uri()
    column = len(line) - 2 + width  # before the bracket, which the answer brings along
    async with editor_in_process() as (editor, server):
        announced = await editor.initialize(work, capabilities=capabilities)
        assert announced["capabilities"]["positionEncoding"] == encoding
        editor.open(uri, line.replace(", ", ""))
        at = {"line": 0, "character": column - 2}
        change = {"range": {"start": at, "end": at}, "text": ", "}
        document = {"uri": uri, "version": 2}
        params = {"textDocument": document, "contentChanges": [change]}
        editor.tell("textDocument/didChange", params)
        result = await editor.ask(
            "textDocument/inlineCompletion",
            {
                "textDocument": document,
                "position": {"line": 0, "character": column},
                "context": {"triggerKind": 1},
            },
        )
        assert server.session.documents[uri].text == line
    (item,) = result["items"]
    assert gateway.asked[0].prefix == line[:-1]
    assert item["insertText"] == "width * height)"
    assert item["range"] == {
        "start": {"line": 0, "character": column},
        "end": {"line": 0, "character": column + 1},
    }


async def test_a_file_that_changed_outside_the_editor_is_read_once_the_editor_says_so(
    gateway: FakeGateway, work: Path
) -> None:
    watching = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    watched: list[dict[str, Any]] = []
    async with editor_in_process() as (editor, _):
        editor.answers["client/registerCapability"] = lambda params: watched.extend(
            params["registrations"]
        )
        await editor.initialize(
            work, capabilities=GHOST_TEXT | watching, options={"sources": {"model": False}}
        )
        await until(lambda: status(editor)["kind"] == "consent")  # what is there has been read
        uri, file = (work / "shapes.py").as_uri(), work / "generated.py"
        editor.open(uri, CODE)
        assert await editor.ghost(uri, len(CODE), invoked=True) is None
        file.write_text(f"{CODE}width * height\n")
        created = {"changes": [{"uri": file.as_uri(), "type": 1}]}
        editor.tell("workspace/didChangeWatchedFiles", created)
        async with asyncio.timeout(PATIENCE_S):
            while (item := await editor.ghost(uri, len(CODE), invoked=True)) is None:
                await asyncio.sleep(0.05)
    assert item["insertText"] == "width * height"
    assert [each["method"] for each in watched] == ["workspace/didChangeWatchedFiles"]


async def test_what_comes_after_an_accepted_suggestion_is_there_before_it_is_asked_for(
    gateway: FakeGateway, work: Path
) -> None:
    head = "def area(width, height):\n    size = "

    async def script(asked: CompletionRequest) -> AsyncGenerator[str]:
        yield "width * height" if asked.prefix == head else "return size"

    gateway.script = script
    async with editor_in_process() as (editor, _):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work, options={"eagerness": "low"})  # one line each time
        editor.open(uri, head)
        item = await editor.ghost(uri, len(head))
        assert item is not None
        await until(lambda: len(gateway.asked) == 2)  # while the person reads
        assert gateway.asked[1].prefix == f"{head}width * height\n    "
        editor.accept(uri, item)
        editor.edit(uri, len(editor.texts[uri]), len(editor.texts[uri]), "\n    ")
        following = await editor.ghost(uri, len(editor.texts[uri]))
    assert following is not None
    assert following["insertText"] == "return size"
    assert following["command"]["arguments"] == [gateway.asked[1].id]
    assert len(gateway.asked) == 2


@pytest.mark.parametrize("formats", [["markdown", "plaintext"], []])
async def test_the_menu_speaks_markdown_only_to_editors_that_show_it(
    gateway: FakeGateway, work: Path, formats: list[str]
) -> None:
    gateway.script = saying("width * height")
    item = {"documentationFormat": formats} if formats else {}
    capabilities = {"textDocument": {"completion": {"completionItem": item}}}
    async with editor_in_process() as (editor, _):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work, capabilities=capabilities)
        editor.open(uri, CODE)
        [shown] = await menu(editor, uri, CODE.count("\n"), len(CODE.rpartition("\n")[2]))
    code = "```python\nwidth * height\n```"
    wanted = {"kind": "markdown", "value": code} if formats else "width * height"
    assert shown["documentation"] == wanted
