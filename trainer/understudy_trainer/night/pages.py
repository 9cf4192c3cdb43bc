"""The pages of a repository's nights: one for tonight, and one for all."""

from pathlib import Path

import msgspec

from understudy_trainer.night.page import write_history, write_report
from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.telling import REPORT, name_of

MOST_NIGHTS = 60


def write_pages(home: Path, record: NightRecord) -> Path | None:
    """Tonight's page; None if there was nothing to be told."""
    folder = home / name_of(record.summary.began_at)
    if not folder.is_dir():
        return None
    page = write_report(folder, record)
    write_history(home, _records(home))
    return page


def _records(home: Path) -> list[NightRecord]:
    """Of the latest nights, the oldest first. What is damaged is left out."""
    found: list[NightRecord] = []
    for path in sorted(home.glob(f"*/{REPORT}"))[-MOST_NIGHTS:]:
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=NightRecord))
        except (OSError, msgspec.DecodeError):
            continue
    return found
