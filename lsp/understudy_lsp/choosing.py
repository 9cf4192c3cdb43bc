"""How likely a line is to be right that the model wrote, and whether a copy is likelier.

A copy comes with a probability of its own (see `copying.confidence`). A model's line has the
product of the probabilities of its tokens, which tells right from wrong far better than their mean
(areas under the curve 0.91 and 0.79). Three logistic regressions make probabilities of the two; they
were fitted on 1,609 single-line holes of 30 Python packages, answered by the embedded model through
the gateway (greedy, no snippets), with the rest of each package as the repository. Measured on 1,068
holes of six others (attrs, click, httpx, requests, rich, typer), of which 228 are in the middle of a
word:

    right                          of 1,068   in per cent (95 % interval)
    the model alone                     155   14.5 (12.5–16.8)
    the copy alone                      270   25.3 (22.8–28.0)
    the copy wherever there is one      274   25.7 (23.1–28.4)
    chosen by the copy's alone          292   27.3 (24.8–30.1)
    … with the mean of the tokens       294   27.5 (24.9–30.3)
    chosen by both, as here             312   29.2 (26.6–32.0)
    whichever is right                  339   31.7 (29.0–34.6)

Nothing else helped: not the length of the match or of the texts, the first or the least likely
token, whether one begins with the other (307 to 313 right). Nor did asking the model how probable it
finds the copy (`POST /v1/scores`): 310 to 314, at best 4 won and 2 lost, for 56 ms (median on a busy
machine) after every line in which the two differ. Where they agree, 73 % are right.
"""

import math

from understudy_protocol.completion import LogprobSummary

SURE = 0.45
"""A copy of which the index is so sure does not wait for the model: of the 1,068 holes that answered
224 at once, and as many were right in the end (317, with filters). At 0.25 it would have answered
325, and four fewer were right."""

_WRITTEN = (0.49, 1.02)
"""Of 1 and the log-odds that the model gives to the whole line."""
_BOTH = (1.0, 0.59, 0.41)
"""Of 1 and the log-odds of copy and written line: where they are the same, to be right."""
_COPY = (0.37, 0.79, -0.78)
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
