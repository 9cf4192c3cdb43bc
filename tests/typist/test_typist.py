"""Who types a text, and takes what is suggested if it is right."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_typist.editor import Ghost
from understudy_typist.typist import (
    LEAST,
    NOTICE_S,
    Screen,
    Seen,
    Taking,
    Tally,
    in_parts,
    type_text,
    whole,
)


class FakeDesk:
    """An editor whose language server answers at once: what it was told to, by what was typed."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.text = ""
        self.time = 0.0
        self.heard: set[asyncio.Future[Ghost | None]] = set()
        self.taken: list[str] = []
        self._answers = answers

    def edit(self, start: int, end: int, inserted: str) -> None:
        self.text = self.text[:start] + inserted + self.text[end:]

    def ask(self, offset: int) -> asyncio.Future[Ghost | None]:
        answer = self._answers.get(self.text[:offset])
        future: asyncio.Future[Ghost | None] = asyncio.get_running_loop().create_future()
        future.set_result(Ghost(answer) if answer else None)
        return future

    def accepted(self, ghost: Ghost) -> None:
        self.taken.append(ghost.text)

    def partially_accepted(self, ghost: Ghost, text: str) -> None:
        self.taken.append(text)

    def now(self) -> float:
        return self.time

    async def wait(self, asked: asyncio.Future[Ghost | None], until: float) -> None:
        if asked in self.heard:
            self.time = max(self.time, until)
        self.heard.add(asked)


class Thinking:
    """Stops after certain texts, long enough to see what is suggested."""

    def __init__(self, *after: str) -> None:
        self._after = after

    def before_key(self, before: str) -> float:
        return 2 * NOTICE_S if before in self._after else 0.001

    def after_accepting(self, before: str) -> float:
        return 0.001


async def test_a_right_suggestion_is_taken_by_who_stops_to_look() -> None:
    desk, tally = FakeDesk({"a = ": "first + ", "a": " = second"}), Tally()
    pauses = Thinking("a", "a = ")
    await type_text(desk, "a = first + b", offset=0, before="", pauses=pauses, tally=tally)
    assert desk.text == "a = first + b"
    assert desk.taken == ["first + "]
    assert (tally.keys, tally.accepts, tally.characters) == (6, 1, 8)


async def test_a_suggestion_that_goes_on_too_far_or_is_too_short_is_not_taken() -> None:
    desk, tally = FakeDesk({"a": " = first()", "a =": " f"}), Tally()
    pauses = Thinking("a", "a =")
    await type_text(desk, "a = first", offset=0, before="", pauses=pauses, tally=tally)
    assert desk.text == "a = first"
    assert (tally.keys, tally.accepts) == (9, 0)


async def test_nothing_is_taken_in_a_burst_of_keys() -> None:
    desk, tally = FakeDesk({"a": " = first"}), Tally()
    await type_text(desk, "a = first", offset=0, before="", pauses=Thinking(), tally=tally)
    assert desk.text == "a = first"
    assert (tally.keys, tally.accepts) == (9, 0)


def test_a_suggestion_that_is_typed_along_has_stood_since_it_came() -> None:
    seen: list[Seen] = []
    screen = Screen("first + second", whole, seen)
    screen.show(Ghost("first + "), 1.0)
    for at, key in enumerate("fir"):
        screen.type(key, 2.0 + at)
    screen.show(Ghost("st + second"), 5.0)
    assert screen.right_since == 1.0
    screen.type("s", 6.0)
    screen.show(Ghost("t - "), 7.0)
    assert screen.right_since is None
    screen.clear(9.0)
    assert [(each.at, each.since, each.dwell_s) for each in seen] == [(0, 1.0, 6.0), (4, 7.0, 2.0)]


@given(st.text(min_size=1), st.text())
def test_what_is_taken_comes_next(left: str, suggested: str) -> None:
    for takes in (whole, in_parts):
        taken = "".join(takes(suggested, left))
        assert left.startswith(taken)
        assert suggested.startswith(taken)
        assert not taken or len(taken.strip()) >= LEAST


@pytest.mark.parametrize(
    ("suggested", "left", "taking"),
    [
        ("compute(x)", "compute(x)\n", ("compute(x)",)),
        ("compute(wrong)", "compute(x)", ("compute", "(")),
        ("computed", "compute(x)", ()),
        ("compute", "computed", ("compute",)),
        ("computer", "computed", ()),
        ("one()\ntwo()\nthree()", "one()\ntwo()\nfour()", ("one()", "\ntwo()")),
        ("a b c d", "a b c e", ()),
    ],
)
def test_what_is_right_at_first_is_taken_by_line_or_word(
    suggested: str, left: str, taking: Taking
) -> None:
    assert in_parts(suggested, left) == taking
