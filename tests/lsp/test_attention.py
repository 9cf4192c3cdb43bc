import pytest
from snapshots import snapshot_at, snapshot_of

from understudy_lsp.attention import (
    DOCUMENT_MUTE_S,
    FORGET_S,
    INDENT_HOLD_S,
    LINE_MUTE_S,
    PASTE,
    PER_REJECTION,
    Attention,
)
from understudy_lsp.eagerness import Eagerness
from understudy_lsp.hole.hole import find_hole
from understudy_lsp.silence import Silence
from understudy_lsp.snapshot import Edit, Snapshot

URI = snapshot_of("‸").uri


class Desk:
    """A document that is edited, and the attention that watches."""

    def __init__(self, drawn: str = "‸") -> None:
        snapshot = snapshot_of(drawn)
        self.text, self.offset, self.now = snapshot.text, snapshot.offset, 0.0
        self.attention = Attention()

    def types(self, inserted: str, *, removes: int = 0, after_s: float = 1.0) -> None:
        """Text arrives at the cursor in one edit, in the place of some characters before it."""
        start = self.offset - removes
        edit = Edit(start, self.text[start : self.offset], inserted)
        self.text = self.text[:start] + inserted + self.text[self.offset :]
        self.offset = start + len(inserted)
        self.now += after_s
        self.attention.edited(URI, edit, text=self.text, now=self.now)

    def escapes(self) -> None:
        self.attention.rejected(URI, self.text, self.offset, now=self.now)

    @property
    def snapshot(self) -> Snapshot:
        return snapshot_at(self.text, self.offset)

    def silence(
        self,
        *,
        eagerness: Eagerness = Eagerness.MEDIUM,
        enabled: bool = True,
        manual: bool = False,
    ) -> Silence | None:
        return self.attention.may_ask(
            self.snapshot,
            find_hole(self.snapshot, None),
            eagerness=eagerness,
            enabled=enabled,
            in_comments=False,
            manual=manual,
            now=self.now,
        )

    @property
    def hold(self) -> float:
        return self.attention.hold(URI, self.now)


def test_typing_is_answered() -> None:
    desk = Desk()
    desk.types("x")
    assert desk.silence() is None
    assert desk.hold == 0.0


def test_a_language_that_is_off_is_off_even_when_asked_by_a_key() -> None:
    assert Desk().silence(enabled=False, manual=True) is Silence.LANGUAGE_OFF


def test_manual_eagerness_answers_only_a_key() -> None:
    assert Desk().silence(eagerness=Eagerness.MANUAL) is Silence.MANUAL_ONLY
    assert Desk().silence(eagerness=Eagerness.MANUAL, manual=True) is None


def test_a_place_that_is_left_alone_is_answered_when_asked_by_a_key() -> None:
    desk = Desk("fo‸o\n")
    assert desk.silence() is Silence.MID_WORD
    assert desk.silence(manual=True) is None


def test_snoozing_ends_by_itself() -> None:
    desk = Desk()
    desk.attention.snooze(60.0)
    assert desk.silence() is Silence.SNOOZED
    desk.now = 60.0
    assert desk.silence() is None


@pytest.mark.parametrize("indentation", ["    ", "\t", " "])
def test_nothing_appears_while_somebody_indents(indentation: str) -> None:
    desk = Desk("def f():\n‸\n")
    desk.types(indentation)
    assert desk.hold == INDENT_HOLD_S
    desk.types(indentation, after_s=0.3)
    assert desk.hold == INDENT_HOLD_S
    desk.now += INDENT_HOLD_S
    assert desk.hold == 0.0


def test_nothing_appears_while_existing_lines_are_shifted() -> None:
    desk = Desk("‸x = 1\n")
    desk.types("    ")
    assert desk.hold == INDENT_HOLD_S
    desk.now += INDENT_HOLD_S
    desk.types("", removes=4)
    assert desk.hold > 0.0


def test_a_space_between_words_is_no_indentation() -> None:
    desk = Desk("x =‸\n")
    desk.types(" ")
    assert desk.hold == 0.0


