"""Which line is shown where the model wrote one and the repository's own text says another."""

import math

from understudy_protocol.completion import LogprobSummary

SURE = 0.45
"""A copy of which the index is so sure does not wait for the model."""

_WRITTEN = (0.72, 1.0)
"""Of 1 and the log-odds that the model gives to the whole line."""
_BOTH = (0.75, 0.34, 0.65)
"""Of 1 and the log-odds of copy and written line: where they are the same, to be right."""
_COPY = (-0.37, 0.81, -0.97)
"""Of the same: where they differ and one of them is right, that it is the copy."""

_LEAST = 1e-4
"""Nothing is less probable, nor more than the rest: a logarithm has no end."""


def written(logprobs: LogprobSummary) -> float:
    """Probability that a line that the model wrote is right."""
    return _probability(_WRITTEN, math.exp(logprobs.mean * logprobs.tokens))


def both_say(copy: float, line: float) -> float:
    """Probability that a line is right that was copied and written alike, from that of each."""
    return _probability(_BOTH, copy, line)


def copy_is_better(copy: float, line: float) -> float:
    """Probability that the copy is right if either it or another line, which the model wrote, is;
    from the probability of each."""
    return _probability(_COPY, copy, line)


def _probability(weights: tuple[float, ...], *probabilities: float) -> float:
    odds = weights[0] + sum(map(float.__mul__, weights[1:], map(_log_odds, probabilities)))
    return 1 / (1 + math.exp(-odds))


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))
