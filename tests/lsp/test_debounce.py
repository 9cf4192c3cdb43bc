import pytest
from hypothesis import given
from hypothesis import strategies as st
from snapshots import snapshot_of

from understudy_lsp.debounce import USUAL_LATENCY_S, USUAL_PAUSE_S, Debounce
from understudy_lsp.eagerness import Eagerness, taste
from understudy_lsp.hole.hole import find_hole

PAUSES = st.floats(0.0, 2.0)
EAGERNESS = st.sampled_from(list(Eagerness))


def delay(
    debounce: Debounce,
    drawn: str = "foo(‸\n",
    *,
    eagerness: Eagerness = Eagerness.MEDIUM,
    now: float = 100.0,
    caution: float = 1.0,
) -> float:
    snapshot = snapshot_of(drawn)
    hole = find_hole(snapshot, None)
    return debounce.delay(snapshot, hole, eagerness=eagerness, now=now, caution=caution)


def typing(pause: float, *, keys: int = 200) -> Debounce:
    debounce = Debounce()
    for key in range(keys + 1):
        debounce.key(100.0 - (keys - key) * pause)
    return debounce


def test_a_wait_is_a_share_of_the_pauses_less_the_latency() -> None:
    wait = taste(Eagerness.MEDIUM).patience * USUAL_PAUSE_S - USUAL_LATENCY_S
    assert delay(Debounce()) == pytest.approx(wait)


def test_a_copy_in_a_word_is_shown_long_before_the_engine_would_be_asked() -> None:
    copied = Debounce().copy_delay(eagerness=Eagerness.MEDIUM, now=100.0)
    assert 0 < copied < delay(Debounce(), "foo‸\n") / 3


def test_thinking_places_wait_less_than_edits_inside_a_line_and_words_most() -> None:
    waits = [delay(Debounce(), drawn) for drawn in ("    ‸\n", "foo(‸\n", "foo‸ + b\n", "foo‸\n")]
    assert waits == sorted(waits)
    assert len(set(waits)) == len(waits)


def test_slow_typists_are_waited_for_longer() -> None:
    assert delay(typing(0.12)) < delay(typing(0.3))


def test_breaks_to_think_do_not_make_a_slow_typist() -> None:
    debounce = Debounce()
    for key in range(100):
        debounce.key(key * 10.0)
    assert delay(debounce, now=990.0) == delay(Debounce())


def test_a_slow_engine_is_asked_sooner() -> None:
    slow = Debounce()
    for _ in range(20):
        slow.answered(1.0)
    assert delay(slow) == taste(Eagerness.MEDIUM).shortest_s < delay(Debounce())


def test_what_the_editor_has_waited_counts() -> None:
    debounce = Debounce()
    debounce.key(100.0)
    assert delay(debounce, now=100.05) == pytest.approx(delay(debounce, now=100.0) - 0.05)
    assert delay(debounce, now=101.0) == 0.0


def test_rejections_make_it_wait_longer() -> None:
    assert delay(Debounce(), caution=3.0) > 2 * delay(Debounce())
    longest = taste(Eagerness.MEDIUM).longest_s
    assert delay(typing(0.35), caution=5.0) > longest, "even beyond what the settings say"


@given(pauses=st.lists(PAUSES), latencies=st.lists(PAUSES), eagerness=EAGERNESS)
def test_it_never_waits_longer_than_the_settings_say(
    pauses: list[float], latencies: list[float], eagerness: Eagerness
) -> None:
    debounce, now = Debounce(), 0.0
    for pause in pauses:
        now += pause
        debounce.key(now)
    for latency in latencies:
        debounce.answered(latency)
    wanted = taste(eagerness)
    wait = delay(debounce, eagerness=eagerness, now=now)
    assert 0.0 <= wait <= wanted.longest_s
    if pauses:
        assert wait >= wanted.shortest_s


def test_a_clock_that_jumps_back_does_no_harm() -> None:
    debounce = typing(0.2)
    debounce.key(50.0)
    assert 0.0 < delay(debounce, now=40.0) <= taste(Eagerness.MEDIUM).longest_s
