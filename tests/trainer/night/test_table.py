import io

import msgspec
import pytest
from night_records import empty, full, not_promoted, summarised
from rich.console import Console

from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.table import table


def printed(record: NightRecord) -> str:
    out = io.StringIO()
    Console(file=out, width=80, highlight=False).print(table(record))
    return out.getvalue()


def test_outcome_proof_and_what_was_spent_are_told():
    text = printed(full())
    assert text.startswith("✓ Promoted: loss on 142 holes")
    for each in full().comparisons:
        for loss in (each.base, each.parent, each.candidate):
            assert f"{loss:.3f}" in text
    assert "1,210 implementation" in text
    assert "12 before, 19 after" in text
    assert "energy 19.4 kJ" in " ".join(text.split())
    assert "No gateway runs" in text


def test_a_first_night_has_no_parent():
    text = printed(not_promoted())
    assert text.startswith("✗ Not promoted: the gain on new code does not exclude zero")
    assert "parent" not in text
    assert "energy not measured" in " ".join(text.split())


def test_a_night_that_began_anew_was_compared_with_what_is_served():
    record = full()
    anew = msgspec.structs.replace(record.summary, parent=None)
    text = printed(msgspec.structs.replace(record, summary=anew))
    assert "parent" not in text
    assert "served" in text
    assert "2.434" in text


def test_a_night_with_nothing_new_is_two_lines():
    assert printed(empty()).splitlines() == [
        "– Nothing new: there is nothing to learn from.",
        "Spent: 1.3 s (gather 1.3 s); energy not measured.",
    ]


@pytest.mark.parametrize("width", [80])
def test_no_name_is_markup_and_nothing_is_wider_than_the_terminal(width: int):
    record = summarised(full(left_out={"[red]x[/]": 1}), outcome="failed", reason="[bold]no[/] way")
    text = printed(record)
    assert "[red]x[/]" in text
    assert "! Failed: [bold]no[/] way" in text
    assert max(map(len, text.splitlines())) <= width
