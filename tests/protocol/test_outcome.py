"""What will be taken: a probability, whatever is known; and models that come from disk."""

import contextlib
import math
import uuid

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from outcome_models import HIDING_ALL, PROOF, SEEING_NOTHING

from understudy_protocol.errors import ReleaseError
from understudy_protocol.events import Event, Shown
from understudy_protocol.outcome import (
    EXPLORED,
    NAMES,
    Features,
    OutcomeModel,
    decode_outcome,
    encode_outcome,
    explored,
    probability,
)

ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True)
SHOWN = {
    "type": "shown",
    "id": "00000000-0000-4000-8000-000000000001",
    "completion": "00000000-0000-4000-8000-000000000002",
    "repository": "click-0123456789ab",
    "at": 1_700_000_000_000,
    "dwell_ms": 900,
}


def model(bias: float = 0.0, **weights: float) -> OutcomeModel:
    return msgspec.structs.replace(SEEING_NOTHING, bias=bias, weights=weights)


@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, ANY_NUMBER)),
    st.dictionaries(st.sampled_from(NAMES), ANY_NUMBER),
    ANY_NUMBER,
)
@example({"odds": math.inf, "total": math.inf}, {"odds": math.inf, "total": -math.inf}, math.nan)
def test_a_probability_is_above_0_and_below_1_whatever_it_is_given(
    measures: dict[str, float], weights: dict[str, float], bias: float
) -> None:
    assert 0 < probability(model(bias, **weights), Features(**measures)) < 1


@pytest.mark.parametrize(
    ("weighing", "features", "chance"),
    [
        (model(), Features(odds=3.0), 0.5),
        (model(1.0), Features(), 0.731),
        (model(odds=1.0), Features(odds=-2.0), 0.119),
        (model(-1.0, odds=0.5, length=-0.5), Features(odds=3.0, length=4.0), 0.182),
        (model(odds=1.0), Features(odds=math.nan), 0.5),
        (model(odds=1.0), Features(odds=1e300), 1.0),
    ],
)
def test_probabilities_are_those_of_a_logistic_regression(
    weighing: OutcomeModel, features: Features, chance: float
) -> None:
    assert probability(weighing, features) == pytest.approx(chance, abs=1e-3)


def test_a_twentieth_is_explored_and_everybody_agrees_which() -> None:
    spread = 0x9E3779B97F4A7C15F39CC0605CEDC835
    ids = [str(uuid.UUID(int=number * spread % 2**128)) for number in range(20_000)]
    share = sum(map(explored, ids)) / len(ids)
    assert share == pytest.approx(EXPLORED, abs=0.005)
    assert [explored(id.upper()) for id in ids[:500]] == [explored(id) for id in ids[:500]]


def test_a_model_is_read_as_it_was_written() -> None:
    written = model(0.1, odds=1 / 3, weary=-2e-9)
    assert decode_outcome(encode_outcome(written), "here") == written


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (encode_outcome(HIDING_ALL)[:-20], "cannot be read"),
        (encode_outcome(HIDING_ALL).replace(b"-8.0", b"NaN"), "cannot be read"),
        (encode_outcome(HIDING_ALL).replace(b'"below": 0.5', b'"below": 2'), "cannot be read"),
        (encode_outcome(HIDING_ALL).replace(b'"bias"', b'"more": 1, "bias"'), "cannot be read"),
        (encode_outcome(model(mood=1.0)), "'mood', which is no feature"),
        (b'{"format_version": 2, "what": "ever"}', "has format version 2"),
    ],
)
def test_what_is_no_model_is_refused_with_its_place(content: bytes, says: str) -> None:
    with pytest.raises(ReleaseError, match=says) as refused:
        decode_outcome(content, "r/outcome.json")
    assert "r/outcome.json" in refused.value.problem
    assert "nothing is hidden" in refused.value.remedy


@given(st.binary(max_size=100), st.integers(0, 400))
def test_no_content_ends_in_another_error(content: bytes, kept: int) -> None:
    for each in (content, encode_outcome(HIDING_ALL)[:kept] + content):
        with contextlib.suppress(ReleaseError):
            assert isinstance(decode_outcome(each, "here"), OutcomeModel)


def test_events_of_before_there_were_features_can_still_be_read() -> None:
    event = msgspec.convert(SHOWN, Event)
    assert isinstance(event, Shown)
    assert (event.features, event.propensity) == (None, 1.0)


def test_measures_of_another_version_are_passed_over() -> None:
    event = msgspec.convert(SHOWN | {"features": {"odds": 1.5, "mood": 1}}, Event)
    assert isinstance(event, Shown)
    assert event.features == Features(odds=1.5)


def test_what_is_nothing_is_not_sent() -> None:
    assert msgspec.json.encode(Features(odds=1.5)) == b'{"odds":1.5}'


@pytest.mark.parametrize(
    "change",
    [
        {"propensity": 0},
        {"propensity": 1.5},
        {"propensity": None},
        {"features": {"odds": 1e9}},
        {"features": {"odds": None}},
    ],
)
def test_impossible_measures_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(SHOWN | change, Event)


def test_a_proof_has_shares_that_are_shares() -> None:
    encoded = msgspec.json.encode(PROOF).replace(b'"lost":0.02', b'"lost":1.02')
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(encoded, type=type(PROOF))
