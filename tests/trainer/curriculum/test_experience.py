"""What is learned of experience stands in the repository, whatever the events say."""

from collections.abc import Sequence

import httpx
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

from understudy_protocol.completion import Completion, CompletionList, Mode, Snippet
from understudy_protocol.errors import UnderstudyError
from understudy_protocol.events import Event, EventPage, StoredEvent
from understudy_protocol.lesson_choice import snippet_of
from understudy_trainer.curriculum.experience import LIVES, Experienced, experience

PATH = "src/click/core.py"
FILES = {PATH: "def main():\n    return run(1)\n\n\ndef stop():\n    halt(now)\n"}


def gateway(
    events: Sequence[Event], completions: Sequence[Completion], *, page: int = 2
) -> httpx.Client:
    """Answers as the gateway does, but does not look at the repository of an event."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        if request.url.path == "/v1/completions":
            ids = asked["ids"].split(",")
            found = [each for each in completions if each.id in ids]
            return httpx.Response(200, content=msgspec.json.encode(CompletionList(tuple(found))))
        after = int(asked["after"])
        stored = tuple(
            StoredEvent(number, event) for number, event in enumerate(events, 1) if number > after
        )[:page]
        end = stored[-1].cursor if stored else after
        return httpx.Response(200, content=msgspec.json.encode(EventPage(stored, end)))

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://gateway")


def lived(
    events: Sequence[Event], *completions: Completion, after: int = 0, page: int = 2
) -> Experienced:
    with gateway(events, completions, page=page) as client:
        return experience(client, repository=CLICK, after=after, files=FILES)


def kept(completion: Completion, length: int, of: int) -> Event:
    return an_event(
        "kept", completion=completion.id, horizon="2min", length=length, accepted_length=of
    )


RIGHT = a_completion(text="run(1)")
WRONG = a_completion(text="run(2)")


def test_what_was_kept_and_committed_is_learned_as_the_model_saw_it() -> None:
    shown = (Snippet(path=PATH, text="halt"), Snippet(path="secrets.py", text="gone"))
    completion = msgspec.structs.replace(RIGHT, snippets=shown)
    told = lived([an_accepted(completion=completion.id), kept(completion, 6, 6)], completion)
    (example,) = told.examples
    assert (example.unit, example.path, example.middle) == ("experience", PATH, "run(1)")
    assert (example.prefix, example.suffix) == (completion.prefix, completion.suffix)
    assert example.snippets == shown[:1]
    assert example.weight > 1
    assert (told.cursor, told.events, told.left_out) == (2, 2, {})


def test_the_lesson_that_stood_in_the_prompt_is_not_learned_along() -> None:
    said = snippet_of([lesson().heuristic], path=PATH)
    assert said is not None
    shown = (said, Snippet(path=PATH, text="halt"))
    completion = msgspec.structs.replace(RIGHT, snippets=shown)
    told = lived([an_accepted(completion=completion.id), kept(completion, 6, 6)], completion)
    (example,) = told.examples
    assert example.snippets == shown[1:]


def test_garbage_that_was_accepted_is_not_learned() -> None:
    garbage = a_completion(text="os.system('rm -rf /')")
    events = [an_accepted(completion=garbage.id), kept(garbage, 21, 21)]
    told = lived([*events, *events], garbage)
    assert told.examples == ()
    assert told.left_out == {"not committed": 1}


def test_committed_text_on_another_line_than_its_own_is_not_learned() -> None:
    elsewhere = a_completion(prefix="def main():\n    evil = ", text="run(1)")
    told = lived([an_accepted(completion=elsewhere.id)], elsewhere)
    assert told.left_out == {"not committed": 1}


@pytest.mark.parametrize("tag", ["replaced", "typed"])
def test_what_was_written_instead_is_learned_to_the_end_of_its_line(tag: str) -> None:
    events = [
        an_ignored("run(" if tag == "typed" else "x", completion=WRONG.id),
        *([a_replaced("run(", completion=WRONG.id)] if tag == "replaced" else []),
    ]
    (example,) = lived(events, WRONG).examples
    assert example.middle == "run(1)"


def test_the_last_word_of_what_was_kept_counts() -> None:
    accepted = an_accepted(completion=RIGHT.id)
    rejected = an_event("rejected", completion=RIGHT.id)
    whole, nothing = kept(RIGHT, 6, 6), kept(RIGHT, 0, 6)
    assert lived([accepted, whole, nothing], RIGHT).left_out == {"not kept": 1}
    assert len(lived([rejected, nothing, accepted, whole], RIGHT).examples) == 1
    assert lived([accepted, rejected], RIGHT).left_out == {"accepted and refused": 1}


def test_events_sent_again_teach_once_and_pages_change_nothing() -> None:
    again = a_completion(text="run(1)")
    events = [an_accepted(completion=each.id, at=2**60) for each in (RIGHT, again)] * 20
    told = [lived(events, RIGHT, again, page=page) for page in (1, 7, 1000)]
    assert told[0] == told[1] == told[2]
    assert len(told[0].examples) == 1
    assert told[0].left_out == {"asked again": 1}


def test_what_is_of_another_repository_or_gone_is_counted() -> None:
    foreign = a_completion(text="run(1)", repository=FLASK)
    events = [
        an_accepted(completion=RIGHT.id, repository=FLASK),
        an_accepted(completion=foreign.id),
        an_accepted(),
    ]
    told = lived(events, RIGHT, foreign)
    assert told.examples == ()
    assert told.left_out == {"of another repository": 2, "completion is gone": 1}


def test_what_was_moved_is_found_in_another_file() -> None:
    moved = a_completion(path="src/click/old.py", text="run(1)")
    (example,) = lived([an_accepted(completion=moved.id)], moved).examples
    assert example.path == PATH


def test_a_block_may_have_several_lines() -> None:
    block = a_completion(
        prefix="def main():\n", text="    return run(1)\n\n\ndef stop():", mode=Mode.BLOCK
    )
    (example,) = lived([an_accepted(completion=block.id)], block).examples
    assert example.middle == block.text


def test_secrets_are_in_no_example() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    told = a_completion(prefix=f'KEY = "{secret}"\ndef main():\n    return ', text="run(1)")
    (example,) = lived([an_accepted(completion=told.id)], told).examples
    assert secret not in repr(example)


def test_nobody_has_more_examples_than_all_others_together() -> None:
    files = {PATH: "".join(f"value_{n} = make({n})\n" for n in range(12))}
    made = [
        a_completion(prefix=f"value_{n} = ", text=f"make({n})", person="ann" if n < 3 else "bob")
        for n in range(12)
    ]
    with gateway([an_accepted(completion=each.id) for each in made], made) as client:
        told = experience(client, repository=CLICK, after=0, files=files)
    assert [each.middle for each in told.examples] == [
        *(f"make({n})" for n in range(3)),
        "make(9)",
        "make(10)",
        "make(11)",
    ]
    assert told.left_out == {"more than one person's share": 6}


def test_a_last_word_that_comes_after_thousands_of_others_counts() -> None:
    others = [an_accepted() for _ in range(LIVES)]
    events = [an_accepted(completion=RIGHT.id), *others, kept(RIGHT, 0, 6)]
    told = lived(events, RIGHT, page=1000)
    assert told.examples == ()
    assert told.left_out == {"completion is gone": LIVES, "not kept": 1}
    assert len(lived(events[:-1], RIGHT, page=1000).examples) == 1


def test_the_next_night_goes_on_behind_the_cursor() -> None:
    events = [an_accepted(completion=RIGHT.id)]
    assert lived(events, RIGHT, after=1) == Experienced((), 1, 0, {})


def test_what_is_not_committed_yet_is_judged_again_the_next_night() -> None:
    early, late = a_completion(text="0", at=1), a_completion(text="run(1)", at=9)
    tomorrow = a_completion(prefix="def later():\n    ", text="wait(2)", at=9)
    events = [an_accepted(completion=each.id) for each in (early, late, tomorrow, late)]
    grown = {PATH: FILES[PATH] + "def later():\n    wait(2)\n"}
    with gateway(events, [early, late, tomorrow]) as client:
        first = experience(client, repository=CLICK, after=0, files=FILES, waits_from=5)
        assert [each.middle for each in first.examples] == ["run(1)"]
        assert first.left_out["not committed"] == 2
        # Not behind `tomorrow`; of `early` nobody commits anything any more.
        assert first.cursor == 2
        second = experience(client, repository=CLICK, after=first.cursor, files=grown, waits_from=5)
        assert "wait(2)" in [each.middle for each in second.examples]
        assert second.cursor == len(events)


def test_what_was_committed_or_taken_back_in_the_end_is_not_waited_for() -> None:
    others = [an_accepted() for _ in range(LIVES)]
    moved = a_completion(text="run(3)")
    events = [an_accepted(completion=moved.id), *others, kept(moved, 0, 6)]
    assert lived(events[:-1], moved, page=1000).cursor == 0
    assert lived(events, moved, page=1000).cursor == len(events)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(500, text="oops"),
        httpx.Response(
            507, json={"code": "store", "problem": "It is full.", "remedy": "Make room."}
        ),
    ],
)
def test_a_gateway_that_does_not_answer_as_it_should_is_an_error(answer: httpx.Response) -> None:
    transport = httpx.MockTransport(lambda request: answer)
    with (
        httpx.Client(transport=transport, base_url="http://gateway") as client,
        pytest.raises(UnderstudyError),
    ):
        experience(client, repository=CLICK, after=0, files=FILES)
