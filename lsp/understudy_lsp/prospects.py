"""Whether a suggestion would be taken, by what became of others.

Decided once for a completion, when it would be shown first, so that nothing goes away while it is
typed along, nor comes after all. Where the release has no outcome model everything is shown, and
only noted for the night that makes one. What `eagerness.good_enough` hides stays hidden: such
suggestions have never been shown, so no model knows anything of them.
"""

from collections.abc import Callable

import msgspec

from understudy_lsp.lately import Lately, Line, Recall
from understudy_protocol.completion import CompletionId
from understudy_protocol.outcome import EXPLORED, Features, OutcomeModel, explored, probability

DECIDED = 256
"""Completions whose prospect is remembered; more than can come back (see `reuse.cache`)."""


class Prospect(msgspec.Struct, frozen=True):
    features: Features
    shown: bool = True
    propensity: float = 1.0
    """The probability by which it is shown."""


class Prospects:
    """Of one editor."""

    def __init__(self) -> None:
        self.lately = Lately()
        self._decided: dict[CompletionId, Prospect] = {}

    def of(
        self,
        completion: CompletionId,
        *,
        text: str,
        line: Line,
        measure: Callable[[Recall], Features],
        model: OutcomeModel | None,
        strictness: float,
        explores: bool,
    ) -> Prospect:
        """The completion's; decided now if it has not been. `text` is what it would complete and
        its first line, `line` where it stands; `strictness` as in `eagerness`. `explores`: what
        comes of it will be known, so some of what is unlikely is shown."""
        if (known := self._decided.get(completion)) is not None:
            return known
        features = measure(self.lately.recall(text, line))
        prospect = Prospect(features)
        if model is not None and is_unlikely(
            probability(model, features), below=model.below, strictness=strictness
        ):
            shown = explores and explored(completion)
            prospect = Prospect(features, shown=shown, propensity=EXPLORED)
        if prospect.shown:
            self.lately.shown(completion, text, line)
        self._decided[completion] = prospect
        if len(self._decided) > DECIDED:
            del self._decided[next(iter(self._decided))]
        return prospect


def is_unlikely(chance: float, *, below: float, strictness: float) -> bool:
    """Whether a suggestion with that chance of being taken should be hidden."""
    return chance < below * strictness
