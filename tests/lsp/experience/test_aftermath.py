"""What is kept of what was taken, and what is written instead, from edits alone."""

import pytest
from edited_document import CLICK, FILE, Editing
from experience_facts import FLASK

from understudy_lsp.experience.aftermath import MAX_WATCHED
from understudy_lsp.snapshot import Edit
from understudy_protocol.events import Event, Horizon, Kept, Replaced

CODE = "import os\n\ndef add(a, b):\n    "
LINE = "return first + second"


def taken(text: str = LINE) -> Editing:
    editing = Editing(CODE)
    editing.show(1, text)
    editing.edit(text)
    return editing


def kept(events: list[Event]) -> list[tuple[Horizon, int, int]]:
    return [(e.horizon, e.length, e.accepted_length) for e in events if isinstance(e, Kept)]


def replaced(editing: Editing) -> list[str]:
    return [event.text for event in editing.told if isinstance(event, Replaced)]


def test_what_is_kept_is_told_three_times_and_at_the_next_commit() -> None:
    editing = taken()
    assert kept(editing.wait(29.9)) == []
    assert kept(editing.wait(0.2)) == [(Horizon.THIRTY_SECONDS, 21, 21)]
    assert kept(editing.wait(90)) == [(Horizon.TWO_MINUTES, 21, 21)]
    assert kept(editing.wait(480)) == [(Horizon.TEN_MINUTES, 21, 21)]
    assert kept(editing.wait(10_000)) == []
    assert editing.tracker.committed(FLASK, moment=editing.moment) == []
    committed = editing.tracker.committed(CLICK, moment=editing.moment)
    assert kept(committed) == [(Horizon.COMMIT, 21, 21)]
    assert editing.tracker.committed(CLICK, moment=editing.moment) == []


def test_an_early_commit_leaves_the_other_times_as_they_are() -> None:
    editing = taken()
    assert kept(editing.tracker.committed(CLICK, moment=editing.moment)) == [
        (Horizon.COMMIT, 21, 21)
    ]
    assert [each[0] for each in kept(editing.wait(31))] == [Horizon.THIRTY_SECONDS]


def test_after_a_sleep_of_the_machine_only_the_last_time_is_told() -> None:
    editing = taken()
    assert kept(editing.wait(36_000)) == [(Horizon.TEN_MINUTES, 21, 21)]


@pytest.mark.parametrize(
    ("removed", "inserted", "length"),
    [
        ("", "", 21),
        ("first", "one", 16),
        ("return first + second", "", 0),
        (" + second", " + (second * 2)", 21),
        ("return first + second", "raise ValueError", 1),
        ("first + second", "second + first", 10),
    ],
)
def test_survivors_are_counted_by_tokens(removed: str, inserted: str, length: int) -> None:
    editing = taken()
    if removed:
        editing.edit(inserted, at=editing.texts[FILE].index(removed), removes=len(removed))
    editing.edit("# above\n", at=0)
    editing.edit("\n\n\nfirst + second", at=len(editing.texts[FILE]))
    assert kept(editing.wait(31)) == [(Horizon.THIRTY_SECONDS, length, 21)]


def test_a_formatter_that_replaces_the_whole_document_leaves_what_it_leaves() -> None:
    editing = taken()
    old = editing.texts[FILE]
    new = old.replace("import os", "import os\nimport sys").replace("add(a, b)", "add(a,  b)")
    editing.edits(Edit(0, old, new))
    assert kept(editing.wait(31)) == [(Horizon.THIRTY_SECONDS, 21, 21)]


def test_lengths_are_utf_16() -> None:
    editing = taken("# 😀 done")
    assert kept(editing.wait(31)) == [(Horizon.THIRTY_SECONDS, 9, 9)]


def test_only_what_was_taken_is_watched_not_what_was_typed() -> None:
    editing = Editing(CODE)
    editing.show(1, LINE)
    editing.type("ret")
    editing.edit("urn first + second")
    assert kept(editing.wait(31)) == [(Horizon.THIRTY_SECONDS, 18, 18)]


def test_words_taken_one_after_the_other_are_watched_together() -> None:
    editing = Editing(CODE)
    editing.show(1, LINE)
    for piece in ("return", " first", " + second"):
        editing.edit(piece)
        editing.now += 1
    assert kept(editing.wait(30)) == [(Horizon.THIRTY_SECONDS, 21, 21)]


def test_the_rest_of_a_block_is_watched_with_its_beginning() -> None:
    editing = taken()
    editing.show(1, "\n\nprint(1)")
    editing.edit("\n\nprint(1)")
    assert kept(editing.wait(31)) == [(Horizon.THIRTY_SECONDS, 31, 31)]


