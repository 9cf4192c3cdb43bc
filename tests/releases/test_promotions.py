"""Promoting and rolling back, and what a crash leaves."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from releases_on_disk import (
    OTHER_REPOSITORY,
    REPOSITORY,
    base_model,
    described,
    overwrite,
    release,
)

from understudy_protocol.errors import ReleaseError
from understudy_protocol.release import (
    ReleaseVersion,
    ServingHistory,
    decode_history,
    encode_history,
    promoted,
    rolled_back,
    served,
    standing,
)
from understudy_releases.promotions import (
    Rejection,
    history,
    note_rejection,
    promote,
    rejection,
    roll_back,
)
from understudy_releases.releases import versions
from understudy_releases.verification import BaseModel, verify

A, B, C = (ReleaseVersion(digit * 12) for digit in "abc")


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    return described(base_model(tmp_path / "base"))


@pytest.fixture
def releases_dir(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def test_nothing_is_promoted_at_first(releases_dir: Path):
    assert served(history(releases_dir, REPOSITORY)) is None


def test_what_is_promoted_is_served_with_time_and_reason(releases_dir: Path, base: BaseModel):
    version = release(releases_dir, base)
    promote(releases_dir, REPOSITORY, version, reason="better", clock=lambda: 12.5)
    (entry,) = history(releases_dir, REPOSITORY).promotions
    assert (entry.version, entry.at, entry.reason) == (version, 12_500, "better")


def test_promoting_what_is_served_changes_nothing(releases_dir: Path, base: BaseModel):
    version = release(releases_dir, base)
    once = promote(releases_dir, REPOSITORY, version, reason="better")
    assert promote(releases_dir, REPOSITORY, version, reason="again") == once


def test_a_clock_going_backwards_does_not_change_what_is_served(
    releases_dir: Path, base: BaseModel
):
    older, newer = (release(releases_dir, base, seed=seed) for seed in (1, 2))
    promote(releases_dir, REPOSITORY, older, reason="", clock=lambda: 2.0)
    promote(releases_dir, REPOSITORY, newer, reason="", clock=lambda: 1.0)
    assert served(history(releases_dir, REPOSITORY)) == newer


def test_rolling_back_twice_goes_further_back_and_at_last_to_the_base_model(
    releases_dir: Path, base: BaseModel
):
    made = [release(releases_dir, base, seed=seed) for seed in range(3)]
    for version in made:
        promote(releases_dir, REPOSITORY, version, reason="")
    for expected in (made[1], made[0], None):
        assert served(roll_back(releases_dir, REPOSITORY, reason="")) == expected
    with pytest.raises(ReleaseError, match="base model is served"):
        roll_back(releases_dir, REPOSITORY, reason="")


def test_who_decided_on_an_older_history_changes_nothing(releases_dir: Path, base: BaseModel):
    first, second = (release(releases_dir, base, seed=seed) for seed in range(2))
    promote(releases_dir, REPOSITORY, first, reason="")
    seen = history(releases_dir, REPOSITORY)
    promote(releases_dir, REPOSITORY, second, reason="")
    assert served(roll_back(releases_dir, REPOSITORY, reason="", since=seen)) == second
    seen = history(releases_dir, REPOSITORY)
    assert served(roll_back(releases_dir, REPOSITORY, reason="", since=seen)) == first


def test_who_promotes_on_an_older_history_changes_nothing(releases_dir: Path, base: BaseModel):
    first, second, third = (release(releases_dir, base, seed=seed) for seed in range(3))
    for version in (first, second):
        promote(releases_dir, REPOSITORY, version, reason="")
    seen = history(releases_dir, REPOSITORY)
    rolled = roll_back(releases_dir, REPOSITORY, reason="")
    assert promote(releases_dir, REPOSITORY, third, reason="", since=seen) == rolled
    assert served(promote(releases_dir, REPOSITORY, third, reason="", since=rolled)) == third


def test_a_damaged_release_is_not_promoted(releases_dir: Path, base: BaseModel):
    version = release(releases_dir, base)
    overwrite(releases_dir / REPOSITORY / version / "lessons.json", b"[]")
    with pytest.raises(ReleaseError, match="is damaged"):
        promote(releases_dir, REPOSITORY, version, reason="")
    assert served(history(releases_dir, REPOSITORY)) is None


def test_rolling_back_to_a_damaged_release_is_refused(releases_dir: Path, base: BaseModel):
    first, second = (release(releases_dir, base, seed=seed) for seed in (1, 2))
    for version in (first, second):
        promote(releases_dir, REPOSITORY, version, reason="")
    overwrite(releases_dir / REPOSITORY / first / "lessons.json", b"[]")
    with pytest.raises(ReleaseError, match="is damaged"):
        roll_back(releases_dir, REPOSITORY, reason="")
    assert served(history(releases_dir, REPOSITORY)) == second


def test_rolling_back_an_unknown_repository_is_refused(releases_dir: Path):
    with pytest.raises(ReleaseError, match="no releases"):
        roll_back(releases_dir, REPOSITORY, reason="")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"repository": "click-3f9a1c2b8d4e", "promotions": [{"version": "x"}]}',
        b'{"repository": "click-3f9a1c2b8d4e", "colour": "red"}',
        b'{"repository": "click-3f9a1c2b8d4e", "promotions": '
        b'[{"version": null, "at": 1, "reason": "", "rollback": true}]}',
    ],
)
def test_a_serving_history_that_is_none_is_refused(releases_dir: Path, content: bytes):
    (releases_dir / REPOSITORY).mkdir(parents=True)
    (releases_dir / REPOSITORY / "serving.json").write_bytes(content)
    with pytest.raises(ReleaseError, match="cannot be read"):
        history(releases_dir, REPOSITORY)


def test_the_serving_history_of_another_repository_is_refused(releases_dir: Path, base: BaseModel):
    promote(releases_dir, REPOSITORY, release(releases_dir, base), reason="")
    (releases_dir / REPOSITORY).rename(releases_dir / OTHER_REPOSITORY)
    with pytest.raises(ReleaseError, match="is that of click"):
        history(releases_dir, OTHER_REPOSITORY)


def test_a_linked_serving_history_is_refused(releases_dir: Path):
    (releases_dir / REPOSITORY).mkdir(parents=True)
    (releases_dir / REPOSITORY / "serving.json").symlink_to("/dev/zero")
    with pytest.raises(ReleaseError, match="symbolic link"):
        history(releases_dir, REPOSITORY)


steps = st.lists(st.sampled_from([A, B, C, None, "back"]))


@given(steps=steps)
def test_any_sequence_of_steps_agrees_with_a_list(steps: list[ReleaseVersion | None]):
    kept = ServingHistory(repository=REPOSITORY)
    model: list[ReleaseVersion | None] = []
    for at, step in enumerate(steps):
        if step == "back":
            if model:
                model.pop()
                kept = rolled_back(kept, at=at, reason="")
            else:
                with pytest.raises(ReleaseError):
                    rolled_back(kept, at=at, reason="")
        else:
            if step != (model[-1] if model else None):
                model.append(step)
            kept = promoted(kept, step, at=at, reason="")
        kept = decode_history(encode_history(kept), "here")
        assert standing(kept) == tuple(model)
        assert served(kept) == (model[-1] if model else None)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from([0, 1, 2, "back"]), max_size=12))
def test_any_sequence_of_steps_on_disk_agrees_with_a_list(
    releases_dir: Path, base: BaseModel, steps: list[int | str]
):
    made = [release(releases_dir, base, seed=seed) for seed in range(3)]
    (releases_dir / REPOSITORY / "serving.json").unlink(missing_ok=True)
    model: list[ReleaseVersion] = []
    for step in steps:
        if isinstance(step, int):
            promote(releases_dir, REPOSITORY, made[step], reason="")
            if model[-1:] != [made[step]]:
                model.append(made[step])
        elif model:
            roll_back(releases_dir, REPOSITORY, reason="")
            model.pop()
        assert standing(history(releases_dir, REPOSITORY)) == tuple(model)


def test_promotions_at_the_same_time_are_all_kept(releases_dir: Path, base: BaseModel):
    made = [release(releases_dir, base, seed=seed) for seed in range(6)]
    threads = [
        threading.Thread(
            target=promote, args=(releases_dir, REPOSITORY, version), kwargs={"reason": ""}
        )
        for version in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [one.version for one in history(releases_dir, REPOSITORY).promotions]
    assert sorted(map(str, found)) == sorted(made)


def test_a_rejection_is_noted_and_taken_back(releases_dir: Path, base: BaseModel):
    version = release(releases_dir, base)
    noted = Rejection(version=version, problem="It is bad.", remedy="Mend it.", at=1)
    note_rejection(releases_dir, REPOSITORY, noted)
    assert rejection(releases_dir, REPOSITORY) == noted
    note_rejection(releases_dir, REPOSITORY, None)
    assert rejection(releases_dir, REPOSITORY) is None
    note_rejection(releases_dir, OTHER_REPOSITORY, noted)  # no such folder: no note, no error
    assert rejection(releases_dir, OTHER_REPOSITORY) is None


DIES_AT_EACH_STEP = """
import os, shutil, signal, sys
from pathlib import Path
from releases_on_disk import REPOSITORY, base_model, described, release
from understudy_releases.promotions import promote

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}
left = None

