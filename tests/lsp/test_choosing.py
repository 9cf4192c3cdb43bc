import math

from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.choosing import both_say, copy_is_better, written
from understudy_protocol.completion import LogprobSummary

probabilities = st.floats(0.0, 1.0)


def line(probability: float, tokens: int = 4) -> float:
    """How likely the model's line of that probability is to be right."""
    mean = math.log(probability) / tokens
    return written(LogprobSummary(tokens=tokens, mean=mean, lowest=mean, first=mean))


def test_a_long_line_of_likely_tokens_is_less_likely_than_a_short_one() -> None:
    summary = LogprobSummary(tokens=2, mean=-0.4, lowest=-0.6, first=-0.2)
    longer = LogprobSummary(tokens=20, mean=-0.4, lowest=-0.6, first=-0.2)
    assert written(summary) > 0.4 > 0.1 > written(longer)


def test_only_the_probability_of_the_whole_line_counts() -> None:
    assert math.isclose(line(0.3, tokens=1), line(0.3, tokens=9))


def test_a_model_that_is_sure_is_believed_and_one_that_guesses_is_not() -> None:
    assert line(1.0) > 0.99
    assert line(1e-9) < 0.01


@given(probabilities, probabilities)
def test_every_answer_is_a_probability(copy: float, model: float) -> None:
    for judged in (both_say(copy, model), copy_is_better(copy, model)):
        assert 0.0 < judged < 1.0


@given(probabilities, probabilities, probabilities)
def test_more_trust_in_one_of_two_lines_is_less_in_the_other(
    copy: float, less: float, more: float
) -> None:
    less, more = sorted((less, more))
    assert copy_is_better(copy, less) >= copy_is_better(copy, more)
    assert copy_is_better(less, copy) <= copy_is_better(more, copy)


def test_the_likelier_line_wins() -> None:
    assert copy_is_better(0.8, 0.1) > 0.9
    assert copy_is_better(0.05, 0.6) < 0.1


@given(st.floats(0.1, 0.9))
def test_a_line_that_both_say_is_likelier_than_either_says(probability: float) -> None:
    assert both_say(probability, probability) > probability
