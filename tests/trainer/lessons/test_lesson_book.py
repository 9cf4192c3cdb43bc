"""Lessons on disk."""

import multiprocessing
import os
from itertools import pairwise
from pathlib import Path

import pytest
from lessons_learned import lesson

from understudy_protocol.errors import NotFound, UnderstudyError
from understudy_protocol.lesson import LESSONS_FILE, Rate, decode_lessons
from understudy_protocol.repository import RepositoryId
from understudy_releases.forgotten_lessons import BOOK, forgotten_lessons
from understudy_trainer.learn.whole_file import sealed
from understudy_trainer.lessons.lesson_book import (
    Book,
    LessonsDamaged,
    forget,
    home_of,
    learn,
    read_book,
    restore,
    review,
    reviewed,
    write_lessons,
)
from understudy_trainer.lessons.proving import Trial


def test_it_lies_beside_the_nights(tmp_path: Path) -> None:
    home = home_of(tmp_path, RepositoryId("shop-0123456789ab"))
    assert home == tmp_path / "nights" / "shop-0123456789ab"


def test_nothing_learned_is_an_empty_book(tmp_path: Path) -> None:
    assert read_book(tmp_path / "nowhere") == Book()


def test_lessons_come_back_from_disk(tmp_path: Path) -> None:
    learn(tmp_path / "new", [lesson(), lesson("verify")])
    assert read_book(tmp_path / "new").lessons == (lesson(), lesson("verify"))


def test_learned_twice_is_learned_once(tmp_path: Path) -> None:
    learn(tmp_path, [lesson()])
    learn(tmp_path, [lesson(informed=Rate(7, 8)), lesson("verify")])
    again = learn(tmp_path, [lesson(informed=Rate(7, 8)), lesson("verify")])
    assert [each.id for each in again.lessons] == [lesson().id, lesson("verify").id]
    assert again.lessons[0].informed == Rate(7, 8)
    assert read_book(tmp_path) == again


def test_what_was_deleted_is_not_learned_again(tmp_path: Path) -> None:
    learn(tmp_path, [lesson(), lesson("verify")])
    assert forget(tmp_path, lesson().id) == lesson()
    learn(tmp_path, [lesson(night=9), lesson("verify")])
    assert read_book(tmp_path).lessons == (lesson("verify"),)
    assert read_book(tmp_path).forgotten == {lesson().id}
    assert read_book(tmp_path).deleted == (lesson(),)
    assert forgotten_lessons(tmp_path / BOOK) == {lesson().id}


def test_what_was_deleted_comes_back_as_it_was(tmp_path: Path) -> None:
    before = learn(tmp_path, [lesson(), lesson("verify")])
    for id in (lesson("verify").id, lesson("verify").id[:9]):
        forget(tmp_path, lesson("verify").id)
        assert restore(tmp_path, id) == lesson("verify")
        assert read_book(tmp_path) == before
    with pytest.raises(NotFound, match="no lesson"):
        restore(tmp_path, lesson("verify").id)


def test_of_a_lesson_that_an_older_version_deleted_the_id_alone_comes_back(tmp_path: Path) -> None:
    old = b'{"lessons":[],"forgotten":["%s"]}' % lesson().id.encode()
    (tmp_path / BOOK).write_bytes(sealed(old))
    assert forgotten_lessons(tmp_path / BOOK) == {lesson().id}
    assert restore(tmp_path, lesson().id) is None
    assert learn(tmp_path, [lesson()]).lessons == (lesson(),)


def test_without_a_book_nothing_is_forgotten(tmp_path: Path) -> None:
    assert forgotten_lessons(tmp_path / "nowhere" / BOOK) == frozenset()


def test_what_is_about_something_that_is_gone_leaves_though_it_was_not_tried(
    tmp_path: Path,
) -> None:
    learn(tmp_path, [lesson(), lesson("verify")])
    lost = Trial(lesson(), holes=0, chance=1.0, is_gone=True)
    assert review(tmp_path, [lost]).lessons == (lesson("verify"),)


def test_a_review_may_be_looked_at_before_it_is_written(tmp_path: Path) -> None:
    before = learn(tmp_path, [lesson("helped")])
    tonight = [trial("helped", chance=0.6), trial("new", chance=0.0)]
    after = reviewed(before, tonight)
    assert [each.id for each in after.lessons] == [lesson("new").id]
    assert read_book(tmp_path) == before
    assert review(tmp_path, tonight) == after