def test_indentation_that_the_editor_adds_to_a_line_break_holds_nothing_up() -> None:
    desk = Desk("    x‸\n")
    desk.types("\n    ")
    assert desk.hold == 0.0
    desk.types("\n")
    desk.types("    ", after_s=0.001)
    assert desk.hold == 0.0


def test_silence_after_an_undo_until_something_is_typed() -> None:
    desk = Desk()
    for letter in "foo":
        desk.types(letter)
    desk.types("", removes=3)
    assert desk.silence() is Silence.UNDONE
    desk.types("b")
    assert desk.silence() is None


def test_silence_after_a_paste_until_something_is_typed() -> None:
    for pasted in ("x" * (PASTE + 1), "a\nb"):
        desk = Desk()
        desk.types(pasted)
        assert desk.silence() is Silence.PASTED
        desk.types("b")
        assert desk.silence() is None


def test_an_accepted_suggestion_is_no_paste() -> None:
    desk = Desk()
    desk.types("a\nb")
    desk.attention.accepted(URI, desk.now)
    assert desk.silence() is None


def test_escape_mutes_its_line_for_a_while() -> None:
    desk = Desk("one\n‸\nthree\n")
    desk.escapes()
    desk.types("x")
    assert desk.silence() is Silence.LINE_MUTED
    desk.types("\n")
    assert desk.silence() is None, "another line"
    desk.types("", removes=1)
    assert desk.silence() is Silence.LINE_MUTED
    desk.now += LINE_MUTE_S
    assert desk.silence() is None


def test_a_muted_line_stays_muted_when_it_moves() -> None:
    desk = Desk("one\n‸\n")
    desk.escapes()
    desk.text, desk.offset = "zero\none\n\n", 9
    desk.attention.edited(URI, Edit(0, "", "zero\n"), text=desk.text, now=desk.now)
    desk.types("x")
    assert desk.silence() is Silence.LINE_MUTED


def test_escape_again_and_again_mutes_the_document_for_longer_and_longer() -> None:
    desk = Desk()
    desk.types("x")
    for times in range(3):
        desk.escapes()
        desk.types("\n")
        muted = Silence.DOCUMENT_MUTED if times else None
        assert desk.silence() is muted
        desk.now += DOCUMENT_MUTE_S * 2 ** (times - 1) if times else 1.0
        assert desk.silence() is None


def test_an_escape_long_after_another_mutes_only_its_line() -> None:
    desk = Desk()
    desk.escapes()
    desk.now += DOCUMENT_MUTE_S + 1
    desk.types("\n")
    desk.escapes()
    assert desk.silence() is Silence.LINE_MUTED


def test_accepting_ends_what_escape_began() -> None:
    desk = Desk()
    for _ in range(2):
        desk.escapes()
    desk.attention.accepted(URI, desk.now)
    assert desk.silence() is None


def test_rejections_make_cautious_and_are_forgotten() -> None:
    desk = Desk()
    assert desk.attention.caution(0.0) == 1.0
    desk.escapes()
    assert desk.attention.caution(0.0) == PER_REJECTION
    desk.escapes()
    assert desk.attention.caution(0.0) == pytest.approx(PER_REJECTION**2)
    assert desk.attention.caution(10 * FORGET_S) == pytest.approx(1.0, abs=0.001)
    desk.attention.accepted(URI, 0.0)
    assert desk.attention.caution(0.0) == pytest.approx(PER_REJECTION)


def test_typing_past_suggestions_makes_a_little_cautious() -> None:
    attention = Attention()
    attention.ignored(0.0)
    assert 1.0 < attention.caution(0.0) < PER_REJECTION


def test_caution_has_an_end() -> None:
    desk = Desk()
    for _ in range(100):
        desk.escapes()
    assert desk.attention.caution(0.0) < 8.0


def test_a_closed_document_is_forgotten() -> None:
    desk = Desk()
    desk.escapes()
    desk.attention.closed(URI)
    assert desk.silence() is None
