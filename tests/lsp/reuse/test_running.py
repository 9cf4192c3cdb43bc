import asyncio

from hypothesis import given
from hypothesis import strategies as st
from snapshots import snapshot_at, snapshot_of

from understudy_lsp.reuse.place import Left
from understudy_lsp.reuse.running import Running
from understudy_lsp.snapshot import Snapshot
from understudy_protocol.completion import CompletionId, Mode

TEXT = st.text(alphabet="ab(){} \n", max_size=10)


def snapshot_between(before: str, after: str) -> Snapshot:
    return snapshot_at(before + after, len(before))


def running_at(drawn: str, *, mode: Mode = Mode.LINE) -> Running:
    return Running(snapshot_of(drawn), completion=CompletionId("c1"), mode=mode)


async def test_whoever_types_what_the_engine_is_writing_takes_what_is_left() -> None:
    running = running_at("x = ‸\n")
    running.grew("foo(b")
    assert running.left(snapshot_of("x = fo‸\n")) == Left("o(b")
    assert running.left(snapshot_of("x = fu‸\n")) is None


async def test_whoever_types_faster_than_the_engine_waits_for_it() -> None:
    running = running_at("x = ‸\n")
    waiting = asyncio.create_task(running.until_line(snapshot_of("x = foo‸\n")))
    running.grew("fo")
    await asyncio.sleep(0)
    assert not waiting.done()
    running.grew("o(bar)")
    running.end(complete=True)
    assert await waiting == Left("(bar)")


async def test_whoever_turns_out_to_have_typed_something_else_is_told_at_once() -> None:
    running = running_at("x = ‸\n")
    waiting = asyncio.create_task(running.until_line(snapshot_of("x = fa‸\n")))
    running.grew("foo")
    assert await waiting is None


async def test_of_a_block_the_first_line_is_there_before_the_rest() -> None:
    running = running_at("def f():‸\n", mode=Mode.BLOCK)
    waiting = asyncio.create_task(running.until_line(snapshot_of("def f():‸\n")))
    running.grew("\n    a")
    await asyncio.sleep(0)
    assert not waiting.done()
    running.grew("b\n   ")
    assert await waiting == Left("\n    ab\n   ")


async def test_a_stream_that_breaks_off_releases_everybody() -> None:
    running = running_at("x = ‸\n")
    typist = asyncio.create_task(running.until_line(snapshot_of("x = foo‸\n")))
    reader = asyncio.create_task(running.until_longer(3))
    running.grew("fo")
    running.end(complete=False)
    assert await typist is None
    await reader


async def test_a_line_that_ended_where_the_typing_is_has_nothing_left() -> None:
    running = running_at("x = ‸\n")
    running.grew("foo")
    running.end(complete=True)
    assert running.left(snapshot_of("x = foo‸\n")) == Left("")
    assert running.left(snapshot_of("x = foo(‸\n")) is None


async def test_what_follows_a_stream_that_broke_off_is_not_known() -> None:
    running = running_at("x = ‸\n")
    running.grew("foo")
    running.end(complete=False)
    assert running.left(snapshot_of("x = fo‸\n")) == Left("o")
    assert running.left(snapshot_of("x = foo‸\n")) is None


async def test_growth_wakes_whoever_waits_for_more() -> None:
    running = running_at("x = ‸\n")
    running.grew("a")
    waiting = asyncio.create_task(running.until_longer(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    running.grew("b")
    await waiting


async def test_a_bracket_that_the_editor_closed_itself_may_still_come() -> None:
    running = running_at("x = ‸\n")
    running.grew("foo(a")
    closed = snapshot_of("x = foo(‸)\n")
    assert running.left(closed) == Left("")
    running.grew(")")
    assert running.left(closed) == Left("a)", 1)


async def test_it_is_unwanted_when_the_last_who_waited_has_left() -> None:
    running = running_at("‸")
    assert running.unwanted
    with running.wanted():
        with running.wanted():
            pass
        assert not running.unwanted
    assert running.unwanted


async def test_a_cancelled_waiter_has_left() -> None:
    running = running_at("‸")

    async def wait() -> None:
        with running.wanted():
            await running.until_longer(0)

    waiter = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert not running.unwanted
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    assert running.unwanted


async def test_its_answer_is_the_whole_text_at_the_place_where_it_was_asked() -> None:
    running = running_at("x = ‸\n")
    running.grew("foo")
    running.end(complete=True)
    answer = running.answer(2.0)
    assert (answer.text, answer.complete, answer.at) == ("foo", True, 2.0)
    assert answer.place == running.place


@given(before=TEXT, text=TEXT, after=TEXT, cuts=st.lists(st.integers(0, 10)), typed=TEXT)
def test_it_never_gives_up_on_what_agrees_nor_gives_what_does_not(
    before: str, text: str, after: str, cuts: list[int], typed: str
) -> None:
    running = Running(snapshot_between(before, after), completion=CompletionId("c"), mode=Mode.LINE)
    now = snapshot_between(before + typed, after)
    agrees = text.startswith(typed)
    for cut in [*sorted(min(cut, len(text)) for cut in cuts), len(text)]:
        running.grew(text[len(running.text) : cut])
        left = running.left(now)
        if agrees:
            assert left is not None
        if left is not None and left.text:
            assert agrees
            assert text[len(typed) :].startswith(left.text)
    running.end(complete=True)
    assert (running.left(now) is not None) == agrees
