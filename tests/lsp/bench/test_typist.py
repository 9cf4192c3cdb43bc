"""Who types a text, and takes what is suggested if it is right."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.bench.editor import Ghost
from understudy_lsp.bench.typist import NOTICE_S, Screen, Tally, type_text


class FakeDesk:
    """An editor whose language server answers at once: what it was told to, by what was typed."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.text = ""
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
    assert tally == Tally(keys=5, accepts=1, characters=8)


async def test_a_suggestion_that_goes_on_too_far_or_is_too_short_is_not_taken() -> None:
    desk, tally = FakeDesk({"a": " = first()", "a =": " f"}), Tally()
    pauses = Thinking("a", "a =")
    await type_text(desk, "a = first", offset=0, before="", pauses=pauses, tally=tally)
    assert desk.text == "a = first"
    assert tally == Tally(keys=9)


async def test_nothing_is_taken_in_a_burst_of_keys() -> None:
    desk, tally = FakeDesk({"a": " = first"}), Tally()
    await type_text(desk, "a = first", offset=0, before="", pauses=Thinking(), tally=tally)
    assert desk.text == "a = first"
    assert tally == Tally(keys=9)


def test_a_suggestion_that_is_typed_along_has_stood_since_it_came() -> None:
    times = iter([1.0, 2.0, 3.0])
    screen = Screen("first + second", clock=lambda: next(times))
    screen.shows(Ghost("first + "))
    for key in "fir":
        screen.typed(key)
    screen.shows(Ghost("st + second"))
    assert screen.right_since == 1.0
    screen.typed("s")
    screen.shows(Ghost("t - "))
    assert screen.right_since is None


@given(st.text(min_size=1), st.text())
def test_what_is_right_comes_next(left: str, suggested: str) -> None:
    screen = Screen(left)
    screen.shows(Ghost(suggested))
    assert screen.right_since is None or left.startswith(suggested)
