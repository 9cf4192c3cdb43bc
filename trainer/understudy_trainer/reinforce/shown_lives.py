"""Suggestions that were shown, with what was known of them before and what became of them.

Events may come twice, late, in any order, or from somebody who means harm: of two words on how a
suggestion was shown the one that arrived first counts, nobody can have taken more than there was,
and what is contradictory, undecided, of another repository or of another model says nothing.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from understudy_protocol.completion import Completion, CompletionId
from understudy_protocol.events import READ_MS, Shown, StoredEvent
from understudy_protocol.outcome import EXPLORED, Features, explored
from understudy_protocol.repository import RepositoryId
from understudy_trainer.curriculum.events import KEPT
from understudy_trainer.reinforce.lives import Told
from understudy_trainer.reinforce.verdicts import COPY, Fetch

MOST = 10_000
"""Suggestions, the newest: years of work of one person, weeks of a team."""


class ShownLife(msgspec.Struct, frozen=True):
    features: Features
    taken: int
    """UTF-16 code units that were accepted."""
    kept: bool
    """It was accepted, at least in part, and most of that is still there or nobody knows better."""
    weight: float
    """How many suggestions it stands for: itself, and those like it that were hidden."""
    person: str | None


class _Heard(msgspec.Struct):
    told: Told = msgspec.field(default_factory=Told)
    shown: Shown | None = None
    cursor: int = 0
    """Of the event that says so."""


def shown_lives(
    events: Iterable[StoredEvent],
    fetch: Fetch,
    *,
    repository: RepositoryId,
    model: str,
    left_out: Counter[str],
) -> list[ShownLife]:
    """In the order in which they were told to have been shown; what is left out is counted by its
    reason."""
    heard: dict[CompletionId, _Heard] = {}
    for stored in events:
        event = stored.event
        if event.repository != repository:
            left_out["of another repository"] += 1
            continue
        life = heard.setdefault(event.completion, _Heard())
        life.told.add(event)
        if isinstance(event, Shown) and (life.shown is None or stored.cursor < life.cursor):
            life.shown, life.cursor = event, stored.cursor
        if len(heard) > 4 * MOST:
            heard = _newest(heard, 2 * MOST)
    seen = _newest({id: each for id, each in heard.items() if each.shown is not None}, MOST)
    lives: list[ShownLife] = []
    for id, completion in fetch(list(seen)):
        life = _life(seen[id], completion, repository=repository, model=model)
        if isinstance(life, str):
            left_out[life] += 1
        else:
            lives.append(life)
    return lives


def _newest(heard: dict[CompletionId, _Heard], most: int) -> dict[CompletionId, _Heard]:
    in_order = sorted(heard.items(), key=lambda item: item[1].cursor)
    return dict(in_order[-most:])


def _life(
    heard: _Heard, completion: Completion | None, *, repository: RepositoryId, model: str
) -> ShownLife | str:
    """Or why it says nothing."""
    shown, told = heard.shown, heard.told
    life = told.life
    if shown is None or shown.features is None:
        return "nothing was noted before it was shown"
    if completion is None:
        return "completion is gone"
    if completion.repository != repository:
        return "of another repository"
    if completion.model not in (model, COPY):
        return "another model wrote it"
    if life.whole and life.refused:
        return "accepted and refused"
    units = len(completion.text.encode("utf-16-le", "surrogatepass")) // 2
    taken = min(told.taken, units)
    if not taken and not life.refused:
        return "never decided"
    if not taken and shown.dwell_ms < READ_MS:
        return "was gone before it could be read"
    # That it would have been hidden makes it count twentyfold, and it is the client who says so: it
    # is believed where the id says that this one was to be shown all the same.
    if shown.propensity < 1 and not explored(completion.id):
        return "was said to be shown by a chance that nobody drew"
    return ShownLife(
        features=shown.features,
        taken=taken,
        kept=taken > 0 and (life.kept is None or life.kept >= KEPT),
        weight=1.0 if shown.propensity == 1 else 1 / EXPLORED,
        person=completion.person,
    )
