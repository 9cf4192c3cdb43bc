"""From events to groups and pairs, whatever people and clients send."""

import itertools
import math
import random
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import pytest
from experience_facts import (
    CLICK,
    FLASK,
    a_completion,
    a_replaced,
    an_accepted,
    an_event,
    an_ignored,
)
from lessons_learned import lesson

from understudy_protocol.completion import Completion, CompletionId, Snippet
from understudy_protocol.events import Accepted, Event, EventId, StoredEvent
from understudy_protocol.lesson_choice import snippet_of
from understudy_trainer.reinforce.groups import compared
from understudy_trainer.reinforce.reward import PASSES_TESTS, RIGHT, SHOWN
from understudy_trainer.reinforce.served import Served
from understudy_trainer.reinforce.tested import Judge
from understudy_trainer.reinforce.verdicts import (
    LIVES,
    MOST,
    Repository,
    Verdicts,
    verdicts,
)
from understudy_trainer.repoworld.hole import Hole

PATH = "src/click/core.py"
FILES = {PATH: "def main():\n    return run(1)\n\n\ndef stop():\n    halt(now)\n"}
SERVED = Served(model="prompter", fim_format="prompter", releases=frozenset({"7"}))


class Store:
    """Gives completions as the gateway does, and remembers how many it was asked for at once."""

    def __init__(self, completions: Iterable[Completion]) -> None:
        self._completions = {each.id: each for each in completions}
        self.asked: list[int] = []

    def fetch(
        self, ids: Sequence[CompletionId]
    ) -> Iterator[tuple[CompletionId, Completion | None]]:
        self.asked.append(len(ids))
        for id in ids:
            yield id, self._completions.get(id)


def letters(completion: Completion) -> list[int]:
    return [ord(each) for each in completion.text]


def judged(
    events: Iterable[Event | StoredEvent],
    *completions: Completion,
    files: dict[str, str] = FILES,
    served: Served = SERVED,
    tests: Judge | None = None,
) -> Verdicts:
    stored = (
        each if isinstance(each, StoredEvent) else StoredEvent(number, each)
        for number, each in enumerate(events, 1)
    )
    return verdicts(
        stored,
        Store(completions).fetch,
        after=0,
        repository=Repository(CLICK, files, frozenset({"run", "halt"})),
        served=served,
        tokenise=letters,
        tests=tests,
    )


def wrote(text: str, **changes: object) -> Completion:
    logprobs = tuple(-0.1 for _ in range(len(text) + 1))
    return a_completion(**{"text": text, "token_logprobs": logprobs, **changes})


def accepted(completion: Completion) -> Event:
    return an_accepted(completion=completion.id, length=len(completion.text))


def kept(completion: Completion, share: float, horizon: str = "2min") -> Event:
    whole = len(completion.text)
    return an_event(
        "kept",
        completion=completion.id,
        horizon=horizon,
        length=round(share * whole),
        accepted_length=whole,
    )


def instead(completion: Completion, text: str = "run(1)") -> list[Event]:
    return [
        an_event("rejected", completion=completion.id),
        a_replaced(text, completion=completion.id),
    ]


def rewards(told: Verdicts) -> dict[str, float]:
    return {each.text: each.reward for group in told.groups for each in group.candidates}


RIGHT_ONE = wrote("run(1)", release="7")
WRONG_ONE = wrote("run(2)", release="7")


def test_what_was_refused_is_right_if_tests_pass_with_it() -> None:
    def pass_with(hole: Hole, text: str) -> bool | None:
        return True if text == "run(2)" else None

    events = [accepted(RIGHT_ONE), kept(RIGHT_ONE, 1), *instead(WRONG_ONE)]
    told = judged(events, RIGHT_ONE, WRONG_ONE, tests=pass_with)
    assert rewards(told) == {"run(1)": RIGHT, "run(2)": PASSES_TESTS}
    assert not told.pairs


