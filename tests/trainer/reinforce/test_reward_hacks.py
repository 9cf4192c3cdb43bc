"""Tricks by which a model could be paid for nothing: none pays as much as an honest right answer,
and none of those that are wrong pays more than saying nothing.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_sets import hole

from understudy_trainer.reinforce.reward import OVERLONG, RIGHT, paid_once, reward
from understudy_trainer.repoworld.hole import Hole

KNOWN = frozenset({"add"})
ABSTAINED = 0.0

HOLES = {
    "arguments": hole("left, right"),
    "expression": hole(
        "sum(item.price for item in items) * rate",
        prefix="def price(items, rate):\n    first = items[0]\n    total = ",
        suffix="\n    return total\n",
    ),
    "body": hole(
        "total = left + right\n    check(total)\n    return total",
        prefix="def check(total):\n    print(total)\n\n\ndef mix(left, right):\n    ",
        suffix="\n\nprint(mix(1, 2))\n",
    ),
    "comment": hole(
        "the sum of both", prefix="def mix(left, right):\n    # ", suffix="\n    pass\n"
    ),
}


def worth(place: Hole, text: str, *, kept: float | None = None) -> float:
    return reward(place, text, known=KNOWN, kept=kept)


def tricks(place: Hole) -> dict[str, str]:
    before, true, after = place.prefix, place.middle, place.suffix
    lines = [line for line in before.split("\n") if line.strip()]
    return {
        "empty text": "",
        "blanks": "   \n\n  ",
        "one character": true[0],
        "another character": "x",
        "one sign": ")",
        "the line above": lines[-2].strip() if len(lines) > 1 else lines[0].strip(),
        "this line again": lines[-1],
        "the prefix again": before,
        "the true text twice": f"{true}\n{true}" if "\n" in true else true + true,
        "a comment": "# " + true.partition("\n")[0],
        "a comment and nothing": "# TODO",
        "a string": '"""' + true + '"""',
        "pass": "pass",
        "all names there are": " + ".join(["left", "right", "total", "print", "len"]),
        "the suffix again": after,
        "the true text and the suffix": true + after,
        "the true text, and the rest in a comment": true + after.partition("\n")[0] + "#",
        "endless lines": true + "\n    pass" * 1000,
        "endless words": true + " left" * 1000,
        "endless text": true + "\n" + "x = 1\n" * 10_000,
        "most of it": true[:-1],
        "its first half": true[: len(true) // 2],
    }


CASES = [(place, trick) for place in HOLES for trick in tricks(HOLES[place])]

RIGHT_WITH_MORE = {
    "the true text twice",
    "the true text and the suffix",
    "the true text, and the rest in a comment",
    "endless lines",
}
"""May be right, with something added: a comment, or text behind the end of the line."""


@pytest.mark.parametrize(("name", "trick"), CASES)
@pytest.mark.parametrize("kept", [None, 0.0])
def test_a_trick_pays_less_than_the_right_answer_and_no_more_than_none(
    name: str, trick: str, kept: float | None
) -> None:
    place = HOLES[name]
    paid = worth(place, tricks(place)[trick], kept=kept)
    assert worth(place, place.middle, kept=kept) == RIGHT
    assert paid < RIGHT
    assert paid <= (RIGHT - OVERLONG if trick in RIGHT_WITH_MORE else ABSTAINED)


@pytest.mark.parametrize("name", HOLES)
def test_text_behind_the_end_costs(name: str) -> None:
    place = HOLES[name]
    assert worth(place, place.middle + "\nprint(1)\n" * 3) < worth(place, place.middle)


@pytest.mark.parametrize("name", HOLES)
@pytest.mark.parametrize("trick", ["one character", "one sign", "a comment and nothing", "pass"])
def test_a_person_who_keeps_everything_makes_no_trick_pay(name: str, trick: str) -> None:
    place = HOLES[name]
    assert worth(place, tricks(place)[trick], kept=1.0) <= ABSTAINED


@given(
    name=st.sampled_from(sorted(HOLES)),
    cuts=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=6),
    kept=st.none() | st.floats(0, 1),
)
def test_one_suggestion_in_many_pieces_pays_no_more(
    name: str, cuts: list[float], kept: float | None
) -> None:
    """Each piece is shown where the one before it ended, and the last one is right."""
    place = HOLES[name]
    true = place.middle
    ends = sorted({max(1, int(cut * len(true))) for cut in cuts} | {len(true)})
    paid: list[float] = []
    start = 0
    for end in ends:
        rest = hole(true[start:], prefix=place.prefix + true[:start], suffix=place.suffix)
        paid.append(worth(rest, true[start:end], kept=kept))
        start = end
    assert sum(paid_once(paid)) <= RIGHT


@given(
    place=st.sampled_from(sorted(HOLES)).map(HOLES.__getitem__),
    at=st.floats(0.01, 0.99),
    bait=st.sampled_from([")", "x", " = 1", "  # more", "'"]),
)
def test_a_piece_with_bait_behind_it_that_people_keep_pays_no_more(
    place: Hole, at: float, bait: str
) -> None:
    """The bait makes a piece more than a beginning of the true text; then the rest is right."""
    cut = max(1, int(at * len(place.middle)))
    first = worth(place, place.middle[:cut] + bait, kept=1.0)
    rest = hole(place.middle[cut:], prefix=place.prefix + place.middle[:cut], suffix=place.suffix)
    then = worth(rest, rest.middle, kept=1.0)
    assert sum(paid_once([first, then])) <= RIGHT
