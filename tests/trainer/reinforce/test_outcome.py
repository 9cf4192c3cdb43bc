"""An outcome model is made where hiding helps, and nowhere else."""

import math
from pathlib import Path

import msgspec
import pytest
from experience_facts import FLASK, an_accepted, an_event
from shown_suggestions import MODEL, REPOSITORY, Log

from understudy_protocol.outcome import Features, OutcomeModel, decode_outcome, probability
from understudy_trainer.reinforce.hiding import LOST
from understudy_trainer.reinforce.outcome import FEWEST, Fitted, fit, write_outcome


def fitted(log: Log) -> Fitted:
    return fit(log.events, log.fetch, repository=REPOSITORY, model=MODEL)


def learned(count: int = 1500, *, seed: int = 0) -> Log:
    log = Log(seed=seed)
    log.live(count)
    return log


def made(log: Log) -> OutcomeModel:
    found = fitted(log)
    assert found.model is not None, found.why
    return found.model


def test_what_is_seldom_taken_is_hidden_and_hardly_anything_else() -> None:
    model = made(learned())
    assert model.proof.taken > 1.25 * model.proof.taken_before
    assert model.proof.gain_low > 0
    assert model.proof.lost <= LOST
    assert probability(model, Features(odds=-4.0)) < model.below
    assert probability(model, Features(odds=1.0)) > model.below


@pytest.mark.parametrize("seed", range(5))
def test_where_nothing_can_be_known_it_stays_off(seed: int) -> None:
    log = Log(seed=seed)
    log.live(1500, tells=0.0)
    found = fitted(log)
    assert found.model is None
    assert found.why


def test_too_few_suggestions_prove_nothing() -> None:
    found = fitted(learned(FEWEST - 1))
    assert (found.model, found.proof, found.suggestions) == (None, None, FEWEST - 1)
    assert f"{FEWEST} are needed" in found.why
    assert fitted(Log()).model is None


@pytest.mark.parametrize("taken", [True, False])
def test_who_takes_all_or_nothing_teaches_nothing(taken: bool) -> None:
    log = Log()
    for number in range(2 * FEWEST):
        log.suggest(Features(odds=number % 7 - 3.0), taken=taken)
    found = fitted(log)
    assert found.model is None
    assert "nothing to tell apart" in found.why


def test_one_person_counts_at_most_as_much_as_all_others() -> None:
    log = learned(600)
    for _ in range(5000):  # says the opposite
        odds = log.random.gauss(0.0, 2.0)
        log.suggest(Features(odds=odds), taken=odds < 0, person="mallory")
    found = fitted(log)
    assert found.suggestions == 1200
    assert found.left_out["more than one person's share"] == 4400
    log = learned(600)
    log.live(600, person="anna")
    log.live(600, person="bob")
    for _ in range(5000):
        log.suggest(Features(odds=log.random.gauss(0.0, 2.0)), taken=False, person="mallory")
    assert fitted(log).suggestions == 3600


def test_order_and_repetition_of_events_change_nothing() -> None:
    log = learned(600)
    again = [*log.events, *log.random.sample(log.events, 300)]
    log.random.shuffle(again)
    assert fitted(log.elsewhere(again)) == fitted(log)


def test_what_is_of_elsewhere_counts_for_nothing() -> None:
    log, alone = learned(600), fitted(learned(600))
    for _ in range(600):
        log.suggest(Features(odds=-3.0), taken=True, repository=FLASK)
        log.suggest(Features(odds=-3.0), taken=True, model="another")
        log.add(an_accepted())  # of a completion that nobody knows
        log.add(an_event("shown", dwell_ms=9, features={"odds": 1.0}))
    found = fitted(log)
    assert msgspec.structs.replace(found, left_out={}, model=None, proof=None) == (
        msgspec.structs.replace(alone, left_out={}, model=None, proof=None)
    )
    assert found.left_out == {
        "another model wrote it": 600,
        "completion is gone": 600,
        "of another repository": 1200,
    }


def test_releases_that_are_gone_teach_as_well_as_others() -> None:
    log = learned(600)
    for id, completion in log.completions.items():
        log.completions[id] = msgspec.structs.replace(completion, release="ffffffffffff")
    assert fitted(log).suggestions == 600


def test_the_few_that_are_explored_count_for_all_that_are_hidden() -> None:
    log, free = Log(seed=1), made(learned(4000))
    for _ in range(8000):
        odds = log.random.gauss(0.0, 2.0)
        chance = 1 / (1 + math.exp(-2 * odds + 0.4))
        hidden = probability(free, Features(odds=odds)) < free.below
        if not hidden or log.random.random() < 0.05:
            taken = log.random.random() < chance
            log.suggest(Features(odds=odds), taken=taken, propensity=0.05 if hidden else 1.0)
    again = made(log)
    assert again.proof.hidden == pytest.approx(free.proof.hidden, abs=0.1)
    assert again.proof.taken_before == pytest.approx(free.proof.taken_before, abs=0.05)


def test_the_file_is_read_as_the_model_that_was_made(tmp_path: Path) -> None:
    model = made(learned())
    write_outcome(model, tmp_path)
    [file] = tmp_path.iterdir()
    assert file.name == "outcome.json"
    assert decode_outcome(file.read_bytes(), str(file)) == model


@pytest.mark.parametrize("value", [50.0, -50.0])
def test_measures_at_their_bounds_make_a_model_all_the_same(value: float) -> None:
    log = learned(600)
    for number in range(300):
        log.suggest(Features(odds=value, total=value, weary=-value), taken=number % 2 == 0)
    found = fitted(log)
    if found.model is not None:
        assert math.isfinite(found.model.bias)
        assert all(map(math.isfinite, found.model.weights.values()))
