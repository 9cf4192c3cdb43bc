"""How far a candidate goes: all of the way that it learned, or less where that is better.

A long night over a small repository reads the same text again and again. It can gain a fifth on new
code while other code gets worse than the gate allows, and it goes past what is best for new code,
too. So the night as a whole is taken back as Reptile takes back a stretch of it,

    θ ← θ₀ + ε (θ - θ₀)

with the ε of `SHARES` that is best on holes which were put aside, among those at which what the
gate bounds stays within. Between weights that one training led from and to, the loss has no bumps
as a rule (Wortsman et al. 2022, arXiv 2109.01903, where this is done to keep what a model knew
before). The new code that the gate asks has no say in it, so the interval of the gain is that of
one candidate and not of the best of three.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.part_way import part_of_the_way
from understudy_trainer.night.arms import Arms, ask
from understudy_trainer.night.gate import FEWEST_HOLES, forgot_too_much
from understudy_trainer.night.held_out import drawn
from understudy_trainer.night.proof import NEW, Losses, Sets, forgotten, places_of, task_set_hash
from understudy_trainer.night.watch import Watch
from understudy_trainer.repoworld.hole import Hole

SHARES = (1.0, 0.75, 0.5)

FOLDER = "part-way"


class Far(NamedTuple):
    adapter: Path
    losses: Losses
    """Of all sets."""


class _Tried(NamedTuple):
    share: float
    adapter: Path
    kept: Losses
    """Of what was known before."""
    much: str | None
    """That was forgotten, if it is too much."""
    loss: float
    """On what was put aside, nats; without end if too much was forgotten."""


def as_far_as_is_best(
    arms: Arms,
    candidate: Path,
    sets: Sets,
    aside: Sequence[Example],
    *,
    began: Path | None,
    base: Losses,
    parent: Losses,
    first: Sequence[float],
    notes: list[str],
    watch: Watch,
) -> Far:
    """The candidate, or one that goes a part of its way from the adapter that it `began` at; the
    candidate itself, for the gate to judge, where even half of the way forgets too much. With
    nothing put aside it goes as far as what is forgotten allows."""
    old: Sets = {name: holes for name, holes in sets.items() if name not in NEW}
    new: Sets = {name: holes for name, holes in sets.items() if name in NEW}

    def tried(share: float) -> _Tried:
        adapter = candidate
        if share < 1:
            into = arms.folder / f"{FOLDER}-{round(100 * share)}"
            adapter = part_of_the_way(candidate, share, parent=began, into=into)
        losses = _asked(arms, adapter, {**old, NEW[1]: aside}, watch)
        kept: Losses = {name: losses[name] for name in old}
        much = forgot_too_much(forgotten(base=base, parent=parent, candidate=kept, first=first))
        loss = math.inf if much else sum(each.nats for each in losses[NEW[1]])
        return _Tried(share, adapter, kept, much, loss)

    all_of_it = best = tried(SHARES[0])
    for share in SHARES[1:]:
        nearer = tried(share)
        if not nearer.loss < best.loss:
            if best.loss < math.inf:
                break
        else:
            best = nearer
    if best.share < 1:
        why = all_of_it.much or f"All of it is worse on {len(aside)} holes that were put aside."
        notes.append(f"The release goes {best.share:.0%} of the way that was learned. {why}")
    return Far(best.adapter, {**_asked(arms, best.adapter, new, watch), **best.kept})


def put_aside(clean: Sequence[Hole], asked: Sequence[Hole], *, seed: int) -> Sequence[Hole]:
    """A third as many holes as are asked, of other places; none where there are too few."""
    numbers = places_of([*asked, *clean])
    taken, of_clean = set(numbers[: len(asked)]), numbers[len(asked) :]
    others = [hole for hole, at in zip(clean, of_clean, strict=True) if at not in taken]
    found = drawn(others, wanted=len(asked) // 3, seed=seed)
    return found if len(found) >= FEWEST_HOLES else ()


def _asked(arms: Arms, adapter: Path, sets: Sets, watch: Watch) -> Losses:
    return ask(arms._replace(task_set=task_set_hash(sets)), "candidate", adapter, sets, watch)
