import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_protocol.repository import (
    REPOSITORY_ID_PATTERN,
    Repository,
    normalise_remote,
    repository_id,
)

SAME_REMOTE = [
    "https://github.com/pallets/click",
    "https://github.com/pallets/click.git",
    "https://github.com/pallets/click/",
    "https://user:secret@github.com/pallets/click.git",
    "https://GitHub.com/Pallets/Click",
    "ssh://git@github.com:22/pallets/click.git",
    "git@github.com:pallets/click.git",
    "github.com:pallets/click",
    "git://github.com//pallets/click",
]


@pytest.mark.parametrize("url", SAME_REMOTE)
def test_ways_of_writing_one_remote_are_one(url: str) -> None:
    assert normalise_remote(url) == "github.com/pallets/click"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("/srv/git/click.git", "srv/git/click"),
        ("file:///srv/git/click.git", "srv/git/click"),
        (r"C:\src\click", "c:/src/click"),
        ("../click", "../click"),
    ],
)
def test_a_remote_on_disk_keeps_its_path(url: str, normal: str) -> None:
    assert normalise_remote(url) == normal


def test_no_password_reaches_the_id() -> None:
    known = repository_id(Repository(remote="https://user:hunter2@host/a/b"))
    assert known == repository_id(Repository(remote="https://host/a/b"))


def test_clones_share_an_id_and_forks_do_not() -> None:
    ours = Repository(root_commit="a" * 40, remote=SAME_REMOTE[0], folder="/home/one/click")
    theirs = Repository(root_commit="a" * 40, remote=SAME_REMOTE[6], folder="/home/two/work")
    fork = Repository(root_commit="a" * 40, remote="https://github.com/someone/click")
    assert repository_id(ours) == repository_id(theirs)
    assert repository_id(ours) != repository_id(fork)


def test_a_folder_counts_only_without_git() -> None:
    one = Repository(folder="/a/notes")
    assert repository_id(one).startswith("notes-")
    assert repository_id(one) != repository_id(Repository(folder="/b/notes"))


def test_nothing_identifies_nothing() -> None:
    with pytest.raises(ValueError, match="root commit"):
        repository_id(Repository())


@given(st.text(min_size=1), st.none() | st.text())
def test_every_id_is_safe_as_a_folder_and_adapter_name(folder: str, remote: str | None) -> None:
    known = repository_id(Repository(folder=folder, remote=remote))
    assert re.match(REPOSITORY_ID_PATTERN, known)
    assert len(known) < 64


@given(st.sampled_from(["", "https://", "git@", "ssh://["]), st.text())
def test_any_remote_that_git_can_hold_has_a_normal_form(start: str, rest: str) -> None:
    assert normalise_remote(start + rest) == normalise_remote(start + rest).lower()
