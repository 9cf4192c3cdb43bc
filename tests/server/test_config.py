from pathlib import Path

import pytest

from understudy_protocol.errors import ConfigError
from understudy_server.config import load_config


def test_flags_win_over_the_environment_which_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('host = "127.0.0.2"\nport = 1\nmax_in_flight = 3\n')
    environment = {"UNDERSTUDY_PORT": "2", "UNDERSTUDY_HOST": "127.0.0.3"}
    config = load_config(file, environment, flags={"port": 4})
    assert (config.host, config.port, config.max_in_flight) == ("127.0.0.3", 4, 3)


def test_lists_in_the_environment_are_separated_by_commas() -> None:
    environment = {"UNDERSTUDY_ENGINE_URLS": "http://a:1, http://b:2"}
    assert load_config(None, environment, flags={}).engine_urls == ("http://a:1", "http://b:2")


def test_folders_may_be_written_down(tmp_path: Path) -> None:
    file = tmp_path / "understudy.toml"
    file.write_text(f"state_dir = '{tmp_path}'", encoding="utf-8")
    assert load_config(file, {}, flags={}).state_dir == tmp_path
    here = {"UNDERSTUDY_STATE_DIR": "~/state"}
    assert load_config(file, here, flags={}).state_dir == Path.home() / "state"


def test_the_store_is_sqlite_in_the_state_directory_unless_said_otherwise(tmp_path: Path) -> None:
    config = load_config(None, {}, flags={"state_dir": tmp_path})
    assert config.database_url == f"sqlite:///{tmp_path}/experience.db"
    other = load_config(None, {"UNDERSTUDY_DATABASE": "postgresql+psycopg://h/d"}, flags={})
    assert other.database_url == "postgresql+psycopg://h/d"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("prot = 1\n", "unknown keys: prot"),
        ("port = \n", "is not TOML"),
        ('port = "many"\n', r"\$\.port"),
        ("port = 70000\n", r"\$\.port"),
        ("max_in_flight = 0\n", r"\$\.max_in_flight"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(
    tmp_path: Path, content: str, complaint: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=complaint):
        load_config(file, {}, flags={})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read"):
        load_config(tmp_path / "nowhere.toml", {}, flags={})


def test_a_wrong_environment_variable_is_refused() -> None:
    with pytest.raises(ConfigError, match="port"):
        load_config(None, {"UNDERSTUDY_PORT": "http"}, flags={})


@pytest.mark.parametrize(
    ("flags", "share"),
    [
        ({}, None),
        ({"night_at": "03:00"}, 0.6),
        ({"night_when_idle": 30}, 0.6),
        ({"night_at": "03:00", "gpu_share": 0.8}, 0.8),
        ({"gpu_share": 0.5}, 0.5),
    ],
)
def test_where_nights_come_the_engine_leaves_them_room(
    flags: dict[str, object], share: float | None
) -> None:
    assert load_config(None, {}, flags=flags).engine_gpu_share == share
