"""Nights between hunks: an arm that learns is served, from the next hunk on, what a night made of
everything before. The gateway goes on meanwhile, as in life."""

import time
from collections.abc import Awaitable, Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from understudy_protocol.errors import ConfigError
from understudy_protocol.release import ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_trainer.backtest.arm import Arm
from understudy_trainer.backtest.play import Player
from understudy_trainer.backtest.walk import Step
from understudy_trainer.backtest.wording import counted, duration
from understudy_trainer.json_lines import JsonLines, open_lines

NIGHTS_FILE = "nights.jsonl"
STATE = "state"
"""Folder of the gateway where something is learned: experience and releases, kept for `--resume`
and apart from everybody's own."""


class Evening(msgspec.Struct, frozen=True):
    """What a night is about."""

    night: int
    """From 1."""
    commit: str
    """The newest one that may be learned from. Later ones are in the checkout's git folder."""
    checkout: Path
    """Its files are those of the commit."""
    repository: RepositoryId
    """Of the checkout: experience and releases are kept under it."""
    state_dir: Path
    """Of the gateway, which runs."""
    reinforces: bool = False
    """Whether to practise on answers."""


Learn = Callable[[Evening, Callable[[str], None]], Awaitable[ReleaseVersion | None]]
"""Puts a release into the state folder, and gives its version; None if nothing better was made. It
may promote it, and need not. Meanwhile it tells what it is doing."""


class NightMade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    arm: str
    night: int
    commit: str
    release: ReleaseVersion | None
    """None: what was served before goes on."""
    seconds: float
    """Of real time that it took."""


class Nights:
    """Those of one backtest."""

    def __init__(self, learn: Learn, made: JsonLines[NightMade], *, state: Path) -> None:
        self.state = state
        """Of the gateway: what a night has made must outlive a kill."""
        self._learn = learn
        self._made = made
        self._learning: list[Player] = []

    async def begin(self, learning: list[Player]) -> None:
        """Serves these what the last night of an earlier run has left."""
        self._learning = learning
        for player in learning:
            versions = [each.release for each in self._of(player) if each.release is not None]
            if versions:
                await player.serve(versions[-1])

    async def sleep_before(
        self, step: Step, arms: Collection[str], tell: Callable[[str], None]
    ) -> None:
        """Those of these arms that learn do, if it is the first commit after a night, once. Where a
        commit is so large that several nights would lie before the next, there is one."""
        for player in self._learning:
            last = max((each.night for each in self._of(player)), default=0)
            if player.name in arms and step.night > last:
                await self._sleep(step, player, tell)

    def told(self, *, complete: bool) -> tuple[str, ...]:
        """For the report; `complete` says whether everything was typed."""
        made = self._made.known
        if not made and not complete:
            return ("It was ended before its first night of training was over.",)
        if not made:
            return (
                "No night of training lay between the hunks, because a night comes between two "
                "commits, so nothing was learned. Type more of them: --hunks, or an earlier "
                "--since.",
            )
        took = duration(sum(each.seconds for each in made))
        return (
            *(_told(name, [each for each in made if each.arm == name]) for name in _names(made)),
            f"The nights took {took} of this machine, which is in no other figure.",
        )

    async def _sleep(self, step: Step, player: Player, tell: Callable[[str], None]) -> None:
        began = time.monotonic()
        evening = Evening(
            night=step.night,
            commit=step.parent,
            checkout=await player.look_at(step.parent),
            repository=player.repository,
            state_dir=self.state,
            reinforces=player.reinforces,
        )
        name = f"night {step.night} of {player.name}"
        version = await self._learn(evening, lambda text: tell(f"{name}: {text}"))
        if version is not None:
            await player.serve(version)
        seconds = time.monotonic() - began
        self._made.put(NightMade(player.name, step.night, step.parent, version, seconds))

    def _of(self, player: Player) -> list[NightMade]:
        return [each for each in self._made.known if each.arm == player.name]


def _names(made: Sequence[NightMade]) -> list[str]:
    return list(dict.fromkeys(each.arm for each in made))


def _told(arm: str, made: Sequence[NightMade]) -> str:
    better = sum(each.release is not None for each in made)
    return (
        f"{counted(len(made), 'night', 'nights')} of training lay between the hunks, of which "
        f"{better} made a better model for {arm}."
    )


def check_nights(arms: Sequence[Arm], learn: Learn | None) -> None:
    """Raises ConfigError if an arm learns, and there is nothing to learn with."""
    learning = [arm.name for arm in arms if arm.learns]
    if learn is None and learning:
        raise ConfigError(
            f"The arm {learning[0]} learns each night, and the nights do not train.",
            "Train with --train, or leave the arm out.",
        )


@contextmanager
def open_nights(out: Path, arms: Sequence[Arm], learn: Learn | None) -> Generator[Nights | None]:
    """None where nothing learns."""
    if learn is None or not any(arm.learns for arm in arms):
        yield None
        return
    with open_lines(out / NIGHTS_FILE, NightMade) as made:
        yield Nights(learn, made, state=out / STATE)