def test_what_was_kept_is_right_and_what_was_replaced_is_wrong() -> None:
    told = judged(
        [accepted(RIGHT_ONE), kept(RIGHT_ONE, 1), *instead(WRONG_ONE)], RIGHT_ONE, WRONG_ONE
    )
    (group,) = told.groups
    assert (group.example.path, group.example.middle) == (PATH, "run(1)")
    assert (group.example.prefix, group.example.suffix) == (RIGHT_ONE.prefix, RIGHT_ONE.suffix)
    right, wrong = group.candidates
    assert (right.text, right.reward, right.release) == ("run(1)", RIGHT, "7")
    assert right.logprobs == (-0.1,) * 6
    assert (wrong.text, wrong.reward < 0) == ("run(2)", True)
    (pair,) = told.pairs
    assert (pair.example.middle, pair.rejected) == ("run(1)", "run(2)")
    assert (told.cursor, told.events) == (4, 4)
    assert told.left_out == {"pair: not wrong": 1}


def test_what_was_mostly_kept_is_worth_something() -> None:
    files = {PATH: "def main():\n    return run(first, second, third)\n"}
    nearly = wrote("run(first, second, fourth)")
    told = judged([accepted(nearly), kept(nearly, 0.8), *instead(nearly, "run(first")], nearly)
    assert told.groups == ()
    told = judged(
        [accepted(nearly), kept(nearly, 0.4), *instead(nearly, "run(first")], nearly, files=files
    )
    assert -SHOWN < rewards(told)["run(first, second, fourth)"] < 0.5


def test_events_out_of_order_give_the_same() -> None:
    events = [accepted(RIGHT_ONE), kept(RIGHT_ONE, 1), kept(RIGHT_ONE, 1, "30s")]
    events += [*instead(WRONG_ONE), an_event("shown", completion=WRONG_ONE.id, dwell_ms=900)]
    whole = judged(events, RIGHT_ONE, WRONG_ONE)
    for seed in range(20):
        shuffled = random.Random(seed).sample(events, len(events))
        told = judged(shuffled, RIGHT_ONE, WRONG_ONE)
        assert rewards(told) == rewards(whole)
        assert (told.pairs, told.cursor, told.left_out) == (
            whole.pairs,
            whole.cursor,
            whole.left_out,
        )


def test_the_cursor_is_the_furthest_even_if_pages_come_in_another_order() -> None:
    stored = [StoredEvent(9, accepted(RIGHT_ONE)), StoredEvent(4, kept(RIGHT_ONE, 1))]
    assert judged(stored, RIGHT_ONE).cursor == 9


def test_events_sent_again_change_nothing() -> None:
    events = [accepted(RIGHT_ONE), kept(RIGHT_ONE, 1), *instead(WRONG_ONE)]
    once = judged(events, RIGHT_ONE, WRONG_ONE)
    often = judged(events * 30, RIGHT_ONE, WRONG_ONE)
    assert (often.groups, often.pairs, often.left_out) == (once.groups, once.pairs, once.left_out)


def test_the_same_text_asked_again_in_the_same_place_is_one_candidate() -> None:
    again = wrote("run(2)", release="7")
    told = judged([*instead(WRONG_ONE), *instead(again)], WRONG_ONE, again)
    assert len(told.groups[0].candidates) == 1
    assert len(told.pairs) == 1
    assert told.left_out == {"asked again": 1}


def test_another_repository_and_what_is_gone_teach_nothing() -> None:
    foreign = wrote("run(1)", repository=FLASK)
    events = [
        an_accepted(completion=RIGHT_ONE.id, repository=FLASK),
        accepted(foreign),
        an_accepted(),
    ]
    told = judged(events, RIGHT_ONE, foreign)
    assert (told.groups, told.pairs) == ((), ())
    assert told.left_out == {"of another repository": 2, "completion is gone": 1}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"release": "3"}, "log-probabilities: its release is gone"),
        ({"model": "older"}, "log-probabilities: another model wrote it"),
    ],
)
def test_of_a_release_that_is_gone_only_the_preference_is_left(
    changes: dict[str, str], why: str
) -> None:
    old = wrote("run(2)", **changes)
    told = judged(instead(old), old)
    assert told.groups[0].candidates[0].logprobs == ()
    assert [each.rejected for each in told.pairs] == ["run(2)"]
    assert told.left_out == {why: 1}


def test_a_lesson_that_stood_in_the_prompt_is_neither_shown_nor_reckoned_with_again() -> None:
    said = snippet_of([lesson().heuristic], path=PATH)
    assert said is not None
    informed = wrote("run(2)", snippets=(said,))
    told = judged(instead(informed), informed)
    (group,) = told.groups
    assert group.example.snippets == ()
    assert group.candidates[0].logprobs == ()
    assert told.left_out == {"log-probabilities: what the model saw is not shown any more": 1}


