"""Keeps an eye on an engine that somebody else started, reached by its URL."""

import asyncio
import logging
import time

from understudy_protocol.errors import EngineError, EngineUnavailable
from understudy_server.engine import Engine
from understudy_server.supervisor import EngineState, EngineStatus, Patience, Prepare, is_well

log = logging.getLogger(__name__)


class Remote:
    """One engine by URL; it may vanish, and come back without its adapters."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self._engine = Engine(url, api_key=api_key)
        self._patience = patience
        self.status = EngineStatus(EngineState.STARTING)

    async def run(self, prepare: Prepare) -> None:
        """Until cancelled. An engine that was away is prepared again before it counts as ready."""
        patience = self._patience
        back_off_s, times_ready = patience.first_back_off_s, 0
        try:
            while True:
                began = time.monotonic()
                try:
                    await prepare(self._engine)
                except EngineError as error:
                    self._say_away(times_ready, error)
                else:
                    self.status = EngineStatus(EngineState.READY, times_ready)
                    log.info("The engine at %s is ready", self._engine.address)
                    times_ready += 1
                    await self._until_away()
                    self._say_away(times_ready, _went_away(self._engine.address))
                if time.monotonic() - began >= patience.well_s:
                    back_off_s = patience.first_back_off_s
                await asyncio.sleep(back_off_s)
                back_off_s = min(2 * back_off_s, patience.most_back_off_s)
        finally:
            await self._engine.close()

    async def _until_away(self) -> None:
        """One unanswered probe is enough: to be prepared once more costs little."""
        patience = self._patience
        while await is_well(self._engine, patience):  # noqa: ASYNC110
            await asyncio.sleep(patience.probe_s)

    def _say_away(self, times_ready: int, reason: EngineError) -> None:
        if self.status.reason is None or self.status.reason.problem != reason.problem:
            log.error("The engine at %s is away: %s", self._engine.address, reason)
        state = EngineState.RESTARTING if times_ready else EngineState.STARTING
        self.status = EngineStatus(state, max(0, times_ready - 1), reason)


def _went_away(address: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"The engine at {address} is not healthy, or answers no request.",
        "Look at the engine's own log; it is tried again by itself.",
    )
