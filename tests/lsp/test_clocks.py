"""Clocks that jump. Durations come from a clock that never goes back; the other one only dates."""

import re
from pathlib import Path

import msgspec
from edited_document import Editing
from hypothesis import given
from hypothesis import strategies as st

import understudy_lsp
from understudy_lsp.experience.moment import Moment
from understudy_protocol.events import Event

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["offer", "type", "wrong", "accept", "draw", "reject", "move", "tick"]),
        # Asleep for a night, or for a month.
        st.floats(0, 20) | st.sampled_from([0.0, 30_000.0, 2_592_000.0]),
        # Set by hand, by the network, to before 1970, to the end of days.
        st.integers(-(10**13), 10**16),
    ),
    max_size=30,
)


class Jumping(Editing):
    """What happens is dated with `at`, whatever that is."""

    at = 0

    @property
    def moment(self) -> Moment:
        return Moment(now=self.now, at=self.at)


@given(STEPS)
def test_a_clock_on_the_wall_that_jumps_changes_nothing_but_dates(
    steps: list[tuple[str, float, int]],
) -> None:
    steady, jumping = Jumping("area = "), Jumping("area = ")
    for number, (step, pause, at) in enumerate(steps):
        for editing in (steady, jumping):
            editing.at = at if editing is jumping else 10**12 + number
            do(editing, step, number // 4)
            editing.wait(pause)
    assert without_dates(jumping.finish()) == without_dates(steady.finish())
    assert without_dates(jumping.told) == without_dates(steady.told)
    assert all(event.at >= 0 for event in jumping.told)


def test_the_clock_on_the_wall_is_asked_only_for_dates() -> None:
    folder = Path(understudy_lsp.__file__).parent
    texts = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*.py")
        if "bench" not in path.parts
    }
    assert [name for name, text in texts.items() if "time.time" in text] == ["clock.py"]
    asking = {
        name: lines
        for name, text in texts.items()
        if (lines := re.findall(r".*\bclock\.at\(.*", text)) and name != "simulation.py"
    }
    assert set(asking) == {"experience/moment.py", "suggest.py"}
    assert all("at=" in line for lines in asking.values() for line in lines)


def do(editing: Editing, step: str, number: int) -> None:
    match step:
        case "offer":
            editing.offer(number, "width * height")
        case "type":
            editing.edit("w")
        case "wrong":
            editing.edit("?")
        case "accept":
            editing.edit("width * height")
            editing.accept(number)
        case "draw":
            editing.draw(number)
        case "reject":
            editing.reject(number)
        case "move":
            editing.move(0)
        case _:
            editing.wait(1.0)


def without_dates(events: list[Event]) -> list[Event]:
    return [msgspec.structs.replace(event, at=0) for event in events]
