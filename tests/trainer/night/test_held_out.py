"""What a night is proved on lies after what it learns."""

from pathlib import Path

import pytest
from git_histories import commit, git
from small_nights import grow, shop

from understudy_protocol.errors import ConfigError
from understudy_trainer.curriculum.gather import gather
from understudy_trainer.night.held_out import Span, as_examples, drawn, hold_out, holes_between
from understudy_trainer.repoworld.worlds import open_world

C = "int item_{n}(struct ledger *ledger) {{\n    return ledger_entry(ledger, {n}, price_{n});\n}}\n"


def span_of(
    folder: Path,
    *,
    since: str | None = None,
    wanted: int,
    not_before: str | None = None,
    beside: str | None = None,
) -> Span | None:
    newest = gather(folder, commit="HEAD", since="HEAD").files
    return hold_out(
        open_world(folder),
        since=since,
        wanted=wanted,
        seed=0,
        files=newest,
        not_before=not_before,
        beside=beside,
    )


def test_the_newest_commits_are_held_out(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", commits=12)
    names = git(folder, "rev-list", "--reverse", "HEAD").split()
    span = span_of(folder, wanted=5)
    assert span is not None
    assert (span.learn_until, span.until) == (names[-2], names[-1])
    more = span_of(folder, wanted=1000)
    assert more is not None
    # A quarter at most, however many are wanted.
    assert (more.learn_until, more.until) == (names[-3], names[-1])


def test_no_hole_has_text_that_was_there_before(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    world = open_world(folder)
    span = span_of(folder, wanted=30)
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
    span = span_of(folder, wanted=30)
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
    newest = git(folder, "rev-parse", "HEAD")
    assert span_of(folder, since=newest, wanted=5) is None
    grow(folder, 20)
    span = span_of(folder, since=newest, wanted=5)
    assert span is not None
    assert span.learn_until == newest


def test_a_history_that_was_rewritten_is_said_to_be(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    with pytest.raises(ConfigError, match="--anew"):
        span_of(folder, since="0" * 40, wanted=5)


def test_holes_of_files_that_may_not_be_learned_from_do_not_count(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", commits=12)
    (folder / ".understudyignore").write_text("shop/part_11.py\n")
    names = git(folder, "rev-list", "--reverse", "HEAD").split()
    span = span_of(folder, wanted=5)
    assert span is not None
    assert span.learn_until == names[-3]


def test_nothing_is_held_out_that_the_served_release_has_learned(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", commits=12)
    names = git(folder, "rev-list", "--reverse", "HEAD").split()
    span = span_of(folder, wanted=1000, not_before=names[-2])
    assert span is not None
    assert span.learn_until == names[-2]
    assert span_of(folder, wanted=5, not_before=names[-1]) is None


def test_lines_of_a_branch_that_was_learned_are_not_held_out(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    cut = git(folder, "rev-parse", "HEAD")
    git(folder, "switch", "--quiet", "--create", "branch")
    learned = grow(folder, 7)
    git(folder, "switch", "--quiet", "main")
    grow(folder, 8)
    git(folder, "merge", "--quiet", "--no-ff", "--message=-", "branch")
    until, world = git(folder, "rev-parse", "HEAD"), open_world(folder)
    all_of = {hole.path for hole in holes_between(world, Span(cut, until), seed=0)}
    assert all_of == {"shop/part_7.py", "shop/part_8.py"}
    rest = {hole.path for hole in holes_between(world, Span(cut, until, learned), seed=0)}
    assert rest == {"shop/part_8.py"}


def test_a_language_without_a_grammar_is_asked_by_lines(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    cut = git(folder, "rev-parse", "HEAD")
    code = "/* Items. */\n" + "".join(C.format(n=number) for number in range(9))
    until = commit(folder, {"shop/item.c": code}, 7)
    holes = holes_between(open_world(folder), Span(cut, until), seed=0)
    assert {hole.kind for hole in holes} == {"line", "rest_of_line"}
    assert len(holes) >= 20
    middles = {hole.middle for hole in holes}
    assert "return ledger_entry(ledger, 3, price_3);" in middles
    assert "3, price_3);" in middles
    assert not any("Items" in middle for middle in middles)
