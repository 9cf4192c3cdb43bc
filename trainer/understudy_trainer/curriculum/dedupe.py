"""Leaves out examples of what was asked already, word for word or nearly so.

Exact: the same middle between the same lines. Near: of middles that have some length, so many
shingles of three words are the same, by MinHash (Broder, 1997), wherever they stand.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from understudy_trainer.curriculum.example import Example

LONG = 12
"""Words and signs of a middle that is compared by shingles; shorter ones are alike by chance."""
ALIKE = 0.8
"""Share of the shingles that are the same."""

_SHINGLE = 3
_HASHES, _BANDS = 64, 16
"""Four to a band: two of which 80 % is the same meet in one of them with 99.98 %."""
_PRIME = (1 << 31) - 1
_DICE = np.random.default_rng(1)
_FACTORS = _DICE.integers(1, _PRIME, size=(_HASHES, 1), dtype=np.int64)
_TERMS = _DICE.integers(0, _PRIME, size=(_HASHES, 1), dtype=np.int64)

_WORD = re.compile(r"\w+|[^\w\s]")

_Signature = NDArray[np.int64]


class Seen:
    """What was there already."""

    def __init__(self) -> None:
        self._exact: set[tuple[str, ...]] = set()
        self._near: dict[tuple[int, bytes], list[_Signature]] = defaultdict(list)

    def new(self, examples: Iterable[Example]) -> Iterator[Example]:
        """Those that are like none before them."""
        for example in examples:
            if not self._has(example):
                yield example

    def _has(self, example: Example) -> bool:
        key = _neighbourhood(example)
        if key in self._exact:
            return True
        self._exact.add(key)
        signature = _signature(example.middle)
        if signature is None:
            return False
        bands = [
            (number, band.tobytes())
            for number, band in enumerate(signature.reshape(_BANDS, _HASHES // _BANDS))
        ]
        others = {id(each): each for band in bands for each in self._near.get(band, ())}
        if any(_alike(each, signature) for each in others.values()):
            return True
        for band in bands:
            self._near[band].append(signature)
        return False


def _neighbourhood(example: Example) -> tuple[str, ...]:
    """The middle, what else is on its lines, and the lines above and below."""
    before = example.prefix[-400:].split("\n")[-2:]
    after = example.suffix[:400].split("\n")[:2]
    return example.middle, *map(str.strip, before), "", *map(str.strip, after)


def _alike(one: _Signature, other: _Signature) -> bool:
    return int(np.count_nonzero(one == other)) >= ALIKE * _HASHES


def _signature(middle: str) -> _Signature | None:
    words = _WORD.findall(middle)
    if len(words) < LONG:
        return None
    count = len(words) - _SHINGLE + 1
    shingles = {" ".join(words[at : at + _SHINGLE]) for at in range(count)}
    values = np.array([zlib.crc32(each.encode()) % _PRIME for each in shingles], dtype=np.int64)
    return ((_FACTORS * values + _TERMS) % _PRIME).min(axis=1)
