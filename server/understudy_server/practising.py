"""The adapter that a night is training, in the engines: one at a time, because people's releases
need the room."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from understudy_protocol.errors import EngineError, RequestError
from understudy_server.engines import Engines


class Practising:
    def __init__(self, engines: Engines, *, kept_s: float = 60.0) -> None:
        self._engines = engines
        self._kept_s = kept_s
        self._name: str | None = None
        self._one = asyncio.Lock()
        self._leaving: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def use(self, folder: Path) -> AsyncGenerator[str]:
        """The name that the engines have for what is in the folder now. Raises EngineError."""
        async with self._one:
            if self._leaving is not None:
                self._leaving.cancel()
            name = f"practice@{await asyncio.to_thread(_digest, folder)}"
            try:
                if name != self._name or not self._engines.holds(name):
                    await self._unload()
                    await self._engines.load_adapter(name, folder)
                    self._name = name
                yield name
            finally:
                self._leaving = asyncio.create_task(self._leave())

    async def close(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()

    async def _leave(self) -> None:
        await asyncio.sleep(self._kept_s)
        async with self._one:
            await self._unload()

    async def _unload(self) -> None:
        name, self._name = self._name, None
        if name is not None:
            # An engine that cannot be reached has lost it, or will with its next restart.
            with contextlib.suppress(EngineError):
                await self._engines.unload_adapter(name)


def _digest(folder: Path) -> str:
    """Of the weights: a name stands for one adapter for ever."""
    try:
        with (folder / "adapter_model.safetensors").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:24]
    except OSError as error:
        raise RequestError(
            f"There is no adapter in {folder}: {error.strerror}.",
            "Write the adapter first, then ask.",
        ) from error
