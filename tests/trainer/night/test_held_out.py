"""What a night is proved on lies after what it learns."""

from pathlib import Path

import pytest
from git_histories import git
from small_nights import grow, shop

from understudy_protocol.errors import ConfigError
from understudy_trainer.curriculum.gather import gather
from understudy_trainer.night.held_out import as_examples, drawn, hold_out, holes_between
from understudy_trainer.repoworld.worlds import open_world


def test_the_newest_commits_are_held_out(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", commits=12)
    names = git(folder, "rev-list", "--reverse", "HEAD").split()
    span = hold_out(open_world(folder), since=None, wanted=5, seed=0)
    assert span is not None
    assert (span.learn_until, span.until) == (names[-2], names[-1])
    more = hold_out(open_world(folder), since=None, wanted=1000, seed=0)
    assert more is not None
    # A quarter at most, however many are wanted.
    assert (more.learn_until, more.until) == (names[-3], names[-1])


def test_no_hole_has_text_that_was_there_before(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    world = open_world(folder)
    span = hold_out(world, since=None, wanted=30, seed=0)
    assert span is not None
    holes = drawn(holes_between(world, span, seed=0), wanted=30, seed=0)
    learned = gather(folder, commit=span.learn_until)
    known = {line.strip() for text in learned.files.values() for line in text.split("\n")}
    assert len(holes) == 30
    for hole in holes:
        start, end = hole.prefix.rpartition("\n")[2], hole.suffix.partition("\n")[0]
        lines = (start + hole.middle + end).split("\n")
        assert not any(line.strip() in known for line in lines if line.strip())


def test_snippets_of_a_hole_are_from_before_it(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    world = open_world(folder)
    span = hold_out(world, since=None, wanted=30, seed=0)
    assert span is not None
    holes = drawn(holes_between(world, span, seed=0), wanted=30, seed=0)
    files = {"shop/ledger.py": "def entry(ledger, name, count):\n    return ledger.get(name)\n"}
    bare = as_examples(holes, commit="", files=files, snippets=False)
    shown = as_examples(holes, commit="", files=files, snippets=True)
    assert not any(each.snippets for each in bare)
    assert {snippet.path for each in shown for snippet in each.snippets} == {"shop/ledger.py"}
    assert [each.middle for each in bare] == [each.middle for each in shown]


def test_nothing_new_is_nothing_to_hold_out(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    world = open_world(folder)
    newest = git(folder, "rev-parse", "HEAD")
    assert hold_out(world, since=newest, wanted=5, seed=0) is None
    grow(folder, 20)
    span = hold_out(world, since=newest, wanted=5, seed=0)
    assert span is not None
    assert span.learn_until == newest


def test_a_history_that_was_rewritten_is_said_to_be(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    with pytest.raises(ConfigError, match="--anew"):
        hold_out(open_world(folder), since="0" * 40, wanted=5, seed=0)
