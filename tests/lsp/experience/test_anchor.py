"""Ranges that follow edits, against marks put into the text itself."""

from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.experience.anchor import Anchor, found_near, narrowed
from understudy_lsp.experience.progress import touched
from understudy_lsp.snapshot import Edit

TEXT = "0123456789" * 3


def apply(text: str, edit: Edit) -> str:
    end = edit.start + len(edit.removed)
    assert text[edit.start : end] == edit.removed
    return text[: edit.start] + edit.inserted + text[end:]


@st.composite
def edits(draw: st.DrawFn, length: int = len(TEXT), text: str = TEXT) -> Edit:
    start = draw(st.integers(0, length))
    end = draw(st.integers(start, min(length, start + 8)))
    return Edit(start, text[start:end], draw(st.text("ab", max_size=5)))


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Edit], str]:
    text, made = TEXT, list[Edit]()
    for _ in range(draw(st.integers(1, 6))):
        made.append(draw(edits(len(text), text)))
        text = apply(text, made[-1])
    return made, text


@given(runs(), st.integers(0, len(TEXT)), st.integers(0, 10), st.booleans())
def test_an_anchor_stays_a_range_of_the_text_and_loses_no_survivor(
    run: tuple[list[Edit], str], start: int, length: int, grows: bool
) -> None:
    made, after = run
    anchor = Anchor(start, min(len(TEXT), start + length), grows=grows)
    survivors = list(range(anchor.start, anchor.end))
    for edit in made:
        anchor.move(narrowed(edit))
        edit = narrowed(edit)
        moved = len(edit.inserted) - len(edit.removed)
        end = edit.start + len(edit.removed)
        survivors = [
            place if place < edit.start else place + moved
            for place in survivors
            if not edit.start <= place < end
        ]
    assert 0 <= anchor.start <= anchor.end <= len(after)
    assert all(anchor.start <= place < anchor.end for place in survivors)


@given(st.text("ab", max_size=12), st.text("ab", max_size=12))
def test_a_narrowed_edit_does_the_same(removed: str, inserted: str) -> None:
    edit = Edit(2, removed, inserted)
    small = narrowed(edit)
    text = f"xx{removed}yy"
    assert apply(text, small) == apply(text, edit)
    if small.removed and small.inserted:
        assert small.removed[0] != small.inserted[0]
        assert small.removed[-1] != small.inserted[-1]


@given(runs())
def test_what_edits_touched_holds_all_that_differs(run: tuple[list[Edit], str]) -> None:
    made, after = run
    low, high = touched(made)
    assert 0 <= low <= high <= len(after)
    assert after[:low] == TEXT[:low]
    assert after[high:] == TEXT[len(TEXT) - (len(after) - high) :]


def test_text_is_found_where_it_is_nearest() -> None:
    text = "ab" + "." * 100 + "ab" + "." * 2000 + "abc"
    assert found_near(text, "ab", 90) == 102
    assert found_near(text, "ab", 5) == 0
    assert found_near(text, "abc", 0) is None
