"""The real gateway, with vLLM and the embedded model behind it, in processes of its own."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import msgspec

from understudy_protocol.bench import Progress
from understudy_protocol.completion import Model
from understudy_protocol.errors import EngineUnavailable
from understudy_protocol.events import Accepted, EventPage
from understudy_protocol.repository import RepositoryId
from understudy_typist.ends_with_us import ends_with_us

SERVE = (sys.executable, "-P", "-m", "understudy", "serve", "--port", "0")
START_S = 300
"""A compiled engine takes about a minute on a quiet machine."""
SETTLE_S = 10.0
"""In which the last completion has ended and the last event has arrived."""
LOOK_S = 0.1


class GatewayProcess:
    def __init__(self, url: str, token: str, *, state: Path) -> None:
        self.url = url
        self.token = token
        self.state = state
        """Its folder."""
        self._seen = 0
        self.http = _client(url, token)

    async def calls(self) -> int:
        """Completions that it was ever asked for, once none is running."""
        async with asyncio.timeout(SETTLE_S):
            while True:
                metrics = (await self.http.get("/metrics")).text
                if _sum(metrics, "understudy_completions_in_flight") == 0:
                    return _sum(metrics, "understudy_completions_total")
                await asyncio.sleep(LOOK_S)

    @property
    def releases_dir(self) -> Path:
        return self.state / "releases"

    async def model(self, repository: RepositoryId | None = None) -> Model:
        """With the release that answers for `repository`."""
        asked = {} if repository is None else {"repository": repository}
        answer = await self.http.get("/v1/model", params=asked)
        return msgspec.json.decode(answer.content, type=Model)

    async def forget(self, repository: RepositoryId) -> None:
        """All that it has of it, releases included, so that there is room for the next one's."""
        await self.http.delete(f"/v1/repositories/{repository}")

    async def accepted(self, count: int) -> list[Accepted]:
        """Suggestions accepted since this was asked last, once there are `count`."""
        found: list[Accepted] = []
        async with asyncio.timeout(SETTLE_S):
            while len(found) < count:
                answer = await self.http.get("/v1/events", params={"after": self._seen})
                page = msgspec.json.decode(answer.content, type=EventPage)
                self._seen = page.next_cursor
                found += [each.event for each in page.events if isinstance(each.event, Accepted)]
                await asyncio.sleep(LOOK_S)
        return found

    async def aclose(self) -> None:
        await self.http.aclose()


@asynccontextmanager
async def gateway_process(
    progress: Progress,
    *,
    options: Sequence[str] = (),
    state: Path | None = None,
    all_cores: bool = False,
) -> AsyncGenerator[GatewayProcess]:
    """`understudy serve` on a free port, ready to answer; what it stores goes away with it, unless
    a folder `state` for it is given. With `all_cores` the engine leaves none free for an editor:
    it reads new prompts faster, and writes lines more slowly.

    Raises EngineUnavailable with the end of what it printed if it does not get ready."""
    with TemporaryDirectory(prefix="understudy-") as folder:
        state = state or Path(folder)
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        (state / "address").unlink(missing_ok=True)  # of a gateway that was killed
        with (state / "gateway.log").open("w+b") as log:
            process = await asyncio.create_subprocess_exec(
                *ends_with_us([*SERVE, "--state-dir", str(state), *options], parent=os.getpid()),
                stdout=log,
                stderr=log,
                env=_on_all_cores() if all_cores else None,
            )
            try:
                progress("starting the gateway and vLLM (about a minute)")
                async with aclosing(await _ready(state, process)) as gateway:
                    yield gateway
            except TimeoutError as error:
                log.seek(0)
                lines = log.read().decode("utf-8", "replace").strip().splitlines()
                raise EngineUnavailable(
                    "The gateway did not start or did not settle: " + "\n".join(lines[-12:]),
                    "`understudy doctor` says what is missing.",
                ) from error
            finally:
                if process.returncode is None:
                    process.terminate()
                await process.wait()


def _on_all_cores() -> dict[str, str]:
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return {"OMP_NUM_THREADS": str(cores), **os.environ}


async def _ready(state: Path, process: asyncio.subprocess.Process) -> GatewayProcess:
    """The gateway, once it answers; raises TimeoutError if it has ended or takes too long."""
    async with asyncio.timeout(START_S):
        while process.returncode is None:
            await asyncio.sleep(LOOK_S)
            try:
                url = (state / "address").read_text(encoding="ascii").strip()
                token = (state / "token").read_text(encoding="ascii").strip()
            except FileNotFoundError:
                continue
            async with _client(url, token) as http:
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get("/readyz")).status_code == 200:
                        return GatewayProcess(url, token, state=state)
    raise TimeoutError


def _client(url: str, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60)


def _sum(metrics: str, name: str) -> int:
    values = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", metrics, re.MULTILINE)
    return int(sum(map(float, values)))
