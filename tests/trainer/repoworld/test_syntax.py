"""What a syntax tree says of a text, and what it hides."""

import pytest

from understudy_trainer.repoworld.syntax import hides_what_follows

CALL = "mix("


@pytest.mark.parametrize(
    ("candidate", "suffix", "hides"),
    [
        ("left, right)  # both", ")  # the sum\n", True),
        ("left, right", ")  # the sum\n", False),
        ("left, right  # both\n", ")  # the sum\n", False),
        ("left, right)  # both", "\n", False),
        ("'#'", ")\n", False),
    ],
)
def test_a_comment_that_hides_what_follows_is_found(
    candidate: str, suffix: str, hides: bool
) -> None:
    true, shown = (CALL, "left, right", suffix), (CALL, candidate, suffix)
    assert hides_what_follows(true, shown, language="python") is hides
    assert not hides_what_follows(true, shown, language="cobol")


def test_a_hole_within_a_comment_hides_nothing() -> None:
    true, shown = (("x = 1\ny = 2  # of ", text, " numbers\n") for text in ("both", "all"))
    assert not hides_what_follows(true, shown, language="python")
