"""Whole nights of a small repository, with a tiny model."""

import resource
from pathlib import Path

import httpx
import msgspec
import pytest
from git_histories import commit, git
from outcome_models import HIDING_ALL
from small_nights import HABITS, base, grow, quiet, shop, small_night
from tiny_models import tiny_model

from understudy_protocol.errors import ConfigError
from understudy_protocol.night import LAST_FILE, NightSummary
from understudy_protocol.release import (
    SERVING_FILE,
    Promotion,
    ServingHistory,
    encode_history,
    served,
)
from understudy_releases import promotions
from understudy_releases.fingerprint import fingerprint
from understudy_releases.releases import versions
from understudy_releases.verification import verify
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.identity import identity
from understudy_trainer.night.learning import LEARN
from understudy_trainer.night.material import REPLAY
from understudy_trainer.night.night import NightError, night
from understudy_trainer.night.page import PAGE
from understudy_trainer.night.plan import EXPERIENCE, TONIGHT
from understudy_trainer.night.seldom_taken import HIDING, Hiding
from understudy_trainer.night.telling import REPORT, name_of


def last(state: Path, repository: str) -> NightSummary:
    path = state / "nights" / repository / LAST_FILE
    return msgspec.json.decode(path.read_bytes(), type=NightSummary)


def test_two_nights_promote_what_is_better(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    releases, repository = state / "releases", identity(folder)

    first = night(small_night(folder, state, model), quiet())
    assert first.summary.outcome == "promoted", first.summary.reason
    version = served(promotions.history(releases, repository))
    assert version == first.summary.release
    assert version is not None
    manifest = verify(releases, repository, version, model=None).manifest
    assert manifest.parent is None
    assert manifest.base_fingerprint == fingerprint(model)
    assert manifest.data_cut.commit == git(folder, "rev-parse", "HEAD~1") == first.commit
    assert manifest.proof is not None
    assert manifest.proof.gain_low > 0
    by_name = {each.name: each for each in first.comparisons}
    assert by_name["new code"].candidate < by_name["new code"].base
    assert last(state, repository) == first.summary

    grow(folder, 6)
    older = [state / "nights" / repository / f"2020-01-0{day}-030000" for day in (1, 2)]
    for each in older:
        (each / LEARN).mkdir(parents=True)
        for name in (REPORT, PAGE, EXPERIENCE):
            (each / name).write_text("{}")
    second = night(small_night(folder, state, model), quiet())
    # Of old nights only the report stays, and nothing that people wrote.
    listed = [sorted(path.name for path in each.iterdir()) for each in older]
    assert listed == [[PAGE, REPORT], sorted([EXPERIENCE, PAGE, LEARN, REPORT])]
    assert second.summary.parent == version
    assert second.since == first.commit
    # What the first night was proved on is what the second learns.
    assert second.commit == first.proved_until
    assert sum(second.examples.values()) < sum(first.examples.values())


def test_a_later_night_costs_what_is_new_and_not_what_there_is(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop", commits=20), base(tmp_path), tmp_path / "state"
    settings = msgspec.structs.replace(HABITS, passes=3)
    first = night(small_night(folder, state, model, settings=settings, budget_s=600), quiet())
    assert first.summary.outcome == "promoted", first.summary.reason
    assert first.ended_by == "passes"

    grow(folder, 20)
    second = night(small_night(folder, state, model, settings=settings, budget_s=600), quiet())
    assert second.ended_by == "passes"
    assert 0 < second.steps <= 0.25 * first.steps
    by_name = {each.name: each for each in second.comparisons}
    assert by_name["new code"].candidate < 1.02 * by_name["new code"].parent


def test_a_night_with_nothing_new_ends_well(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    first = night(small_night(folder, state, model), quiet())
    assert first.summary.outcome == "promoted"
    again = night(small_night(folder, state, model), quiet())
    assert again.summary.outcome == "nothing new"
    assert len(versions(state / "releases", identity(folder))) == 1


def test_a_night_that_had_nothing_to_learn_does_not_decide_the_next(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    first = night(small_night(folder, state, model), quiet())
    # The one commit that is new was held out before: there is nothing left to learn from it.
    assert night(small_night(folder, state, model), quiet()).summary.outcome == "nothing new"
    newest = [grow(folder, 6), grow(folder, 7)]
    later = night(small_night(folder, state, model), quiet())
    assert later.since == first.commit
    assert later.proved_until == newest[-1]
    assert later.summary.outcome in ("promoted", "not promoted")


def test_what_is_not_better_is_not_promoted_and_the_next_night_begins_where_this_did(
    tmp_path: Path,
) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    asked = small_night(folder, state, model)
    lazy = msgspec.structs.replace(
        asked, settings=msgspec.structs.replace(asked.settings, learning_rate=0.0)
    )
    record = night(lazy, quiet())
    assert record.summary.outcome == "not promoted"
    assert "does not exclude zero" in record.summary.reason
    assert versions(state / "releases", identity(folder)) == []
    assert not (state / "nights" / identity(folder) / REPLAY).exists()
    # Nor is the same asked again.
    again = night(lazy, quiet())
    assert again.summary.outcome == "nothing new"
    assert "Nothing was committed" in again.summary.reason
    assert night(asked, quiet()).since is None


def test_what_was_learned_beside_an_adapter_that_is_no_better_is_served_all_the_same(
    tmp_path: Path,
) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    repository, asked = identity(folder), small_night(folder, state, model)
    settings = msgspec.structs.replace(asked.settings, learning_rate=0.0)
    lazy = msgspec.structs.replace(asked, settings=settings)

    def find(stage: str) -> None:
        if stage == "publish":
            path = state / "nights" / repository / TONIGHT / HIDING
            write_whole(path, msgspec.json.encode(Hiding(HIDING_ALL, "Some are hidden.")))

    record = night(lazy, quiet(find))
    assert record.summary.outcome == "not promoted"
    assert "does not exclude zero" in record.summary.reason
    assert "the model of which suggestions to hide is" in record.summary.reason
    version = served(promotions.history(state / "releases", repository))
    assert version == record.summary.release
    assert version is not None
    assert verify(state / "releases", repository, version, model=None).adapter is None
    # It is no reason to ask the same again, and the next adapter learns all there is.
    assert night(lazy, quiet()).summary.outcome == "nothing new"
    later = night(asked, quiet())
    assert (later.summary.outcome, later.summary.parent, later.since) == ("promoted", version, None)


def test_a_dry_run_publishes_nothing(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    record = night(small_night(folder, state, model, dry=True), quiet())
    assert record.summary.outcome == "not promoted"
    assert "as was asked" in record.summary.reason
    assert versions(state / "releases", identity(folder)) == []


def test_a_base_model_that_was_changed_begins_anew(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    assert night(small_night(folder, state, model), quiet()).summary.outcome == "promoted"
    other = tiny_model(tmp_path / "other", seed=1, width=32)
    record = night(small_night(folder, state, other), quiet())
    assert record.since is None
    assert any("another base model" in note for note in record.notes)


def test_anew_begins_at_the_base_model(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    first = night(small_night(folder, state, model), quiet())
    again = night(small_night(folder, state, model, anew=True), quiet())
    assert again.summary.parent is None
    assert again.examples == first.examples


def test_a_damaged_replay_buffer_and_checkpoint_cost_a_note(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    home = state / "nights" / identity(folder)
    home.mkdir(parents=True)
    (home / REPLAY).write_bytes(b"nothing of the kind")

    def damage(stage: str) -> None:
        if stage == "learn":
            (home / TONIGHT / "learn").mkdir()
            (home / TONIGHT / "learn" / "checkpoint").write_bytes(b"nothing either")

    record = night(small_night(folder, state, model), quiet(damage))
    assert record.summary.outcome == "promoted"
    assert any("Earlier nights are not practised" in note for note in record.notes)
    assert any("The learning began anew" in note for note in record.notes)


def test_a_full_disk_says_what_to_do_and_the_next_run_goes_on(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def full(stage: str) -> None:
        # Nothing of what is written from here on fits, and the kernel says so half-way.
        if stage == "publish":
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))

    try:
        with pytest.raises(NightError, match="Free space"):
            night(small_night(folder, state, model), quiet(full))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (state / "nights" / identity(folder) / TONIGHT).is_dir()
    assert versions(state / "releases", identity(folder)) == []
    assert night(small_night(folder, state, model), quiet()).summary.outcome == "promoted"


def test_who_changes_what_is_served_while_a_night_runs_has_the_last_word(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    repository = identity(folder)
    by_hand = ServingHistory(repository, (Promotion(None, 1, "The base model it shall be."),))

    def decide(stage: str) -> None:
        if stage == "publish":
            (state / "releases" / repository).mkdir(parents=True)
            file = state / "releases" / repository / SERVING_FILE
            file.write_bytes(encode_history(by_hand))

    record = night(small_night(folder, state, model), quiet(decide))
    assert record.summary.outcome == "not promoted"
    assert "changed meanwhile" in record.summary.reason
    assert promotions.history(state / "releases", repository) == by_hand


def test_an_unknown_base_model_is_named(tmp_path: Path) -> None:
    folder, state = shop(tmp_path / "shop"), tmp_path / "state"
    with pytest.raises(ConfigError, match="nowhere"):
        night(small_night(folder, state, tmp_path / "nowhere"), quiet())
    assert last(state, identity(folder)).outcome == "failed"


def test_a_single_commit_is_no_history(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", commits=1)
    with pytest.raises(ConfigError, match="one commit"):
        night(small_night(folder, tmp_path / "state", base(tmp_path)), quiet())


def test_a_repository_that_shrank_to_nothing_promotes_nothing(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    assert night(small_night(folder, state, model), quiet()).summary.outcome == "promoted"
    for number in range(2):
        git(folder, "rm", "-r", "--quiet", "--ignore-unmatch", "shop")
        commit(folder, {"README": f"gone {number}\n"}, 8 + number)
    record = night(small_night(folder, state, model), quiet())
    assert record.summary.outcome in ("nothing new", "not promoted")
    assert len(versions(state / "releases", identity(folder))) == 1


def test_a_gateway_that_answers_rubbish_costs_the_experience_only(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    told: list[tuple[str, bool]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/model" and "repository" in request.url.params:
            summary = last(state, identity(folder))
            home = state / "nights" / identity(folder) / name_of(summary.began_at)
            told.append((summary.outcome, (home / REPORT).is_file()))
        return httpx.Response(200, content=b"<html>")

    rubbish = httpx.MockTransport(answer)
    with httpx.Client(base_url="http://gateway", transport=rubbish) as gateway:
        record = night(small_night(folder, state, model), quiet(), gateway=gateway)
    assert record.summary.outcome == "promoted"
    # It was told before the gateway was waited for, and is told again in the end.
    assert told == [("promoted", True)]
    assert last(state, identity(folder)) == record.summary
    assert any("Nothing was learned from experience" in note for note in record.notes)
    assert any("has not taken up" in note for note in record.notes)


def test_reports_are_kept_by_night(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    record = night(small_night(folder, state, model), quiet())
    kept = state / "nights" / identity(folder) / name_of(record.summary.began_at)
    assert (kept / "report.json").is_file()
    assert not (state / "nights" / identity(folder) / TONIGHT).exists()


def test_a_repository_without_tests_that_run_says_so(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    record = night(small_night(folder, state, model, runtime=True), quiet())
    assert "runtime" not in record.examples
    assert any("test" in note for note in record.notes)
