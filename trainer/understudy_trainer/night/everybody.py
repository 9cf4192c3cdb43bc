"""Nights of all repositories that had one before, one after the other."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from understudy_protocol.errors import NightRuns
from understudy_protocol.night import LAST_FILE, PLACE_FILE, NightSummary, Place
from understudy_releases.nights import only_night
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.source import holds_password, is_url, without_password


class Ended(NamedTuple):
    place: Place
    status: int
    """Of the process; 0 is well."""
    why: str
    """It failed, for people; "" if it did not."""


class Executor(Protocol):
    """Runs `understudy train SOURCE …` once for each place; where is its business. `state` is where
    what became of it is noted if the night itself could not."""

    def __call__(
        self, state: Path, places: Sequence[Place], options: Sequence[str]
    ) -> Iterator[Ended]: ...


def known_places(state: Path, *, unless_since: int = sys.maxsize) -> list[Place]:
    """Whose last night is longest ago comes first, so that a short night is fair over time. Those
    whose last one ended since then (milliseconds) and did not fail are left out."""
    found: list[tuple[int, Place]] = []
    for path in sorted((state / "nights").glob(f"*/{PLACE_FILE}")):
        try:
            place = msgspec.json.decode(path.read_bytes(), type=Place)
        except (OSError, msgspec.DecodeError):
            continue
        last = _last(path.with_name(LAST_FILE))
        if last is None or last.outcome == "failed" or last.ended_at < unless_since:
            found.append((last.ended_at if last else 0, place))
    return [place for _, place in sorted(found, key=lambda each: each[0])]


def unlist(state: Path, source: str) -> list[Place]:
    """Takes those off the list that were learned from `source`, or whose id it is; they are given
    back. What was learned stays."""
    names = {source} if is_url(source) else {source, str(Path(source).resolve())}
    gone = [each for each in known_places(state) if names & {each.source, each.repository}]
    for place in gone:
        (state / "nights" / place.repository / PLACE_FILE).unlink(missing_ok=True)
    return gone


def local(state: Path, places: Sequence[Place], options: Sequence[str]) -> Iterator[Ended]:
    """On this machine, each in a process of its own: what one takes of memory is free for the
    next, and what ends one does not end the others."""
    for place in places:
        home, began_at = state / "nights" / place.repository, int(time.time() * 1000)
        before = _content(home / LAST_FILE)
        status, why = 1, _cannot_be(place)
        if not why:
            command = [sys.executable, "-P", "-m", "understudy", "train", place.source, *options]
            status = subprocess.run(command, check=False).returncode
            why = _ended_by(status)
        if status and _content(home / LAST_FILE) == before:
            _note_failure(home, place, began_at, why)
        yield Ended(place, status, why)


def _cannot_be(place: Place) -> str:
    """Why it is no use to begin; "" if it is."""
    if holds_password(place.source):
        return (
            f"{without_password(place.source)} is on the list with a password in its URL. Run"
            " `understudy train URL` once without it: git's credential helper may give it."
        )
    if is_url(place.source) or Path(place.source).is_dir():
        return ""
    return (
        f"The folder {place.source} is not there any more. `understudy train --unlist"
        f" {place.repository}` takes it off the list; what was learned of it stays."
    )


def _ended_by(status: int) -> str:
    if status == 0:
        return ""
    if status > 0:
        return f"It ended with status {status}; what it printed then says why."
    if -status == signal.SIGKILL:
        return "Something killed it (SIGKILL), as a system does that has no memory left."
    return f"Something ended it (signal {-status})."


def _note_failure(home: Path, place: Place, began_at: int, why: str) -> None:
    """What killed a night, or was wrong before it began, it could not write down itself."""
    summary = NightSummary(
        repository=place.repository,
        began_at=began_at,
        ended_at=int(time.time() * 1000),
        outcome="failed",
        reason=why,
    )
    # One that somebody else runs there tells of itself, and what was forgotten stays so.
    with contextlib.suppress(NightRuns, OSError):
        if home.is_dir():
            with only_night(home):
                write_whole(home / LAST_FILE, msgspec.json.encode(summary))


def _last(path: Path) -> NightSummary | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=NightSummary)
    except (OSError, msgspec.DecodeError):
        return None


def _content(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return b""
