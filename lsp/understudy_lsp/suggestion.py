"""A completion's text while the editor holds it, and where it came from."""

import msgspec

from understudy_protocol.completion import CompletionId, Mode
from understudy_protocol.events import Reuse, Source
from understudy_protocol.outcome import Features


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Text proposed at one place of one document."""

    completion: CompletionId
    """The completion it is cut from; several suggestions may be cut from one."""
    uri: str
    offset: int
    """Where the text goes, in code points of the document it was made for."""
    text: str
    """What is inserted at `offset`."""
    replaces: int = 0
    """Characters after `offset` that the text takes the place of."""
    mode: Mode = Mode.LINE
    source: Source = Source.ENGINE
    """Who wrote the text."""
    reuse: Reuse = Reuse.NONE
    """Which earlier work it was taken from."""
    growing: bool = False
    """The engine is still writing: a longer text that begins with this one may follow."""
    likelihood: float | None = None
    """Probability, from 0 to 1, that its first line is right; None: nobody can say (yet)."""
    features: Features | None = None
    """What was known of the completion when it was shown first; None if somebody asked for it."""
    propensity: float = 1.0
    """The probability by which it was shown then."""
