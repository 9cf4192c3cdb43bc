from pathlib import Path

import pytest
from edited_document import CLICK

from understudy_lsp.consent import Answer, Consents
from understudy_protocol.repository import RepositoryId

FLASK = RepositoryId("flask-0123456789ab")


def test_nobody_has_agreed_before_they_are_asked(tmp_path: Path) -> None:
    consents = Consents(tmp_path / "lsp" / "consent.json")
    assert consents.answer(CLICK) is Answer.UNASKED


def test_an_answer_is_for_one_repository_holds_and_can_be_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "lsp" / "consent.json"
    Consents(file).set(CLICK, Answer.YES)
    consents = Consents(file)
    assert (consents.answer(CLICK), consents.answer(FLASK)) == (Answer.YES, Answer.UNASKED)
    consents.set(CLICK, Answer.NO)
    consents.set(FLASK, Answer.YES)
    assert (consents.answer(CLICK), consents.answer(FLASK)) == (Answer.NO, Answer.YES)
    consents.set(CLICK, Answer.UNASKED)
    assert Consents(file).answer(CLICK) is Answer.UNASKED


def test_what_another_editor_says_holds_here_too(tmp_path: Path) -> None:
    one, two = Consents(tmp_path / "consent.json"), Consents(tmp_path / "consent.json")
    for answer in (Answer.YES, Answer.NO, Answer.UNASKED):
        one.set(CLICK, answer)
        assert two.answer(CLICK) is answer


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'{"click-3f9a1c2b8d4e": "maybe"}'])
def test_a_damaged_file_has_agreed_to_nothing_and_can_be_answered_again(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "consent.json"
    consents = Consents(file)
    consents.set(CLICK, Answer.YES)
    assert consents.answer(CLICK) is Answer.YES
    file.write_bytes(content)
    assert consents.answer(CLICK) is Answer.UNASKED
    consents.set(CLICK, Answer.NO)
    assert Consents(file).answer(CLICK) is Answer.NO
