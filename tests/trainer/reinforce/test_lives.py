"""What became of a completion does not depend on the order in which it is told, or how often."""

from collections.abc import Sequence

from experience_facts import a_completion, a_replaced, an_accepted, an_event, an_ignored
from hypothesis import given
from hypothesis import strategies as st

from understudy_protocol.events import Event
from understudy_trainer.reinforce.lives import Told, kept_share

COMPLETION = a_completion(text="run(12345)")


def told(events: Sequence[Event]) -> Told:
    life = Told()
    for each in events:
        life.add(each)
    return life


def kept(horizon: str, length: int, of: int = 10) -> Event:
    return an_event(
        "kept", completion=COMPLETION.id, horizon=horizon, length=length, accepted_length=of
    )


ALL = [
    an_accepted(completion=COMPLETION.id, length=10),
    an_event("partially_accepted", completion=COMPLETION.id, length=4),
    kept("30s", 10),
    kept("2min", 8),
    kept("10min", 2),
    an_ignored("x", completion=COMPLETION.id),
    a_replaced("y", completion=COMPLETION.id),
]


@given(st.permutations(ALL), st.lists(st.sampled_from(ALL)))
def test_order_and_repetition_change_nothing(shuffled: list[Event], again: list[Event]) -> None:
    assert told([*shuffled, *again]) == told(ALL)


def test_the_word_that_looks_furthest_ahead_counts() -> None:
    assert kept_share(told([kept("10min", 2), kept("30s", 10)]), COMPLETION) == 0.2
    assert kept_share(told([kept("commit", 5), kept("10min", 2)]), COMPLETION) == 0.5


def test_of_a_part_only_the_part_was_kept() -> None:
    part = an_event("partially_accepted", completion=COMPLETION.id, length=4)
    assert kept_share(told([part, kept("30s", 4, of=4)]), COMPLETION) == 0.4
    assert kept_share(told([part, kept("30s", 2, of=4)]), COMPLETION) == 0.2


def test_impossible_lengths_are_cut_to_what_is_possible() -> None:
    assert kept_share(told([kept("30s", 10**9, of=10**6)]), COMPLETION) == 1
    assert kept_share(told([kept("30s", 5, of=0)]), COMPLETION) == 0


def test_nobody_said_what_was_kept() -> None:
    assert kept_share(told([ALL[0], ALL[-2]]), COMPLETION) is None
