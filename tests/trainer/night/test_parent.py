"""What a night goes on from, and what it is compared with."""

import tempfile
from pathlib import Path

import msgspec
import pytest
from git_histories import commit, git, history
from releases_on_disk import REPOSITORY, base_model, described, manifest, overwrite, write_adapter

from understudy_protocol.errors import ConfigError
from understudy_protocol.release import ADAPTER_FOLDER, DataCut, ReleaseVersion
from understudy_releases import promotions
from understudy_releases.adapter import WEIGHTS_FILE
from understudy_releases.fingerprint import fingerprint
from understudy_releases.publication import publish
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.parent import Parent, parent_of
from understudy_trainer.night.telling import Night
from understudy_trainer.repoworld.worlds import open_world

FILES = [{"a.py": f"number = {number}\n"} for number in range(4)]


def served(night: Night, cut: str, *, seed: int = 0) -> ReleaseVersion:
    """A release that has learned up to the commit, and is promoted."""
    told = manifest(described(night.base))
    told = msgspec.structs.replace(told, data_cut=DataCut(cut, 7), created_at=100 + seed)
    releases = night.state / "releases"
    with tempfile.TemporaryDirectory() as staged:
        write_adapter(Path(staged) / ADAPTER_FOLDER, seed=seed)
        version = publish(releases, Path(staged), manifest=told)
    promotions.promote(releases, REPOSITORY, version, reason="by hand")
    return version


def asked(folder: Path, tmp_path: Path, *, anew: bool = False) -> Night:
    base = tmp_path / "base"
    if not base.exists():
        base_model(base)
    return Night(folder, REPOSITORY, tmp_path / "state", base, 60.0, LearnerSettings(), anew=anew)


def parent(night: Night, notes: list[str]) -> Parent:
    world = open_world(night.path)
    return parent_of(night, world, fingerprint=fingerprint(night.base), notes=notes)


def test_a_night_goes_on_from_what_is_served(tmp_path: Path) -> None:
    ids = history(tmp_path / "demo", *FILES)
    night, notes = asked(tmp_path / "demo", tmp_path), list[str]()
    assert parent(night, notes) == Parent()
    version = served(night, ids[1])
    found = parent(night, notes)
    assert (found.version, found.since, found.cursor, found.began_at) == (version, ids[1], 7, 100)
    assert found.served is not None
    assert (found.served.version, found.served.since, found.served.beside) == (
        version,
        ids[1],
        None,
    )
    assert notes == []


def test_a_night_that_begins_anew_is_compared_with_what_is_served(tmp_path: Path) -> None:
    ids = history(tmp_path / "demo", *FILES)
    night, notes = asked(tmp_path / "demo", tmp_path, anew=True), list[str]()
    version = served(night, ids[1])
    found = parent(night, notes)
    assert (found.version, found.since, found.cursor, found.adapter) == (None, None, 0, None)
    assert found.served is not None
    assert (found.served.version, found.served.since) == (version, ids[1])
    assert any(version in note for note in notes)


def test_damaged_weights_are_not_gone_on_from(tmp_path: Path) -> None:
    ids = history(tmp_path / "demo", *FILES)
    night, notes = asked(tmp_path / "demo", tmp_path), list[str]()
    first, second = served(night, ids[1]), served(night, ids[2], seed=1)
    weights = night.state / "releases" / REPOSITORY / second / ADAPTER_FOLDER / WEIGHTS_FILE
    overwrite(weights, b"\x00" + weights.read_bytes()[1:])
    found = parent(night, notes)
    assert (found.version, found.since) == (first, ids[1])
    assert any("damaged" in note and second in note for note in notes)


@pytest.mark.parametrize("how", ["--no-ff", "--squash"])
def test_a_branch_that_was_merged_is_gone_on_from_where_it_began(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "demo"
    ids = history(folder, *FILES)
    git(folder, "switch", "--quiet", "--create", "branch")
    learned = commit(folder, {"b.py": "branch = 1\n"}, 5)
    git(folder, "switch", "--quiet", "main")
    commit(folder, {"c.py": "main = 1\n"}, 6)
    git(folder, "merge", "--quiet", how, *(["--message=-"] if how == "--no-ff" else []), "branch")
    commit(folder, {"d.py": "later = 1\n"}, 7)
    night, notes = asked(folder, tmp_path), list[str]()
    served(night, learned)
    found = parent(night, notes)
    assert found.since == ids[-1]
    assert found.served is not None
    assert (found.served.since, found.served.beside) == (ids[-1], learned)
    assert any(learned[:12] in note for note in notes)


def test_another_history_is_refused_unless_the_night_begins_anew(tmp_path: Path) -> None:
    history(tmp_path / "demo", *FILES)
    night, notes = asked(tmp_path / "demo", tmp_path), list[str]()
    served(night, "1" * 40)
    with pytest.raises(ConfigError, match="--anew"):
        parent(night, notes)
    assert parent(msgspec.structs.replace(night, anew=True), notes) == Parent()
    assert any("another history" in note for note in notes)