def test_a_word_that_was_taken_before_the_person_went_on_alone_is_watched() -> None:
    editing = Editing(CODE)
    editing.show(1, LINE)
    editing.edit("return")
    editing.type(" 0")
    editing.wait(31)
    assert kept(editing.told) == [(Horizon.THIRTY_SECONDS, 6, 6)]
    assert replaced(editing) == [" 0"]


def test_what_is_written_instead_is_read_after_half_a_minute() -> None:
    editing = Editing(CODE)
    editing.show(1, LINE)
    editing.type("retry()")
    editing.edit("# above\n", at=0)
    editing.type("\n")
    editing.wait(28)
    assert replaced(editing) == []
    editing.wait(2)
    assert replaced(editing) == ["retry()\n"]


def test_what_is_written_after_escape_is_read_and_cut_where_it_grows_long() -> None:
    editing = Editing(CODE)
    editing.show(1, LINE)
    editing.reject(1)
    editing.edit("x" * 700)
    editing.wait(31)
    assert replaced(editing) == ["x" * 500]


def test_a_place_that_is_left_empty_is_told_too() -> None:
    editing = Editing(CODE)
    editing.show(1, LINE)
    editing.move(0)
    editing.wait(31)
    assert replaced(editing) == [""]


def test_a_suggestion_that_came_back_and_was_taken_was_not_replaced() -> None:
    editing = Editing(CODE)
    editing.show(1, LINE)
    editing.edit("x")
    editing.edit("", at=len(CODE), removes=1)
    editing.show(1, LINE)
    editing.edit(LINE)
    editing.wait(60)
    assert replaced(editing) == []


def test_what_nobody_saw_was_not_replaced() -> None:
    editing = Editing(CODE)
    editing.offer(1, LINE)
    editing.edit("x")
    editing.wait(60)
    assert editing.kinds() == ["discarded"]


def test_a_closed_document_is_judged_as_it_lies_on_disk() -> None:
    editing = taken()
    editing.close(on_disk="# moved\n" + editing.texts[FILE])
    assert kept(editing.wait(31)) == [(Horizon.THIRTY_SECONDS, 21, 21)]
    editing.texts[FILE] = CODE + "return first"
    editing.tracker.opened(FILE)
    editing.edit("# above\n", at=0)
    assert kept(editing.wait(120)) == [(Horizon.TWO_MINUTES, 12, 21)]


def test_a_closed_document_that_is_not_on_disk_is_told_nothing_of() -> None:
    editing = taken()
    editing.close()
    editing.wait(700)
    assert kept(editing.told) == []


def test_nothing_is_made_up_at_the_end() -> None:
    editing = taken()
    assert kept(editing.finish()) == []


def test_a_renamed_document_is_followed() -> None:
    editing = taken()
    editing.texts["file:///new.py"] = editing.texts.pop(FILE)
    editing.tracker.renamed(FILE, "file:///new.py")
    editing.edit("", at=len(CODE), removes=len("return "), uri="file:///new.py")
    assert kept(editing.wait(31)) == [(Horizon.THIRTY_SECONDS, 14, 21)]


def test_the_oldest_places_are_given_up() -> None:
    editing = Editing(CODE)
    for number in range(MAX_WATCHED + 5):
        editing.show(number, f"line_{number}()\n")
        editing.edit(f"line_{number}()\n")
    told = {event.completion for event in editing.wait(3600) if isinstance(event, Kept)}
    assert len(told) <= MAX_WATCHED


def test_of_places_that_only_the_next_commit_is_waited_for_are_given_up_before_others() -> None:
    """A commit of a hundred hunks, or a day without one, costs no look after ten minutes."""
    editing = Editing(CODE)

    def take(number: int) -> None:
        text = f"value_{number} = {number}\n"
        editing.show(number, text)
        editing.edit(text)

    for number in range(MAX_WATCHED):
        take(number)
    editing.wait(601)
    for number in range(MAX_WATCHED, MAX_WATCHED + 60):
        take(number)
    looks = kept(editing.wait(601))
    assert sum(horizon is Horizon.TEN_MINUTES for horizon, _, _ in looks) == 60
    for number in range(MAX_WATCHED + 60, MAX_WATCHED + 120):
        take(number)
    committed = editing.tracker.committed(CLICK, moment=editing.moment)
    assert len(kept(committed)) == MAX_WATCHED
    looks = kept(editing.wait(601))
    assert sum(horizon is Horizon.TEN_MINUTES for horizon, _, _ in looks) == 60
