import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from releases_on_disk import (
    OTHER_REPOSITORY,
    REPOSITORY,
    base_model,
    described,
    overwrite,
    release,
)

from understudy_protocol.errors import NotFound, ReleaseError, UnderstudyError
from understudy_protocol.release import ReleaseVersion, served
from understudy_releases.promotions import Rejection, history, note_rejection
from understudy_releases.verification import BaseModel
from understudy_server.commands.releases import releases


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    return described(base_model(tmp_path / "base"))


@pytest.fixture
def made(tmp_path: Path, base: BaseModel) -> list[ReleaseVersion]:
    """Three releases, the oldest first."""
    return [
        release(tmp_path / "releases", base, seed=seed, created_at=1_700_000_000_000 + seed)
        for seed in range(3)
    ]


def run(tmp_path: Path, *arguments: str) -> Result:
    """In a wide terminal; an error that Understudy raises on purpose is raised here."""
    result = CliRunner(env={"COLUMNS": "200"}).invoke(
        releases, [*arguments, "--state-dir", str(tmp_path)]
    )
    if isinstance(result.exception, UnderstudyError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_list_says_what_there_is_and_what_is_served(tmp_path: Path, made: list[ReleaseVersion]):
    run(tmp_path, "promote", made[0])
    run(tmp_path, "promote", made[1])
    output = run(tmp_path, "list").output
    cells = [line.split("│") for line in output.splitlines() if line.startswith("│")]
    assert [(row[1].strip(), row[-2].strip()) for row in cells] == [
        (made[0], "stood"),
        (made[1], "served"),
        (made[2], ""),
    ]
    assert REPOSITORY in output


def test_list_as_json_has_the_manifests(tmp_path: Path, made: list[ReleaseVersion]):
    rows = json.loads(run(tmp_path, "list", "--json").output)
    assert [row["version"] for row in rows] == made
    assert rows[0]["manifest"]["base_model"] == "tiny"


def test_list_may_be_of_one_repository(tmp_path: Path, base: BaseModel, made: list[ReleaseVersion]):
    other = release(tmp_path / "releases", base, repository=OTHER_REPOSITORY)
    rows = json.loads(run(tmp_path, "list", "rich", "--json").output)
    assert [row["version"] for row in rows] == [other]


def test_list_of_nothing_says_so(tmp_path: Path):
    assert "No releases" in run(tmp_path, "list").output
    assert json.loads(run(tmp_path, "list", "--json").output) == []


def test_list_shows_a_damaged_release_beside_the_others(tmp_path: Path, made: list[ReleaseVersion]):
    overwrite(tmp_path / "releases" / REPOSITORY / made[1] / "manifest.json", b"{")
    rows = json.loads(run(tmp_path, "list", "--json").output)
    assert {row["version"]: row["state"] for row in rows}[made[1]] == "damaged"
    result = run(tmp_path, "list")
    assert "not JSON" in result.stderr
    assert made[0] in result.stdout


def test_what_the_gateway_refused_is_shown_with_its_reason(
    tmp_path: Path, made: list[ReleaseVersion]
):
    run(tmp_path, "promote", made[0])
    refused = Rejection(version=made[0], problem="It is for another model.", remedy="Mend.", at=1)
    note_rejection(tmp_path / "releases", REPOSITORY, refused)
    result = run(tmp_path, "list")
    assert "refused" in result.stdout
    assert "It is for another model." in result.stderr
    assert "It is for another model." in run(tmp_path, "show", made[0]).stderr
    run(tmp_path, "promote", made[1])
    assert "refused" not in run(tmp_path, "list").stdout


def test_show_prints_the_manifest_and_the_history(tmp_path: Path, made: list[ReleaseVersion]):
    run(tmp_path, "promote", made[0], "--reason", "tried it for a day")
    output = run(tmp_path, "show", made[0]).output
    for text in (made[0], "tiny", "prompter", "not proved", "tried it for a day", "lessons.json"):
        assert text in output
    about = json.loads(run(tmp_path, "show", made[0], "--json").output)
    assert about["is_served"] is True
    assert about["promotions"][0]["reason"] == "tried it for a day"


def test_show_of_a_damaged_release_says_what_is_wrong(tmp_path: Path, made: list[ReleaseVersion]):
    overwrite(tmp_path / "releases" / REPOSITORY / made[0] / "lessons.json", b"[]")
    with pytest.raises(ReleaseError, match=r"lessons\.json is damaged"):
        run(tmp_path, "show", made[0])


def test_promoting_and_rolling_back_say_what_was_and_what_is(
    tmp_path: Path, made: list[ReleaseVersion]
):
    assert "before it was the base model" in run(tmp_path, "promote", made[0][:8]).output
    assert "already" in run(tmp_path, "promote", made[0]).output
    assert f"before it was {made[0]}" in run(tmp_path, "promote", made[1]).output
    assert f"{made[0]} is served" in run(tmp_path, "rollback", REPOSITORY).output
    assert "the base model is served" in run(tmp_path, "rollback", "click").output
    assert served(history(tmp_path / "releases", REPOSITORY)) is None
    with pytest.raises(ReleaseError, match="base model is served"):
        run(tmp_path, "rollback", REPOSITORY)


def test_an_unknown_version_or_repository_is_said_to_be_unknown(
    tmp_path: Path, made: list[ReleaseVersion]
):
    with pytest.raises(NotFound, match="no release"):
        run(tmp_path, "promote", "xyz")
    with pytest.raises(NotFound, match="has no releases"):
        run(tmp_path, "rollback", "flask")


def test_the_table_fits_a_terminal_of_80_columns(tmp_path: Path, made: list[ReleaseVersion]):
    result = CliRunner(env={"COLUMNS": "80"}).invoke(
        releases, ["list", "--state-dir", str(tmp_path)]
    )
    assert all(version in result.output for version in made)
    assert max(map(len, result.output.splitlines())) <= 80


def test_of_many_repositories_a_few_are_named(tmp_path: Path):
    for number in range(9):
        (tmp_path / "releases" / f"some-{number:012x}").mkdir(parents=True)
    with pytest.raises(NotFound, match="or 6 others"):
        run(tmp_path, "rollback", "some")


@pytest.mark.parametrize("arguments", [[], ["list"], ["show"], ["promote"], ["rollback"]])
def test_every_command_has_help(arguments: list[str]):
    result = CliRunner().invoke(releases, [*arguments, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_the_help_teaches_by_example():
    output = CliRunner().invoke(releases, ["--help"]).output
    assert "understudy releases promote 3f9a" in output
