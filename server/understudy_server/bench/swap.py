"""`bench swap`: fifty releases, one after the other, while clients ask without a pause.

Each release's adapter makes the model say one word of its own over and over, so an answer tells of
every one of its tokens which adapter it is from. Every request has a prompt that no cache knows.

A request counts as during a swap if it begins between the promotion and the first request that the
new release answers, the wait for the gateway to notice included. (To count what overlaps that time
would count long requests more often than short ones, swap or no swap.)
"""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from understudy_protocol.bench import BenchResult, Progress
from understudy_protocol.errors import EngineUnavailable, UnderstudyError
from understudy_protocol.fim_formats import choose
from understudy_protocol.release import (
    ADAPTER_FOLDER,
    DataCut,
    ReleaseManifest,
    ReleaseVersion,
)
from understudy_releases.fingerprint import fingerprint
from understudy_releases.paths import embedded_model
from understudy_releases.promotions import promote
from understudy_releases.publication import publish
from understudy_server.bench.fresh_holes import REPOSITORY, FreshHoles
from understudy_server.bench.marked_adapter import Word, surest_words, write_marked_adapter
from understudy_server.bench.quantiles import quantile, quantile_ratio
from understudy_server.bench.timed import Timed, timed_completion
from understudy_server.client import GatewayClient
from understudy_server.launch import running_gateway

LIMITS = {"failed": 0, "mixed": 0, "p95_ratio": 1.5}
SWAPS = 50
CLIENTS = 4
CHARACTERS = 1500
MAX_TOKENS = 12
CALM_S = 1.5
"""Between one swap and the next."""
SWAP_SECONDS = 60.0
"""A release that does not take over within that time is an error."""


class Swap(msgspec.Struct, frozen=True):
    """When, by `time.perf_counter`."""

    promoted_at: float
    over_at: float


class Load:
    """Clients that ask without a pause, and what they were told."""

    def __init__(self, client: GatewayClient) -> None:
        self._client = client
        self._holes = FreshHoles(0, characters=CHARACTERS, max_tokens=MAX_TOKENS)
        self._answered = asyncio.Condition()
        self.answers: list[Timed] = []
        self.failures: list[UnderstudyError] = []

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                answer = await timed_completion(self._client, self._holes.one())
            except UnderstudyError as error:
                self.failures.append(error)
                await asyncio.sleep(0.05)
                continue
            async with self._answered:
                self.answers.append(answer)
                self._answered.notify_all()

    async def answer_of(self, version: ReleaseVersion) -> Timed:
        """The first answer of a release. Raises EngineUnavailable if none comes in time."""
        try:
            async with asyncio.timeout(SWAP_SECONDS), self._answered:
                seen = 0
                while True:
                    for answer in self.answers[seen:]:
                        if answer.end.release == version:
                            return answer
                    seen = len(self.answers)
                    await self._answered.wait()
        except TimeoutError as error:
            raise EngineUnavailable(
                f"The release {version} was not served within {SWAP_SECONDS:.0f} seconds.",
                "Run `understudy serve` and read what it says of the release.",
            ) from error


async def run(progress: Progress) -> BenchResult:
    with TemporaryDirectory(prefix="understudy-") as folder:
        state_dir = Path(folder)
        progress("making releases")
        releases = await asyncio.to_thread(_publish, state_dir / "releases", SWAPS + 1)
        progress("starting vLLM")
        async with running_gateway(state_dir=state_dir) as client:
            load = Load(client)
            swaps = await _swap(load, releases, state_dir / "releases", progress)
    return BenchResult(
        figures=figures(load, swaps, releases),
        settings={
            "swaps": SWAPS,
            "clients": CLIENTS,
            "characters": CHARACTERS,
            "max_tokens": MAX_TOKENS,
        },
    )


async def _swap(
    load: Load, releases: dict[ReleaseVersion, Word], releases_dir: Path, progress: Progress
) -> list[Swap]:
    first, *others = releases
    await _promote(releases_dir, first)
    clients = [asyncio.create_task(load.run()) for _ in range(CLIENTS)]
    swaps: list[Swap] = []
    try:
        await load.answer_of(first)
        load.answers.clear()
        for number, version in enumerate(others, 1):
            progress(f"swap {number} of {len(others)}")
            await asyncio.sleep(CALM_S)
            promoted_at = time.perf_counter()
            await _promote(releases_dir, version)
            answer = await load.answer_of(version)
            swaps.append(Swap(promoted_at, answer.began))
        await asyncio.sleep(CALM_S)
    finally:
        for client in clients:
            client.cancel()
        for client in clients:
            with suppress(asyncio.CancelledError):
                await client
    return swaps


def figures(
    load: Load, swaps: list[Swap], releases: dict[ReleaseVersion, Word]
) -> dict[str, float]:
    during: list[float] = []
    outside: list[float] = []
    for answer in load.answers:
        is_during = any(s.promoted_at <= answer.began <= s.over_at for s in swaps)
        (during if is_during else outside).append(answer.whole_s)
    return {
        "failed": len(load.failures),
        "mixed": sum(is_mixed(answer, releases) for answer in load.answers),
        "p95_ratio": quantile_ratio(during, outside, 0.95),
        "during_p95_ms": 1000 * quantile(during, 0.95),
        "outside_p95_ms": 1000 * quantile(outside, 0.95),
        "during_p50_ms": 1000 * quantile(during, 0.5),
        "outside_p50_ms": 1000 * quantile(outside, 0.5),
        "swap_p50_ms": 1000 * quantile([s.over_at - s.promoted_at for s in swaps], 0.5),
        "answers_during": len(during),
        "answers_outside": len(outside),
    }


def is_mixed(answer: Timed, releases: dict[ReleaseVersion, Word]) -> bool:
    """Whether any token of an answer is not from the release that its end record names."""
    release = answer.end.release
    word = None if release is None else releases.get(ReleaseVersion(release))
    return word is None or answer.end.text != word.text * MAX_TOKENS


async def _promote(releases_dir: Path, version: ReleaseVersion) -> None:
    await asyncio.to_thread(promote, releases_dir, REPOSITORY, version, reason="bench swap")


def _publish(releases_dir: Path, count: int) -> dict[ReleaseVersion, Word]:
    """So many releases, and what each of them says."""
    model = embedded_model()
    manifest = ReleaseManifest(
        repository=REPOSITORY,
        created_at=0,
        base_model=model.name,
        base_fingerprint=fingerprint(model),
        fim_format=choose(model.name).name,
        data_cut=DataCut(commit=None, cursor=0),
        files={},
    )
    released: dict[ReleaseVersion, Word] = {}
    for number, word in enumerate(surest_words(model, count)):
        with TemporaryDirectory(prefix="understudy-") as folder:
            staged = Path(folder)
            write_marked_adapter(model, staged / ADAPTER_FOLDER, word, seed=number)
            released[publish(releases_dir, staged, manifest=manifest)] = word
    return released
