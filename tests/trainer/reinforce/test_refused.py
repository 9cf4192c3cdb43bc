"""What is refused without a word is judged by what came to stand at its place, if that is sure."""

import pytest
from experience_facts import CLICK, a_completion, an_accepted, an_event

from understudy_protocol.completion import Completion, Mode
from understudy_protocol.events import Event, StoredEvent
from understudy_trainer.reinforce.reward import SHOWN
from understudy_trainer.reinforce.served import Served
from understudy_trainer.reinforce.verdicts import Repository, Verdicts, verdicts

PATH = "src/click/core.py"
FILES = {PATH: "def main():\n    return run(1)\n\n\ndef stop():\n    halt(now)\n"}
BELOW = "\n\n\ndef stop():\n"


def refused(completion: Completion) -> Event:
    return an_event("rejected", completion=completion.id)


def judged(completion: Completion, *events: Event, files: dict[str, str] = FILES) -> Verdicts:
    return verdicts(
        (StoredEvent(number, each) for number, each in enumerate(events, 1)),
        lambda ids: [(id, completion) for id in ids],
        after=0,
        repository=Repository(CLICK, files, frozenset({"run", "halt"})),
        served=Served(model="prompter", fim_format="prompter", releases=frozenset()),
        tokenise=lambda completion: [ord(each) for each in completion.text],
    )


def test_it_costs_what_a_wrong_one_costs() -> None:
    shown = a_completion(text="run(2)", suffix=BELOW, prompt_tokens=40)
    told = judged(shown, refused(shown))
    (group,) = told.groups
    assert (group.example.path, group.example.middle) == (PATH, "run(1)")
    (only,) = group.candidates
    assert (only.text, only.prompt_tokens) == ("run(2)", 40)
    assert -SHOWN <= only.reward < 0
    assert [each.rejected for each in told.pairs] == ["run(2)"]


def test_within_a_line_the_rest_of_it_stays() -> None:
    shown = a_completion(text="un(2", prefix="def main():\n    return r", suffix=")" + BELOW)
    (group,) = judged(shown, refused(shown)).groups
    assert group.example.middle == "un(1"


@pytest.mark.parametrize(
    ("changes", "files"),
    [
        # It stands there itself: perhaps since before it was refused.
        ({"text": "run(1)"}, FILES),
        ({"text": "run( 1 )"}, FILES),
        # A line that was begun above this one, and given up.
        ({"prefix": "def main():\n    ret", "suffix": "\n    return run(1)" + BELOW}, FILES),
        ({"prefix": "def other():\n    return "}, FILES),
        ({"suffix": "\n\n\ndef start():\n"}, FILES),
        ({"prefix": "def main():\n    return go("}, FILES),
        ({"suffix": ")]" + BELOW}, FILES),
        # What was below it is not known.
        ({"suffix": "\n"}, FILES),
        # In two places, or in another file.
        ({}, {PATH: FILES[PATH] + "\n" + FILES[PATH]}),
        ({}, {"elsewhere.py": FILES[PATH]}),
        ({"mode": Mode.BLOCK}, FILES),
    ],
)
def test_it_costs_nothing_where_its_place_is_not_sure(
    changes: dict[str, object], files: dict[str, str]
) -> None:
    shown = a_completion(**{"text": "run(2)", "suffix": BELOW, **changes})
    told = judged(shown, refused(shown), files=files)
    assert (told.groups, told.pairs) == ((), ())
    assert told.left_out == {"nothing written instead": 1}


def test_what_came_to_stand_there_must_be_worth_learning() -> None:
    shown = a_completion(text="run(2)", suffix=BELOW)
    told = judged(shown, refused(shown), files={PATH: FILES[PATH].replace("run(1)", "1")})
    assert told.groups == ()
    assert told.left_out == {"too short": 1}


def test_what_was_taken_and_refused_is_judged_by_neither() -> None:
    shown = a_completion(text="run(2)", suffix=BELOW)
    accepted = an_accepted(completion=shown.id, length=6)
    assert judged(shown, accepted, refused(shown)).left_out == {"accepted and refused": 1}
