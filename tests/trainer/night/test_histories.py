"""Nights of a history that is not a straight line on from the one before."""

from pathlib import Path

from git_histories import commit, git
from small_nights import base, grow, quiet, shop, small_night

from understudy_protocol.release import served
from understudy_releases import promotions
from understudy_trainer.night.identity import identity
from understudy_trainer.night.night import night
from understudy_trainer.night.plan import TONIGHT


def test_a_branch_that_was_learned_and_merged_stops_no_later_night(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    began = git(folder, "rev-parse", "HEAD")
    git(folder, "switch", "--quiet", "--create", "branch")
    learned = grow(folder, 6)
    grow(folder, 7)
    first = night(small_night(folder, state, model), quiet())
    assert first.summary.outcome == "promoted", first.summary.reason
    assert first.commit == learned

    git(folder, "switch", "--quiet", "main")
    git(folder, "merge", "--quiet", "--no-ff", "--message=-", "branch")
    grow(folder, 8)
    grow(folder, 9)
    second = night(small_night(folder, state, model), quiet())
    assert second.since == began
    assert second.summary.parent == first.summary.release
    assert second.summary.outcome in ("promoted", "not promoted")
    assert any(learned[:12] in note for note in second.notes)


def test_a_night_that_begins_anew_has_to_beat_what_is_served(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    first = night(small_night(folder, state, model), quiet())
    assert first.summary.outcome == "promoted", first.summary.reason
    again = night(small_night(folder, state, model, anew=True), quiet())
    assert again.since is None
    new = {each.name: each for each in again.comparisons}["new code"]
    assert new.parent < new.base
    # What was learned with the same is hardly better.
    assert abs(new.candidate - new.parent) < abs(new.candidate - new.base)


def test_where_little_is_held_out_nothing_is_learned_in_vain(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    newest = commit(folder, {"shop/late.py": "late = entry(ledger, 'late', 3)\n"}, 9)
    stages: list[str] = []
    record = night(small_night(folder, state, model), quiet(stages.append))
    assert "learn" not in stages
    assert "proof of the base" not in stages
    assert record.summary.outcome == "nothing new"
    assert "Commit more code" in record.summary.reason
    assert not (state / "nights" / identity(folder) / TONIGHT).exists()
    assert served(promotions.history(state / "releases", identity(folder))) is None
    assert git(folder, "rev-parse", "HEAD") == newest
