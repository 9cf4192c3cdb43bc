"""A candidate becomes what is served, unless somebody decided meanwhile or the disk is full."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from releases_on_disk import (
    REPOSITORY,
    base_model,
    described,
    manifest,
    release,
    write_adapter,
)

from understudy_protocol.release import ReleaseVersion, served
from understudy_releases.promotions import history, promote, roll_back
from understudy_releases.releases import versions
from understudy_releases.verification import BaseModel, verify
from understudy_trainer.night.publish import publish_and_promote, seen_at_first, undone_before

CUT = "0" * 40


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    return described(base_model(tmp_path / "base"))


def test_a_rollback_made_while_a_night_runs_has_the_last_word(
    tmp_path: Path, base: BaseModel
) -> None:
    releases_dir = tmp_path / "releases"
    for seed in (1, 2):
        promote(releases_dir, REPOSITORY, release(releases_dir, base, seed=seed), reason="")
    planned = history(releases_dir, REPOSITORY)
    rolled = roll_back(releases_dir, REPOSITORY, reason="It writes rubbish.")
    version = publish_and_promote(
        releases_dir,
        write_adapter(tmp_path / "adapter", seed=3),
        besides=lambda folder: None,
        manifest=manifest(base),
        scratch=tmp_path / "tonight",
        since=planned,
        reason="",
    )
    assert version is None
    assert history(releases_dir, REPOSITORY) == rolled


def test_a_night_that_goes_on_knows_what_was_served_when_it_was_planned(
    tmp_path: Path, base: BaseModel
) -> None:
    releases_dir, tonight = tmp_path / "releases", tmp_path / "tonight"
    at_first = history(releases_dir, REPOSITORY)
    assert seen_at_first(tonight, at_first) == at_first
    later = promote(releases_dir, REPOSITORY, release(releases_dir, base), reason="")
    assert seen_at_first(tonight, later) == at_first


def test_what_was_rolled_back_is_not_made_again_of_the_same_commits(
    tmp_path: Path, base: BaseModel
) -> None:
    releases_dir = tmp_path / "releases"
    version = release(releases_dir, base)

    def why(*, parent: ReleaseVersion | None = None, learn_until: str = CUT) -> str:
        now = history(releases_dir, REPOSITORY)
        return undone_before(releases_dir, now, parent=parent, learn_until=learn_until)

    assert why() == ""
    promote(releases_dir, REPOSITORY, version, reason="")
    assert why() == ""
    roll_back(releases_dir, REPOSITORY, reason="People take less of it.")
    assert version in why()
    assert "Newer commits" in why()
    assert why(learn_until="1" * 40) == ""
    assert why(parent=ReleaseVersion("a" * 12)) == ""
    promote(releases_dir, REPOSITORY, version, reason="by hand")
    assert why() == ""


FULL = """
import resource, sys
from pathlib import Path
from releases_on_disk import REPOSITORY, base_model, described, manifest, release, write_adapter
from understudy_protocol.errors import ReleaseError
from understudy_releases.promotions import history, promote
from understudy_releases.publication import publish
from understudy_releases.releases import versions
from understudy_trainer.night.publish import publish_and_promote

root, when = Path(sys.argv[1]), sys.argv[2]
releases_dir = root / "releases"
base = described(base_model(root / "base"))
old = release(releases_dir, base, seed=1)
since = promote(releases_dir, REPOSITORY, old, reason="")
adapter = write_adapter(root / "adapter", seed=3)
size = (adapter / "adapter_model.safetensors").stat().st_size

def limit(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

def again(besides):
    return publish_and_promote(
        releases_dir, adapter, besides=besides, manifest=manifest(base),
        scratch=root / "tonight", since=since, reason="",
    )

def fill(folder):
    # What is staged is there; its copy among the releases is what the disk does not take.
    if when == "published":
        limit(size // 2)

if when == "staged":
    limit(size // 2)
try:
    again(fill)
except (ReleaseError, OSError) as error:
    print(error)
assert history(releases_dir, REPOSITORY) == since
assert [each.name for each in (releases_dir / REPOSITORY).iterdir() if each.is_dir()] == [old]
limit(resource.RLIM_INFINITY)
print(again(lambda folder: None))
"""


@pytest.mark.parametrize("when", ["staged", "published"])
def test_a_disk_that_fills_while_a_release_is_written_changes_nothing(
    tmp_path: Path, base: BaseModel, when: str
) -> None:
    """The kernel ends the write half-way; when there is room again, the same is published."""
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "full"), when],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said, version = ran.stdout.rstrip().rsplit("\n", 1)
    assert "File too large" in said
    releases_dir = tmp_path / "full" / "releases"
    assert served(history(releases_dir, REPOSITORY)) == version
    assert len(versions(releases_dir, REPOSITORY)) == 2
    verify(releases_dir, REPOSITORY, ReleaseVersion(version), model=None)
    assert not (tmp_path / "full" / "tonight" / "staged").exists()
