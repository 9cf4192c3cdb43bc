"""Rolling back, by itself, a release whose suggestions are taken less than those before it, or that
hides so much that in fewer lines something is taken.

Once a minute what is new in the event log is read, from where it was read to before, by the store's
readers and a thread; requests do not wait for any of it. `acceptance` says what is worse, `taken`
what counts.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.release import ReleaseVersion, ServingHistory, standing
from understudy_protocol.repository import RepositoryId
from understudy_releases import promotions
from understudy_releases.releases import repositories
from understudy_server.acceptance import MARGIN_OF_LINES, Suggestion, compare
from understudy_server.store import Store
from understudy_server.taken import OfRelease, Taken

LOOK_S = 60.0
PAGE = 200
"""Events read at a time; a few milliseconds of work."""
PAUSE_S = 0.02
"""Between two pages of a long log."""
BY_ITSELF = "rolled back by itself"
"""How the reason of such a rollback ends; a release that has one is not rolled back so again."""

log = logging.getLogger(__name__)


class Online:
    def __init__(
        self,
        store: Store,
        releases_dir: Path,
        *,
        model: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`model` is the name of the base model that is served."""
        self._store = store
        self._releases_dir = releases_dir
        self._model = model
        self._clock = clock
        self._taken: dict[RepositoryId, Taken] = {}
        self._compared: dict[RepositoryId, ServingHistory] = {}
        """The history at the last comparison; until it changes or something is counted, another
        would find the same."""

    async def run(self) -> None:
        """Looks until cancelled."""
        complaint = ""
        while True:
            try:
                await self.look()
                complaint = ""
            except (UnderstudyError, OSError) as error:
                if str(error) != complaint:
                    complaint = str(error)
                    log.error("The releases could not be judged by acceptance: %s", complaint)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> list[ReleaseVersion]:
        """Judges what is served of every repository; the releases that were rolled back.

        Raises UnderstudyError if one could not be judged; the others are.
        """
        known = await asyncio.to_thread(repositories, self._releases_dir)
        for gone in self._taken.keys() - set(known):
            del self._taken[gone]
        rolled_back: list[ReleaseVersion] = []
        failure: UnderstudyError | None = None
        for repository in known:
            try:
                rolled_back += await self._judge(repository)
            except UnderstudyError as error:
                failure = error
        if failure is not None:
            raise failure
        return rolled_back

    async def _judge(self, repository: RepositoryId) -> list[ReleaseVersion]:
        history = await asyncio.to_thread(promotions.history, self._releases_dir, repository)
        pair = compared(history)
        if pair is None:
            return []
        taken = self._taken.setdefault(repository, Taken(repository, model=self._model))
        counted = await self._read(repository, taken)
        if not counted and self._compared.get(repository) == history:
            return []
        release, before = pair
        new, old = _copied(taken.of(release)), _copied(taken.of(before))
        reason = await asyncio.to_thread(why_worse, new, old)
        if reason is None:
            self._compared[repository] = history
            return []
        after = await asyncio.to_thread(
            promotions.roll_back,
            self._releases_dir,
            repository,
            reason=reason,
            since=history,
            clock=self._clock,
        )
        newest = after.promotions[-1]
        if not (newest.rollback and newest.reason == reason):
            return []  # somebody has promoted or rolled back meanwhile
        log.warning("%s of %s: %s", release, repository, reason)
        return [release]

    async def _read(self, repository: RepositoryId, taken: Taken) -> int:
        """Reads on to the end of the log; how many suggestions were counted."""
        counted = 0
        while True:
            page = await self._store.events(after=taken.cursor, limit=PAGE, repository=repository)
            asked = taken.note([stored.event for stored in page.events])
            taken.know(asked, await self._store.completions(ids=asked) if asked else [])
            taken.cursor = page.next_cursor
            if len(page.events) < PAGE:
                return counted + taken.settle(int(self._clock() * 1000))
            counted += taken.settle()
            await asyncio.sleep(PAUSE_S)


def compared(history: ServingHistory) -> tuple[ReleaseVersion, ReleaseVersion | None] | None:
    """What is served and what a rollback would return to; None if that is not to be judged.

    The base model cannot be rolled back. A release that somebody promoted again after it was rolled
    back by itself is theirs.
    """
    stack: list[ReleaseVersion | None] = []
    decided: set[ReleaseVersion | None] = set()
    for one in history.promotions:
        if not one.rollback:
            stack.append(one.version)
            continue
        undone = stack.pop()
        if one.reason.endswith(BY_ITSELF):
            decided.add(undone)
    stood = standing(history)
    if not stood or stood[-1] is None or stood[-1] in decided:
        return None
    return stood[-1], stood[-2] if len(stood) > 1 else None


class Counted(NamedTuple):
    """Of one release, in order of time."""

    first: Sequence[Suggestion]
    last: Sequence[Suggestion]
    first_lines: Sequence[Suggestion] = ()
    """In which something could have been shown."""
    last_lines: Sequence[Suggestion] = ()


def why_worse(new: Counted, old: Counted) -> str | None:
    """The reason to roll back, None if there is none."""
    before = _earlier(old.last, new.first)
    if compare(new.first, before).worse:
        return _told("acceptance {} of {} suggestions, before {} of {}", new.first, before)
    before = _earlier(old.last_lines, new.first_lines)
    if compare(new.first_lines, before, margin=MARGIN_OF_LINES).worse:
        told = "it hides too much: something taken in {} of {} lines where something could be shown"
        return _told(told + ", before in {} of {}", new.first_lines, before)
    return None


def _copied(of: OfRelease) -> Counted:
    """For another thread."""
    shown, lines = of.shown, of.lines
    return Counted(list(shown.first), list(shown.last), list(lines.first), list(lines.last))


def _earlier(old: Sequence[Suggestion], new: Sequence[Suggestion]) -> list[Suggestion]:
    return [one for one in old if new and one.at < new[0].at]


def _told(text: str, new: Sequence[Suggestion], before: Sequence[Suggestion]) -> str:
    shares = f"{_mean(new):.0%}", len(new), f"{_mean(before):.0%}", len(before)
    return f"{text.format(*shares)}; {BY_ITSELF}".replace("%", " %")


def _mean(suggestions: Sequence[Suggestion]) -> float:
    return sum(one.value for one in suggestions) / len(suggestions)
