"""What has become of suggestions in a repository, as a page of Markdown for the editor to show."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from understudy_protocol.completion import CompletionId
from understudy_protocol.events import (
    READ_MS,
    Accepted,
    Event,
    Horizon,
    Kept,
    PartiallyAccepted,
    Shown,
    Source,
)

DAYS = 7


class Tally(msgspec.Struct):
    """Of the suggestions of one day or one source."""

    read: int = 0
    accepted: int = 0
    """Whole or in part."""

    def row(self, name: str) -> str:
        share = f"{self.accepted / self.read:.0%}" if self.read else "–"
        return f"| {name} | {self.read} | {self.accepted} | {share} |"


def dashboard(name: str, events: Iterable[Event], *, status: str, waiting: int) -> str:
    """`events` are all that is known of the repository, in the order of their arrival."""
    days: dict[str, Tally] = {}
    sources: dict[Source, Tally] = {}
    counted: set[tuple[type[Event], CompletionId]] = set()
    kept: Counter[str] = Counter()
    for event in events:
        kind = type(event)
        if isinstance(event, Kept) and event.horizon is Horizon.TEN_MINUTES:
            kept.update(left=event.length, accepted=event.accepted_length)
        read = isinstance(event, Shown) and event.dwell_ms >= READ_MS
        taken = isinstance(event, Accepted | PartiallyAccepted)
        kind = Accepted if taken else kind
        if not (read or taken) or (kind, event.completion) in counted:
            continue
        counted.add((kind, event.completion))
        day = datetime.fromtimestamp(event.at / 1000, UTC).date().isoformat()
        for tally in (days.setdefault(day, Tally()), sources.setdefault(event.source, Tally())):
            tally.read += read
            tally.accepted += taken
    return "\n".join(
        [f"# Understudy in {name}", "", status, "", *_body(days, sources, kept, waiting)]
    )


def _body(
    days: dict[str, Tally], sources: dict[Source, Tally], kept: Counter[str], waiting: int
) -> list[str]:
    if not days:
        lines = [
            "Nothing is remembered of this repository yet. Once you agree to it (the status bar "
            "asks), Understudy remembers what becomes of its suggestions, and shows it here."
        ]
    else:
        head = ["| | read | accepted | share |", "| --- | ---: | ---: | ---: |"]
        lines = [
            f"Read is what stood there for {READ_MS} ms or more.",
            "",
            *head,
            *(days[day].row(day) for day in sorted(days)[-DAYS:]),
            "",
            *head,
            *(sources[source].row(_SOURCES[source]) for source in sorted(sources)),
        ]
    if kept["accepted"]:
        share = kept["left"] / kept["accepted"]
        lines += ["", f"Of the accepted text {share:.0%} was still there after ten minutes."]
    if waiting:
        lines += ["", f"{waiting} events wait on this machine until the gateway takes them."]
    return lines


_SOURCES = {
    Source.ENGINE: "written by the model",
    Source.COPY: "copied from the repository",
}
