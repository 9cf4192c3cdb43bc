"""The wire formats: strict about what comes in, stable in what goes out."""

import pickle
from collections.abc import Mapping

import msgspec
import pytest

from understudy_protocol import errors
from understudy_protocol.completion import CompletionRequest, StreamRecord, TextDelta
from understudy_protocol.events import Accepted, Event, EventBatch

REQUEST = {
    "repository": "click-0123456789ab",
    "path": "src/click/core.py",
    "language": "python",
    "prefix": "def f(",
    "suffix": "",
}
EVENT = {
    "type": "accepted",
    "id": "00000000-0000-4000-8000-000000000001",
    "completion": "00000000-0000-4000-8000-000000000002",
    "repository": "click-0123456789ab",
    "at": 1_700_000_000_000,
    "length": 12,
}


def encoded(base: Mapping[str, object], **changes: object) -> bytes:
    return msgspec.json.encode({**base, **changes})


def test_the_smallest_request_is_enough() -> None:
    request = msgspec.json.decode(encoded(REQUEST), type=CompletionRequest)
    assert request.remember is False  # without consent nothing is stored
    assert request.snippets == ()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"temprature": 0}, "temprature"),
        ({"prefix": 3}, r"\$\.prefix"),
        ({"repository": "../../etc"}, r"\$\.repository"),
        ({"path": ""}, r"\$\.path"),
        ({"max_tokens": 0}, r"\$\.max_tokens"),
        ({"max_tokens": "64"}, r"\$\.max_tokens"),
        ({"mode": "file"}, r"\$\.mode"),
        ({"snippets": [{"path": "a", "text": "b", "start_line": 0}]}, r"\$\.snippets\[0\]"),
        ({"id": "1"}, r"\$\.id"),
    ],
)
def test_a_wrong_request_is_refused_with_the_place(change: dict[str, object], place: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=place):
        msgspec.json.decode(encoded(REQUEST, **change), type=CompletionRequest)


def test_a_cursor_inside_a_surrogate_pair_is_refused() -> None:
    body = encoded(REQUEST).replace(b"def f(", rb"x = \ud83d")
    with pytest.raises(msgspec.DecodeError, match="surrogate"):
        msgspec.json.decode(body, type=CompletionRequest)


def test_an_event_says_what_it_is_by_its_type() -> None:
    event = msgspec.json.decode(encoded(EVENT), type=Event)
    assert isinstance(event, Accepted)
    assert event.length == 12


@pytest.mark.parametrize(
    "change",
    [
        {"type": "loved"},
        {"length": -1},
        {"at": -1},
        {"id": "x"},
        {"text": "?"},
        {"completion": None},
    ],
)
def test_a_wrong_event_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(encoded(EVENT, **change), type=Event)


def test_a_batch_is_bounded() -> None:
    body = msgspec.json.encode({"events": [EVENT] * 1001})
    with pytest.raises(msgspec.ValidationError, match="1000"):
        msgspec.json.decode(body, type=EventBatch)


def test_events_stored_by_the_first_version_can_still_be_read() -> None:
    lines = [
        b'{"type":"shown","id":"%s","completion":"%s","repository":"a-0123456789ab","at":1,"dwell_ms":9}',
        b'{"type":"partially_accepted","id":"%s","completion":"%s","repository":"a-0123456789ab","at":1,"length":2}',
        b'{"type":"rejected","id":"%s","completion":"%s","repository":"a-0123456789ab","at":1}',
        b'{"type":"ignored","id":"%s","completion":"%s","repository":"a-0123456789ab","at":1,"typed":"x"}',
        b'{"type":"discarded","id":"%s","completion":"%s","repository":"a-0123456789ab","at":1,"reason":"stale"}',
        b'{"type":"kept","id":"%s","completion":"%s","repository":"a-0123456789ab","at":1,"horizon":"30s",'
        b'"length":1,"accepted_length":2}',
        b'{"type":"discarded","id":"%s","completion":"%s","repository":"a-0123456789ab","at":1,'
        b'"reason":"filter","detail":"repetition","source":"copy","reuse":"typed"}',
        b'{"type":"replaced","id":"%s","completion":"%s","repository":"a-0123456789ab","at":1,"text":"y"}',
    ]
    ids = (b"00000000-0000-4000-8000-000000000001", b"00000000-0000-4000-8000-000000000002")
    for line in lines:
        event = msgspec.json.decode(line % ids, type=Event)
        assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event


def test_a_stream_record_says_what_it_is() -> None:
    record = TextDelta(text="self)")
    assert msgspec.json.encode(record) == b'{"type":"text","text":"self)"}'
    assert msgspec.json.decode(msgspec.json.encode(record), type=StreamRecord) == record


def all_errors(root: type[errors.UnderstudyError]) -> list[type[errors.UnderstudyError]]:
    """The protocol's own: others may be loaded by then, or not."""
    own = [child for child in root.__subclasses__() if child.__module__ == errors.__name__]
    return [root, *(below for child in own for below in all_errors(child))]


@pytest.mark.parametrize("kind", all_errors(errors.UnderstudyError))
def test_every_error_says_what_to_do_survives_pickling_and_stands_in_the_tree(
    kind: type[errors.UnderstudyError],
) -> None:
    error = pickle.loads(pickle.dumps(kind("It broke.", "Mend it.")))
    assert type(error) is kind
    assert str(error) == "It broke. Mend it."
    assert error.to_wire() == errors.Problem(kind.code, "It broke.", "Mend it.")
    assert kind.__name__ in (errors.__doc__ or "")


def test_problem_codes_are_unique() -> None:
    codes = [kind.code for kind in all_errors(errors.UnderstudyError)]
    assert len(codes) == len(set(codes))
