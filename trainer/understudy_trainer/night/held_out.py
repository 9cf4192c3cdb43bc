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
from understudy_trainer.night.lines import WITHOUT_GRAMMAR, lines_in
from understudy_trainer.repoworld.files import files_at
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.holes import Place, new_holes
from understudy_trainer.repoworld.kinds.holes import holes_in
from understudy_trainer.repoworld.worlds import World, commits

LARGEST_SHARE = 0.25
"""Of the commits that nobody has learned from, held out at most."""

MARGIN = 1.5
"""So many times the holes that are wanted are looked for: some lie in files that may not be learned
from."""

PER_KIND = 12
"""Holes of a kind: import lines shall not decide."""

LINES = 100
"""The same of holes by lines: there are two kinds of them in place of fifty."""

AROUND, SNIPPETS = 600, 6
"""Characters before a hole whose names are looked up, and definitions shown, as the curriculum
does."""


class Span(msgspec.Struct, frozen=True):
    """What is learned ends at `learn_until`; what is held out lies between there and `until`."""

    learn_until: str
    """Commit."""
    until: str
    """The newest commit."""
    beside: str | None = None
    """A commit on no way between the two that an arm of the proof has learned from, as of a branch
    that was merged since: what stands there is not held out."""


def hold_out(
    world: World,
    *,
    since: str | None,
    wanted: int,
    seed: int,
    files: Mapping[str, str],
    not_before: str | None = None,
    beside: str | None = None,
) -> Span | None:
    """As few of the newest commits as give `wanted` holes; None if nothing is new after `since`,
    the newest commit that was learned from. No hole is from before `not_before`. `files` is what
    may be learned of the newest commit: path → text.

    Raises ConfigError if the history was rewritten so that `since` is no longer in it.
    """
    history = [each.id for each in commits(world)]
    for each in (since, not_before):
        if each is not None and each not in history:
            raise rewritten(world, each)
    first = 0 if since is None else history.index(since)
    newer = len(history) - 1 - max(first, 0 if not_before is None else history.index(not_before))
    if len(history) - first < 2 or not newer:
        return None
    most = min(newer, max(1, int(LARGEST_SHARE * (len(history) - 1 - first))))
    back = 1
    while back < most:
        span = Span(history[-1 - back], history[-1], beside)
        holes = holes_between(world, span, seed=seed)
        if sum(is_clean(hole, files) for hole in holes) >= MARGIN * wanted:
            break
        back = min(2 * back, most)
    return Span(history[-1 - back], history[-1], beside)


def rewritten(world: World, commit: str) -> ConfigError:
    return ConfigError(
        f"Commit {commit[:12]}, which the served release has learned from, is not in the"
        f" history of {world.name} any more, and nothing that came before it is.",
        "If the history was rewritten, start anew with `understudy train --anew`.",
    )


def holes_between(world: World, span: Span, *, seed: int) -> list[Hole]:
    """All that are held out, but for too many of a kind."""
    has_lines = False

    def places(text: str, language: str) -> Sequence[Place]:
        nonlocal has_lines
        has_lines = has_lines or language in WITHOUT_GRAMMAR
        return holes_in(text, language)

    cut, until = span.learn_until, span.until
    found = new_holes(world, cut, until, per_kind=PER_KIND, seed=seed, places=places)
    if has_lines:
        found += new_holes(world, cut, until, per_kind=LINES, seed=seed, places=lines_in)
    if span.beside is None:
        return found
    texts = files_at(world, span.beside).texts.values()
    known = {line.strip() for text in texts for line in text.split("\n")}
    return [hole for hole in found if not any(line in known for line in _lines_of(hole))]


def is_clean(hole: Hole, files: Mapping[str, str]) -> bool:
    """Whether its file may be learned from, and has nothing in it that was taken out."""
    return files.get(hole.path) == hole.prefix + hole.middle + hole.suffix


def _lines_of(hole: Hole) -> list[str]:
    """All that it touches, without the blanks around them."""
    start, end = hole.prefix.rpartition("\n")[2], hole.suffix.partition("\n")[0]
    lines = (line.strip() for line in (start + hole.middle + end).split("\n"))
    return [line for line in lines if line]


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
