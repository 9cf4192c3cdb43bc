"""Folders to group figures by."""

from collections.abc import Iterable
from pathlib import PurePosixPath

TOP = "."
"""The repository's own folder."""


def folders(paths: Iterable[str]) -> dict[str, str]:
    """Path → its folder as far as the first part that not all of them have in common."""
    parents = {path: PurePosixPath(path).parent.parts for path in paths}
    shared = 0
    for parts in zip(*parents.values(), strict=False):
        if len(set(parts)) > 1:
            break
        shared += 1
    return {path: "/".join(parts[: shared + 1]) or TOP for path, parts in parents.items()}
