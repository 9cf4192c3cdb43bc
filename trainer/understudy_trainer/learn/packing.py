"""Rows of a fixed length that hold several examples, so that no time is spent on padding.

Each example begins at position 0 and sees only itself (`attention` keeps them apart), so its loss
is the same as on its own.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from understudy_trainer.learn.rendering import Rendered


class Row(msgspec.Struct):
    """Examples one after the other."""

    ids: list[int] = msgspec.field(default_factory=list[int])
    lengths: list[int] = msgspec.field(default_factory=list[int])
    """Of the stretches that see only themselves."""
    counted: list[int] = msgspec.field(default_factory=list[int])
    """Positions whose next token counts in the loss."""
    weights: list[float] = msgspec.field(default_factory=list[float])
    """One for each counted position."""
    owners: list[int] = msgspec.field(default_factory=list[int])
    """For each counted position, which of the row's examples it belongs to."""
    units: list[str] = msgspec.field(default_factory=list[str])
    """Of the examples."""

    middles: list[int] = msgspec.field(default_factory=list[int])
    """Which of the counted positions are of middles."""

    def put(self, item: Rendered, *, around: float = 0.0) -> None:
        """`around` is the weight of the text before the middle beside the item's own."""
        start = len(self.ids)
        before = item.first - 1 if around else 0
        positions = range(start + item.first - 1 - before, start + len(item.ids) - 1)
        self.middles += range(len(self.counted) + before, len(self.counted) + len(positions))
        self.counted += positions
        self.weights += [around * item.weight] * before
        self.weights += [item.weight] * (len(positions) - before)
        self.owners += [len(self.units)] * len(positions)
        self.units.append(item.unit)
        self.ids += item.ids
        self.lengths.append(len(item.ids))


def packed(items: Iterable[Rendered], row_tokens: int) -> Iterator[Row]:
    """Rows of at most so many tokens, in the order given; one that is longer has its own."""
    row = Row()
    for item in items:
        if row.ids and len(row.ids) + len(item.ids) > row_tokens:
            yield row
            row = Row()
        row.put(item)
    if row.ids:
        yield row


def pad(row: Row, row_tokens: int) -> Row:
    """The same number of tokens in every row: a matrix of a new shape costs its preparation."""
    missing = row_tokens - len(row.ids)
    if missing > 0:
        row.ids += [0] * missing
        row.lengths.append(missing)
    return row


def positions(lengths: Sequence[int]) -> list[int]:
    """From 0 in each example."""
    return [at for length in lengths for at in range(length)]
