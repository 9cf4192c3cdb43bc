"""Up to which commit a night learns, and what of the newer ones it is proved on.

Held out by time: holes are cut from lines that nobody had written before the cut, and the night
learns only up to there. What is held out tonight is learned the next night.
"""

import random
from collections.abc import Mapping, Sequence

import msgspec

from understudy_protocol.errors import ConfigError
from understudy_trainer.curriculum.definitions import WORD, Definitions
from understudy_trainer.curriculum.example import Example
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.holes import new_holes
from understudy_trainer.repoworld.worlds import World, commits

LARGEST_SHARE = 0.25
"""Of the commits that nobody has learned from, held out at most."""

MARGIN = 1.5
"""So many times the holes that are wanted are looked for: some lie in files that may not be learned
from."""

PER_KIND = 12
"""Holes of a kind: import lines shall not decide."""

AROUND, SNIPPETS = 600, 6
"""Characters before a hole whose names are looked up, and definitions shown, as the curriculum
does."""


class Span(msgspec.Struct, frozen=True):
    """What is learned ends at `learn_until`; what is held out lies between there and `until`."""

    learn_until: str
    """Commit."""
    until: str
    """The newest commit."""


def hold_out(world: World, *, since: str | None, wanted: int, seed: int) -> Span | None:
    """As few of the newest commits as give `wanted` holes; None if nothing is new after `since`,
    the newest commit that was learned from.

    Raises ConfigError if the history was rewritten so that `since` is no longer in it.
    """
    history = [each.id for each in commits(world)]
    if since is not None and since not in history:
        raise ConfigError(
            f"Commit {since[:12]}, which the served release has learned from, is not in the"
            f" history of {world.name} any more.",
            "If the history was rewritten, start anew with `understudy train --anew`.",
        )
    first = 0 if since is None else history.index(since)
    if len(history) - first < 2:
        return None
    most = max(1, int(LARGEST_SHARE * (len(history) - 1 - first)))
    back = 1
    while back < most:
        span = Span(history[-1 - back], history[-1])
        if len(holes_between(world, span, seed=seed)) >= MARGIN * wanted:
            break
        back = min(2 * back, most)
    return Span(history[-1 - back], history[-1])


def holes_between(world: World, span: Span, *, seed: int) -> list[Hole]:
    """All that are held out, but for too many of a kind."""
    return new_holes(world, span.learn_until, span.until, per_kind=PER_KIND, seed=seed)


def drawn(holes: Sequence[Hole], *, wanted: int, seed: int) -> list[Hole]:
    """At most `wanted` of them."""
    return random.Random(f"{seed} held out").sample(holes, min(wanted, len(holes)))


def as_examples(
    holes: Sequence[Hole], *, commit: str, files: Mapping[str, str], snippets: bool
) -> list[Example]:
    """To be asked, with definitions from `files`, the code as it was before the holes were
    written, or without any."""
    definitions = Definitions(dict(files)) if snippets else None
    return [
        Example(
            unit="implementation",
            path=hole.path,
            commit=commit,
            language=hole.language,
            prefix=hole.prefix,
            middle=hole.middle,
            suffix=hole.suffix,
            snippets=tuple(
                definitions.used(
                    WORD.findall(hole.prefix[-AROUND:])[::-1],
                    hole.path,
                    words=frozenset(WORD.findall(hole.prefix + hole.suffix)),
                    most=SNIPPETS,
                )
            )
            if definitions
            else (),
        )
        for hole in holes
    ]
