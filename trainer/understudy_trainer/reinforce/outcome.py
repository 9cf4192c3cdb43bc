"""The outcome model: which suggestions should be hidden, because they will not be taken
(`understudy_protocol.outcome`).

A night calls `fit` with the whole log of a repository, and `write_outcome` into the folder of the
release that it is about to publish, if there is a model. Nothing else has to be known: whether it
is good enough is decided here, on the newest suggestions, which the model has not learned from.

The bound below which is hidden comes from suggestions that were judged without having been learned
from: each fifth of the older ones by a model of the other four.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from understudy_protocol.events import StoredEvent
from understudy_protocol.outcome import (
    NAMES,
    OUTCOME_FILE,
    OutcomeModel,
    OutcomeProof,
    encode_outcome,
    measure,
)
from understudy_protocol.repository import RepositoryId
from understudy_trainer.curriculum.shares import fair
from understudy_trainer.reinforce.hiding import LOST, Past, bound, judged
from understudy_trainer.reinforce.logistic import Logistic, logistic
from understudy_trainer.reinforce.shown_lives import ShownLife, shown_lives
from understudy_trainer.reinforce.verdicts import Fetch
from understudy_trainer.repoworld.bootstrap import Numbers

FEWEST = 200
"""Suggestions that were shown; fewer cannot prove a twentieth."""

NEWEST = 0.3
"""Share of them that judges, and is not learned from."""

FOLDS = 5
RIDGE = 10.0

WORTH = (0.2, 3.0)
"""A suggestion that was taken counts by its length, over the usual one, within these bounds: what
may be lost is counted in characters."""


class Fitted(msgspec.Struct, frozen=True):
    model: OutcomeModel | None
    """None: hiding stays off."""
    why: str
    """In words for people."""
    proof: OutcomeProof | None
    """None if nothing could be tried."""
    suggestions: int
    left_out: dict[str, int]
    """Reason → how many suggestions or events."""


def fit(
    events: Iterable[StoredEvent], fetch: Fetch, *, repository: RepositoryId, model: str
) -> Fitted:
    """From all events of the repository, in any order. `model` is the name of the base model that
    is served: what another one wrote has other log-probabilities."""
    left_out: Counter[str] = Counter()
    lives = shown_lives(events, fetch, repository=repository, model=model, left_out=left_out)
    heard = fair(lives, lambda life: life.person)
    left_out["more than one person's share"] += len(lives) - len(heard)
    found, why, proof = _tried(heard)
    return Fitted(
        model=found,
        why=why,
        proof=proof,
        suggestions=len(heard),
        left_out=dict(sorted((+left_out).items())),
    )


def write_outcome(model: OutcomeModel, folder: Path) -> None:
    """Into the folder that will be a release."""
    (folder / OUTCOME_FILE).write_bytes(encode_outcome(model))


def _tried(lives: Sequence[ShownLife]) -> tuple[OutcomeModel | None, str, OutcomeProof | None]:
    if len(lives) < FEWEST:
        return None, f"{len(lives)} suggestions were shown; {FEWEST} are needed to judge", None
    older = round(len(lives) * (1 - NEWEST))
    learned, newest = lives[:older], lives[older:]
    if not 0 < sum(life.kept for life in learned) < older or not any(life.taken for life in newest):
        return None, "there is nothing to tell apart: all or none were taken", None
    below = bound(_crossed(learned), _past(learned))
    if below is None:
        return None, "nothing can be hidden without the danger of hiding what is wanted", None
    found = _fitted(learned)
    proof = judged(found.chances(_rows(newest)) < below, _past(newest))
    why = f"of the newest suggestions {proof.taken:.1%} would have been taken instead of "
    why += f"{proof.taken_before:.1%}, and {proof.lost:.1%} of the accepted text hidden"
    if proof.lost > LOST:
        return None, f"{why}, which is too much", proof
    if proof.gain_low <= 0:
        return None, f"{why}, which may be chance", proof
    weights = dict(zip(NAMES, found.weights.tolist(), strict=True))
    return OutcomeModel(bias=found.bias, weights=weights, below=below, proof=proof), why, proof


def _crossed(lives: Sequence[ShownLife]) -> Numbers:
    """The chance of each, by a model that has not seen it, nor its neighbours in time."""
    chances: list[Numbers] = []
    for number in range(FOLDS):
        start, end = (len(lives) * each // FOLDS for each in (number, number + 1))
        others = [*lives[:start], *lives[end:]]
        chances.append(_fitted(others).chances(_rows(lives[start:end])))
    return np.concatenate(chances)


def _fitted(lives: Sequence[ShownLife]) -> Logistic:
    kept, past = np.array([life.kept for life in lives]), _past(lives)
    usual = past.characters[past.accepted].mean() if past.accepted.any() else 1.0
    worth = np.where(kept, np.clip(past.characters / usual, *WORTH), 1.0)
    return logistic(_rows(lives), kept.astype(float), past.weight * worth, ridge=RIDGE)


def _rows(lives: Sequence[ShownLife]) -> Numbers:
    return np.array([[measure(getattr(life.features, name)) for name in NAMES] for life in lives])


def _past(lives: Sequence[ShownLife]) -> Past:
    return Past(
        accepted=np.array([life.taken > 0 for life in lives]),
        characters=np.array([float(life.taken) for life in lives]),
        weight=np.array([life.weight for life in lives]),
    )
