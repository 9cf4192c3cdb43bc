from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.snapshot import Edit
from understudy_lsp.undo import LARGEST, History


def takes_back(*edits: Edit) -> list[bool]:
    history = History()
    return [history.takes_back(edit) for edit in edits]


def test_undoing_a_burst_of_typing_takes_it_back() -> None:
    typing = [Edit(5, "", "f"), Edit(6, "", "o"), Edit(7, "", "o")]
    assert takes_back(*typing, Edit(5, "foo", "")) == [False, False, False, True]


def test_a_backspace_is_no_undo() -> None:
    assert takes_back(Edit(5, "", "f"), Edit(5, "f", "")) == [False, False]


def test_bringing_back_what_was_deleted_is_an_undo() -> None:
    assert takes_back(Edit(5, "foo", ""), Edit(5, "", "foo"))[-1]


def test_a_redo_takes_back_the_undo() -> None:
    assert takes_back(Edit(5, "", "foo"), Edit(5, "foo", ""), Edit(5, "", "foo"))[-1]


def test_undoing_further_reaches_what_was_done_elsewhere() -> None:
    edits = [Edit(50, "", "foo"), Edit(5, "", "bar"), Edit(5, "bar", ""), Edit(50, "foo", "")]
    assert takes_back(*edits) == [False, False, True, True]


def test_replacing_a_word_by_another_is_no_undo() -> None:
    assert not takes_back(Edit(5, "", "foo"), Edit(5, "foo", "bar"))[-1]
    assert takes_back(Edit(5, "foo", "bar"), Edit(5, "bar", "foo"))[-1]


def test_a_whole_document_that_is_replaced_is_not_kept() -> None:
    big = "x" * LARGEST
    assert takes_back(Edit(0, big, big + "y"), Edit(0, big + "y", big)) == [False, False]


@st.composite
def bursts(draw: st.DrawFn) -> tuple[list[Edit], Edit]:
    """Edits of which each touches the one before, and one edit that undoes them all."""
    before = after = "abcdefghij"
    edits: list[Edit] = []
    start = end = left = right = draw(st.integers(0, len(before)))
    for letter in draw(st.text(alphabet="ABCDEF", min_size=1, max_size=9)):
        first = draw(st.integers(max(left - 2, 0), right))
        last = draw(st.integers(max(first, left), min(right + 2, len(after))))
        edits.append(Edit(first, after[first:last], f"{letter}{len(edits)}"))
        after = after[:first] + edits[-1].inserted + after[last:]
        left, right = first, first + 2
        start, end = min(start, first), max(end, last) - (last - first) + 2
    undo = Edit(start, after[start:end], before[start : len(before) - len(after) + end])
    return edits, undo


@given(burst=bursts())
def test_a_whole_burst_is_taken_back_by_one_edit(burst: tuple[list[Edit], Edit]) -> None:
    edits, undo = burst
    history = History()
    for edit in edits:
        history.takes_back(edit)
    assert history.takes_back(undo)
