"""What stays of a night when it is over: its report, and of the newest what was learned, too."""

import shutil
from pathlib import Path

import msgspec

from understudy_protocol.night import LAST_FILE
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.page import PAGE
from understudy_trainer.night.plan import TONIGHT
from understudy_trainer.night.promotion import WORKSPACE
from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.telling import REPORT, name_of

KEPT = 3
"""Newest nights that keep what they worked with; of older ones only the report stays."""


def keep(home: Path, record: NightRecord) -> None:
    """Tonight's folder gets the name of the night, and older ones are cleared."""
    tonight, folder = home / TONIGHT, home / name_of(record.summary.began_at)
    shutil.rmtree(tonight / WORKSPACE, ignore_errors=True)
    write_whole(tonight / REPORT, msgspec.json.encode(record))
    if folder.is_dir():
        _join(tonight, folder)
    else:
        tonight.rename(folder)
    for older in sorted(home.glob(f"*/{REPORT}"))[:-KEPT]:
        for each in older.parent.iterdir():
            if each.name not in (REPORT, PAGE):
                _remove(each)
    write_whole(home / LAST_FILE, msgspec.json.encode(record.summary))


def tell_early(home: Path, record: NightRecord) -> None:
    """Of what is promoted, before it is seen to be served: the next run finds a parent that is not
    tonight's, begins anew, and would never tell of it. `keep` tells again."""
    folder = home / name_of(record.summary.began_at)
    write_whole(folder / REPORT, msgspec.json.encode(record))
    write_whole(home / LAST_FILE, msgspec.json.encode(record.summary))


def _join(tonight: Path, folder: Path) -> None:
    for each in tonight.iterdir():
        target = folder / each.name
        if target.is_dir():
            shutil.rmtree(target)
        each.replace(target)
    tonight.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
