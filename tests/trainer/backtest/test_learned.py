"""A release must not be measured on what it has learned from."""

from pathlib import Path

import pytest
from borrowed_releases import release_of
from git_histories import commit, git, history

from understudy_protocol.errors import ConfigError
from understudy_protocol.release import DataCut
from understudy_trainer.backtest.arm import arms_named
from understudy_trainer.backtest.learned import check_learned
from understudy_trainer.backtest.walk import Work, work_of

LINES = [f"def area_{number}(width, height):\n    return width * height\n" for number in range(5)]


def grown(folder: Path) -> list[str]:
    """A commit a day; each adds a function, but for the first, which nobody typed."""
    return history(folder, *({"a.py": "\n\n".join(LINES[: n + 1])} for n in range(5)))


def work(folder: Path, since: str | None = None) -> Work:
    return work_of(folder, since=since, hunks=100, nights=0, seed=0)


def checked(folder: Path, state: Path, version: str, since: str | None = None) -> tuple[str, ...]:
    return check_learned(work(folder, since), arms_named(f"base,release:{version}", state))


def test_a_release_that_ends_before_the_first_hunk_is_fine(tmp_path: Path) -> None:
    commits = grown(tmp_path / "sums")
    version = release_of(tmp_path, commit=commits[0])
    assert checked(tmp_path / "sums", tmp_path, version) == ()


def test_a_release_that_has_seen_a_commit_is_refused_and_told_what_to_type(
    tmp_path: Path,
) -> None:
    commits = grown(tmp_path / "sums")
    version = release_of(tmp_path, commit=commits[2])
    with pytest.raises(ConfigError, match="has learned from commits until") as refused:
        checked(tmp_path / "sums", tmp_path, version)
    assert commits[2][:12] in refused.value.problem
    assert commits[1][:12] in refused.value.problem
    since = refused.value.remedy.partition("--since ")[2].rstrip(".")
    assert checked(tmp_path / "sums", tmp_path, version, since) == ()
    steps = work(tmp_path / "sums", since).steps
    assert [step.commit for step in steps] == commits[3:]


def test_an_earlier_release_that_would_do_is_named(tmp_path: Path) -> None:
    commits = grown(tmp_path / "sums")
    earlier = release_of(tmp_path, commit=commits[0], seed=1)
    later = release_of(tmp_path, commit=commits[4], seed=2)
    with pytest.raises(ConfigError) as refused:
        checked(tmp_path / "sums", tmp_path, later)
    assert refused.value.remedy == f"Take a release that had not seen it: release:{earlier}."


def test_where_there_is_no_way_out_that_is_said(tmp_path: Path) -> None:
    commits = grown(tmp_path / "sums")
    version = release_of(tmp_path, commit=commits[4])
    with pytest.raises(ConfigError) as refused:
        checked(tmp_path / "sums", tmp_path, version)
    assert "Commit something that it has not seen" in refused.value.remedy


def test_a_release_that_has_seen_what_lies_ahead_of_head_is_refused(tmp_path: Path) -> None:
    commits = grown(tmp_path / "sums")
    version = release_of(tmp_path, commit=commits[4])
    git(tmp_path / "sums", "checkout", "--quiet", commits[2])
    with pytest.raises(ConfigError, match="has learned from commits until"):
        checked(tmp_path / "sums", tmp_path, version)


def test_older_work_that_was_merged_after_the_cut_is_refused(tmp_path: Path) -> None:
    """The release knows the code that the branch was not written on."""
    folder = tmp_path / "sums"
    history(folder, {"a.py": LINES[0]})
    git(folder, "checkout", "--quiet", "-b", "topic")
    typed = commit(folder, {"b.py": LINES[1] * 2}, 1)
    git(folder, "checkout", "--quiet", "main")
    cut = commit(folder, {"notes.txt": "what nobody types\n"}, 2)
    git(folder, "merge", "--quiet", "--no-edit", "topic")
    version = release_of(tmp_path, commit=cut)
    assert typed in {step.commit for step in work(folder).steps}
    with pytest.raises(ConfigError, match="has learned from commits until"):
        checked(folder, tmp_path, version)


@pytest.mark.parametrize("commit_of_it", [None, "0" * 40])
def test_what_cannot_be_known_is_noted(tmp_path: Path, commit_of_it: str | None) -> None:
    grown(tmp_path / "sums")
    version = release_of(tmp_path, commit=commit_of_it)
    [note] = checked(tmp_path / "sums", tmp_path, version)
    assert note.startswith(f"release:{version} was made from something else than this history")


def test_what_was_typed_before_it_was_committed_is_noted(tmp_path: Path) -> None:
    commits = grown(tmp_path / "sums")
    cut = DataCut(commit=commits[0], cursor=3)
    [note] = checked(tmp_path / "sums", tmp_path, release_of(tmp_path, data_cut=cut))
    assert "has learned from what was typed until 2023-11-14" in note


def test_arms_without_a_release_have_nothing_to_hide(tmp_path: Path) -> None:
    grown(tmp_path / "sums")
    assert check_learned(work(tmp_path / "sums"), arms_named("base,understudy,learning")) == ()
