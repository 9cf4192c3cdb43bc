"""How likely a line that the model wrote is to be right, and whether a copy is likelier.

A copy comes with a probability of its own (see `copying.confidence`). A model's line has the
product of its tokens' probabilities, which tells right from wrong far better than their mean (areas
under the curve 0.91 and 0.79). Three logistic regressions make probabilities of the two. They were
fitted on 1,609 single-line holes of 30 Python packages, answered by the first checkpoint of the
embedded model through the gateway (greedy, no snippets), with the rest of each package as the
repository; the model has seen some of these packages in training, but was right in no more of them
(11.9 %). Measured on 1,068 holes of six others (attrs, click, httpx, requests, rich, typer), 228 in
the middle of a word:

    right                                    of 1,068   per cent (95 % interval)
    the model alone                               155   14.5 (12.5-16.8)
    the copy alone                                270   25.3 (22.8-28.0)
    chosen by the probability of the copy         292   27.3 (24.8-30.1)
    … and the mean of the model's tokens          294   27.5 (24.9-30.3)
    chosen by both probabilities, as here         312   29.2 (26.6-32.0)
    whichever is right                            339   31.7 (29.0-34.6)

Nothing else helped: the length of the match or of the texts, the first or the least likely token,
whether one begins with the other (307 to 313 right). Nor did it help to ask the model how probable
it finds the copy (`POST /v1/scores`): 309 to 314 right, at best 4 won and 2 lost (p = 0.69), for
56 ms more (median; 27 ms at least). Where both say the same, 73 % are right.

Fitted again on the embedded model of 2026-11-30 (`models.recipe.choice`, 900 holes of 15 packages
that it has not seen, with snippets) they hardly change, (0.50, 1.01), (0.90, 0.70, 0.55) and
(0.48, 0.84, -0.58), and choose no better (+2 -1 of 360): these stay.
"""

import math

from understudy_protocol.completion import LogprobSummary

SURE = 0.45
"""A copy of which the index is so sure does not wait for the model. It answers 224 of the 1,068
holes at once, and as many are right in the end; from 0.25 on it would be 325, and four fewer."""

WRITTEN = (0.49, 1.02)
"""Of 1 and the log-odds that the model gives to the whole line."""
BOTH = (1.0, 0.59, 0.41)
"""Of 1 and the log-odds of copy and written line: where they are the same, to be right."""
COPY = (0.37, 0.79, -0.78)
"""Of the same: where they differ and one of them is right, that it is the copy."""

_LEAST = 1e-4
"""Nothing is less probable, nor more than the rest: a logarithm has no end."""


def written(logprobs: LogprobSummary) -> float:
    """Probability that a line that the model wrote is right."""
    return _probability(WRITTEN, math.exp(logprobs.mean * logprobs.tokens))


def both_say(copy: float, line: float) -> float:
    """Probability that a line is right that was copied and written alike, from that of each."""
    return _probability(BOTH, copy, line)


def copy_is_better(copy: float, line: float) -> float:
    """Probability that the copy is right if either it or another line, which the model wrote, is;
    from the probability of each."""
    return _probability(COPY, copy, line)


def _probability(weights: tuple[float, ...], *probabilities: float) -> float:
    odds = weights[0] + sum(map(float.__mul__, weights[1:], map(log_odds, probabilities)))
    return 1 / (1 + math.exp(-odds))


def log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))
