"""What a killed night had spent is spent."""

from pathlib import Path

import msgspec
import pytest

from understudy_trainer.night.spending import SPENT, Spending


def test_a_night_that_goes_on_has_spent_what_it_had(tmp_path: Path) -> None:
    killed = Spending()
    killed.goes_on(tmp_path)
    for stage in ("gather", "proof of the base"):
        with killed.on(stage):
            pass
    told = msgspec.json.decode((tmp_path / SPENT).read_bytes())
    for each in told["stages"]:
        each["seconds"] = 100.0
    (tmp_path / SPENT).write_bytes(msgspec.json.encode(told))

    again = Spending()
    with again.on("gather"):
        again.goes_on(tmp_path)
    assert again.elapsed >= 200
    assert [each.stage for each in again.stages] == ["gather", "proof of the base"]
    assert again.stages[0].seconds >= 100


def test_what_was_decided_by_the_clock_stays(tmp_path: Path) -> None:
    killed, again = Spending(), Spending()
    killed.goes_on(tmp_path)
    assert killed.once("one arm", 30.0) == 30.0
    again.goes_on(tmp_path)
    assert again.once("one arm", 0.1) == 30.0
    assert again.once("learning", 60.0) == 60.0


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b'{"stages": 3}'])
def test_a_damaged_account_begins_at_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SPENT).write_bytes(content)
    spending = Spending()
    spending.goes_on(tmp_path)
    assert spending.stages == []
    assert spending.elapsed < 60
