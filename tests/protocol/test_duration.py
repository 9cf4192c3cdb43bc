"""Durations as people write them."""

import pytest

from understudy_protocol.duration import seconds_of
from understudy_protocol.errors import ConfigError


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("10m", 600), ("1.5h", 5400), (" 2m ", 120)]
)
def test_a_number_and_a_unit(written: str, seconds: float) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize("written", ["", "10", "m", "0m", "-5m", "10 minutes", "1d"])
def test_anything_else_is_named(written: str) -> None:
    with pytest.raises(ConfigError, match="10m"):
        seconds_of(written)
