import os
from pathlib import Path

import pytest

from understudy_protocol.errors import ConfigError, NotFound
from understudy_protocol.repository import RepositoryId
from understudy_server.people import People, add_person, local_token, read_people, remove_person

CLICK = RepositoryId("click-0123456789ab")
HTTPX = RepositoryId("httpx-0123456789ab")


def test_the_local_token_is_private_and_stays_the_same(tmp_path: Path) -> None:
    token = local_token(tmp_path / "state")
    assert local_token(tmp_path / "state") == token
    assert len(token) >= 40
    assert (tmp_path / "state" / "token").stat().st_mode & 0o777 == 0o600


def test_the_local_token_may_use_every_repository(tmp_path: Path) -> None:
    caller = People(tmp_path).caller(local_token(tmp_path))
    assert caller is not None
    assert caller.name is None
    assert caller.may_use(CLICK)


def test_a_person_may_use_only_the_repositories_of_the_token(tmp_path: Path) -> None:
    token = add_person(tmp_path, "alice", [CLICK])
    caller = People(tmp_path).caller(token)
    assert caller is not None
    assert caller.name == "alice"
    assert caller.may_use(CLICK)
    assert not caller.may_use(HTTPX)


@pytest.mark.parametrize("token", ["", "x", "Bearer", "\udce4", "ä" * 50])
def test_a_token_of_nobody_is_nobody(tmp_path: Path, token: str) -> None:
    assert People(tmp_path).caller(token) is None


def test_people_added_and_removed_count_at_once(tmp_path: Path) -> None:
    people = People(tmp_path)
    first = add_person(tmp_path, "alice", [CLICK])
    assert people.caller(first) is not None
    second = add_person(tmp_path, "alice", [HTTPX])
    os.utime(tmp_path / "people.json", ns=(1, 1))  # a clock that went back must not hide the change
    assert people.caller(first) is None
    assert people.caller(second) is not None
    remove_person(tmp_path, "alice")
    os.utime(tmp_path / "people.json", ns=(2, 2))
    assert people.caller(second) is None


def test_tokens_are_not_kept_in_the_clear(tmp_path: Path) -> None:
    token = add_person(tmp_path, "alice", [CLICK])
    assert token not in (tmp_path / "people.json").read_text()
    assert (tmp_path / "people.json").stat().st_mode & 0o777 == 0o600


def test_removing_nobody_says_who_there_is(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="understudy people list"):
        remove_person(tmp_path, "bob")


def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text("{")
    with pytest.raises(ConfigError, match=r"people\.json is damaged"):
        read_people(tmp_path)
    assert (tmp_path / "people.json").read_text() == "{"
