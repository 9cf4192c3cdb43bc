"""`POST /v1/completions`: what streams, where it ends, what is kept of it, and who gives way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from experience_facts import CLICK, new_id
from fake_engine import Behaviour
from gateway_under_test import UnderTest, asked, deltas, ended, gateway_under_test, records, until

from understudy_protocol.completion import (
    CompletionEnd,
    CompletionId,
    FinishReason,
    LogprobSummary,
    TextDelta,
)


@asynccontextmanager
async def saying(folder: Path, *pieces: str, **behaviour: object) -> AsyncIterator[UnderTest]:
    async with gateway_under_test(folder, Behaviour(pieces=pieces, **behaviour)) as under_test:  # pyright: ignore[reportArgumentType]
        yield under_test


async def test_text_streams_and_one_end_record_says_how_it_went(tmp_path: Path) -> None:
    async with saying(tmp_path, "foo", "(1", ")") as under_test:
        answer = await under_test.http.post("/v1/completions", json=asked())
        stream = records(answer.content)
        end = ended(stream)
        assert stream[:-1] == [TextDelta("foo"), TextDelta("(1"), TextDelta(")")]
        assert end == CompletionEnd(
            id=end.id,
            text="foo(1)",
            finish=FinishReason.STOP,
            model="prompter",
            fim_format="prompter",
            release=None,
            prompt_tokens=len(under_test.prompt),
            remembered=False,
            logprobs=LogprobSummary(tokens=3, mean=-0.25, lowest=-0.375, first=-0.125),
            timings=end.timings,
        )
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"


async def test_timings_are_in_the_order_of_the_stages(under_test: UnderTest) -> None:
    timings = ended(await under_test.complete()).timings
    assert timings.first_text_ms is not None
    stages = [timings.admitted_ms, timings.rendered_ms, timings.first_text_ms, timings.total_ms]
    assert stages == sorted(stages)
    assert stages[0] > 0


async def test_text_is_sent_while_the_engine_is_still_working(tmp_path: Path) -> None:
    async with (
        saying(tmp_path, "foo", "(1)", hang_at=1) as under_test,
        under_test.http.stream("POST", "/v1/completions", json=asked()) as answer,
    ):
        assert (
            await anext(answer.aiter_text())
            == 'event: text\ndata: {"type":"text","text":"foo"}\n\n'
        )
        assert under_test.engine.state.running == 1


async def test_an_answer_without_text_is_an_end_record_alone(tmp_path: Path) -> None:
    async with saying(tmp_path, "\n", "rest") as under_test:
        (end,) = await under_test.complete()
        assert isinstance(end, CompletionEnd)
        assert (end.text, end.finish, end.timings.first_text_ms) == ("", FinishReason.LINE, None)


async def test_a_line_ends_at_its_line_break(tmp_path: Path) -> None:
    async with saying(tmp_path, "foo", "(1)\nba", "r") as under_test:
        stream = await under_test.complete(mode="line")
        assert deltas(stream) == ended(stream).text == "foo(1)"
        assert ended(stream).finish is FinishReason.LINE


async def test_a_block_ends_with_its_scope_and_the_engine_is_left_at_once(tmp_path: Path) -> None:
    said = ("\n    return", " 1\n", "\ndef g", "(): ...")
    async with saying(tmp_path, *said, hang_at=3) as under_test:
        stream = await under_test.complete(prefix="def f():", mode="block")
        assert deltas(stream) == ended(stream).text == "\n    return 1"
        assert ended(stream).finish is FinishReason.SCOPE
        await until(lambda: under_test.engine.state.aborted == 1)


async def test_an_answer_of_all_the_tokens_asked_for_says_so(under_test: UnderTest) -> None:
    end = ended(await under_test.complete(max_tokens=3))
    assert end.finish is FinishReason.LENGTH
    assert end.logprobs is not None
    assert end.logprobs.tokens == 3


async def test_the_blank_before_the_cursor_is_taken_off_prompt_and_answer(tmp_path: Path) -> None:
    async with saying(tmp_path, " foo", "()") as under_test:
        stream = await under_test.complete(prefix="x = ")
        with_blank = under_test.prompt
        assert deltas(stream) == ended(stream).text == "foo()"
        assert await under_test.text(prefix="x =") == " foo()"
        assert with_blank == under_test.prompt


async def test_a_document_with_crlf_is_asked_about_without_and_answered_with(
    tmp_path: Path,
) -> None:
    async with saying(tmp_path, "\n    b", " = 3\n", "    c\n", "d") as under_test:
        prefix, suffix = "a = 1\r\nif a:", "\r\nb = 2\r\n"
        stream = await under_test.complete(prefix=prefix, suffix=suffix, mode="block")
        assert deltas(stream) == ended(stream).text == "\r\n    b = 3\r\n    c"
        assert "\r" not in under_test.gateway.tokenizer.decode(under_test.prompt)


@pytest.mark.parametrize("suffix", ["\n", "\r\n"])
async def test_half_a_line_break_of_the_model_is_not_shown(tmp_path: Path, suffix: str) -> None:
    async with saying(tmp_path, "foo()\r", "\nbar") as under_test:
        stream = await under_test.complete(suffix=suffix)
        assert deltas(stream) == ended(stream).text == "foo()"


async def test_the_client_may_choose_the_id(under_test: UnderTest) -> None:
    chosen = new_id()
    assert ended(await under_test.complete(id=chosen)).id == chosen
    assert ended(await under_test.complete()).id != chosen


async def test_what_is_asked_for_reaches_the_engine(under_test: UnderTest) -> None:
    await under_test.complete(max_tokens=7, temperature=0.5, seed=3, mode="block")
    body = under_test.engine.state.bodies[-1]
    assert (body["max_tokens"], body["temperature"], body["seed"]) == (7, 0.5, 3)
    assert body["stop"] == []
    assert tuple(body["stop_token_ids"]) == under_test.gateway.stop_ids


async def test_with_consent_what_was_served_is_stored_once(under_test: UnderTest) -> None:
    end = ended(await under_test.complete(remember=True, prefix="x = ", session="a"))
    assert end.remembered
    (stored,) = await under_test.gateway.store.completions(ids=[end.id])
    assert (stored.id, stored.text, stored.finish) == (end.id, end.text, end.finish)
    assert (stored.prefix, stored.suffix, stored.session) == ("x = ", "\n", "a")
    (summary,) = await under_test.gateway.store.repositories()
    assert (summary.id, summary.completions, summary.events) == (CLICK, 1, 0)


async def test_without_consent_nothing_is_stored(under_test: UnderTest) -> None:
    end = ended(await under_test.complete())
    assert not end.remembered
    assert await under_test.gateway.store.completions(ids=[end.id]) == []
    assert await under_test.gateway.store.repositories() == []


async def test_the_newest_request_of_a_session_wins(tmp_path: Path) -> None:
    async with saying(tmp_path, "foo", "(1)", hang_at=1) as under_test:
        older_id = new_id()
        body = asked(session="a", id=older_id, remember=True)
        older = asyncio.create_task(under_test.http.post("/v1/completions", json=body))
        await until(lambda: under_test.engine.state.running == 1)
        newer = asyncio.create_task(
            under_test.http.post("/v1/completions", json=asked(session="a"))
        )
        end = ended(records((await older).content))
        assert (end.id, end.finish, end.remembered) == (older_id, FinishReason.CANCELLED, True)
        await until(lambda: under_test.engine.state.aborted == 1)
        await until(lambda: under_test.engine.state.running == 1)
        assert not newer.done()
        newer.cancel()
        await asyncio.gather(newer, return_exceptions=True)


async def test_other_sessions_do_not_replace_each_other(tmp_path: Path) -> None:
    async with gateway_under_test(tmp_path, Behaviour(token_delay_s=0.005)) as under_test:
        streams = await asyncio.gather(*(under_test.complete(session=s) for s in ("a", "b")))
        assert [ended(stream).finish for stream in streams] == [FinishReason.STOP] * 2


async def test_a_newer_request_gets_in_when_its_older_one_holds_the_last_place(
    tmp_path: Path,
) -> None:
    behaviour = Behaviour(pieces=("foo",), hang_at=0)
    async with gateway_under_test(tmp_path, behaviour, max_in_flight=1) as under_test:
        state = under_test.engine.state
        older = asyncio.create_task(under_test.complete(session="a"))
        await until(lambda: state.running == 1)
        state.behaviour = Behaviour(pieces=("bar",))
        assert await under_test.text(session="a") == "bar"
        assert ended(await older).finish is FinishReason.CANCELLED


async def test_a_full_house_says_at_once_when_to_come_back(tmp_path: Path) -> None:
    behaviour = Behaviour(pieces=("foo",), hang_at=0)
    async with gateway_under_test(tmp_path, behaviour, max_in_flight=2) as under_test:
        running = [asyncio.create_task(under_test.complete(session=s)) for s in ("a", "b")]
        await until(lambda: under_test.engine.state.running == 2)
        refused = await under_test.http.post("/v1/completions", json=asked(session="c"))
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["code"] == "busy"
        assert not any(task.done() for task in running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await until(lambda: under_test.gateway.admission.in_flight == 0)


async def test_lines_come_as_many_tokens_at_a_time_as_there_are_others_and_blocks_do_not(
    tmp_path: Path,
) -> None:
    behaviour = Behaviour(pieces=("foo",), hang_at=0)
    async with gateway_under_test(tmp_path, behaviour) as under_test:
        state = under_test.engine.state
        running = asyncio.create_task(under_test.complete())
        await until(lambda: state.running == 1)
        state.behaviour = Behaviour(pieces=("foo",))
        for mode in ("line", "block"):
            await under_test.complete(mode=mode)
        assert [body["stream_interval"] for body in list(state.bodies)[-3:]] == [1, 2, 1]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_when_the_client_goes_the_engine_stops_and_the_completion_is_cancelled(
    tmp_path: Path,
) -> None:
    async with saying(tmp_path, "foo", "(1)", hang_at=1) as under_test:
        body = asked(id=new_id(), remember=True)
        async with under_test.http.stream("POST", "/v1/completions", json=body) as answer:
            assert "foo" in await anext(answer.aiter_text())
        await until(lambda: under_test.engine.state.aborted == 1)
        await until(lambda: under_test.gateway.admission.in_flight == 0)
        await stored(under_test)
        (kept,) = await under_test.gateway.store.completions(ids=[CompletionId(str(body["id"]))])
        assert (kept.text, kept.finish) == ("foo", FinishReason.CANCELLED)


async def test_a_client_that_goes_before_the_first_text_leaves_nothing_running(
    tmp_path: Path,
) -> None:
    async with saying(tmp_path, "foo", hang_at=0) as under_test:
        waiting = asyncio.create_task(under_test.complete())
        await until(lambda: under_test.engine.state.running == 1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await until(lambda: under_test.engine.state.running == 0)
        await until(lambda: under_test.gateway.admission.in_flight == 0)


async def stored(under_test: UnderTest) -> None:
    """Until something is in the store."""
    async with asyncio.timeout(10):
        while not await under_test.gateway.store.repositories():
            await asyncio.sleep(0.005)