def test_after_a_night_what_was_proved_is_in_it_and_what_no_longer_helps_is_not(
    tmp_path: Path,
) -> None:
    learn(tmp_path, [lesson("helps"), lesson("helped"), lesson("unseen"), lesson("weaker")])
    tonight = [
        trial("helps", chance=0.0, informed=Rate(60, 64), night=9),
        trial("helped", chance=0.6),
        trial("unseen", chance=1.0, holes=0, informed=Rate()),
        trial("weaker", chance=0.1, informed=Rate(40, 64)),
        trial("new", chance=0.01),
        trial("nothing", chance=0.1),
    ]
    after = review(tmp_path, tonight)
    names = ("helps", "unseen", "weaker", "new")
    assert [each.id for each in after.lessons] == [lesson(name).id for name in names]
    assert [each.informed for each in after.lessons[:3]] == [
        Rate(60, 64),
        lesson().informed,
        Rate(40, 64),
    ]
    assert after.lessons[0].night == 9
    assert read_book(tmp_path) == after
    assert review(tmp_path, tonight) == after


def test_what_left_may_be_learned_again_but_not_what_was_deleted(tmp_path: Path) -> None:
    learn(tmp_path, [lesson(), lesson("verify")])
    forget(tmp_path, lesson().id)
    assert review(tmp_path, [trial("verify", chance=1.0)]).lessons == ()
    back = review(tmp_path, [trial("verify", chance=0.0), trial("timeout", chance=0.0)])
    assert [each.id for each in back.lessons] == [lesson("verify").id]


def test_a_release_has_the_lessons_of_the_book_and_no_file_without_any(tmp_path: Path) -> None:
    write_lessons(Book(), tmp_path)
    assert list(tmp_path.iterdir()) == []
    write_lessons(Book((lesson(), lesson("verify"))), tmp_path)
    written = (tmp_path / LESSONS_FILE).read_bytes()
    assert decode_lessons(written, "") == (lesson(), lesson("verify"))


def trial(name: str, *, chance: float, holes: int = 8, **changes: object) -> Trial:
    return Trial(lesson(name, **changes), holes, chance)


def test_an_id_may_be_shortened_as_long_as_it_is_clear(tmp_path: Path) -> None:
    names = [f"name_{number}" for number in range(17)]
    learn(tmp_path, [lesson(name) for name in names])
    ids = sorted(lesson(name).id for name in names)
    first = next(one for one, other in pairwise(ids) if one[0] == other[0])
    with pytest.raises(NotFound, match="Give more of the id"):
        forget(tmp_path, first[0])
    assert forget(tmp_path, first[:9]).id == first


@pytest.mark.parametrize("id", ["", "nothing"])
def test_an_id_that_there_is_not_is_named(tmp_path: Path, id: str) -> None:
    learn(tmp_path, [lesson()])
    with pytest.raises(NotFound, match="no lesson"):
        forget(tmp_path, id)
    assert read_book(tmp_path).lessons == (lesson(),)


@pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
def test_a_damaged_book_is_named_and_left_as_it_is(tmp_path: Path, damage: bytes | None) -> None:
    learn(tmp_path, [lesson()])
    path = tmp_path / BOOK
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data) if damage is None else damage)
    before = path.read_bytes()
    with pytest.raises(LessonsDamaged) as caught:
        read_book(tmp_path)
    assert str(path) in caught.value.problem
    assert "delete it" in caught.value.remedy
    with pytest.raises(LessonsDamaged):
        learn(tmp_path, [lesson("verify")])
    assert path.read_bytes() == before


def test_a_folder_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / BOOK).mkdir()
    with pytest.raises(LessonsDamaged, match=BOOK):
        read_book(tmp_path)


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "nights").write_text("")
    with pytest.raises(UnderstudyError, match="cannot be written"):
        learn(tmp_path / "nights" / "shop", [lesson()])


def test_a_write_that_was_cut_off_leaves_the_book_as_it_was(tmp_path: Path) -> None:
    learn(tmp_path, [lesson()])
    (tmp_path / f".{BOOK}.part").write_bytes(b"half of a new")
    assert read_book(tmp_path).lessons == (lesson(),)
    learn(tmp_path, [lesson("verify")])
    assert len(read_book(tmp_path).lessons) == 2


def test_nothing_is_lost_when_several_write_at_a_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=learn_ten, args=(tmp_path, first)) for first in (0, 10, 20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert len(read_book(tmp_path).lessons) == 30


def learn_ten(home: Path, first: int) -> None:
    for number in range(first, first + 10):
        learn(home, [lesson(f"name_{number}")])


def test_others_on_the_machine_cannot_read_it(tmp_path: Path) -> None:
    learn(tmp_path / "home", [lesson()])
    assert os.stat(tmp_path / "home" / BOOK).st_mode & 0o077 == 0
