"""Shares of what a training set is made of."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.recipe import holes


@dataclass(frozen=True)
class Mix:
    plain_rows: float = 0.28
    with_snippets: float = 0.72
    """Of the fill-in-the-middle examples."""
    near_repeat: float = 0.12
    """Of those, with a copy of the place itself under other names among the snippets."""
    answering: float = 0.4
    """Of those, with the place that shares the rarest names of the answer."""
    copied: float = 0.4
    """Of those, at a hole whose very answer stands in a snippet, where twelve tries find one."""
    distractor: float = 0.35
    tokens_of_prefix: tuple[int, int] = (40, 420)
    tokens_of_suffix: tuple[int, int] = (1, 180)
    most_snippets: int = 4
    lines: float = holes.LINES
    blocks: float = holes.BLOCKS


MIXES: Mapping[str, Mix] = {
    "broad": Mix(),
    # What an editor asks for, as the gateway asks it: lines, and what is found by itself.
    "asked": Mix(
        plain_rows=0.1,
        with_snippets=0.6,
        near_repeat=0.04,
        answering=0.15,
        copied=0.2,
        distractor=0.15,
        tokens_of_prefix=(180, 400),
        tokens_of_suffix=(60, 180),
        lines=0.94,
        blocks=0.03,
    ),
}
