"""The places of a text, in the order of what stands before them.

Sorted by the text before each place, read backwards, the places that share the longest context with
a cursor are neighbours: one binary search finds them. It is a suffix array turned round (Manber and
Myers, 1990) over the starts of words only, a quarter of the memory of all positions.

Only the process that builds the index comes here: numpy would cost the other one 25 MB.
"""

import numpy as np
from numpy.typing import NDArray

_WORD = 8  # bytes compared at once, as one number

_BLANK, _LETTER, _LINE, _MARK = range(4)


def places_in_order(
    text: bytes, *, depth: int, stride: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """Offsets of `text`, in the order of the `depth` bytes before them; and of each `stride`th of
    them the nearest 8 bytes as a number. `text` begins with `depth` zero bytes."""
    places = _word_starts(text)
    places = places[places >= depth]
    # The number of the 8 bytes before a place has the nearest of them as its highest byte.
    numbers: NDArray[np.uint64] = np.ndarray(
        shape=(max(len(text) - _WORD + 1, 0),), dtype="<u8", buffer=text, strides=(1,)
    )
    group = np.zeros(len(places), np.uint32)
    unsettled = np.arange(len(places))
    for before in range(_WORD, depth + 1, _WORD):
        rivals, group_of = places[unsettled], group[unsettled]
        number = numbers[rivals - before]
        order = np.lexsort((number, group_of))
        places[unsettled], number = rivals[order], number[order]
        begins = np.ones(len(unsettled), bool)
        begins[1:] = (number[1:] != number[:-1]) | (group_of[1:] != group_of[:-1])
        group[unsettled] = unsettled[begins][np.cumsum(begins) - 1]
        # Who is alone has a place; the others are compared by what stands further away.
        alone = begins & np.append(begins[1:], [True])
        unsettled = unsettled[~alone]
    return places, numbers[places[::stride] - _WORD]


def _word_starts(text: bytes) -> NDArray[np.uint32]:
    """Where a word, a mark or blanks begin; blanks that indent a line begin nothing."""
    kinds = _kinds()[np.frombuffer(text, np.uint8)]
    here, before = kinds[1:], kinds[:-1]
    starts = ((here != before) | (here == _MARK)) & ~((before == _LINE) & (here == _BLANK))
    return (np.flatnonzero(starts) + 1).astype(np.uint32)


def _kinds() -> NDArray[np.uint8]:
    kinds = np.full(256, _MARK, np.uint8)
    kinds[0x80:] = _LETTER
    kinds[[byte for byte in range(0x80) if chr(byte).isalnum() or chr(byte) == "_"]] = _LETTER
    kinds[[ord(" "), ord("\t")]] = _BLANK
    kinds[[0, ord("\n"), ord("\r")]] = _LINE
    return kinds
