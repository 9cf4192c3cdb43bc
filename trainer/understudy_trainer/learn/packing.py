"""Rows of a fixed length that hold several examples, so that no time is spent on padding.

Each example begins at position 0 and sees only itself (`attention` keeps them apart), so its loss
is the same as on its own. Several texts behind one prompt share it: it is computed once.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from understudy_trainer.learn.rendering import Rendered


class Row(msgspec.Struct):
    """Examples one after the other."""

    ids: list[int] = msgspec.field(default_factory=list[int])
    lengths: list[int] = msgspec.field(default_factory=list[int])
    """Of the stretches that see only themselves, and what they go on from."""
    goes_on: list[int | None] = msgspec.field(default_factory=list[int | None])
    """For each stretch, from which one before it; None if it begins anew. Those that go on from one
    follow it at once."""
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
        self._add(item.ids)

    def put_behind(self, prompt: Sequence[int], texts: Iterable[Sequence[int]]) -> None:
        """Each of the texts behind a prompt of at least two tokens; their tokens count. What the
        prompt ends with stands before each of them again, to say what comes next there."""
        stem = len(self.lengths)
        self._add(prompt[:-1])
        for text in texts:
            first = len(self.ids)
            self.middles += range(len(self.counted), len(self.counted) + len(text))
            self.counted += range(first, first + len(text))
            self.weights += [1.0] * len(text)
            self.owners += [len(self.units)] * len(text)
            self.units.append("")
            self._add([prompt[-1], *text], goes_on=stem)

    def _add(self, ids: Sequence[int], *, goes_on: int | None = None) -> None:
        self.ids += ids
        self.lengths.append(len(ids))
        self.goes_on.append(goes_on)


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
        row.goes_on.append(None)
    return row


def positions(lengths: Sequence[int], goes_on: Sequence[int | None]) -> list[int]:
    """From 0 in each example, and on from the stretch before where one goes on."""
    found: list[int] = []
    for length, stem in zip(lengths, goes_on, strict=True):
        first = 0 if stem is None else lengths[stem]
        found += range(first, first + length)
    return found
