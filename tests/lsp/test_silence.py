import pytest

from understudy_lsp.eagerness import Eagerness
from understudy_lsp.hole.hole import Hole
from understudy_lsp.hole.place import Place, Right
from understudy_lsp.silence import Silence, unsuitable
from understudy_protocol.completion import Mode

LOW, MEDIUM, HIGH = Eagerness.LOW, Eagerness.MEDIUM, Eagerness.HIGH


def hole(
    *, place: Place = Place.CODE, right: Right = Right.NOTHING, mid_word: bool = False
) -> Hole:
    return Hole(
        mode=Mode.LINE,
        place=place,
        mid_word=mid_word,
        right=right,
        scope=None,
        at_block_start=False,
        at_scope_end=False,
    )


@pytest.mark.parametrize(
    ("where", "eagerness", "silence"),
    [
        (hole(), LOW, None),
        (hole(right=Right.CLOSERS), LOW, None),
        (hole(mid_word=True), HIGH, Silence.MID_WORD),
        (hole(place=Place.COMMENT), HIGH, Silence.COMMENT),
        (hole(place=Place.DOCSTRING), MEDIUM, Silence.DOCSTRING),
        (hole(place=Place.DOCSTRING), HIGH, None),
        (hole(place=Place.STRING), LOW, Silence.STRING),
        (hole(place=Place.STRING), MEDIUM, None),
        (hole(right=Right.TEXT), MEDIUM, Silence.BEFORE_TEXT),
        (hole(right=Right.TEXT), HIGH, None),
    ],
)
def test_some_places_are_left_alone(
    where: Hole, eagerness: Eagerness, silence: Silence | None
) -> None:
    assert unsuitable(where, eagerness=eagerness, in_comments=False) is silence


@pytest.mark.parametrize("place", [Place.COMMENT, Place.DOCSTRING])
def test_comments_are_completed_if_the_settings_want_it(place: Place) -> None:
    assert unsuitable(hole(place=place), eagerness=LOW, in_comments=True) is None
