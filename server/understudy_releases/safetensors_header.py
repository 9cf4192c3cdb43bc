"""The header of a safetensors file, read without torch and without trusting it.

Format: 8 bytes, little endian, length N of the header; N bytes of JSON, an object of tensor name to
{dtype, shape, data_offsets}, with an optional `__metadata__`; then the data
(https://github.com/huggingface/safetensors, section "Format").
"""

import json
from typing import Annotated, Any, BinaryIO

import msgspec

MAX_HEADER_BYTES = 100_000_000
"""The limit of the safetensors library itself."""

Size = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]


class Tensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one tensor lies; offsets are bytes from the end of the header."""

    dtype: str
    shape: tuple[Size, ...]
    data_offsets: tuple[Size, Size]


class Header(msgspec.Struct, frozen=True):
    encoded: bytes
    """Length and JSON, as they stand at the beginning of the file."""
    tensors: dict[str, Tensor]


class BadHeader(ValueError):
    """Says what is wrong; the caller knows which file, and what to do about it."""


def read_header(file: BinaryIO) -> Header:
    """Reads from the beginning of `file`. Raises BadHeader."""
    file.seek(0)
    length_bytes = file.read(8)
    length = int.from_bytes(length_bytes, "little")
    if len(length_bytes) < 8:
        raise BadHeader("it is shorter than the length of its header")
    if length > MAX_HEADER_BYTES:
        raise BadHeader(f"its header claims {length} bytes; at most {MAX_HEADER_BYTES} are read")
    encoded = file.read(length)
    if len(encoded) < length:
        raise BadHeader(f"it ends after {len(encoded)} of the {length} bytes of its header")
    try:
        # Not msgspec's parser: of two entries with one name it takes the last without a word.
        entries: Any = json.loads(encoded, object_pairs_hook=_without_duplicates)
        if not isinstance(entries, dict):
            raise BadHeader("its header is not an object")
        entries.pop("__metadata__", None)  # pyright: ignore[reportUnknownMemberType]: JSON
        tensors = msgspec.convert(entries, dict[str, Tensor])
    except (ValueError, RecursionError) as error:
        raise BadHeader(f"its header is not what safetensors writes: {error}") from error
    return Header(encoded=length_bytes + encoded, tensors=tensors)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise BadHeader("one name stands in it twice")
    return entries
