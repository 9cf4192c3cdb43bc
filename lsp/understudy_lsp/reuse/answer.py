"""What was once answered at a place."""

import msgspec

from understudy_lsp.reuse.place import Place
from understudy_protocol.completion import CompletionId, LogprobSummary, Mode
from understudy_protocol.events import Reuse, Source


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    place: Place
    completion: CompletionId
    text: str
    """All that is known to follow at the place, shown or not; line breaks are `\\n`."""
    replaces: int = 0
    """Characters behind the place that the text takes the place of."""
    mode: Mode
    complete: bool
    """Whoever wrote the text ended it: nothing more belongs to this line or scope."""
    at: float
    """When it was answered, in seconds of the caller's monotonic clock."""
    source: Source = Source.ENGINE
    reuse: Reuse = Reuse.NONE
    """Which earlier work it was taken from itself."""
    likelihood: float | None = None
    """As in a suggestion; of the whole text, and not of what is left of it."""
    logprobs: LogprobSummary | None = None
    """Of the whole text, too; None of a copy, or where the engine has not ended."""
