"""Days of typing in seconds: a language server by a simulated clock, with a gateway that takes real
time."""

import asyncio
import time
from pathlib import Path

from fake_gateway import TOKEN, FakeGateway, fake_gateway, saying

from understudy_typist.desk import INLINE, SimulatedDesk
from understudy_typist.editor import Editor
from understudy_typist.language_server import language_server
from understudy_typist.typist import Tally, in_parts, type_text

HOUR = 3600.0


class Steady:
    """The same pause before each key."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def before_key(self, before: str) -> float:
        return self._seconds

    def after_accepting(self, before: str) -> float:
        return self._seconds


async def typed(
    folder: Path,
    gateway: FakeGateway,
    text: str,
    *,
    pause: float,
    told: str | None = None,
) -> tuple[Tally, float, float]:
    """What came of it, and the simulated and the real seconds that it took; `told` is an event that
    the gateway will hear of."""
    workspace = folder / "workspace"
    workspace.mkdir()
    (workspace / "a.py").write_text("x = 1\n")
    async with language_server(
        workspace,
        state=folder / "state",
        cache=folder / "cache",
        simulated=True,
        gateway={"url": gateway.url, "token": TOKEN},
    ) as server:
        await server.initialized()
        await server.indexed()
        await server.agree()
        editor = Editor(server.connection, workspace / "a.py", "x = 1\n", language="python")
        desk, tally = SimulatedDesk(editor, INLINE), Tally()
        await desk.rest(60.0)
        began, real = desk.now(), time.monotonic()
        await type_text(
            desk,
            text,
            offset=6,
            before="x = 1\n",
            pauses=Steady(pause),
            tally=tally,
            takes=in_parts,
        )
        took = desk.now() - began, time.monotonic() - real
        assert editor.text == "x = 1\n" + text
        editor.close()
        await desk.rest(HOUR)
        async with asyncio.timeout(20):
            while told is not None and told not in kinds(gateway):
                await desk.rest(5.0)  # events are delivered by the simulated clock …
                await asyncio.sleep(0.02)  # … once they are really on disk
        return tally, *took


def kinds(gateway: FakeGateway) -> list[str]:
    return [type(event).__name__ for event in gateway.events]


async def test_long_pauses_take_no_time(tmp_path: Path) -> None:
    async with fake_gateway() as gateway:
        tally, simulated, real = await typed(tmp_path, gateway, "value = 12", pause=60.0)
    assert tally.keys == 10
    assert simulated >= 10 * 60.0
    assert real < simulated


async def test_what_is_right_is_taken_and_told(tmp_path: Path) -> None:
    async with fake_gateway() as gateway:
        gateway.script = saying("ue = compute(x)", pause_s=0.01)
        tally, _, _ = await typed(tmp_path, gateway, "value = compute(x)", pause=1.0, told="Kept")
        assert (tally.accepts, tally.characters) == (1, 15)
        assert tally.keys < 10
        assert kinds(gateway).count("Accepted") == 1
        [shown] = [seen for seen in tally.seen if seen.taken]
        assert 0.29 < shown.dwell_s < 1.0


async def test_what_is_right_at_first_is_taken_in_part(tmp_path: Path) -> None:
    async with fake_gateway() as gateway:
        gateway.script = saying("ue = compute(wrong)")
        tally, _, _ = await typed(
            tmp_path, gateway, "value = compute(x)", pause=1.0, told="PartiallyAccepted"
        )
        [shown] = [seen for seen in tally.seen if seen.taken]
        assert shown.taken == len("ue = compute(")


async def test_an_engine_takes_the_time_it_takes(tmp_path: Path) -> None:
    async with fake_gateway() as gateway:
        gateway.script = saying("ue = 12", pause_s=0.2)
        tally, simulated, _ = await typed(tmp_path, gateway, "value = 12", pause=5.0)
        assert min(seen.waited_s for seen in tally.seen) >= 0.2
        assert simulated >= 15


async def test_who_types_fast_asks_seldom(tmp_path: Path) -> None:
    """The wait before a request is simulated too."""
    async with fake_gateway() as gateway:
        await typed(tmp_path, gateway, "value_of_the_whole = 12", pause=0.02)
        assert len(gateway.asked) <= 2
