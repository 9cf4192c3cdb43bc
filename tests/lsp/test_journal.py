"""Why there was a suggestion, or none, told afterwards."""

from pathlib import Path

from understudy_lsp.journal import LENGTH, Journal, Opportunity, Part, explanation, read_journal
from understudy_protocol.completion import (
    CompletionEnd,
    CompletionId,
    FinishReason,
    LessonTold,
    Mode,
    Timings,
)
from understudy_protocol.events import Reuse, Source

LESSON = LessonTold("3f9a1c2b8d4e", "Calls of `get` here pass `timeout=`.")


def end(completion: str, *, lessons: tuple[LessonTold, ...] = ()) -> CompletionEnd:
    return CompletionEnd(
        id=CompletionId(completion),
        text="f(1)",
        finish=FinishReason.LINE,
        model="prompter",
        fim_format="prompter",
        release="0123456789ab",
        prompt_tokens=9,
        remembered=False,
        logprobs=None,
        timings=Timings(admitted_ms=0, rendered_ms=0, first_text_ms=1, total_ms=2),
        lessons=lessons,
    )


def opportunity(line: int = 1, repository: str = "a") -> Opportunity:
    return Opportunity(repository=repository, path="a.py", line=line, before="x = ", at=0)


def test_what_was_saved_is_read_and_only_the_last_are_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    for line in range(LENGTH + 5):
        journal.add(opportunity(line))
    content = journal.encoded()
    assert content is not None
    assert journal.encoded() is None
    journal.save(content)
    saved = read_journal(tmp_path / "journal.json")
    assert [each.line for each in saved] == list(range(5, LENGTH + 5))
    assert (tmp_path / "journal.json").stat().st_mode & 0o777 == 0o600


def test_asking_again_at_the_same_place_is_one_opportunity(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    first, again = opportunity(), opportunity()
    journal.add(first)
    journal.add(again)
    assert journal.entries == (again,)


def test_a_forgotten_repository_leaves_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    journal.add(opportunity(1, "a"))
    journal.add(opportunity(2, "b"))
    journal.forget("a")
    assert [each.repository for each in journal.entries] == ["b"]


def test_a_full_or_missing_disk_costs_the_explanation_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "gone" / "journal.json")
    journal.save(b"[]")
    assert read_journal(tmp_path / "gone" / "journal.json") == []
    (tmp_path / "torn.json").write_bytes(b'[{"repository"')
    assert read_journal(tmp_path / "torn.json") == []


def test_an_explanation_says_what_the_model_was_given() -> None:
    told = opportunity()
    told.mode, told.place = Mode.LINE, "code"
    told.shown, told.source, told.reuse = "f(1)", Source.ENGINE, Reuse.CACHE
    told.parts = (Part("b.py", 3, 2, "defines f", stable=True),)
    told.model = "prompter"
    text = explanation(told)
    for expected in ("a.py:1", "f(1)", "reused: cache", "b.py:3", "defines f", "the base model"):
        assert expected in text


def test_what_only_the_gateway_knew_comes_with_its_answer(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    asked, other = opportunity(1), opportunity(2)
    asked.completion, other.completion = "a", "b"
    journal.add(asked)
    journal.add(other)
    assert journal.encoded() is not None
    journal.answered(end("a", lessons=(LESSON,)))
    content = journal.encoded()
    assert content is not None
    journal.save(content)
    first, second = read_journal(tmp_path / "journal.json")
    assert (first.model, first.release, first.lessons) == ("prompter", "0123456789ab", (LESSON,))
    assert (second.model, second.lessons) == ("", ())
    text = explanation(first)
    for expected in ("0123456789ab", "understudy lessons", LESSON.text, LESSON.id):
        assert expected in text
    assert "essons" not in explanation(second)


def test_an_answer_to_nothing_that_is_known_changes_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.json")
    journal.add(opportunity())
    assert journal.encoded() is not None
    journal.answered(end("a"))
    assert journal.encoded() is None


def test_an_explanation_says_why_nothing_was_shown() -> None:
    told = opportunity()
    told.silence = "mid_word"
    assert "Nothing was shown: mid_word" in explanation(told)


def test_forgetting_goes_on_where_the_others_cannot_be_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "gone" / "journal.json")
    journal.tell_others()
    assert not journal.told_to_forget()
