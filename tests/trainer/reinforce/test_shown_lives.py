"""What is known of suggestions that were shown, whatever the log says of them."""

from collections import Counter
from uuid import UUID

import msgspec
import pytest
from experience_facts import FLASK, an_accepted, an_event, an_ignored
from shown_suggestions import MODEL, REPOSITORY, Log

from understudy_protocol.completion import CompletionId
from understudy_protocol.events import Event, StoredEvent
from understudy_protocol.outcome import EXPLORED, Features
from understudy_trainer.reinforce.shown_lives import ShownLife, shown_lives
from understudy_trainer.reinforce.verdicts import COPY

FEATURES = Features(odds=1.5)


def lives(log: Log) -> tuple[list[ShownLife], dict[str, int]]:
    left_out: Counter[str] = Counter()
    found = shown_lives(
        log.events, log.fetch, repository=REPOSITORY, model=MODEL, left_out=left_out
    )
    return found, dict(left_out)


def kept(id: CompletionId, length: int, of: int = 10) -> Event:
    return an_event("kept", completion=id, horizon="30s", length=length, accepted_length=of)


def test_what_was_taken_and_what_was_not() -> None:
    log = Log()
    taken = log.suggest(FEATURES, taken=True)
    log.add(kept(taken, 9))
    log.suggest(FEATURES, taken=False, propensity=0.05, person="anna")
    assert lives(log) == (
        [
            ShownLife(FEATURES, 10, kept=True, weight=1.0, person=None),
            ShownLife(FEATURES, 0, kept=False, weight=20.0, person="anna"),
        ],
        {},
    )


@pytest.mark.parametrize(("left", "is_kept"), [(10, True), (5, True), (4, False), (0, False)])
def test_what_is_not_there_any_more_was_not_wanted(left: int, is_kept: bool) -> None:
    log = Log()
    log.add(kept(log.suggest(FEATURES, taken=True), left))
    [life] = lives(log)[0]
    assert (life.taken, life.kept) == (10, is_kept)


def test_what_was_taken_in_part_was_taken() -> None:
    log = Log()
    ignored = log.suggest(FEATURES, taken=False)
    log.add(an_event("partially_accepted", completion=ignored, length=4))
    [life] = lives(log)[0]
    assert (life.taken, life.kept) == (4, True)


def test_nobody_can_have_taken_more_than_there_was() -> None:
    log = Log()
    id = log.suggest(FEATURES, taken=True)
    log.add(an_accepted(completion=id, length=10**9), kept(id, 10**9, of=10**9))
    [life] = lives(log)[0]
    assert life.taken == 10


def test_the_first_word_on_how_it_was_shown_counts() -> None:
    log = Log()
    id = log.suggest(FEATURES, taken=True)
    log.add(an_event("shown", completion=id, dwell_ms=1, features={"odds": 9.0}, propensity=0.01))
    again = log.elsewhere(reversed(log.events))
    assert lives(log) == lives(again)
    assert lives(log)[0][0].features == FEATURES


def test_no_suggestion_stands_for_more_than_so_many() -> None:
    log = Log()
    log.suggest(FEATURES, taken=True, propensity=0.001)
    assert lives(log)[0][0].weight == 1 / EXPLORED


def test_what_was_taken_at_once_was_read() -> None:
    log = Log()
    log.suggest(FEATURES, taken=True, dwell_ms=90)
    assert len(lives(log)[0]) == 1


def test_a_copy_is_of_no_model() -> None:
    log = Log()
    log.suggest(FEATURES, taken=True, model=COPY)
    assert len(lives(log)[0]) == 1


def contradictory(log: Log) -> None:
    log.add(an_ignored("x", completion=log.suggest(FEATURES, taken=True)))


def forgotten(log: Log) -> None:
    del log.completions[log.suggest(FEATURES, taken=True)]


def undecided(log: Log) -> None:
    log.suggest(FEATURES, taken=True)
    log.events.pop()


def by_hand(log: Log) -> None:
    id = log.suggest(FEATURES, taken=True)
    log.events = log.events[1:]
    log.add(an_event("shown", completion=id, dwell_ms=900))


def of_another_model(log: Log) -> None:
    log.suggest(FEATURES, taken=True, model="another")


def of_a_completion_of_elsewhere(log: Log) -> None:
    id = log.suggest(FEATURES, taken=True)
    log.completions[id] = msgspec.structs.replace(log.completions[id], repository=FLASK)


def in_passing(log: Log) -> None:
    log.suggest(FEATURES, taken=False, dwell_ms=749)


def by_a_chance_that_was_made_up(log: Log) -> None:
    id = str(UUID(int=9_999))
    log.suggest(FEATURES, taken=True, id=id)
    event = log.events[0].event
    log.events[0] = StoredEvent(1, msgspec.structs.replace(event, propensity=0.05))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (contradictory, "accepted and refused"),
        (forgotten, "completion is gone"),
        (undecided, "never decided"),
        (by_hand, "nothing was noted before it was shown"),
        (of_another_model, "another model wrote it"),
        (of_a_completion_of_elsewhere, "of another repository"),
        (in_passing, "was gone before it could be read"),
        (by_a_chance_that_was_made_up, "was said to be shown by a chance that nobody drew"),
    ],
)
def test_what_says_nothing_is_left_out_with_its_reason(happens: object, reason: str) -> None:
    log = Log()
    assert callable(happens)
    happens(log)
    assert lives(log) == ([], {reason: 1})
