from itertools import pairwise

from understudy_lsp.eagerness import Eagerness, good_enough, taste
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId

LESS_TO_MORE = (Eagerness.LOW, Eagerness.MEDIUM, Eagerness.HIGH)


def likely(likelihood: float | None) -> Suggestion:
    return Suggestion(
        completion=CompletionId("c1"),
        uri="file:///a.py",
        offset=0,
        text="x",
        likelihood=likelihood,
    )


def test_each_step_shows_what_the_one_before_it_hides() -> None:
    for number, eagerness in enumerate(LESS_TO_MORE):
        shown = [good_enough(likely(each), eagerness=eagerness) for each in (0.9, 0.3, 0.1, 0.01)]
        assert shown == [True] * (number + 1) + [False] * (3 - number)


def test_each_step_waits_at_most_half_as_long_as_the_one_before_it() -> None:
    tastes = [taste(eagerness) for eagerness in LESS_TO_MORE]
    for slower, faster in pairwise(tastes):
        assert faster.patience <= slower.patience / 2
        assert faster.longest_s <= slower.longest_s / 2


def test_after_rejections_only_likelier_suggestions_are_shown() -> None:
    suggestion = likely(0.4)
    assert good_enough(suggestion, eagerness=Eagerness.MEDIUM)
    assert not good_enough(suggestion, eagerness=Eagerness.MEDIUM, caution=3.0)


def test_what_has_no_score_is_shown() -> None:
    assert good_enough(likely(None), eagerness=Eagerness.LOW, caution=5.0)