def test_what_the_model_would_not_see_again_has_no_log_probabilities() -> None:
    gone = wrote("run(2)", snippets=(Snippet(path="secrets.py", text="gone"),))
    told = judged(instead(gone), gone)
    assert told.groups[0].candidates[0].logprobs == ()
    assert told.left_out == {"log-probabilities: what the model saw is not shown any more": 1}


def test_equal_rewards_are_a_group_that_says_nothing() -> None:
    other = wrote("run(3)", release="7")
    told = judged([*instead(WRONG_ONE), *instead(other)], WRONG_ONE, other)
    left_out: Counter[str] = Counter()
    assert list(compared(told.groups, left_out)) == []
    assert left_out == {"group: all rewards equal": 1}
    assert len(told.pairs) == 2


def test_log_probabilities_that_are_no_numbers_are_counted_out_of_the_group() -> None:
    broken = wrote("run(3)", token_logprobs=(math.nan,) * 7)
    events = [accepted(RIGHT_ONE), *instead(WRONG_ONE), *instead(broken)]
    told = judged(events, RIGHT_ONE, WRONG_ONE, broken)
    left_out: Counter[str] = Counter()
    (found,) = compared(told.groups, left_out)
    assert [each.text for each in found.group.candidates] == ["run(1)", "run(2)"]
    assert left_out == {"candidate: log-probability is no number": 1}
    assert {each.rejected for each in told.pairs} == {"run(2)", "run(3)"}


def test_somebody_who_accepts_everything_teaches_only_what_is_committed() -> None:
    garbage = [wrote(f"evil({number})") for number in range(20)]
    events = [event for each in [*garbage, RIGHT_ONE] for event in (accepted(each), kept(each, 1))]
    told = judged(events, *garbage, RIGHT_ONE)
    assert rewards(told) == {"run(1)": RIGHT}
    assert told.pairs == ()
    assert told.left_out == {"not committed": 20, "pair: not wrong": 1}


def test_somebody_who_refuses_everything_teaches_nothing() -> None:
    events = [an_event("rejected", completion=each.id) for each in (RIGHT_ONE, WRONG_ONE)]
    told = judged(events, RIGHT_ONE, WRONG_ONE)
    assert (told.groups, told.pairs) == ((), ())
    assert told.left_out == {"nothing written instead": 2}


def test_what_is_refused_and_then_typed_is_right() -> None:
    events = [an_ignored("run(", completion=RIGHT_ONE.id), *instead(RIGHT_ONE)]
    assert rewards(judged(events, RIGHT_ONE)) == {"run(1)": RIGHT}


def test_nobody_has_more_than_all_others_together() -> None:
    files = {PATH: "".join(f"value_{n} = make({n})\n" for n in range(12))}
    made = [
        wrote(f"make({n})", prefix=f"value_{n} = ", person="ann" if n < 3 else "eve")
        for n in range(12)
    ]
    told = judged(map(accepted, made), *made, files=files)
    assert len(told.groups) == 6
    assert told.left_out == {"more than one person's share": 6, "pair: not wrong": 6}


