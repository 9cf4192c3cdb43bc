"""What an editor gets that is asked by hand for the next suggestion, and what becomes of each."""

from pathlib import Path
from typing import Any

from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import Editor, editor_in_process

from understudy_lsp.consent import Answer
from understudy_lsp.repository import find_repository
from understudy_lsp.server import Understudy
from understudy_protocol.events import Accepted, Ignored, Rejected, Shown

CODE = (
    "def area(width, height):\n    return width * height\n\n\n"
    "def edge(width, height):\n    return width + height\n\n\n"
    "def plane(width, height):\n    return "
)
WRITTEN, COPIES = "width - height", {"width * height", "width + height"}


async def opened(editor: Editor, server: Understudy, work: Path) -> str:
    server.session.consents.set(find_repository(work).id, Answer.YES)
    uri = (work / "shapes.py").as_uri()
    await editor.initialize(work)
    editor.open(uri, CODE)
    return uri


async def by_hand(editor: Editor, uri: str) -> list[dict[str, Any]]:
    result = await editor.asked_for_ghost(uri, len(CODE), invoked=True)[1]
    return result["items"]


def id_of(item: dict[str, Any]) -> str:
    return item["command"]["arguments"][0]


async def became(
    editor: Editor, gateway: FakeGateway, items: list[dict[str, Any]], *, seen: int
) -> list[list[type]]:
    """What was told of each once the document is closed, of which `seen` had been drawn."""
    (uri,) = editor.texts
    editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
    outcomes = (Accepted, Rejected, Ignored)
    await until(lambda: sum(isinstance(each, outcomes) for each in gateway.events) == seen)
    assert {each.completion for each in gateway.events} <= set(map(id_of, items))
    return [
        [type(event) for event in gateway.events if event.completion == id_of(item)]
        for item in items
    ]


async def test_whoever_asks_by_hand_gets_what_else_is_known_and_nobody_else_does(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(WRITTEN)
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, server, work)
        alone = (await editor.asked_for_ghost(uri, len(CODE))[1])["items"]
        assert [item["insertText"] for item in alone] == [WRITTEN]
        items = await by_hand(editor, uri)
    assert items[0] == alone[0]
    assert {item["insertText"] for item in items[1:]} == COPIES
    assert len(set(map(id_of, items))) == 3
    assert all(item["range"] == items[0]["range"] for item in items)
    assert len(gateway.asked) == 1


async def test_what_the_model_wrote_is_there_too_where_a_copy_is_likelier(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script, gateway.logprob = saying(WRITTEN), -3.0
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, server, work)
        first, second, _ = await by_hand(editor, uri)
    assert first["insertText"] in COPIES
    assert second["insertText"] == WRITTEN
    assert id_of(second) == gateway.asked[0].id


async def test_what_a_filter_hides_is_no_alternative(gateway: FakeGateway, work: Path) -> None:
    gateway.script, gateway.logprob = saying("width * height)"), -3.0
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, server, work)
        items = await by_hand(editor, uri)
    assert {item["insertText"] for item in items} == COPIES


async def test_only_the_first_has_a_life_until_somebody_turns_to_another(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(WRITTEN)
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, server, work)
        items = await by_hand(editor, uri)
        editor.tell("textDocument/didShowCompletion", {"item": items[0]})
        editor.accept(uri, items[0])
        told = await became(editor, gateway, items, seen=1)
    assert told == [[Shown, Accepted], [], []]


async def test_each_that_was_drawn_has_one_life(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying(WRITTEN)
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, server, work)
        items = await by_hand(editor, uri)
        for item in (items[0], items[1], items[0], items[1]):
            editor.tell("textDocument/didShowCompletion", {"item": item})
        editor.tell("understudy/didRejectCompletion", {"item": items[1]})
        told = await became(editor, gateway, items, seen=2)
    assert told == [[Shown, Ignored], [Shown, Rejected], []]


async def test_whoever_turns_back_and_takes_the_first_has_taken_the_first(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(WRITTEN)
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, server, work)
        items = await by_hand(editor, uri)
        for item in (items[0], items[1], items[0]):
            editor.tell("textDocument/didShowCompletion", {"item": item})
        editor.accept(uri, items[0])
        told = await became(editor, gateway, items, seen=2)
    assert told == [[Shown, Accepted], [Shown, Ignored], []]


async def test_one_that_was_taken_was_shown_though_the_editor_said_it_of_the_first_only(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(WRITTEN)
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, server, work)
        items = await by_hand(editor, uri)
        editor.tell("textDocument/didShowCompletion", {"item": items[0]})
        editor.accept(uri, items[2])  # inserts first, and then runs the command
        told = await became(editor, gateway, items, seen=2)
    assert told == [[Shown, Ignored], [], [Shown, Accepted]]
    assert [each.length for each in gateway.events if isinstance(each, Accepted)] == [14]
    typed = [each.typed for each in gateway.events if isinstance(each, Ignored)]
    assert typed == [items[2]["insertText"]]


async def test_another_one_can_be_typed_along(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying(WRITTEN)
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, server, work)
        items = await by_hand(editor, uri)
        other = items[1]
        editor.tell("textDocument/didShowCompletion", {"item": other})
        editor.type(uri, len(CODE), other["insertText"][:5])
        item = await editor.ghost(uri, len(CODE) + 5)
    assert item is not None
    assert (item["insertText"], id_of(item)) == (other["insertText"][5:], id_of(other))
    assert len(gateway.asked) == 1
