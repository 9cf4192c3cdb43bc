"""What is removed of old releases, what never is, and what a crash leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from releases_on_disk import OTHER_REPOSITORY, REPOSITORY, base_model, described, release

from understudy_protocol.errors import ReleaseError
from understudy_protocol.release import ReleaseVersion
from understudy_releases.promotions import Rejection, note_rejection, promote, roll_back
from understudy_releases.releases import versions
from understudy_releases.retention import prune
from understudy_releases.verification import BaseModel, verify


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    return described(base_model(tmp_path / "base"))


@pytest.fixture
def releases_dir(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def published(releases_dir: Path, base: BaseModel, count: int) -> list[ReleaseVersion]:
    return [release(releases_dir, base, seed=n, created_at=1_000 + n) for n in range(count)]


def test_the_newest_three_are_kept(releases_dir: Path, base: BaseModel) -> None:
    made = published(releases_dir, base, 5)
    assert prune(releases_dir, REPOSITORY) == made[:2]
    assert set(versions(releases_dir, REPOSITORY)) == set(made[2:])
    assert prune(releases_dir, REPOSITORY) == []


def test_what_is_served_and_what_a_rollback_returns_to_is_kept(
    releases_dir: Path, base: BaseModel
) -> None:
    made = published(releases_dir, base, 7)
    for version in made[:3]:
        promote(releases_dir, REPOSITORY, version, reason="")
    for back in (made[3], made[4]):  # so that the lines above are not the newest of the history
        promote(releases_dir, REPOSITORY, back, reason="")
        roll_back(releases_dir, REPOSITORY, reason="")
    assert prune(releases_dir, REPOSITORY, keep=1) == [made[0], made[3], made[5]]
    roll_back(releases_dir, REPOSITORY, reason="it still can")


def test_what_a_gateway_may_have_loaded_is_kept(releases_dir: Path, base: BaseModel) -> None:
    made = published(releases_dir, base, 4)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    promote(releases_dir, REPOSITORY, made[1], reason="")
    roll_back(releases_dir, REPOSITORY, reason="")
    assert prune(releases_dir, REPOSITORY, keep=1) == [made[2]]


def test_what_cannot_be_read_is_left_alone(releases_dir: Path, base: BaseModel) -> None:
    made = published(releases_dir, base, 5)
    manifest = releases_dir / REPOSITORY / made[0] / "manifest.json"
    manifest.chmod(0o600)
    manifest.write_text("{}")
    assert prune(releases_dir, REPOSITORY) == [made[1]]
    assert made[0] in versions(releases_dir, REPOSITORY)


def test_a_damaged_history_removes_nothing(releases_dir: Path, base: BaseModel) -> None:
    made = published(releases_dir, base, 5)
    (releases_dir / REPOSITORY / "serving.json").write_text("not JSON")
    with pytest.raises(ReleaseError):
        prune(releases_dir, REPOSITORY)
    assert set(versions(releases_dir, REPOSITORY)) == set(made)


def test_nothing_is_removed_while_the_gateway_refuses_what_is_promoted(
    releases_dir: Path, base: BaseModel
) -> None:
    made = published(releases_dir, base, 5)
    noted = Rejection(version=made[4], problem="It is bad.", remedy="Mend it.", at=1)
    note_rejection(releases_dir, REPOSITORY, noted)
    assert prune(releases_dir, REPOSITORY) == []
    note_rejection(releases_dir, REPOSITORY, None)
    assert prune(releases_dir, REPOSITORY) == made[:2]


def test_another_repository_is_not_touched(releases_dir: Path, base: BaseModel) -> None:
    published(releases_dir, base, 5)
    assert prune(releases_dir, OTHER_REPOSITORY) == []
    assert len(versions(releases_dir, REPOSITORY)) == 5


DIES_AT_EACH_STEP = """
import os, shutil, signal, sys
from pathlib import Path
from releases_on_disk import REPOSITORY, base_model, described, release
from understudy_releases.retention import prune

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}
left = None

def audit(event, arguments):
    global left
    if left is not None and event in CHANGES:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(audit)
root = Path(sys.argv[1])
base = described(base_model(root / "base"))
for n in range(5):
    release(root / "before", base, seed=n, created_at=1_000 + n)
for step in range(100):
    shutil.copytree(root / "before", root / str(step))
    child = os.fork()
    if child == 0:
        left = step
        prune(root / str(step), REPOSITORY)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        print(step)
        break
"""


def test_a_kill_before_any_step_leaves_each_release_whole_or_gone(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", DIES_AT_EACH_STEP, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    steps = int(ran.stdout)
    assert steps > 5
    base = described(tmp_path / "base")
    for step in range(steps + 1):
        releases_dir = tmp_path / str(step)
        for version in versions(releases_dir, REPOSITORY):
            verify(releases_dir, REPOSITORY, version, model=base)
        prune(releases_dir, REPOSITORY)
        assert len(versions(releases_dir, REPOSITORY)) == 3
        assert not list((releases_dir / REPOSITORY).glob(".pruned-*"))
