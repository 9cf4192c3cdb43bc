"""Nights of all repositories that had one before, one after the other."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from understudy_protocol.night import LAST_FILE, PLACE_FILE, NightSummary, Place


class Ended(NamedTuple):
    place: Place
    status: int
    """Of the process; 0 is well."""


class Executor(Protocol):
    """Runs `understudy train SOURCE …` once for each place; where is its business."""

    def __call__(self, places: Sequence[Place], options: Sequence[str]) -> Iterator[Ended]: ...


def known_places(state: Path) -> list[Place]:
    """Whose last night is longest ago comes first, so that a short night is fair over time."""
    found: list[tuple[int, Place]] = []
    for path in sorted((state / "nights").glob(f"*/{PLACE_FILE}")):
        try:
            place = msgspec.json.decode(path.read_bytes(), type=Place)
        except (OSError, msgspec.DecodeError):
            continue
        found.append((_ended_at(path.with_name(LAST_FILE)), place))
    return [place for _, place in sorted(found, key=lambda each: each[0])]


def local(places: Sequence[Place], options: Sequence[str]) -> Iterator[Ended]:
    """On this machine, each in a process of its own: what one takes of memory is free for the
    next, and what ends one does not end the others."""
    for place in places:
        command = [sys.executable, "-P", "-m", "understudy", "train", place.source, *options]
        yield Ended(place, subprocess.run(command, check=False).returncode)


def _ended_at(path: Path) -> int:
    try:
        return msgspec.json.decode(path.read_bytes(), type=NightSummary).ended_at
    except (OSError, msgspec.DecodeError):
        return 0
