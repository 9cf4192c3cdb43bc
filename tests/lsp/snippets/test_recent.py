from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.snapshot import Edit
from understudy_lsp.snippets.recent import LENGTH, NEAR, STAY_S, Recent

LONG = "x" * 10 * NEAR


def spots(recent: Recent) -> list[tuple[str, int, bool]]:
    return [(spot.path, spot.offset, spot.edited) for spot, _ in recent]


def test_the_newest_is_first_and_near_ones_are_one() -> None:
    recent = Recent()
    recent.edited("a", [Edit(0, "", "x")], text=LONG, now=0)
    recent.edited("b", [Edit(0, "", "x")], text=LONG, now=1)
    recent.edited("a", [Edit(NEAR, "", "x")], text=LONG, now=2)
    assert spots(recent) == [("a", NEAR + 1, True), ("b", 1, True)]


def test_far_apart_in_one_document_are_two() -> None:
    recent = Recent()
    recent.edited("a", [Edit(0, "", "x"), Edit(5 * NEAR, "", "x")], text=LONG, now=0)
    assert spots(recent) == [("a", 5 * NEAR + 1, True), ("a", 1, True)]


def test_a_spot_moves_with_what_is_typed_above_it() -> None:
    recent = Recent()
    recent.edited("a", [Edit(5 * NEAR, "", "x")], text=LONG, now=0)
    recent.edited("a", [Edit(0, "ab", "12345")], text=LONG, now=1)
    assert spots(recent) == [("a", 5, True), ("a", 5 * NEAR + 4, True)]


def test_a_spot_whose_text_is_deleted_stays_where_that_was() -> None:
    recent = Recent()
    recent.edited("a", [Edit(5 * NEAR, "", "x")], text=LONG, now=0)
    recent.edited("a", [Edit(4 * NEAR, "x" * 2 * NEAR, "")], text=LONG, now=1)
    assert spots(recent) == [("a", 4 * NEAR, True)]


def test_where_the_cursor_only_passed_is_forgotten() -> None:
    recent = Recent()
    recent.visited("a", 0, text=LONG, now=0)
    recent.visited("b", 0, text=LONG, now=STAY_S / 2)
    recent.visited("c", 0, text=LONG, now=STAY_S * 2)
    assert spots(recent) == [("c", 0, False), ("b", 0, False)]


def test_a_look_at_what_was_edited_leaves_it_edited() -> None:
    recent = Recent()
    recent.edited("a", [Edit(0, "", "x")], text=LONG, now=0)
    recent.visited("a", 5, text=LONG, now=1)
    assert spots(recent) == [("a", 5, True)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
            st.integers(0, 5 * NEAR),
            st.integers(0, 9),
            st.integers(0, 9),
        ),
        max_size=60,
    )
)
def test_the_ring_is_short_and_has_a_text_for_every_spot(
    edits: list[tuple[str, int, int, int]],
) -> None:
    recent = Recent()
    for now, (path, start, removed, inserted) in enumerate(edits):
        edit = Edit(start, "x" * removed, "y" * inserted)
        recent.edited(path, [edit], text=f"text of {path}", now=now)
        assert next(iter(recent))[0].offset == start + inserted
    assert len(spots(recent)) <= LENGTH
    assert all(text == f"text of {spot.path}" and spot.offset >= 0 for spot, text in recent)
