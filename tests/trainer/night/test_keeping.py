"""What stays of a night, also of one that is killed once it has promoted."""

from pathlib import Path

import msgspec
from night_records import empty, full, summarised

from understudy_protocol.night import LAST_FILE, NightSummary
from understudy_protocol.repository import RepositoryId
from understudy_trainer.night.keeping import keep, tell_early
from understudy_trainer.night.page import HISTORY, PAGE
from understudy_trainer.night.pages import note_uneventful, write_pages
from understudy_trainer.night.plan import TONIGHT
from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.telling import REPORT, name_of


def at(began_at: int, record: NightRecord) -> NightRecord:
    return summarised(record, began_at=began_at, ended_at=began_at + 1000)


def worked(home: Path) -> Path:
    tonight = home / TONIGHT
    (tonight / "learn").mkdir(parents=True)
    for name in ("experience.json", "plan.json"):
        (tonight / name).write_text("{}")
    return tonight


def report(home: Path, record: NightRecord) -> NightRecord:
    path = home / name_of(record.summary.began_at) / REPORT
    return msgspec.json.decode(path.read_bytes(), type=NightRecord)


def test_a_night_that_is_killed_once_it_has_promoted_is_told_all_the_same(tmp_path: Path) -> None:
    home = tmp_path / "nights"
    tonight, killed = worked(home), full()
    tell_early(home, killed)
    last = msgspec.json.decode((home / LAST_FILE).read_bytes(), type=NightSummary)
    assert last == killed.summary
    assert tonight.is_dir()
    # The next night makes the page that was not written.
    later = at(killed.summary.began_at + 86_400_000, full())
    keep(home, later)
    write_pages(home, later)
    page = home / name_of(killed.summary.began_at) / PAGE
    assert "Promoted" in page.read_text()
    assert page.parent.name in (home / HISTORY).read_text()


def test_what_is_told_early_is_told_again_in_the_end(tmp_path: Path) -> None:
    home = tmp_path / "nights"
    tonight, record = worked(home), full()
    tell_early(home, record)
    whole = msgspec.structs.replace(record, notes=("The gateway answered.",))
    keep(home, whole)
    assert report(home, record).notes == ("The gateway answered.",)
    assert not tonight.exists()
    folder = home / name_of(record.summary.began_at)
    assert sorted(each.name for each in folder.iterdir()) == sorted(
        ["learn", "experience.json", "plan.json", REPORT]
    )


def test_of_older_nights_the_report_stays_and_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "nights"
    began = full().summary.began_at
    for number in range(5):
        worked(home)
        record = at(began + 86_400_000 * number, full())
        keep(home, record)
        write_pages(home, record)
    listed = [
        sorted(each.name for each in path.parent.iterdir())
        for path in sorted(home.glob(f"*/{REPORT}"))
    ]
    whole = sorted(["learn", "experience.json", "plan.json", REPORT, PAGE])
    assert listed == [sorted([REPORT, PAGE])] * 2 + [whole] * 3


def test_nights_that_failed_or_had_nothing_new_are_on_the_page_of_all(tmp_path: Path) -> None:
    home, record = tmp_path / "nights", full()
    worked(home)
    keep(home, record)
    began = record.summary.began_at
    for day, outcome in enumerate(("failed", "nothing new", "failed"), start=1):
        told = summarised(empty(), outcome=outcome, began_at=began + 86_400_000 * day)
        (home / LAST_FILE).write_bytes(msgspec.json.encode(told.summary))
        for _ in range(2):  # before the next night, and after this one
            note_uneventful(home)
    write_pages(home, record)
    page = (home / HISTORY).read_text()
    assert "4 nights, 1 promoted." in page
    assert page.count("! failed") == 2
    assert page.count("– nothing new") == 1


def test_a_page_that_was_never_written_is_no_page(tmp_path: Path) -> None:
    nothing = summarised(empty(), repository=RepositoryId(f"shop-{'0' * 12}"))
    (tmp_path / LAST_FILE).write_bytes(msgspec.json.encode(nothing.summary))
    assert write_pages(tmp_path, nothing) is None
    assert "1 night, 0 promoted." in (tmp_path / HISTORY).read_text()
