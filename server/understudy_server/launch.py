"""A gateway of one's own, in a process of its own: for the demo, the benchmarks and the tests."""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from understudy_protocol.errors import EngineUnavailable, UnderstudyError
from understudy_server.client import GatewayClient, gateway_address
from understudy_server.people import local_token

Progress = Callable[[str], None]

START_SECONDS = 300
"""A compiled engine takes about a minute on a quiet machine; a larger model longer."""


@asynccontextmanager
async def running_gateway(
    *arguments: str, state_dir: Path | None = None, progress: Progress | None = None
) -> AsyncGenerator[GatewayClient]:
    """`understudy serve` on a free port, ready to answer; stopped on leaving.

    Without `state_dir` its state is temporary, and nothing of it is left. Raises
    EngineUnavailable with the end of what it printed if it does not get ready.
    """
    async with contextlib.AsyncExitStack() as stack:
        if state_dir is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="understudy-"))
            state_dir = Path(folder)
        output = stack.enter_context((state_dir / "gateway.log").open("w+b"))
        command = [sys.executable, "-P", "-m", "understudy", "serve", "--port", "0"]
        process = await asyncio.create_subprocess_exec(
            *command, "--state-dir", str(state_dir), *arguments, stdout=output, stderr=output
        )
        try:
            url = await _address(state_dir, process, progress)
            client = GatewayClient(url, local_token(state_dir))
            stack.push_async_callback(client.close)
            await _ready(client, process, progress)
            yield client
        except _Ended as error:
            output.seek(0)
            raise EngineUnavailable(
                f"The gateway did not start: {_last_lines(output.read())}",
                "`understudy doctor` says what is missing.",
            ) from error
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


class _Ended(Exception):
    """The gateway's process is gone, or time is up."""


async def _address(
    state_dir: Path, process: asyncio.subprocess.Process, progress: Progress | None
) -> str:
    if progress is not None:
        progress("starting the gateway")

    async def probe() -> str | None:
        return gateway_address(state_dir)

    return await _poll(probe, process)


async def _ready(
    client: GatewayClient, process: asyncio.subprocess.Process, progress: Progress | None
) -> None:
    if progress is not None:
        progress("starting vLLM (half a minute to a minute)")

    async def probe() -> str | None:
        try:
            await client.get("/readyz")
        except UnderstudyError:
            return None
        return "ready"

    await _poll(probe, process)


async def _poll(
    probe: Callable[[], Coroutine[Any, Any, str | None]], process: asyncio.subprocess.Process
) -> str:
    try:
        async with asyncio.timeout(START_SECONDS):
            while (found := await probe()) is None:
                if process.returncode is not None:
                    raise _Ended
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise _Ended from error
    return found


def _last_lines(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return "\n".join(lines[-12:])