@pytest.mark.parametrize("at", [0, 1, 2**62])
def test_no_clock_decides_anything(at: int) -> None:
    def moved(event: Event, number: int) -> Event:
        return msgspec.structs.replace(event, at=at // (number + 1))

    events = [accepted(RIGHT_ONE), kept(RIGHT_ONE, 1), *instead(WRONG_ONE)]
    late = [moved(each, number) for number, each in enumerate(events)]
    skewed = [msgspec.structs.replace(each, at=at) for each in (RIGHT_ONE, WRONG_ONE)]
    assert rewards(judged(late, *skewed)) == rewards(judged(events, RIGHT_ONE, WRONG_ONE))


def test_copies_and_blank_text_are_left_out() -> None:
    copy = wrote("run(2)", model="copy")
    blank = wrote("  ")
    told = judged([*instead(copy), *instead(blank)], copy, blank)
    assert told.groups == ()
    assert told.left_out == {"no model wrote it": 1, "nothing was shown": 1}


def test_secrets_are_in_nothing() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    before = wrote("run(2)", prefix=f'KEY = "{secret}"\ndef main():\n    return ')
    within = wrote(f'run("{secret}")')
    told = judged([*instead(before), *instead(within)], before, within)
    assert secret not in repr((told.groups, told.pairs))
    assert told.left_out == {
        "log-probabilities: what the model saw is not shown any more": 1,
        "secret": 1,
    }


def test_pieces_of_one_line_are_paid_once() -> None:
    files = {PATH: "def main():\n    return run(first, second, third)\n"}
    bait = wrote("run(first, second, thing)")
    rest = wrote("third)", prefix="def main():\n    return run(first, second, ")
    events = [accepted(bait), kept(bait, 0.9), *instead(bait, "run(first"), accepted(rest)]
    told = judged(events, bait, rest, files=files)
    assert sum(rewards(told).values()) <= RIGHT


def test_a_last_word_that_comes_after_thousands_of_others_is_heard() -> None:
    others = (an_accepted() for _ in range(LIVES))
    events = itertools.chain([accepted(RIGHT_ONE)], others, [kept(RIGHT_ONE, 1)])
    assert rewards(judged(events, RIGHT_ONE)) == {"run(1)": RIGHT}


def test_what_is_heard_to_be_gone_after_thousands_of_others_is_not_learned() -> None:
    others = (an_accepted() for _ in range(LIVES))
    events = itertools.chain([accepted(RIGHT_ONE)], others, [kept(RIGHT_ONE, 0)])
    told = judged(events, RIGHT_ONE)
    assert told.groups == ()
    assert told.left_out == {"completion is gone": LIVES, "not kept": 1}


def test_an_editor_with_other_line_ends_gives_the_same() -> None:
    texts = ("def main():\n    return ", "run(2)\nrun(3)", "\n")
    prefix, text, suffix = (each.replace("\n", "\r\n") for each in texts)
    dos = wrote(text, prefix=prefix, suffix=suffix)
    unix = wrote(texts[1], prefix=texts[0], suffix=texts[2])
    assert rewards(judged(instead(dos), dos)) == rewards(judged(instead(unix), unix))


def test_there_is_nothing_in_an_empty_log() -> None:
    assert judged([]) == Verdicts((), (), 0, 0, {})


def test_a_million_events_are_read_in_bounded_memory() -> None:
    """The time is linear: each event is folded into one life, a life is judged once where its
    events come together, and a verdict is put aside at most once."""
    count, each_life, traced = 1_000_000, 4, 200_000
    files = {PATH: "".join(f"value_{n} = make({n})\n" for n in range(100))}
    template = wrote("make(0)", suffix="\n" * 1_000)
    asked_at_once = 0

    def events() -> Iterator[StoredEvent]:
        for number in range(count):
            if number == count - traced:
                tracemalloc.start()
            id = CompletionId(str(number // each_life))
            yield StoredEvent(
                number + 1,
                Accepted(id=EventId(str(number)), completion=id, repository=CLICK, at=0, length=7),
            )

    def fetch(ids: Sequence[CompletionId]) -> Iterator[tuple[CompletionId, Completion | None]]:
        nonlocal asked_at_once
        asked_at_once = max(asked_at_once, len(ids))
        for id in ids:
            # Of most the text is gone.
            number = int(id) % 1_000
            alive = number < 100
            yield (
                id,
                msgspec.structs.replace(
                    template, id=id, prefix=f"value_{number} = ", text=f"make({number})"
                )
                if alive
                else None,
            )

    try:
        told = verdicts(
            events(),
            fetch,
            after=0,
            repository=Repository(CLICK, files, frozenset()),
            served=SERVED,
            tokenise=letters,
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (told.events, told.cursor) == (count, count)
    assert asked_at_once == LIVES
    assert told.left_out["completion is gone"] == 225_000
    assert told.left_out["more than is needed"] == 25_000 - MOST
    assert len(told.groups) == 100
    # More than 100 bytes of each event that was traced would show.
    assert peak < 100 * traced


def test_only_the_losses_need_torch() -> None:
    code = (
        "import sys, understudy_trainer.reinforce.verdicts, understudy_trainer.reinforce.groups;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
