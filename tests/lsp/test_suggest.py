"""What is shown at a cursor where the repository's own text has something to say too."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import editor_in_process
from workplace import explained, opened

from understudy_protocol.completion import CompletionRequest, LessonTold

CODE = "def area(w, h):\n    return w * h\n\n\ndef plane(w, h):\n    return "
COPY = "w * h"


@pytest.mark.parametrize(
    ("written", "logprob", "shown"),
    [("w + h", -0.05, "w + h"), ("w + h", -3.0, COPY), (" ", -0.05, COPY), (COPY, -0.6, COPY)],
    ids=["likelier", "unlikely", "hidden", "alike"],
)
async def test_the_better_of_what_was_written_and_what_was_copied_is_shown(
    gateway: FakeGateway, work: Path, written: str, logprob: float, shown: str
) -> None:
    gateway.script, gateway.logprob = saying(written), logprob
    async with editor_in_process() as (editor, _):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work)
        editor.open(uri, CODE)
        item = await editor.ghost(uri, len(CODE))
    assert len(gateway.asked) == 1
    assert item is not None
    assert item["insertText"] == shown


async def test_a_request_that_goes_another_way_than_the_keys_is_followed_by_one_that_asks_anew(
    gateway: FakeGateway, work: Path
) -> None:
    typed_on = asyncio.Event()

    async def script(asked: CompletionRequest) -> AsyncGenerator[str]:
        if asked.prefix.endswith("size = b"):
            yield "readth"
        else:
            await typed_on.wait()
            yield "height"

    gateway.script = script
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work, "size = ")
        editor.asked_for_ghost(uri, 7)
        await until(lambda: len(gateway.asked) == 1)
        editor.edit(uri, 7, 7, "b")
        _, second = editor.asked_for_ghost(uri, 8)
        await explained(editor)  # answered after the second request has joined the first
        typed_on.set()
        items = (await second)["items"]
    assert [item["insertText"] for item in items] == ["readth"]
    assert len(gateway.asked) == 2


async def test_nothing_is_asked_about_a_place_that_was_typed_past_during_the_wait(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width")
    async with editor_in_process() as (editor, _):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work, options={"eagerness": "low"})  # waits the longest
        editor.open(uri, "size =")
        editor.edit(uri, 6, 6, " ")
        _, asked = editor.asked_for_ghost(uri, 7)
        editor.edit(uri, 7, 7, "w")
        assert (await asked)["items"] == []
        assert "typed before it was asked" in await explained(editor)
    assert gateway.asked == []


async def test_in_a_word_a_copy_is_shown_and_the_engine_left_alone(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("nding")
    code = CODE.replace("w", "width") + "w"
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work, code)
        editor.edit(uri, len(code), len(code), "i")
        item = await editor.ghost(uri, len(code) + 1)
        assert item is not None
        assert item["insertText"] == "dth * h"
    assert gateway.asked == []


async def test_lessons_that_the_gateway_put_into_the_prompt_are_explained(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script, gateway.release = saying("width * height"), "0123456789ab"
    gateway.lessons = (LessonTold("3f9a1c2b8d4e", "Calls of `area` here pass `unit=`."),)
    async with editor_in_process() as (editor, server):
        uri = await opened(editor, work, "size = ")
        assert await editor.ghost(uri, 7) is not None
        await until(lambda: server.session.last_end is not None)
        text = await explained(editor)
    assert "release 0123456789ab" in text
    assert "Calls of `area` here pass `unit=`. (3f9a1c2b8d4e)" in text
