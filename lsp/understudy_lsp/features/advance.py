"""`understudy/advance`: a backtest lets time pass."""

from typing import TYPE_CHECKING, Any

from understudy_lsp.server import Understudy

if TYPE_CHECKING:
    from understudy_lsp.simulation import Simulation

ADVANCE = "understudy/advance"


def register(server: Understudy, simulation: "Simulation") -> None:
    async def advance(_: Understudy, params: Any) -> dict[str, float]:
        """To `to` (seconds since the start), or to the next answer, in steps of `stride` seconds;
        `at` says which date it is now, in milliseconds since the epoch."""
        if (at := getattr(params, "at", None)) is not None:
            simulation.date(int(at))
        stride = float(getattr(params, "stride", 0.0))
        return {"now": await simulation.advance(float(params.to), stride=stride)}

    server.feature(ADVANCE)(advance)
