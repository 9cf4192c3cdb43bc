"""What becomes of a suggestion, one story each. Every input in any order: test_tracker_model."""

import pytest
from edited_document import CLICK, FILE, Editing, completion_id

from understudy_lsp.experience.telling import About
from understudy_lsp.experience.tracker import RETURN_S
from understudy_lsp.snapshot import Edit
from understudy_protocol.events import (
    Accepted,
    Discarded,
    DiscardReason,
    Ignored,
    PartiallyAccepted,
    Rejected,
    Reuse,
    Shown,
    Source,
)
from understudy_protocol.outcome import Features

CODE = "def add(a, b):\n    return "


def only(editing: Editing, kind: type) -> object:
    """The one event of this kind that was told."""
    [event] = [each for each in editing.told if isinstance(each, kind)]
    return event


def test_a_suggestion_that_is_taken_was_seen_and_is_accepted_once() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b", source=Source.COPY, reuse=Reuse.CACHE)
    editing.edit("a + b")
    editing.accept(1)
    editing.accept(1)
    assert editing.kinds() == ["shown", "accepted"]
    shown, accepted = editing.told
    assert isinstance(shown, Shown)
    assert shown.dwell_ms == 975
    assert isinstance(accepted, Accepted)
    assert (accepted.length, accepted.completion, accepted.repository) == (
        5,
        completion_id(1),
        CLICK,
    )
    assert (accepted.source, accepted.reuse) == (Source.COPY, Reuse.CACHE)


def test_the_command_may_come_before_the_edit_that_inserts_the_text() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.accept(1)
    editing.edit("a + b")
    assert editing.kinds() == ["shown", "accepted"]
    editing.wait(30)
    assert editing.kinds()[2:] == ["kept"]


def test_an_editor_that_replaces_the_typed_beginning_accepts_too() -> None:
    editing = Editing(CODE)
    editing.show(1, "alpha + beta")
    editing.type("al")
    editing.offer(1, "pha + beta", reuse=Reuse.TYPED)
    editing.edit("alpha + beta", at=len(CODE), removes=2)
    accepted = only(editing, Accepted)
    assert isinstance(accepted, Accepted)
    assert (accepted.length, accepted.reuse) == (10, Reuse.TYPED)
    assert editing.kinds() == ["shown", "accepted"]


def test_a_menu_replaces_the_word_before_the_cursor_and_indents_what_it_inserts() -> None:
    editing = Editing("if x:\n    pri")
    editing.show(1, "nt(\n    x,\n)")
    editing.edit("print(\n        x,\n    )", at=10, removes=3)
    assert editing.kinds() == ["shown", "accepted"]
    accepted = only(editing, Accepted)
    assert isinstance(accepted, Accepted)
    assert accepted.length == len("nt(\n    x,\n)")
    editing.wait(30)
    kept = editing.told[-1]
    assert (kept.length, kept.accepted_length) == (20, 20)  # pyright: ignore[reportAttributeAccessIssue]


def test_what_the_suggestion_replaces_goes_when_it_is_accepted() -> None:
    editing = Editing("print(")
    editing.texts[FILE] = "print()"
    editing.show(1, "x, y)", at=6, replaces=1)
    editing.edit("x, y)", at=6, removes=1)
    assert editing.kinds() == ["shown", "accepted"]


def test_an_edit_that_says_no_more_than_the_difference_accepts_too() -> None:
    editing = Editing("print()")
    editing.show(1, "x, y)", at=6, replaces=1)
    editing.edit("x, y", at=6)
    assert editing.kinds() == ["shown", "accepted"]


def test_words_that_are_taken_add_up_and_typing_between_them_does_not_count() -> None:
    editing = Editing(CODE)
    editing.show(1, "alpha + beta + gamma")
    editing.edit("alpha")
    editing.offer(1, " + beta + gamma", reuse=Reuse.TYPED)
    editing.wait(1)
    editing.type(" +")
    editing.offer(1, " beta + gamma", reuse=Reuse.TYPED)
    editing.edit(" beta")
    lengths = [each.length for each in editing.told if isinstance(each, PartiallyAccepted)]
    assert lengths == [5, 10]
    editing.edit(" + gamma")
    assert editing.kinds()[-2:] == ["shown", "accepted"]
    assert editing.told[-1].length == 18  # pyright: ignore[reportAttributeAccessIssue]


def test_a_client_that_tells_of_words_taken_is_believed_whatever_comes_first() -> None:
    editing = Editing(CODE, tells_partial=True)
    editing.show(1, "äö + 😀 (b)")
    editing.edit("äö")
    assert editing.told == []
    editing.take(1, 2)
    editing.take(1, 2)
    editing.take(1, 7)  # up to the end of 😀, two units
    editing.edit(" + 😀")
    editing.edit(" (")  # a piece that ends after one key's worth of text
    editing.take(1, 9)
    lengths = [each.length for each in editing.told if isinstance(each, PartiallyAccepted)]
    assert lengths == [2, 7, 9]
    editing.edit("b)")
    editing.take(1, 11)
    assert editing.kinds()[-2:] == ["shown", "accepted"]
    assert editing.told[-1].length == 11  # pyright: ignore[reportAttributeAccessIssue]


