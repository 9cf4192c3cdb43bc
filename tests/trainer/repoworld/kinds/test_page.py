from pathlib import Path

from click.testing import CliRunner

from understudy_trainer.repoworld.kinds.kind import KINDS
from understudy_trainer.repoworld.kinds.page import main, page

COMMITTED = Path(__file__).parents[4] / "docs" / "kinds.md"


def test_the_page_in_docs_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == page()


def test_the_page_shows_every_kind() -> None:
    for kind in KINDS:
        assert f"\n## {kind.name}\n\n{kind.about}" in page()
        assert kind.example["python"].strip() in page()


def test_the_page_is_printed_or_written(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, []).output == page()
    assert CliRunner().invoke(main, [str(tmp_path / "kinds.md")]).output == ""
    assert (tmp_path / "kinds.md").read_text(encoding="utf-8") == page()
