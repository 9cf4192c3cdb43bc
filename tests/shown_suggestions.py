"""Suggestions that people were shown, planted so that what they take can be learned, or cannot."""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import msgspec
from experience_facts import CLICK, a_completion, an_accepted, an_event, an_ignored

from understudy_protocol.completion import Completion, CompletionId
from understudy_protocol.events import Event, StoredEvent
from understudy_protocol.outcome import Features


class Log:
    """A gateway's experience of one repository."""

    def __init__(self, *, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.events: list[StoredEvent] = []
        self.completions: dict[CompletionId, Completion] = {}

    def add(self, *events: Event) -> None:
        self.events += (
            StoredEvent(len(self.events) + number, event) for number, event in enumerate(events, 1)
        )

    def suggest(
        self,
        features: Features,
        *,
        taken: bool,
        propensity: float = 1.0,
        dwell_ms: int = 900,
        text: str = "run(value)",
        **fields: object,
    ) -> CompletionId:
        if propensity < 1:  # its id says that it is shown all the same
            fields |= {"id": str(UUID(int=(len(self.completions) + 1) * 10_000))}
        completion = a_completion(text=text, **fields)
        self.completions[completion.id] = completion
        about = {"completion": completion.id, "repository": completion.repository}
        measures = msgspec.to_builtins(features)
        self.add(
            an_event("shown", dwell_ms=dwell_ms, features=measures, propensity=propensity, **about),
            an_accepted(length=len(text), **about) if taken else an_ignored("x", **about),
        )
        return completion.id

    def live(self, count: int, *, person: str | None = None, tells: float = 2.0) -> None:
        """So many suggestions, of which four in ten are taken: the likelier by their odds, the more
        so the more those tell."""
        for _ in range(count):
            odds = self.random.gauss(0.0, 2.0)
            chance = 1 / (1 + math.exp(-tells * odds + 0.4))
            features = Features(odds=odds, before=self.random.gauss(2.0, 1.0))
            self.suggest(features, taken=self.random.random() < chance, person=person)

    def fetch(
        self, ids: Sequence[CompletionId]
    ) -> Iterator[tuple[CompletionId, Completion | None]]:
        for id in ids:
            yield id, self.completions.get(id)

    def elsewhere(self, events: Iterable[StoredEvent] = ()) -> "Log":
        """The same completions, with other events."""
        log = Log()
        log.events, log.completions = list(events), self.completions
        return log


REPOSITORY = CLICK
MODEL = "prompter"