def test_a_single_key_that_the_client_calls_taken_counts() -> None:
    editing = Editing(CODE, tells_partial=True)
    editing.show(1, "(a)")
    editing.edit("(")
    editing.take(1, 1)
    assert editing.told[-1].length == 1  # pyright: ignore[reportAttributeAccessIssue]


def test_text_typed_to_its_end_is_ignored_and_what_was_typed_says_it_was_right() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.type("a + b")
    editing.wait(RETURN_S)
    assert editing.kinds() == ["shown", "ignored"]
    assert editing.told[-1].typed == "a + b"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_last_key_that_was_tab_after_all_is_told_by_the_command() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.type("a + ")
    editing.edit("b")
    editing.accept(1)
    assert editing.kinds() == ["shown", "accepted"]
    assert editing.told[-1].length == 1  # pyright: ignore[reportAttributeAccessIssue]


def test_brackets_and_indentation_that_an_editor_adds_are_typing() -> None:
    editing = Editing(CODE)
    editing.show(1, "()\n        [x]")
    editing.edit("()")
    editing.edit("\n        ")
    editing.edit("[")
    assert editing.told == []


def test_keys_that_an_editor_sends_together_are_typing() -> None:
    editing = Editing(CODE)
    editing.show(1, "alphabet(x)")
    editing.edit("alp")
    editing.edit("ha")
    assert editing.told == []


def test_typing_past_a_suggestion_ignores_it_and_says_what_was_typed() -> None:
    editing = Editing(CODE)
    editing.show(1, "alpha + beta")
    editing.type("al")
    editing.edit("x")
    assert editing.told == []
    editing.type("yz = 1")
    editing.wait(RETURN_S)
    assert editing.kinds() == ["shown", "ignored"]
    assert editing.told[-1].typed == "alx"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_typo_and_a_backspace_are_one_view() -> None:
    editing = Editing(CODE)
    editing.show(1, "alpha + beta")
    editing.edit("x")
    editing.now += 1
    editing.edit("", at=len(CODE), removes=1)
    editing.offer(1, "alpha + beta", reuse=Reuse.CACHE)
    editing.wait(1)
    editing.edit("alpha + beta")
    assert editing.kinds() == ["shown", "accepted"]
    assert editing.told[0].dwell_ms == 1975  # pyright: ignore[reportAttributeAccessIssue]


def test_escape_rejects_at_once() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.reject(1)
    editing.reject(1)
    assert editing.kinds() == ["shown", "rejected"]
    assert isinstance(editing.told[-1], Rejected)


@pytest.mark.parametrize("gone", ["edit", "move", "supersede"])
def test_what_went_before_anyone_could_see_it_is_discarded(gone: str) -> None:
    editing = Editing(CODE)
    editing.offer(1, "a + b")
    editing.now += 0.010
    match gone:
        case "edit":
            editing.edit("x")
        case "move":
            editing.move(3)
        case _:
            editing.offer(2, "b + a")
    editing.now += RETURN_S + 1
    editing.wait(0)
    [event] = [each for each in editing.told if each.completion == completion_id(1)]
    assert isinstance(event, Discarded)
    assert event.reason is DiscardReason.STALE


def test_a_client_that_tells_what_it_drew_is_believed() -> None:
    editing = Editing(CODE, tells_shown=True)
    editing.show(1, "a + b")
    editing.edit("x")
    editing.wait(RETURN_S)
    assert editing.kinds() == ["discarded"]
    editing.offer(2, "b")
    editing.draw(2)
    editing.draw(2)
    editing.move(0)
    editing.wait(RETURN_S)
    assert editing.kinds() == ["discarded", "shown", "ignored"]


def test_the_same_text_at_the_same_place_from_another_completion_joins_the_first() -> None:
    editing = Editing(CODE)
    editing.show(1, "alpha", source=Source.COPY)
    editing.type("al")
    [duplicate] = editing.offer(2, "pha")
    assert isinstance(duplicate, Discarded)
    assert (duplicate.completion, duplicate.reason) == (completion_id(2), DiscardReason.DUPLICATE)
    editing.edit("pha")
    editing.accept(2)
    assert editing.kinds() == ["discarded", "shown", "accepted"]
    assert {each.completion for each in editing.told[1:]} == {completion_id(1)}
    assert editing.told[-1].source is Source.COPY


def test_what_had_joined_another_is_followed_by_itself_when_it_comes_again() -> None:
    editing = Editing(CODE)
    editing.show(1, "alpha", source=Source.COPY)
    editing.type("al")
    editing.offer(2, "pha")
    editing.edit("pha")
    editing.accept(1)
    editing.edit(" + ")
    editing.show(2, "alpha")
    editing.edit("alpha")
    editing.accept(2)
    assert editing.kinds() == ["discarded", "shown", "accepted", "partially_accepted"]
    assert editing.told[-1].completion == completion_id(2)


