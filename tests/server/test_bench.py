"""What the benchmarks compute from what they measure; the measuring itself is not timed here."""

import asyncio
from pathlib import Path

import pytest
from fake_engine import Behaviour, running
from hypothesis import given
from hypothesis import strategies as st

from understudy_protocol.completion import CompletionEnd, CompletionId, FinishReason, Timings
from understudy_protocol.release import ReleaseVersion
from understudy_releases.paths import embedded_model
from understudy_server.bench import endurance, load
from understudy_server.bench.fresh_holes import FreshHoles
from understudy_server.bench.load import Tally
from understudy_server.bench.marked_adapter import Word
from understudy_server.bench.quantiles import quantile, quantile_ratio
from understudy_server.bench.swap import is_mixed
from understudy_server.bench.timed import Timed, timed_completion
from understudy_server.launch import running_gateway

TIMES = st.lists(st.floats(min_value=1e-6, max_value=1e3), min_size=1, max_size=50)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 2.5), (0.95, 3.85), (1.0, 4.0)])
def test_a_quantile_lies_between_its_neighbours(share: float, expected: float) -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], share) == pytest.approx(expected)


@given(TIMES, st.floats(min_value=0, max_value=1))
def test_a_quantile_is_within_the_values_and_grows_with_the_share(
    values: list[float], share: float
) -> None:
    assert min(values) <= quantile(values, share) * (1 + 1e-12)
    assert quantile(values, share) <= max(values) * (1 + 1e-12)
    assert quantile(values, share / 2) <= quantile(values, share) * (1 + 1e-12)


@given(TIMES)
def test_twice_the_times_are_a_ratio_of_two(values: list[float]) -> None:
    assert quantile_ratio([2 * value for value in values], values, 0.95) == pytest.approx(2)


def test_twin_holes_differ_at_their_beginning_and_nowhere_else() -> None:
    one, other = FreshHoles(0, characters=3000, max_tokens=8).twins()
    assert one.prefix != other.prefix
    assert one.suffix != other.suffix
    assert one.prefix.partition("\n")[2] == other.prefix.partition("\n")[2]
    assert one.suffix.partition("\n")[2] == other.suffix.partition("\n")[2]
    assert 2800 < len(one.prefix + one.suffix) <= 3000


async def test_under_overload_each_arrival_is_either_answered_or_refused(tmp_path: Path) -> None:
    behaviour = Behaviour(root=str(embedded_model()), tokens=4, first_delay_s=0.5)
    async with (
        running(behaviour, tmp_path / "engine.sock") as fake,
        running_gateway("--engine-url", fake.address) as client,
    ):
        over = Tally([], [])
        holes = FreshHoles(0, characters=600, max_tokens=4)
        arrived = await load.overload(client, holes, over=over, rate=200, seconds=0.3)
        assert len(over.admitted) + len(over.refused) == arrived
        assert over.admitted
        assert over.refused
        full = Tally([], [])
        await load.at_capacity(client, holes, full=full, clients=3, seconds=0.1)
        assert len(full.admitted) == 3
        assert not full.refused


async def test_the_faked_engine_counts_whom_it_answered_and_who_went_away() -> None:
    async with endurance.gateway_before_nothing(token_s=0.01) as faked:
        hole = FreshHoles(0, characters=600, max_tokens=200).one()
        before = (await faked.engine.seen()).answered
        left_at = await endurance.leave_in_the_middle(faked.client, hole)
        assert await endurance.broken_off_at(faked.engine, 1) >= left_at - 0.01
        short = FreshHoles(1, characters=600, max_tokens=2).one()
        answer = await timed_completion(faked.client, short)
        assert answer.end.text == " word word"
        # The engine counts an answer after its last byte has gone out.
        while (seen := await faked.engine.seen()).running:
            await asyncio.sleep(0.005)
        assert (seen.answered - before, seen.broken_off) == (1, 1)
        assert "serve" in faked.process.cmdline()


def test_an_answer_of_two_adapters_is_mixed() -> None:
    releases = {
        ReleaseVersion("aaaaaaaaaaaa"): Word(7, "one"),
        ReleaseVersion("bbbbbbbbbbbb"): Word(8, "two"),
    }
    assert not is_mixed(_answer("aaaaaaaaaaaa", "one" * 12), releases)
    assert is_mixed(_answer("aaaaaaaaaaaa", "one" * 11 + "two"), releases)
    assert is_mixed(_answer("bbbbbbbbbbbb", "one" * 12), releases)
    assert is_mixed(_answer(None, "one" * 12), releases)


def _answer(release: str | None, text: str) -> Timed:
    end = CompletionEnd(
        id=CompletionId("00000000-0000-0000-0000-000000000000"),
        text=text,
        finish=FinishReason.LENGTH,
        model="prompter",
        fim_format="embedded",
        release=release,
        prompt_tokens=1,
        remembered=False,
        logprobs=None,
        timings=Timings(admitted_ms=0.0, rendered_ms=0.0, first_text_ms=0.0, total_ms=1.0),
    )
    return Timed(began=0.0, first_s=0.0, whole_s=0.001, end=end)
