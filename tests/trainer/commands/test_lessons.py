"""`understudy lessons`, as people call it."""

import hashlib
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from git_histories import history
from lessons_learned import lesson

from understudy_protocol.errors import ConfigError, NotFound
from understudy_protocol.lesson import LESSONS_FILE, Evidence, Rate, Scope, encode_lessons
from understudy_protocol.release import (
    SERVING_FILE,
    Promotion,
    ReleaseVersion,
    ServingHistory,
    encode_history,
)
from understudy_releases.forgotten_lessons import BOOK
from understudy_trainer.commands.lessons import LessonRow, lessons
from understudy_trainer.lessons.in_prompts import in_prompts
from understudy_trainer.lessons.lesson_book import LessonsDamaged, home_of, learn, read_book
from understudy_trainer.night.identity import identity


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    history(tmp_path / "shop", {"a.py": "x = 1\n"})
    return tmp_path / "shop"


def home(shop: Path) -> Path:
    return home_of(shop.parent / "state", identity(shop))


def called(shop: Path, *options: str) -> Result:
    """With a terminal that is wide enough for every column."""
    command = [*options, "--state-dir", str(shop.parent / "state")]
    runner = CliRunner(env={"COLUMNS": "200"})
    return runner.invoke(lessons, command, catch_exceptions=False)


def test_the_table_says_what_was_learned_where_it_holds_and_what_it_is_worth(shop: Path) -> None:
    scope = Scope("python", names=("load", "read"), path="src")
    other = lesson(heuristic="Here `load` is called, not `read`.", scope=scope)
    learn(home(shop), [lesson(), other])
    result = called(shop, str(shop))
    assert result.exit_code == 0
    row, another = (
        next(line for line in result.stdout.splitlines() if each.id in line)
        for each in (lesson(), other)
    )
    told = ("Calls of `get` here pass `timeout=`.", "calls of get (python)", "3/16 → 14/16")
    for cell in (*told, "2023-11-1", "src/shop.py @c0ffee"):
        assert cell in row
    assert "near load or read, in src/ (python)" in another


def test_long_evidence_is_counted(shop: Path) -> None:
    places = tuple(Evidence("0" * 16, f"src/a{number}.py", "c0ffee") for number in range(9))
    learn(home(shop), [lesson(evidence=places)])
    assert "src/a2.py @c0ffee, 6 more" in called(shop, str(shop)).stdout


def test_names_with_brackets_are_printed_as_they_are(shop: Path) -> None:
    learn(home(shop), [lesson(heuristic="Here `[red]` is used.", informed=Rate(), night=0)])
    result = called(shop, str(shop))
    assert "Here `[red]` is used." in result.stdout
    assert "3/16 → -" in result.stdout


def test_json_has_everything_beside_the_ids(shop: Path) -> None:
    learn(home(shop), [lesson()])
    for command in ((str(shop), "--json"), ("--json", str(shop)), ("list", str(shop), "--json")):
        rows = msgspec.json.decode(called(shop, *command).stdout, type=list[LessonRow])
        assert rows == [LessonRow(lesson().id, lesson(), in_prompts=False)]


def test_without_lessons_it_says_how_they_come_about(shop: Path) -> None:
    result = called(shop, str(shop))
    assert result.exit_code == 0
    assert identity(shop) in result.stdout
    assert "understudy train --reinforce" in result.stdout
    assert called(shop, str(shop), "--json").stdout == "[]\n"


def test_a_lesson_that_was_forgotten_is_not_learned_again(shop: Path) -> None:
    learn(home(shop), [lesson(), lesson("verify")])
    result = called(shop, "forget", lesson().id, str(shop))
    assert result.exit_code == 0
    assert lesson().heuristic in result.stdout
    learn(home(shop), [lesson()])
    assert read_book(home(shop)).lessons == (lesson("verify"),)
    listed = called(shop, str(shop)).stdout
    assert "not learned again" in listed
    assert f"{lesson().id}  {lesson().heuristic}" in listed


def test_a_lesson_that_was_forgotten_can_be_restored(shop: Path) -> None:
    learn(home(shop), [lesson(), lesson("verify")])
    called(shop, "forget", lesson().id, str(shop))
    serve(shop, encode_lessons([lesson()]))
    told = called(shop, "restore", lesson().id[:8], str(shop)).stdout
    assert f"{lesson().heuristic} Prompts have it now." in told
    assert "Deleted" not in called(shop, str(shop)).stdout
    called(shop, "forget", lesson("verify").id, str(shop))
    told = called(shop, "restore", lesson("verify").id, str(shop)).stdout
    assert "from the next release on" in told
    assert len(read_book(home(shop)).lessons) == 2


