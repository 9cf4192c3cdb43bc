"""Whether a suggestion is worth showing, by what became of others."""

import uuid

import pytest
from outcome_models import HIDING_ALL, SEEING_NOTHING

from understudy_lsp.eagerness import Eagerness, taste
from understudy_lsp.lately import Recall
from understudy_lsp.prospects import DECIDED, Prospect, Prospects, is_unlikely
from understudy_protocol.completion import CompletionId
from understudy_protocol.outcome import EXPLORED, Features, OutcomeModel, explored

LOW, MEDIUM, HIGH, MANUAL = Eagerness

LINE = ("file:///shop/shapes.py", 7)


@pytest.mark.parametrize(
    ("chance", "eagerness", "hidden"),
    [
        (0.20, LOW, False),
        (0.20, MEDIUM, False),
        (0.20, HIGH, False),
        (0.19, LOW, True),
        (0.19, MEDIUM, True),
        (0.19, HIGH, False),
        (0.10, MEDIUM, True),
        (0.10, HIGH, False),
        (0.09, HIGH, True),
        (1e-9, HIGH, True),
        (1e-9, MANUAL, False),
    ],
)
def test_what_is_hidden_below_a_fifth(chance: float, eagerness: Eagerness, hidden: bool) -> None:
    strictness = taste(eagerness).strictness
    assert is_unlikely(chance, below=0.2, strictness=strictness) is hidden


@pytest.mark.parametrize(
    ("model", "lucky", "strictness", "shown", "propensity"),
    [
        (None, False, 1.0, True, 1.0),
        (SEEING_NOTHING, False, 1.0, True, 1.0),
        (SEEING_NOTHING, True, 1.0, True, 1.0),
        (HIDING_ALL, False, 1.0, False, EXPLORED),
        (HIDING_ALL, True, 1.0, True, EXPLORED),
        (HIDING_ALL, False, 0.0, True, 1.0),
    ],
)
def test_some_of_what_would_be_hidden_is_shown(
    model: OutcomeModel | None, lucky: bool, strictness: float, shown: bool, propensity: float
) -> None:
    prospect = decided(Prospects(), completion_id(lucky=lucky), model, strictness=strictness)
    assert (prospect.shown, prospect.propensity) == (shown, propensity)
    assert prospect.features == Features()


def test_who_lets_nothing_be_remembered_is_shown_nothing_for_the_sake_of_learning() -> None:
    lucky = completion_id(lucky=True)
    assert not decided(Prospects(), lucky, HIDING_ALL, explores=False).shown
    assert decided(Prospects(), lucky, SEEING_NOTHING, explores=False).shown


def test_it_is_decided_once_for_a_completion() -> None:
    prospects, shown, hidden = Prospects(), completion_id(), completion_id()
    first, second = (
        decided(prospects, shown, SEEING_NOTHING),
        decided(prospects, hidden, HIDING_ALL),
    )
    assert (first.shown, second.shown) == (True, False)
    assert decided(prospects, shown, HIDING_ALL) is first
    assert decided(prospects, hidden, SEEING_NOTHING) is second


def test_only_so_many_decisions_are_remembered() -> None:
    prospects, first = Prospects(), completion_id()
    decided(prospects, first, None)
    for _ in range(DECIDED):
        decided(prospects, completion_id(), None)
    assert not decided(prospects, first, HIDING_ALL).shown


def test_what_was_shown_is_known_of_the_next_and_what_was_hidden_is_not() -> None:
    prospects = Prospects()
    decided(prospects, completion_id(), None)
    decided(prospects, completion_id(), HIDING_ALL)
    assert prospects.lately.recall("width", LINE) == Recall(again=1, on_line=1)
    assert decided(prospects, completion_id(), None).features == Features(again=1.0)


def decided(
    prospects: Prospects,
    id: CompletionId,
    model: OutcomeModel | None,
    *,
    strictness: float = 1.0,
    explores: bool = True,
) -> Prospect:
    return prospects.of(
        id,
        text="width",
        line=LINE,
        measure=lambda recall: Features(again=float(recall.again)),
        model=model,
        strictness=strictness,
        explores=explores,
    )


def completion_id(*, lucky: bool = False) -> CompletionId:
    while True:
        id = CompletionId(str(uuid.uuid4()))
        if explored(id) is lucky:
            return id
