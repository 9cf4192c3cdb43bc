"""The format version that every file of a release says it has."""

import msgspec

from understudy_protocol.errors import ReleaseError


class _Versioned(msgspec.Struct):
    format_version: int


def check_format_version(encoded: bytes, what: str, *, read: int, remedy: str) -> None:
    """`what` begins the error: a file, with its path; `read` is the version that is read here.

    Raises ReleaseError for another version, and msgspec.DecodeError for what has none.
    """
    written = msgspec.json.decode(encoded, type=_Versioned).format_version
    if written != read:
        raise ReleaseError(
            f"{what} has format version {written}; this version of Understudy reads {read}.", remedy
        )
