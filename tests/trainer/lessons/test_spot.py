"""What is known of a place before anything is written there."""

import pytest
from task_sets import hole

from understudy_trainer.lessons.spot import spot_of


@pytest.mark.parametrize(
    ("before", "callee"),
    [
        ("x = requests.get(", "requests.get"),
        ("x = requests.get(url, ", "requests.get"),
        ("x = self.get(url, [a, (b, c)], ", "get"),
        ("x = outer(inner(a), ", "outer"),
        ("x = outer(inner(", "inner"),
        ("x = get(url, headers={", "get"),
        ("x = get(')', ", "get"),
        ("x = get()", ""),
        ("x = a[", ""),
        ("", ""),
        ("def get(", ""),
        ("x = crate::http::get(", "crate.http.get"),
        ("get(a); b", ""),
        ("items.map((each) => {\n  ", ""),
        ("x = first(a).then(", "then"),
    ],
)
def test_the_call_that_it_is_in(before: str, callee: str) -> None:
    assert spot_of(hole(prefix=before, suffix="")).callee == callee


def test_names_around_it_are_near_but_not_what_is_to_be_written() -> None:
    spot = spot_of(hole("secret", prefix="above = 1\nx = ", suffix="\nbelow = 2\n"))
    assert spot.names == {"above", "x", "below"}


def test_what_is_far_away_is_not_near() -> None:
    assert "far" not in spot_of(hole(prefix="far\n" + "# -\n" * 300, suffix="")).names
