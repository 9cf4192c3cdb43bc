"""The pages of a repository's nights: one for tonight, and one for all."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from understudy_protocol.night import LAST_FILE, NightSummary
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.page import PAGE, write_history, write_report
from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.telling import REPORT, name_of

MOST_NIGHTS = 60

OTHERS = "others.jsonl"
"""Summaries of the latest nights that left no report, because they failed or nothing was new."""


def write_pages(home: Path, record: NightRecord) -> Path | None:
    """Tonight's page, None if there was nothing to be told; and that of all nights."""
    folder = home / name_of(record.summary.began_at)
    page = write_report(folder, record) if folder.is_dir() else None
    note_uneventful(home)
    records = _records(home)
    for each in records:
        # It was killed once it was promoted.
        folder = home / name_of(each.summary.began_at)
        if (folder / REPORT).is_file() and not (folder / PAGE).is_file():
            write_report(folder, each)
    write_history(home, records)
    return page


def note_uneventful(home: Path) -> None:
    """The last night, if it left nothing but its summary: before that is written over, and once it
    is."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        last = msgspec.json.decode((home / LAST_FILE).read_bytes(), type=NightSummary)
        others = {each.began_at: each for each in (*_others(home), last)}
        if last.outcome in ("failed", "nothing new"):
            latest = [msgspec.json.encode(each) for each in others.values()][-MOST_NIGHTS:]
            write_whole(home / OTHERS, b"\n".join(latest))


def _records(home: Path) -> list[NightRecord]:
    """Of the latest nights, the oldest first. What is damaged is left out."""
    found: list[NightRecord] = []
    for path in sorted(home.glob(f"*/{REPORT}"))[-MOST_NIGHTS:]:
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=NightRecord))
        except (OSError, msgspec.DecodeError):
            continue
    found += [NightRecord(each, each.repository.rpartition("-")[0]) for each in _others(home)]
    return sorted(found, key=lambda each: each.summary.began_at)[-MOST_NIGHTS:]


def _others(home: Path) -> Iterator[NightSummary]:
    try:
        lines = (home / OTHERS).read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(msgspec.DecodeError):
            yield msgspec.json.decode(line, type=NightSummary)
