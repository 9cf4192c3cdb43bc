"""A part of the workspace's text on disk, sorted so that a cursor's context is found in it.

    header      magic, version, number of places, bytes of the table, bytes of the text
    marks       of every `STRIDE`th place the 8 bytes before it, as a number
    places      offsets in the text, 4 bytes each, in the order of `order.py`
    table       for each file, in msgpack: its path, and where its text begins
    text        UTF-8; 64 zero bytes, then each file followed by one zero byte

A segment is written once, by the process that builds the index, and never changed: a new one gets a
new name. Of several, the newest counts for a path, and an empty text says that the file is gone.
Numbers are in this machine's byte order; the folder of indexes is a cache.

2 MB of text take 4.4 MB of disk, and half a second and 55 MB of memory to write. Reading goes
through `pread`, not a memory map: each find looks at a thousand places, a map would soon count the
whole index as memory of the process, and a file cut short would kill it.
"""

import heapq
import os
import struct
import weakref
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import msgspec

from understudy_protocol.errors import UnderstudyError

DEPTH = 64
"""Bytes before a place by which places are sorted: a longer match is as good as any other."""

STRIDE = 64
"""Places between two marks. Marks stay in memory: 70 KB for 2 MB of text."""

_HEADER = struct.Struct("=8sIIQQ")
_MAGIC = b"us-copy\n"
_VERSION = 1


class SegmentError(UnderstudyError, ValueError):
    code = "segment"


def write_segment(file: Path, texts: Iterable[tuple[str, str]]) -> None:
    """Write the segment of `texts`, pairs of path and text, at `file`; readers see all or nothing.

    Line ends become `\\n`. A text with a zero character is no text and is left out. Raises OSError
    if the disk does not take it; what was at `file` is then as it was.
    """
    # numpy, which readers can do without.
    from understudy_lsp.copying.order import places_in_order

    paths: list[str] = []
    starts: list[int] = []
    text = bytearray(DEPTH)
    for path, content in texts:
        paths.append(path)
        starts.append(len(text))
        if "\0" not in content:
            text += as_bytes(content)
        text.append(0)
    table = msgspec.msgpack.encode((paths, starts))
    places, marks = places_in_order(bytes(text), depth=DEPTH, stride=STRIDE)
    header = _HEADER.pack(_MAGIC, _VERSION, len(places), len(table), len(text))
    temporary = file.with_name(f".{file.name}.part")
    try:
        with temporary.open("wb") as out:
            for part in (header, marks.tobytes(), places.tobytes(), table, text):
                out.write(part)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def as_bytes(text: str) -> bytes:
    """`text` as segments hold it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "surrogatepass")


class Segment:
    """A segment that is open for reading; it stays readable when its file is gone."""

    def __init__(self, file: Path) -> None:
        """Raises `SegmentError` if `file` is not a whole segment, OSError if it cannot be read."""
        self.file = file
        self._descriptor = os.open(file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)
        header = self._read(0, _HEADER.size)
        if len(header) < _HEADER.size:
            raise _damaged(file)
        magic, version, self._count, table, length = _HEADER.unpack(header)
        marks = -(-self._count // STRIDE)
        self._places = _HEADER.size + 8 * marks
        self._text = self._places + 4 * self._count + table
        size = os.fstat(self._descriptor).st_size
        if (magic, version) != (_MAGIC, _VERSION) or size != self._text + length:
            raise _damaged(file)
        self._marks = array("Q", self._read(_HEADER.size, 8 * marks))
        try:
            self.paths, self._starts = msgspec.msgpack.decode(
                self._read(self._text - table, table), type=tuple[list[str], list[int]]
            )
        except msgspec.MsgspecError:
            raise _damaged(file) from None

    def nearest(self, context: bytes) -> Iterator[tuple[int, int]]:
        """Places whose text before them ends like `context`, longest agreement first: the bytes
        that agree, at most `DEPTH`, and the offset of the place in this segment."""
        wanted = context[-DEPTH:][::-1]
        start = self._block(wanted)
        places = self._places_at(start, start + STRIDE)
        middle = bisect_left(places, wanted, key=self._before)
        below = chain(reversed(places[:middle]), self._downwards(start))
        above = chain(places[middle:], self._upwards(start + STRIDE))
        return heapq.merge(
            self._agreeing(below, wanted), self._agreeing(above, wanted), reverse=True
        )

    def after(self, offset: int, limit: int) -> bytes:
        """What follows `offset` in its file, at most `limit` bytes."""
        return self._read(self._text + offset, limit).partition(b"\0")[0]

    def before(self, offset: int, limit: int) -> bytes:
        """What stands before `offset` in its file, at most `limit` bytes."""
        limit = min(limit, offset)
        return self._read(self._text + offset - limit, limit).rpartition(b"\0")[2]

    def file_of(self, offset: int) -> int:
        """Number of the file, in `paths`, that `offset` is in."""
        return bisect_right(self._starts, offset) - 1

    def line_of(self, offset: int) -> int:
        """Line of its file, from 1, that `offset` is in."""
        start = self._starts[self.file_of(offset)]
        return self._read(self._text + start, offset - start).count(b"\n") + 1

    def _block(self, wanted: bytes) -> int:
        """Index of the first of `STRIDE` places among which `wanted` would be."""
        number = int.from_bytes(wanted[:8].ljust(8, b"\0"))
        first = max(0, bisect_left(self._marks, number) - 1)
        last = bisect_right(self._marks, number)
        blocks = range(STRIDE * first, STRIDE * last, STRIDE)
        after = bisect_left(
            blocks, wanted, key=lambda index: self._before(self._places_at(index, index + 1)[0])
        )
        return STRIDE * (first + max(0, after - 1))

    def _agreeing(self, places: Iterable[int], wanted: bytes) -> Iterator[tuple[int, int]]:
        goal = int.from_bytes(wanted)
        for offset in places:
            found = int.from_bytes(self._before(offset)[: len(wanted)])
            agrees = len(wanted) - ((found ^ goal).bit_length() + 7) // 8
            if agrees == 0:
                return
            yield agrees, offset

    def _downwards(self, end: int) -> Iterator[int]:
        for start in range(end - STRIDE, -1, -STRIDE):
            yield from reversed(self._places_at(start, start + STRIDE))

    def _upwards(self, first: int) -> Iterator[int]:
        for start in range(first, self._count, STRIDE):
            yield from self._places_at(start, start + STRIDE)

    def _before(self, offset: int) -> bytes:
        return self._read(self._text + offset - DEPTH, DEPTH)[::-1]

    def _places_at(self, first: int, last: int) -> "array[int]":
        last = min(last, self._count)
        return array("I", self._read(self._places + 4 * first, 4 * (last - first)))

    def _read(self, start: int, length: int) -> bytes:
        return os.pread(self._descriptor, length, start)


def _damaged(file: Path) -> SegmentError:
    return SegmentError(
        f"{file.name} in the index is not a whole segment of this version.",
        "Delete it; it is made again.",
    )
