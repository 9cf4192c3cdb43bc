"""The index follows the folder, whatever happens to either."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_lsp.copying.segment import Segment
from understudy_lsp.index.database import open_to_write, segments_in
from understudy_lsp.index.jobs import Report
from understudy_lsp.index.reader import Reader
from understudy_lsp.index.rules import Rules
from understudy_lsp.index.segments import MAX_SMALL
from understudy_lsp.index.update import NO_DISK, NO_FOLDER, Update
from understudy_lsp.index.workers import Workers

WORKER = Path(__file__).resolve().parents[2] / "failing_worker.py"


class Followed:
    """A folder and its index, in one process."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder, self.place = tmp_path / "folder", tmp_path / "place"
        self.folder.mkdir()
        self.database = open_to_write(self.place)
        segments = segments_in(self.place)
        self.workers = Workers([sys.executable, str(WORKER), str(self.folder), str(segments)])
        self.reports: list[Report] = []
        self.reader = Reader(self.place)
        self.update = self.begin()

    def begin(self) -> Update:
        """As after a start."""
        return Update(
            Rules(self.folder),
            self.place,
            self.database,
            workers=self.workers,
            report=self.reports.append,
        )

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def defines(self, path: str) -> list[str]:
        return [each.name for each in self.reader.definitions_in(path)]

    def texts(self) -> dict[str, str]:
        """What is to be found in the segments, by path."""
        texts: dict[str, str] = {}
        for name in self.reports[-1].segments:
            segment = Segment(segments_in(self.place) / name)
            for path, start in zip(segment.paths, segment._starts, strict=True):
                if not self.reader.outdated(path):
                    texts.setdefault(path, segment.after(start, 10_000).decode())
        return texts

    def close(self) -> None:
        self.reader.close()
        self.workers.end()
        self.database.close()


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    followed = Followed(tmp_path)
    yield followed
    followed.close()


def test_reads_a_folder(followed: Followed) -> None:
    followed.write("a/b.py", "def f(): ...\n")
    followed.write("c.txt", "plain\n")
    followed.update.everything()
    assert followed.defines("a/b.py") == ["f"]
    assert followed.texts() == {"a/b.py": "def f(): ...\n", "c.txt": "plain\n"}
    progress = followed.reports[-1].progress
    assert (progress.files_done, progress.files_total, progress.ready) == (2, 2, True)
    assert not followed.reports[0].progress.ready


def test_an_unchanged_file_is_not_read_again(followed: Followed) -> None:
    followed.write("a.py", "def f(): ...\n")
    followed.update.everything()
    followed.database.execute("UPDATE definitions SET name = 'marked'")
    followed.begin().everything()
    assert followed.defines("a.py") == ["marked"]


def test_follows_changed_new_and_removed_files(followed: Followed) -> None:
    for name in ("a.py", "b.py"):
        followed.write(name, "def f(): ...\n")
    followed.update.everything()
    followed.write("a.py", "def changed(): ...\n")
    followed.write("new.py", "def g(): ...\n")
    (followed.folder / "b.py").unlink()
    assert followed.update.some(["a.py", "new.py", "b.py", "never/was.py"])
    assert [followed.defines(name) for name in ("a.py", "b.py", "new.py")] == [
        ["changed"],
        [],
        ["g"],
    ]
    assert followed.texts() == {"a.py": "def changed(): ...\n", "new.py": "def g(): ...\n"}


def test_a_folder_that_went_or_came_asks_for_a_whole_look(followed: Followed) -> None:
    followed.write("a/b.py", "def f(): ...\n")
    followed.update.everything()
    (followed.folder / "a").rename(followed.folder / "c")
    assert not followed.update.some(["a"])
    assert not followed.update.some(["c"])
    followed.update.everything()
    assert followed.defines("a/b.py") == []
    assert followed.defines("c/b.py") == ["f"]


def test_a_changed_ignore_file_asks_for_a_whole_look(followed: Followed) -> None:
    followed.write("a.py", "def f(): ...\n")
    followed.update.everything()
    followed.write(".understudyignore", "a.py\n")
    assert not followed.update.some([".understudyignore"])
    followed.update.everything()
    assert followed.defines("a.py") == []
    assert "a.py" not in followed.texts()


@pytest.mark.parametrize("path", [".env", "../folder/a.py", "", "\udcff.py", "link/b.py"])
def test_does_not_read_what_it_is_told_of_but_may_not_read(followed: Followed, path: str) -> None:
    outside = followed.folder.with_name("outside")
    outside.mkdir()
    (outside / "b.py").write_text("def secret(): ...\n")
    (followed.folder / "link").symlink_to(outside)
    followed.write(".env", "SECRET=1\n")
    followed.write("a.py", "def f(): ...\n")
    followed.update.some([path])
    assert followed.database.execute("SELECT path FROM files").fetchall() == []


def test_a_file_that_kills_its_reader_is_left_out(followed: Followed) -> None:
    for name in ("dies.py", "dies_once.py", "babbles.py", "fine.py"):
        followed.write(name, "def f(): ...\n")
    followed.update.everything()
    assert followed.reports[-1].progress.ready
    assert followed.reader.has("dies.py")
    assert followed.defines("dies.py") == followed.defines("babbles.py") == []
    assert followed.defines("dies_once.py") == followed.defines("fine.py") == ["f"]


def test_binary_and_damaged_files_are_known_and_hold_nothing(followed: Followed) -> None:
    (followed.folder / "a.py").write_bytes(b"def f(): ...\n\0")
    (followed.folder / "b.py").write_bytes(b"def caf\xe9(): ...\n")
    with (followed.folder / "c.py").open("wb") as file:
        file.truncate(50 << 20)
    followed.update.everything()
    assert followed.reports[-1].progress.files_done == 3
    assert followed.defines("a.py") == followed.defines("c.py") == []
    assert followed.defines("b.py") == ["café"]
    assert followed.texts() == {"b.py": "def café(): ...\n"}


