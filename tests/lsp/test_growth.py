"""A suggestion grows while the model writes: for editors that ask again, and for others."""

from pathlib import Path
from typing import Any

import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import Editor, editor_in_process
from workplace import opened

from understudy_lsp.growth import REFRESHES

HEAD = "def area(width, height):"
FIRST, WHOLE = "\n    area = width * height", "\n    area = width * height\n    return area"


async def grower(editor: Editor, work: Path, text: str = HEAD) -> str:
    uri = (work / "shapes.py").as_uri()
    await editor.initialize(work, options={"client": {"grows": True}})
    editor.open(uri, text)
    return uri


def grown(editor: Editor) -> list[Any]:
    return [params for method, params in editor.told if method == "understudy/didGrow"]


async def test_a_block_grows_for_an_editor_that_asks_again(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("\n    area = width * height\n", "    return area\n", pause_s=0.2)
    async with editor_in_process() as (editor, _):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work, options={"client": {"grows": True}})
        code = "def area(width, height):"
        editor.open(uri, code)
        first = await editor.ghost(uri, len(code), invoked=True)
        assert first is not None
        assert first["insertText"] == "\n    area = width * height"
        grown = await editor.until("understudy/didGrow", lambda params: params["done"])
        assert (grown["uri"], grown["version"]) == (uri, 1)
        whole = await editor.ghost(uri, len(code), invoked=True)
        assert whole is not None
        assert whole["insertText"] == "\n    area = width * height\n    return area"
        assert whole["command"] == first["command"]
    assert len(gateway.asked) == 1


async def test_a_suggestion_grows_at_most_three_times_however_often_it_is_asked_for(
    gateway: FakeGateway, work: Path
) -> None:
    lines = [f"    side{number} = width * {number}\n" for number in range(10)]
    gateway.script = saying("\n", *lines, pause_s=0.15)
    async with editor_in_process() as (editor, _):
        uri = await grower(editor, work)
        assert await editor.ghost(uri, len(HEAD)) is not None
        # As VS Code before 1.104 does, which is told to ask everybody again.
        assert await editor.ghost(uri, len(HEAD), invoked=True) is not None
        await editor.until("understudy/didGrow", lambda params: params["done"])
        whole = await editor.ghost(uri, len(HEAD))
        assert whole is not None
        assert whole["insertText"] == "\n" + "".join(lines).rstrip("\n")
    assert 1 < len(grown(editor)) <= REFRESHES
    assert [params["done"] for params in grown(editor)].count(True) == 1
    assert len(gateway.asked) == 1


@pytest.mark.parametrize("invoked", [True, False])
async def test_an_editor_that_takes_partial_results_gets_each_longer_text_as_a_further_item(
    gateway: FakeGateway, work: Path, invoked: bool
) -> None:
    gateway.script = saying(f"{FIRST}\n", "    return area\n", pause_s=0.2)
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work, HEAD)
        _, answer = editor.asked_for_ghost(
            uri, len(HEAD), invoked=invoked, partialResultToken="token"
        )
        first = await editor.until("$/progress")
        assert not answer.done()  # the first line is not kept back
        assert await answer == {"items": []}
        told = [params for method, params in editor.told if method == "$/progress"]
    assert first == told[0]
    assert [params["token"] for params in told] == ["token", "token"]
    assert [[item["insertText"] for item in params["value"]] for params in told] == [
        [FIRST],
        [WHOLE],
    ]
    commands = [item["command"] for params in told for item in params["value"]]
    assert commands[0] == commands[1]
    assert len(gateway.asked) == 1


async def test_what_does_not_grow_is_a_plain_answer_to_those_who_take_partial_results_too(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width * height")
    code = f"{HEAD}\n    return "
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work, code)
        _, answer = editor.asked_for_ghost(uri, len(code), partialResultToken=7)
        assert [item["insertText"] for item in (await answer)["items"]] == ["width * height"]
    assert "$/progress" not in [method for method, _ in editor.told]


async def test_what_was_asked_for_by_hand_stays_when_it_grows_where_nothing_comes_by_itself(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("the area,\n# of a shape\n", "# of any kind\n", pause_s=0.2)
    code = "# This is "
    async with editor_in_process() as (editor, _):
        uri = await grower(editor, work, code)
        assert await editor.ghost(uri, len(code)) is None
        first = await editor.ghost(uri, len(code), invoked=True)
        assert first is not None
        await editor.until("understudy/didGrow", lambda params: params["done"])
        whole = await editor.ghost(uri, len(code))  # as Neovim asks again: as if a key was typed
        assert whole is not None
        assert whole["command"] == first["command"]


async def test_whoever_refused_a_suggestion_that_had_grown_may_ask_again_by_hand(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(f"{FIRST}\n", "    return area\n", pause_s=0.2)
    async with editor_in_process() as (editor, _):
        uri = await grower(editor, work)
        item = await editor.ghost(uri, len(HEAD))
        assert item is not None
        await editor.until("understudy/didGrow", lambda params: params["done"])
        editor.tell("understudy/didRejectCompletion", {"item": item})
        assert await editor.ghost(uri, len(HEAD)) is None
        assert await editor.ghost(uri, len(HEAD), invoked=True) is not None
    assert len(gateway.asked) == 2


async def test_what_was_refused_while_it_grew_grows_no_more(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(f"{FIRST}\n", "    return area\n", pause_s=0.3)
    async with editor_in_process() as (editor, server):
        uri = await grower(editor, work)
        item = await editor.ghost(uri, len(HEAD))
        assert item is not None
        stream = server.session.streams.of(uri)
        assert stream is not None
        editor.tell("understudy/didRejectCompletion", {"item": item})
        await until(lambda: stream.running.ended)
        assert await editor.ghost(uri, len(HEAD), invoked=True) is not None
        assert {params["completion"] for params in grown(editor)} <= {gateway.asked[1].id}
    assert len(gateway.asked) == 2


async def test_a_request_by_hand_after_a_suggestion_has_grown_is_one_by_hand(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying(f"{FIRST}\n", "    return area\n", pause_s=0.2)
    async with editor_in_process() as (editor, _):
        uri = await grower(editor, work)
        assert await editor.ghost(uri, len(HEAD)) is not None
        await editor.until("understudy/didGrow", lambda params: params["done"])
        assert await editor.ghost(uri, len(HEAD)) is not None  # the one that it was told to make
        await editor.run({"command": "understudy.snooze", "arguments": [5]})
        assert await editor.ghost(uri, len(HEAD)) is None
        assert await editor.ghost(uri, len(HEAD), invoked=True) is not None
