"""Why there was a suggestion, or none, told afterwards."""

from pathlib import Path

from understudy_lsp.journal import LENGTH, Journal, Opportunity, Part, explanation, read_journal
from understudy_protocol.completion import Mode
from understudy_protocol.events import Reuse, Source


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


def test_an_explanation_says_why_nothing_was_shown() -> None:
    told = opportunity()
    told.silence = "mid_word"
    assert "Nothing was shown: mid_word" in explanation(told)
