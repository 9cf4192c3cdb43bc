"""`understudy consent`, in a terminal."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from understudy_lsp.commands.consent import consent
from understudy_lsp.consent import Answer, Consents
from understudy_lsp.repository import find_repository


def test_an_answer_is_told_given_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERSTUDY_STATE_DIR", str(tmp_path / "state"))
    work = tmp_path / "work"
    work.mkdir()
    consents = Consents(tmp_path / "state" / "lsp" / "consent.json")
    repository = find_repository(work).id

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(consent, [*arguments])
        assert done.exit_code == 0, done.output
        return done.output

    monkeypatch.chdir(work)
    assert "nobody has been asked" in run()
    assert "is remembered" in run("yes")
    assert consents.answer(repository) is Answer.YES
    assert "nothing is remembered." in run("no", str(work))
    assert consents.answer(repository) is Answer.NO
