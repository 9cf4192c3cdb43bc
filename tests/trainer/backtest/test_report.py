import io
import struct
from pathlib import Path

import msgspec
import pytest
from backtests import backtest, plausible, tally
from rich.console import Console

from understudy_trainer.backtest.figures import figures
from understudy_trainer.backtest.headline import headline
from understudy_trainer.backtest.report import DATA, PICTURE, Report, table, write_report
from understudy_trainer.backtest.tally import Backtest


def test_a_report_is_a_page_a_picture_and_its_data(tmp_path: Path):
    typed = plausible(20)
    page = write_report(typed, tmp_path / "new" / "folder")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in page.parent.iterdir()) == [PICTURE, "report.html", DATA]
    report = msgspec.json.decode((page.parent / DATA).read_bytes(), type=Report)
    assert report.backtest == typed
    assert report.figures == figures(typed)
    assert report.headline == headline(typed, figures(typed))
    assert len(report.examples.wrong) == 5


@pytest.mark.parametrize(
    "typed",
    [
        plausible(60, nights=5),
        plausible(20, nights=0),
        plausible(12, right=(0, 0, 0)),
        backtest([tally()]),
        backtest([]),
        plausible(12, walk={"repository": "$x_{1}$ \u4e2d\u6587"}),
    ],
    ids=["nights", "one night", "nothing shown", "one hunk", "no hunks", "odd name"],
)
def test_every_state_has_a_picture(tmp_path: Path, typed: Backtest):
    write_report(typed, tmp_path)
    picture = (tmp_path / PICTURE).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (1080, 840)


def test_the_picture_shows_the_figures(tmp_path: Path):
    for name, right in (("much", 0.5), ("little", 0.1)):
        write_report(plausible(40, right=(0, 0.05, right)), tmp_path / name)
    much, little = ((tmp_path / name / PICTURE).read_bytes() for name in ("much", "little"))
    assert much != little


def test_the_same_backtest_gives_the_same_bytes(tmp_path: Path):
    for name in ("one", "two"):
        write_report(plausible(20), tmp_path / name)
    for file in (PICTURE, "report.html", DATA):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_older_report_is_replaced(tmp_path: Path):
    write_report(plausible(20), tmp_path)
    page = write_report(backtest([]), tmp_path)
    assert "there is nothing to tell" in page.read_text(encoding="utf-8")


def test_the_terminal_has_a_line_for_each_arm():
    typed = plausible(40, walk={"repository": "[bold]sums[/]"})
    printed = io.StringIO()
    Console(width=160, file=printed).print(table(typed, figures(typed)))
    text = printed.getvalue()
    assert "Backtest of [bold]sums[/]" in text
    for name in ("no assistant", "base model", "model, snippets and copies"):
        assert f" {name} " in text
    saved = figures(typed).arms["understudy"].saved.value
    assert saved is not None
    assert f"{100 * saved:.1f} %" in text