def test_text_that_became_binary_is_not_found_any_more(followed: Followed) -> None:
    followed.write("a.py", "def f(): ...\n")
    followed.update.everything()
    (followed.folder / "a.py").write_bytes(b"\0" * 50)
    followed.update.some(["a.py"])
    assert followed.texts() == {}


def test_a_full_disk_keeps_what_is_there_and_is_tried_again(followed: Followed) -> None:
    followed.write("a.py", "def f(): ...\n")
    followed.update.everything()
    pages = followed.database.execute("PRAGMA page_count").fetchone()[0]
    followed.database.execute(f"PRAGMA max_page_count = {pages + 2}")
    for number in range(50):
        followed.write(f"b{number}.py", "\n".join(f"def f{one}(): ..." for one in range(100)))
    followed.update.everything()
    assert followed.reports[-1].progress.trouble == NO_DISK
    assert not followed.reports[-1].progress.ready
    assert followed.defines("a.py") == ["f"]
    followed.database.execute("PRAGMA max_page_count = 1000000")
    followed.update.everything()
    assert followed.reports[-1].progress.ready
    assert followed.reports[-1].progress.trouble == ""
    assert len(followed.defines("b49.py")) == 100


def test_a_segment_that_the_disk_does_not_take_is_tried_again(followed: Followed) -> None:
    followed.write("a.py", "def f(): ...\n")
    full = followed.folder.with_name("full")
    full.touch()
    followed.update.everything()
    assert followed.reports[-1].progress.trouble == NO_DISK
    assert followed.reader.outdated("a.py")
    full.unlink()
    followed.write("b.py", "")
    followed.update.some(["b.py"])
    assert not followed.reports[-1].progress.ready  # that was one file, not all
    followed.update.everything()
    assert followed.reports[-1].progress.ready
    assert followed.texts() == {"a.py": "def f(): ...\n", "b.py": ""}


def test_a_folder_that_is_away_is_not_forgotten(followed: Followed) -> None:
    followed.write("a.py", "def f(): ...\n")
    followed.update.everything()
    away = followed.folder.rename(followed.folder.with_name("away"))
    followed.update.everything()
    assert followed.reports[-1].progress.trouble == NO_FOLDER
    assert followed.defines("a.py") == ["f"]
    away.rename(followed.folder)
    followed.update.everything()
    assert followed.reports[-1].progress.ready


def test_small_segments_are_merged(followed: Followed) -> None:
    expected: dict[str, str] = {}
    for number in range(3 * MAX_SMALL):
        path = f"f{number}.py"
        expected[path] = f"x = {number}\n"
        followed.write(path, expected[path])
        followed.update.some([path])
    assert followed.texts() == expected
    assert len(followed.reports[-1].segments) <= MAX_SMALL + 2


def test_segments_of_a_build_that_was_cut_off_are_removed(followed: Followed) -> None:
    followed.write("a.py", "def f(): ...\n")
    followed.update.everything()
    segments = segments_in(followed.place)
    shutil.copy(next(segments.glob("*.segment")), segments / "0000000099.segment")
    followed.write("a.py", "def g(): ...\n")
    followed.begin().everything()
    assert followed.texts() == {"a.py": "def g(): ...\n"}


@pytest.mark.parametrize("version", [1, 12345])
def test_a_damaged_database_or_one_of_another_version_is_made_again(
    followed: Followed, version: int
) -> None:
    followed.write("a.py", "\n".join(f"def f{one}(): ..." for one in range(500)))
    followed.update.everything()
    followed.database.execute(f"PRAGMA user_version = {version}")
    followed.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    followed.database.close()
    if version == 1:
        with (followed.place / "index.db").open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 20_000)
    followed.database = open_to_write(followed.place)
    followed.begin().everything()
    # The reader sees that there is another file in place of the one that it had open.
    assert len(followed.defines("a.py")) == 500


NAMES = st.sampled_from(["a.py", "b.py", "d/a.py", "d/e/c.py", "d/f.txt"])


@settings(max_examples=15)
@given(
    changes=st.lists(
        st.tuples(NAMES, st.sampled_from(["write", "remove", "ignore", "fold"]), st.booleans())
    )
)
def test_after_any_changes_it_is_as_if_made_new(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[str, str, bool]],
) -> None:
    followed = Followed(tmp_path_factory.mktemp("followed"))
    for number, (path, change, told) in enumerate(changes):
        told_of = path
        match change:
            case "write":
                if not (followed.folder / path).is_dir():
                    followed.write(path, f"def f{number}(): ...\n")
            case "remove":
                (followed.folder / path).unlink(missing_ok=True)
            case "ignore":
                followed.write(".gitignore", f"{path}\n")
                told_of = ".gitignore"
            case _:
                shutil.rmtree(followed.folder / "d", ignore_errors=True)
                told_of = "d"
        if told and not followed.update.some([told_of]):
            followed.update.everything()
    followed.update.everything()
    again = Followed(tmp_path_factory.mktemp("again"))
    shutil.copytree(followed.folder, again.folder, dirs_exist_ok=True)
    again.update.everything()
    assert contents(followed.database) == contents(again.database)
    assert followed.texts() == again.texts()
    followed.close()
    again.close()


def contents(database: sqlite3.Connection) -> list[tuple[object, ...]]:
    asked = "SELECT path, size, name FROM files LEFT JOIN definitions ON file = id ORDER BY 1, 3"
    return database.execute(asked).fetchall()