def test_a_suggestion_that_grows_is_one_suggestion() -> None:
    editing = Editing(CODE)
    editing.offer(1, "alpha", growing=True)
    editing.now += 0.2
    editing.offer(1, "alpha + beta", growing=True)
    editing.now += 0.2
    editing.offer(1, "alpha + beta\n    # done")
    editing.now += 0.2
    editing.edit("alpha + beta\n    # done")
    assert editing.kinds() == ["shown", "accepted"]
    assert editing.told[0].dwell_ms == 575  # pyright: ignore[reportAttributeAccessIssue]


def test_the_rest_of_a_block_adds_to_what_was_taken_of_it() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.edit("a + b")
    editing.show(1, "\n\n\ndef sub(a, b):", reuse=Reuse.REST)
    editing.edit("\n\n\ndef sub(a, b):")
    editing.accept(1)
    assert editing.kinds() == ["shown", "accepted", "partially_accepted"]
    assert editing.told[-1].length == 5 + 17  # pyright: ignore[reportAttributeAccessIssue]


def test_a_completion_offered_again_after_escape_has_no_second_outcome() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.reject(1)
    editing.show(1, "a + b", reuse=Reuse.CACHE)
    editing.edit("x")
    editing.wait(RETURN_S)
    assert editing.kinds() == ["shown", "rejected"]


def test_edits_elsewhere_leave_it_alone() -> None:
    editing = Editing(f"import os\n\n{CODE}\n\n# end")
    place = editing.texts[FILE].index("\n\n# end")
    editing.show(1, "a + b", at=place)
    editing.edit("import sys\n", at=10)
    editing.edit("!", at=len(editing.texts[FILE]))
    editing.edit("a + b", at=place + len("import sys\n"))
    assert editing.kinds() == ["shown", "accepted"]


def test_several_changes_in_one_notification_are_judged_together() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.edits(Edit(len(CODE), "", "a +"), Edit(len(CODE) + 3, "", " b"))
    assert editing.kinds() == ["shown", "accepted"]


def test_once_commands_tell_of_accepting_the_same_text_from_elsewhere_does_not() -> None:
    editing = Editing(CODE)
    editing.show(1, "alpha")
    editing.edit("alpha")
    editing.accept(1)
    editing.show(2, " + beta")
    editing.edit(" + beta")  # pasted
    editing.wait(RETURN_S)
    assert editing.kinds() == ["shown", "accepted", "shown", "ignored"]
    editing.show(3, " + gamma")
    editing.edit(" + gamma")
    editing.accept(3)
    assert editing.kinds()[4:] == ["shown", "accepted"]


def test_going_to_another_document_leaves_and_closing_ends() -> None:
    editing = Editing(CODE)
    editing.texts["file:///other.py"] = ""
    editing.show(1, "a + b")
    editing.offer(2, "import os", uri="file:///other.py")
    editing.close()
    assert editing.kinds() == ["shown", "ignored"]
    editing.finish()
    assert editing.kinds() == ["shown", "ignored", "discarded"]
    assert isinstance(editing.told[1], Ignored)


def test_a_document_that_is_renamed_keeps_its_suggestion() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.texts["file:///new.py"] = editing.texts.pop(FILE)
    editing.tracker.renamed(FILE, "file:///new.py")
    editing.edit("a + b", uri="file:///new.py")
    assert editing.kinds() == ["shown", "accepted"]


def test_what_is_never_offered_is_discarded_once_with_its_reason() -> None:
    editing = Editing(CODE)
    about = About(completion_id(1), CLICK)
    for _ in range(2):
        editing.say(
            editing.tracker.discarded(
                about, reason=DiscardReason.FILTER, detail="repetition", moment=editing.moment
            )
        )
    discarded = only(editing, Discarded)
    assert isinstance(discarded, Discarded)
    assert (discarded.reason, discarded.detail) == (DiscardReason.FILTER, "repetition")
    editing.show(2, "a + b")
    about = About(completion_id(2), CLICK)
    late = editing.tracker.discarded(about, reason=DiscardReason.STALE, moment=editing.moment)
    assert late == []


def test_a_clock_that_jumps_back_gives_no_negative_times() -> None:
    editing = Editing(CODE)
    editing.show(1, "a + b")
    editing.now = -1000
    editing.edit("a + b")
    assert editing.told[0].dwell_ms == 0  # pyright: ignore[reportAttributeAccessIssue]
    assert editing.told[0].at == 0


def test_what_was_known_when_it_was_shown_first_is_told() -> None:
    editing = Editing(CODE)
    editing.show(1, "alpha + beta", features=Features(odds=1.5), propensity=0.05)
    editing.type("al")
    editing.offer(1, "pha + beta", features=Features(odds=9.0))
    editing.edit("pha + beta")
    shown = only(editing, Shown)
    assert isinstance(shown, Shown)
    assert (shown.features, shown.propensity) == (Features(odds=1.5), 0.05)
