"""The document after any edits is the client's; positions mean what the protocol says."""

from bisect import bisect_right
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.document import Document, Encoding, Position, units
from understudy_lsp.lines import BLOCK, Lines, split
from understudy_lsp.snapshot import Edit

BREAKS = ["\n", "\r", "\r\n"]
LOOK_LIKE_BREAKS = ["\f", "\v", "\x1c", "\x85", "\u2028"]
PIECES = st.sampled_from(
    ["a", "bc", " ", "\0", "ä", "€", "😋", "\ud800", *BREAKS, *LOOK_LIKE_BREAKS]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)
ENCODINGS = st.sampled_from(list(Encoding))


def opened(text: str, encoding: Encoding = Encoding.UTF16) -> Document:
    return Document("file:///a.py", text, language="python", version=1, encoding=encoding)


def client_position(text: str, offset: int, encoding: Encoding) -> Position:
    """How an editor that holds `text` calls an offset, told independently of `Lines`."""
    line_start, line = 0, 0
    index = 0
    while index < offset:
        if text[index] == "\n" or (text[index] == "\r" and text[index + 1 : index + 2] != "\n"):
            line, line_start = line + 1, index + 1
        index += 1
    before = text[line_start:offset]
    if encoding is Encoding.UTF8:
        width = len(before.encode("utf-8", "surrogatepass"))
    elif encoding is Encoding.UTF16:
        width = len(before.encode("utf-16-le", "surrogatepass")) // 2
    else:
        width = len(before)
    return Position(line, width)


def addressable(text: str, offset: int) -> bool:
    """An editor has no position between the two halves of a line break."""
    return text[offset - 1 : offset + 1] != "\r\n"


@given(TEXTS, st.data(), ENCODINGS)
def test_after_any_edits_the_document_is_the_clients(
    text: str, data: st.DataObject, encoding: Encoding
) -> None:
    document = opened(text, encoding)
    for _ in range(data.draw(st.integers(1, 6))):
        places = [offset for offset in range(len(text) + 1) if addressable(text, offset)]
        place = st.sampled_from(places)
        start, end = sorted((data.draw(place), data.draw(place)))
        inserted = data.draw(TEXTS)
        edit = document.replace(
            client_position(text, start, encoding), client_position(text, end, encoding), inserted
        )
        assert edit == Edit(start, text[start:end], inserted)
        text = text[:start] + inserted + text[end:]
        assert document.text == text


@given(TEXTS, st.data(), ENCODINGS)
def test_an_offset_becomes_the_clients_position_and_back(
    text: str, data: st.DataObject, encoding: Encoding
) -> None:
    places = [offset for offset in range(len(text) + 1) if addressable(text, offset)]
    offset = data.draw(st.sampled_from(places))
    document = opened(text, encoding)
    assert document.position(offset) == client_position(text, offset, encoding)
    assert document.offset(document.position(offset)) == offset


@given(TEXTS, TEXTS)
def test_a_change_of_the_whole_text_is_told_as_what_differs(old: str, new: str) -> None:
    document = opened(old)
    edit = document.replace_all(new)
    assert document.text == new
    assert old[: edit.start] + edit.inserted + old[edit.start + len(edit.removed) :] == new
    assert old[edit.start : edit.start + len(edit.removed)] == edit.removed


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), TEXTS), max_size=5))
def test_blocks_come_and_go_without_a_line_lost(edits: list[tuple[int, int, str]]) -> None:
    text = "".join(f"line {number}\n" for number in range(3 * BLOCK))
    lines = Lines(text)
    for start, end, inserted in edits:
        first, last = sorted((min(start, lines.count - 1), min(end, lines.count - 1)))
        before = text
        low, high = lines.offset(first), lines.offset(last)
        lines.replace((first, 0), (last, 0), inserted)
        text = before[:low] + inserted + before[high:]
        assert lines.text() == text
        assert lines.count == len(split(text))
        assert lines.chars == len(text)
        ends = list(accumulate(map(len, split(text))))
        for offset in (len(text), low, 0, len(text) // 2, high):
            at = min(offset, len(text))
            number, column = lines.place(at)
            assert lines.offset(number) + column == at
            # An offset between CR and LF is in the line that they end.
            assert number == min(bisect_right(ends, at), len(ends) - 1)


def test_positions_out_of_range_are_brought_to_the_nearest_place() -> None:
    document = opened("ab\ncd")
    assert document.offset(Position(0, 99)) == 2
    assert document.offset(Position(7, 0)) == 5
    assert document.offset(Position(-1, 5)) == 0
    assert document.offset(Position(1, -3)) == 3
    assert document.replace(Position(9, 9), Position(0, 2), "") == Edit(2, "\ncd", "")
    assert document.text == "ab"


def test_a_position_within_a_surrogate_pair_is_the_characters_start() -> None:
    document = opened("x😋y")
    assert document.offset(Position(0, 2)) == 1
    assert units("x😋y", Encoding.UTF16) == 4


def test_a_form_feed_is_not_a_line_break() -> None:
    document = opened("a\f\ndef f():\n    pass\n")
    document.replace(Position(2, 4), Position(2, 8), "return 1")
    assert document.text == "a\f\ndef f():\n    return 1\n"


def test_a_line_break_may_be_put_together_and_taken_apart() -> None:
    document = opened("a\rb")
    document.replace(Position(1, 0), Position(1, 0), "\n")
    assert document.text == "a\r\nb"
    assert document.offset(Position(1, 0)) == 3
    document.replace(Position(1, 0), Position(1, 0), "\r")
    assert document.text == "a\r\n\rb"
    assert document.offset(Position(2, 0)) == 4
