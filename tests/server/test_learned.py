"""What a release holds besides its adapter."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lessons_learned import lesson
from outcome_models import HIDING_ALL

from understudy_protocol.lesson import LESSONS_FILE, encode_lessons
from understudy_protocol.lesson_index import LessonIndex, index_of
from understudy_protocol.outcome import OUTCOME_FILE, encode_outcome
from understudy_releases.forgotten_lessons import BOOK
from understudy_server.learned import LARGEST, Learned, read_learned
from understudy_trainer.lessons.lesson_book import forget, learn, restore


def test_its_lessons_are_read(tmp_path: Path) -> None:
    both = (lesson("verify"), lesson())
    (tmp_path / LESSONS_FILE).write_bytes(encode_lessons(both))
    assert read_learned(tmp_path).lessons == index_of(both)


def test_what_is_deleted_while_it_is_served_is_said_no_more_and_may_come_back(
    tmp_path: Path,
) -> None:
    release, home = tmp_path / "releases" / "shop-1" / "7", tmp_path / "nights" / "shop-1"
    release.mkdir(parents=True)
    both = (lesson("verify"), lesson())
    (release / LESSONS_FILE).write_bytes(encode_lessons(both))
    learned = read_learned(release)
    assert learned.lessons == index_of(both)
    learn(home, both)
    forget(home, lesson().id)
    assert learned.lessons == read_learned(release).lessons == index_of([lesson("verify")])
    restore(home, lesson().id)
    assert learned.lessons == index_of(both)


def test_a_book_that_cannot_be_read_keeps_all_lessons_back_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    release, home = tmp_path / "releases" / "shop-1" / "7", tmp_path / "nights" / "shop-1"
    release.mkdir(parents=True)
    (release / LESSONS_FILE).write_bytes(encode_lessons([lesson()]))
    learn(home, [lesson()])
    whole = (home / BOOK).read_bytes()
    (home / BOOK).write_bytes(whole[:-1])
    learned = read_learned(release)
    with caplog.at_level(logging.ERROR):
        assert learned.lessons == learned.lessons == LessonIndex()
    (record,) = caplog.records
    assert str(home / BOOK) in record.getMessage()
    assert "Put the file back" in record.getMessage()
    (home / BOOK).unlink()
    assert learned.lessons == index_of([lesson()])


def test_a_release_without_lessons_is_nothing_to_complain_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert_is_empty(read_learned(folder))
    assert not caplog.records


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", encode_lessons([lesson()])[:-9], encode_lessons([]).replace(b"1", b"2")],
)
def test_damaged_lessons_are_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / LESSONS_FILE).write_bytes(content)
    assert_is_told(tmp_path, caplog)


def test_what_is_no_file_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / LESSONS_FILE
    path.mkdir()
    assert_is_told(tmp_path, caplog)
    path.rmdir()
    os.mkfifo(path)
    assert_is_told(tmp_path, caplog)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert_is_told(tmp_path, caplog)


def test_a_huge_file_is_not_read_to_its_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open(tmp_path / LESSONS_FILE, "wb") as file:
        file.truncate(LARGEST + 1)
    assert_is_told(tmp_path, caplog)


@given(content=st.binary(max_size=200), kept=st.integers(0, 400))
def test_no_content_of_the_file_raises(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, kept: int
) -> None:
    folder = tmp_path_factory.mktemp("release")
    for bytes_ in (content, encode_lessons([lesson()])[:kept] + content):
        (folder / LESSONS_FILE).write_bytes(bytes_)
        assert isinstance(read_learned(folder), Learned)


def test_an_outcome_model_is_read_beside_the_lessons(tmp_path: Path) -> None:
    (tmp_path / LESSONS_FILE).write_bytes(encode_lessons([lesson()]))
    (tmp_path / OUTCOME_FILE).write_bytes(encode_outcome(HIDING_ALL))
    learned = read_learned(tmp_path)
    assert (learned.lessons, learned.outcome) == (index_of([lesson()]), HIDING_ALL)


def test_a_damaged_outcome_model_is_told_and_costs_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / LESSONS_FILE).write_bytes(encode_lessons([lesson()]))
    for content in (b"{}", encode_outcome(HIDING_ALL).replace(b"1", b"2")):
        (tmp_path / OUTCOME_FILE).write_bytes(content)
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            learned = read_learned(tmp_path)
        assert (learned.lessons, learned.outcome) == (index_of([lesson()]), None)
        (record,) = caplog.records
        assert "served without its outcome model" in record.getMessage()
        assert str(tmp_path / OUTCOME_FILE) in record.getMessage()


def assert_is_empty(learned: Learned) -> None:
    assert (learned.lessons, learned.outcome) == (LessonIndex(), None)


def assert_is_told(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Path and remedy are in the log, once."""
    caplog.clear()
    with caplog.at_level(logging.ERROR):
        assert_is_empty(read_learned(folder))
    (record,) = caplog.records
    message = record.getMessage()
    assert str(folder / LESSONS_FILE) in message
    assert "served without lessons" in message