def audit(event, arguments):
    # Python tells of every change of the file system just before it happens.
    global left
    writes = event == "open" and arguments[1] is None and arguments[2] & os.O_WRONLY
    if left is not None and (event in CHANGES or writes):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(audit)
root = Path(sys.argv[1])
base = described(base_model(root / "base"))
first = release(root / "before", base, seed=1)
promote(root / "before", REPOSITORY, first, reason="")
for step in range(100):
    releases_dir = root / str(step)
    shutil.copytree(root / "before", releases_dir)
    child = os.fork()
    if child == 0:
        left = step
        second = release(releases_dir, base, seed=2)
        promote(releases_dir, REPOSITORY, second, reason="")
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        print(step)
        break
"""


def test_a_kill_before_any_step_leaves_the_old_state_or_the_new(tmp_path: Path):
    """Publish and promote, killed before the first change of the file system, the second, …"""
    ran = subprocess.run(
        [sys.executable, "-c", DIES_AT_EACH_STEP, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    changes = int(ran.stdout)
    assert changes > 10
    base = described(tmp_path / "base")
    seen: set[tuple[int, int]] = set()
    for step in range(changes + 1):
        releases_dir = tmp_path / str(step)
        found = versions(releases_dir, REPOSITORY)
        for version in found:
            verify(releases_dir, REPOSITORY, version, model=base)
        after = standing(history(releases_dir, REPOSITORY))
        assert set(after) <= set(found)
        seen.add((len(found), len(after)))
        # Whatever was left behind is no obstacle to doing it again.
        second = release(releases_dir, base, seed=2)
        assert served(promote(releases_dir, REPOSITORY, second, reason="")) == second
    assert seen == {(1, 1), (2, 1), (2, 2)}
