"""A whole backtest: each commit is typed with every arm before the next one comes.

What has been typed is on disk after each commit: killed at any moment, it goes on from there.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from understudy_protocol.bench import Value
from understudy_protocol.errors import ConfigError
from understudy_trainer.backtest.arm import Arm
from understudy_trainer.backtest.learned import check_learned
from understudy_trainer.backtest.nights import Learn, Nights, check_nights, open_nights
from understudy_trainer.backtest.play import Player, player, unassisted
from understudy_trainer.backtest.tally import Backtest, HunkTally, Walk
from understudy_trainer.backtest.walk import Step, Work
from understudy_trainer.json_lines import JsonLines, open_lines, unwritable
from understudy_typist import person, typist
from understudy_typist.gateway_process import GatewayProcess, gateway_process
from understudy_typist.machine import machine

HUNKS_FILE, PLAN_FILE, SPENT_FILE = "hunks.jsonl", "plan.json", "spent.json"


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has to be the same for results to belong together."""

    walk: Walk
    arms: tuple[str, ...]
    settings: dict[str, Value]


class Spent(msgspec.Struct):
    """So far, over all runs."""

    seconds: float = 0.0
    model: str = ""


class Watcher(msgspec.Struct, frozen=True):
    """Who is told how far it is."""

    doing: Callable[[str], None]
    done: Callable[[int, int], None]
    """So many hunks, each with each arm, of so many."""


async def run(
    work: Work,
    arms: Sequence[Arm],
    *,
    out: Path,
    seed: int,
    options: dict[str, Value],
    resume: bool,
    serve: Sequence[str],
    watcher: Watcher,
    learn: Learn | None = None,
) -> Backtest:
    """Types what is left; a cancellation ends it with what there is. `options` are what the work
    was chosen by, `serve` options of `understudy serve`, `learn` is a night for arms that learn.

    Raises ConfigError if the results in `out` are of something else, or are there and nobody said
    that they should be gone on with; and if a release has learned from what would be typed.
    """
    check_nights(arms, learn)
    notes = check_learned(work, arms)
    settings = options | _settings(seed)
    plan = Plan(work.walk, tuple(arm.name for arm in arms), settings)
    _check_plan(out, plan, resume=resume)
    spent = _spent(out / SPENT_FILE)
    with (
        open_nights(out, arms, learn) as nights,
        open_lines(out / HUNKS_FILE, HunkTally) as file,
    ):
        complete = False
        try:
            async for seconds, model in _type(
                work, arms, file=file, seed=seed, serve=serve, tell=watcher, nights=nights
            ):
                spent = Spent(spent.seconds + seconds, model or spent.model)
                (out / SPENT_FILE).write_bytes(msgspec.json.encode(spent))
            complete = True
        except asyncio.CancelledError:
            if not file.known:
                raise
        return Backtest(
            walk=work.walk,
            arms=plan.arms,
            tallies=tuple(file.known),
            model=spent.model,
            machine=machine(),
            settings=settings,
            seconds=spent.seconds,
            complete=complete,
            notes=(*notes, *(() if nights is None else nights.told(complete=complete))),
        )


async def _type(
    work: Work,
    arms: Sequence[Arm],
    *,
    file: JsonLines[HunkTally],
    seed: int,
    serve: Sequence[str],
    tell: Watcher,
    nights: Nights | None,
) -> AsyncGenerator[tuple[float, str]]:
    """The seconds that each commit took, and the name of the model."""
    began = time.monotonic()
    done = defaultdict[str, set[str]](set)
    for tally in file.known:
        done[tally.arm].add(tally.commit)
    total = work.walk.hunks * len(arms)
    tell.done(len(file.known), total)
    state = None if nights is None else nights.state
    async with _players(work.root, arms, seed=seed, serve=serve, tell=tell, state=state) as (
        gateway,
        players,
    ):
        if nights is not None:
            await nights.begin([players[arm.name] for arm in arms if arm.learns])
        model = "" if gateway is None else (await gateway.model()).name
        for step in work.steps:
            left = [arm for arm in arms if step.commit not in done[arm.name]]
            if nights is not None:
                slept = time.monotonic()
                await nights.sleep_before(step, [arm.name for arm in left], tell.doing)
                began += time.monotonic() - slept  # what learning costs is told apart
            tell.doing(f"commit {step.commit[:10]}")
            # Beside each other: while one waits for the engine, another computes.
            played = await asyncio.gather(
                *(_played(arm, players.get(arm.name), step, seed=seed) for arm in left)
            )
            for tally in chain(*played):
                file.put(tally)
            tell.done(len(file.known), total)
            now = time.monotonic()
            yield now - began, model
            began = now


async def _played(arm: Arm, player: Player | None, step: Step, *, seed: int) -> list[HunkTally]:
    return unassisted(arm, step, seed=seed) if player is None else await player.play(step)


@asynccontextmanager
async def _players(
    source: Path,
    arms: Sequence[Arm],
    *,
    seed: int,
    serve: Sequence[str],
    tell: Watcher,
    state: Path | None,
) -> AsyncGenerator[tuple[GatewayProcess | None, dict[str, Player]]]:
    """A gateway, and for each arm a language server; none of them where no arm has an assistant."""
    assisted = [arm for arm in arms if arm.sources is not None]
    async with AsyncExitStack() as stack:
        if not assisted:
            yield None, {}
            return
        gateway = await stack.enter_async_context(
            gateway_process(tell.doing, options=serve, state=state)
        )
        place = Path(stack.enter_context(TemporaryDirectory(prefix="understudy-")))
        players = {
            arm.name: await stack.enter_async_context(
                player(arm, source, place=place, gateway=gateway, seed=seed)
            )
            for arm in assisted
        }
        yield gateway, players


def _check_plan(out: Path, plan: Plan, *, resume: bool) -> None:
    """Keeps the plan beside the results, and compares it with the one that is there."""
    path = out / PLAN_FILE
    try:
        if not path.exists():
            out.mkdir(parents=True, exist_ok=True)
            path.write_bytes(msgspec.json.encode(plan))
            return
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        before = msgspec.json.decode(path.read_bytes(), type=Plan)
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"{path} is not the plan of a backtest: {error}.", "Give another folder with --out."
        ) from error
    if before != plan:
        raise ConfigError(
            f"The results in {out} are of other commits, arms or settings.",
            "Give another folder with --out, or the same options as before. If the history was "
            "rewritten since, its old results are of no use: delete the folder.",
        )
    if not resume:
        raise ConfigError(
            f"There are results in {out} already.",
            "Go on with them: --resume. Begin anew: give another folder with --out.",
        )


def _spent(path: Path) -> Spent:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Spent)
    except (OSError, msgspec.DecodeError):  # it only tells how long it took
        return Spent()


def _settings(seed: int) -> dict[str, Value]:
    return {
        "seed": seed,
        "in_word_s": person.IN_WORD_S,
        "before_word_s": person.BEFORE_WORD_S,
        "new_line_s": person.NEW_LINE_S,
        "notice_s": typist.NOTICE_S,
        "least_characters": typist.LEAST,
    }
