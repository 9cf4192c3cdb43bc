"""What a lesson is known by, and its file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lessons_learned import lesson

from understudy_protocol.errors import ReleaseError
from understudy_protocol.lesson import Evidence, Rate, Scope, decode_lessons, encode_lessons
from understudy_protocol.lesson_choice import chosen
from understudy_protocol.lesson_index import index_of
from understudy_protocol.spot import spot_of


def test_its_id_depends_on_what_it_says_and_is_about() -> None:
    one = lesson()
    assert one.id != lesson("verify").id
    assert one.id != lesson(scope=Scope("python", callee="post")).id
    assert one.id != lesson(scope=Scope("typescript", callee="get")).id


def test_its_id_does_not_depend_on_where_and_how_well_it_was_learned() -> None:
    one = lesson()
    other = lesson(
        critique="Other words.",
        evidence=(Evidence("f" * 16, "lib/a.py", "beef"),),
        without=Rate(),
        informed=Rate(1, 2),
        night=5,
        scope=Scope("python", callee="get", path="lib"),
    )
    assert one.id == other.id


def test_lessons_come_back_from_their_file() -> None:
    both = (lesson(), lesson("verify", scope=Scope("go", names=("a", "b"), path="cmd")))
    assert decode_lessons(encode_lessons(both), "lessons.json") == both
    assert encode_lessons(both) == encode_lessons(decode_lessons(encode_lessons(both), ""))
    assert decode_lessons(encode_lessons([]), "") == ()


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"[]",
        b"{}",
        b'{"lessons": []}',
        b'{"format_version": 1, "lessons": [{}]}',
        b'{"format_version": 1, "rules": []}',
        b'{"format_version": "1"}',
        b"\xff\xfe",
        b"[" * 100_000,
        encode_lessons([lesson()]).replace(b"timeout", b"\\ud800"),
        encode_lessons([lesson()]).replace(b'"asked": 16', b'"asked": 1' + b"0" * 400),
        encode_lessons([lesson()]).replace(b'"asked": 16', b'"asked": -1'),
    ],
)
def test_what_is_no_lessons_file_is_refused_with_its_name(encoded: bytes) -> None:
    with pytest.raises(ReleaseError) as caught:
        decode_lessons(encoded, "/releases/lessons.json")
    assert "/releases/lessons.json" in caught.value.problem
    assert caught.value.remedy


def test_a_later_format_is_refused_by_its_number() -> None:
    later = encode_lessons([lesson()]).replace(b'"format_version": 1', b'"format_version": 2')
    with pytest.raises(ReleaseError, match="format version 2"):
        decode_lessons(later, "lessons.json")


@given(place=st.floats(0, 1, exclude_max=True), old=st.integers(0, 40), new=st.binary(max_size=40))
def test_a_damaged_file_is_refused_or_still_holds_lessons(place: float, old: int, new: bytes):
    whole = encode_lessons([lesson(), lesson("verify")])
    at = int(place * len(whole))
    try:
        found = decode_lessons(whole[:at] + new + whole[at + old :], "lessons.json")
    except ReleaseError:
        return
    spot = spot_of("x = get(", ")", path="src/shop.py", language="python")
    assert set(chosen(index_of(found), spot)) <= set(found)
