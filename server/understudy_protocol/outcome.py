"""Whether a suggestion will be taken, from what is known the moment before it is shown.

A night fits the model to what became of suggestions (`outcome.json` of a release); the language
server hides what it finds less probable than `below`. What is hidden is never seen, and so nothing
would ever be learned of it: a small share of it is shown all the same, and the event says by which
probability, so that the next night can count it for all the others (inverse propensity weighting,
Horvitz and Thompson, JASA 47, 1952).
"""

import math
from typing import Annotated
from uuid import UUID

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.format_version import check_format_version

OUTCOME_FILE = "outcome.json"
"""In a release's folder."""

FORMAT_VERSION = 1

LIMIT = 50.0
"""No measure is larger: what is measured so has no more to say."""

MOST_ODDS = 15.0
"""Natural logarithm; nothing is surer than one in three million."""

EXPLORED = 0.05
"""Share of what would be hidden that is shown all the same."""

Measure = Annotated[float, msgspec.Meta(ge=-LIMIT, le=LIMIT)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Propensity = Annotated[float, msgspec.Meta(ge=0.001, le=1)]


class Features(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A suggestion, the moment before it would be shown. Yes is 1, no is 0; a length `n` is
    `log(1 + n)`.

    Others may be measured one day: events that were stored with a measure that is not here any
    more, or not yet, can be read all the same.
    """

    known: Measure = 0.0
    """Somebody can say how likely its first line is to be right …"""
    odds: Measure = 0.0
    """… and these are the log-odds of it; 0 if nobody can."""
    copied: Measure = 0.0
    """It is text of the repository itself."""
    total: Measure = 0.0
    """Sum of the log-probabilities of the answer's tokens, 0 if they are not known; and …"""
    lowest: Measure = 0.0
    """… the least likely token's, and …"""
    first: Measure = 0.0
    """… the first token's."""
    tokens: Measure = 0.0
    """Length of the answer."""
    length: Measure = 0.0
    """Characters that would be inserted."""
    lines: Measure = 0.0
    """Length in line breaks."""
    short: Measure = 0.0
    """It has three characters or fewer."""
    wordless: Measure = 0.0
    """Signs and blanks are all that it has."""
    first_word: Measure = 0.0
    """Length of its first word."""
    stem: Measure = 0.0
    """Length of the word before the cursor, which is being typed."""
    joins: Measure = 0.0
    """It goes on with that word."""
    line_start: Measure = 0.0
    """Nothing but blanks stands before it in its line."""
    sign: Measure = 0.0
    """A bracket, a point, a comma or the like stands before it."""
    before: Measure = 0.0
    """Length of the line up to the cursor."""
    right: Measure = 0.0
    """Text stands behind the cursor in its line."""
    text: Measure = 0.0
    """In a comment or a string."""
    waited: Measure = 0.0
    """Length in milliseconds since the editor asked."""
    reused: Measure = 0.0
    """It was not asked for at this place."""
    lately: Measure = 0.0
    """Share of the last suggestions seen that were taken, less a half."""
    again: Measure = 0.0
    """Length: how often the same was shown before …"""
    again_taken: Measure = 0.0
    """… and taken."""
    on_line: Measure = 0.0
    """Length: how many others were shown on this line."""
    weary: Measure = 0.0
    """Logarithm of the language server's caution, which grows with rejections."""


NAMES = Features.__struct_fields__


class OutcomeProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a model would have done to the newest suggestions, which it has not learned from."""

    suggestions: Annotated[int, msgspec.Meta(ge=0)]
    """That were shown, and had an outcome."""
    taken_before: Share
    """Of those shown, with nothing hidden."""
    taken: Share
    """Of those that would still be shown."""
    gain_low: float
    """Lower end of the 95 % bootstrap interval of the difference."""
    gain_high: float
    hidden: Share
    """Of those shown, what would be hidden."""
    lost: Share
    """Of the accepted characters, what would be hidden."""


class OutcomeModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A logistic regression: log-odds are `bias` and the weighted sum of the features."""

    bias: float
    weights: dict[str, float]
    """By the name of a feature, in its own unit; one that is missing does not count."""
    below: Share
    """What is less probable is hidden."""
    proof: OutcomeProof
    format_version: Annotated[int, msgspec.Meta(ge=1, le=1)] = FORMAT_VERSION


def probability(model: OutcomeModel, features: Features) -> float:
    """That the suggestion is taken and kept: above 0 and below 1, whatever it is given."""
    odds = model.bias + sum(
        model.weights.get(name, 0.0) * measure(getattr(features, name)) for name in NAMES
    )
    odds = measure(odds, most=MOST_ODDS)
    return 1 / (1 + math.exp(-odds))


def measure(value: float, *, most: float = LIMIT) -> float:
    """Within bounds; what is no number is 0, as if nobody knew.

    >>> measure(math.inf), measure(math.nan), measure(-1.5)
    (50.0, 0.0, -1.5)
    """
    return 0.0 if math.isnan(value) else min(max(value, -most), most)


def explored(completion: str) -> bool:
    """Whether a completion is one of those shown though they would be hidden. Its id is drawn by
    chance (a UUID), so nobody has to draw again, and everybody who asks gets the same answer."""
    return UUID(completion).int % 10_000 < EXPLORED * 10_000


def encode_outcome(model: OutcomeModel) -> bytes:
    return msgspec.json.format(msgspec.json.encode(model), indent=2) + b"\n"


def decode_outcome(encoded: bytes, where: str) -> OutcomeModel:
    """`where` is what the errors call the file. Raises ReleaseError."""
    remedy = "Train again with this version of Understudy; until then nothing is hidden by it."
    try:
        check_format_version(
            encoded, f"The outcome model {where}", read=FORMAT_VERSION, remedy=remedy
        )
        model = msgspec.json.decode(encoded, type=OutcomeModel)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReleaseError(f"The outcome model {where} cannot be read: {error}.", remedy) from error
    if unknown := sorted(set(model.weights) - set(NAMES)):
        raise ReleaseError(
            f"The outcome model {where} weighs {unknown[0]!r}, which is no feature.", remedy
        )
    return model