def test_what_the_served_release_has_is_in_prompts(shop: Path) -> None:
    learn(home(shop), [lesson(), lesson("verify")])
    serve(shop, encode_lessons([lesson()]))
    rows = msgspec.json.decode(called(shop, str(shop), "--json").stdout, type=list[LessonRow])
    assert [row.in_prompts for row in rows] == [True, False]
    lines = called(shop, str(shop)).stdout.splitlines()
    assert ["  yes  " in line for line in lines if lesson().id in line] == [True]
    assert ["  yes  " in line for line in lines if lesson("verify").id in line] == [False]


def test_a_forgotten_lesson_is_in_no_prompt_whatever_release_is_served(shop: Path) -> None:
    learn(home(shop), [lesson(), lesson("verify")])
    serve(shop, encode_lessons([lesson(), lesson("verify")]))
    told = called(shop, "forget", lesson().id, str(shop)).stdout
    assert "No prompt has it any more" in told
    state, repository = shop.parent / "state", identity(shop)
    assert in_prompts(state, repository) == {lesson("verify").id}
    serve(shop, encode_lessons([lesson()]))
    assert in_prompts(state, repository) == frozenset()


@pytest.mark.parametrize("content", [b"", b"[]", None])
def test_a_release_whose_lessons_cannot_be_read_has_none_in_prompts(
    shop: Path, content: bytes | None
) -> None:
    learn(home(shop), [lesson()])
    serve(shop, content)
    rows = msgspec.json.decode(called(shop, str(shop), "--json").stdout, type=list[LessonRow])
    assert [row.in_prompts for row in rows] == [False]


def test_all_that_is_known_of_a_lesson_is_shown(shop: Path) -> None:
    places = tuple(Evidence("0" * 16, f"src/a{number}.py", "c0ffee") for number in range(9))
    learn(home(shop), [lesson(evidence=places)])
    shown = called(shop, "show", lesson().id[:6], str(shop)).stdout
    for each in (lesson().heuristic, lesson().critique, "3/16 → 14/16", "src/a8.py @c0ffee"):
        assert each in shown


def test_where_answers_parted_is_shown(shop: Path) -> None:
    place = Evidence("0" * 16, "src/a.py", "c0ffee", line=12, node="return_statement")
    learn(home(shop), [lesson(evidence=(place,))])
    assert "src/a.py:12 @c0ffee" in called(shop, str(shop)).stdout
    shown = called(shop, "show", lesson().id, str(shop)).stdout
    assert "src/a.py:12 @c0ffee, return statement" in shown


def test_a_lesson_that_there_is_not_is_named(shop: Path) -> None:
    for command in ("show", "forget", "restore"):
        with pytest.raises(NotFound, match="'nothing'"):
            called(shop, command, "nothing", str(shop))


def test_a_damaged_book_is_named(shop: Path) -> None:
    learn(home(shop), [lesson()])
    (home(shop) / BOOK).write_bytes(b"nothing")
    with pytest.raises(LessonsDamaged, match=BOOK):
        called(shop, str(shop))


def test_a_folder_without_git_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=str(tmp_path)):
        called(tmp_path, str(tmp_path))


NAMES = ("list", "show", "forget", "restore")


def test_help_teaches_both_ways() -> None:
    for command in (["--help"], *([each, "--help"] for each in NAMES)):
        result = CliRunner().invoke(lessons, command)
        assert result.exit_code == 0
        assert "PATH" in result.stdout


def serve(shop: Path, lessons_file: bytes | None) -> None:
    """A release of the shop with this file of lessons, promoted by hand; None is without one."""
    releases_dir, repository = shop.parent / "state" / "releases", identity(shop)
    version = ReleaseVersion(hashlib.sha256(repr(lessons_file).encode()).hexdigest()[:12])
    folder = releases_dir / repository / version
    folder.mkdir(parents=True)
    if lessons_file is not None:
        (folder / LESSONS_FILE).write_bytes(lessons_file)
    promotion = Promotion(version=version, at=0, reason="")
    history = ServingHistory(repository=repository, promotions=(promotion,))
    (folder.parent / SERVING_FILE).write_bytes(encode_history(history))
