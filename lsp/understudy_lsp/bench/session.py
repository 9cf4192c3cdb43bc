"""The same keys typed with our language server and with Tabby's, before the same model.

In real time: both hold requests back by the clock. They take turns, file by file, so that what else
the machine does meets both.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import git
import msgspec

from understudy_lsp.bench import tabby
from understudy_lsp.bench.tabby_server import TabbyServer
from understudy_lsp.gateway import Address, Gateway
from understudy_lsp.repository import find_repository
from understudy_protocol.bench import BenchResult, Progress, Value
from understudy_protocol.errors import ConfigError
from understudy_protocol.events import Accepted, Reuse, Source
from understudy_typist.connection import Connection
from understudy_typist.desk import INLINE, EditorDesk
from understudy_typist.editor import Editor
from understudy_typist.gateway_process import GatewayProcess, gateway_process
from understudy_typist.history import Episode, episodes
from understudy_typist.language_server import language_server
from understudy_typist.person import Person
from understudy_typist.typist import Tally, type_text

SEED = 0


class Side(msgspec.Struct):
    """What it came to with one of the two."""

    calls: int = 0
    tally: Tally = msgspec.field(default_factory=Tally)


class Seat:
    """Where both of them work: a clone of the repository, and the gateway."""

    def __init__(self, place: Path, gateway: GatewayProcess, *, tabby: Path | None) -> None:
        self.place = place
        self.gateway = gateway
        self.tabby = tabby
        self.workspace = place / "clone"
        self.ours, self.tabbys = Side(), Side()
        self.accepted: list[Accepted] = []

    async def both(self, episode: Episode, number: int) -> None:
        sides = [self._ours, self._tabby] if self.tabby else [self._ours]
        for side in sides if number % 2 else reversed(sides):
            await side(episode, number)

    async def _ours(self, episode: Episode, number: int) -> None:
        side, before = self.ours, self.ours.tally.accepts
        calls = await self.gateway.calls()
        async with language_server(
            self.workspace,
            state=self.place / f"state-{number}",
            cache=self.place / "cache",
            gateway={"url": self.gateway.url, "token": self.gateway.token},
        ) as server:
            await server.initialized()
            await server.indexed()
            await server.agree()
            editor = self._open(server.connection, episode)
            await type_episode(EditorDesk(editor, INLINE), episode, number, side.tally)
            self.accepted += await self.gateway.accepted(side.tally.accepts - before)
        side.calls += await self.gateway.calls() - calls

    async def _tabby(self, episode: Episode, number: int) -> None:
        assert self.tabby is not None
        calls = await self.gateway.calls()
        async with self._tabby_server() as server:
            home = self.place / f"home-{number}"
            async with tabby.tabby(
                self.tabby, self.workspace, home=home, server=server
            ) as connection:
                editor = self._open(connection, episode)
                desk = EditorDesk(editor, tabby.MENU)
                await type_episode(desk, episode, number, self.tabbys.tally)
        self.tabbys.calls += await self.gateway.calls() - calls

    @asynccontextmanager
    async def _tabby_server(self) -> AsyncGenerator[TabbyServer]:
        gateway = Gateway(lambda: Address(self.gateway.url, self.gateway.token))
        repository = await asyncio.to_thread(find_repository, self.workspace)
        yield TabbyServer(gateway, repository.id)
        await gateway.close()

    def _open(self, connection: Connection, episode: Episode) -> Editor:
        file = self.workspace / episode.path
        return Editor(connection, file, episode.before, language=episode.language)


async def measure(folder: Path, keys: int, progress: Progress) -> BenchResult:
    """A session of at least so many keys, from the history of the repository at `folder`."""
    chosen = await asyncio.to_thread(episodes, folder, keys=keys, seed=SEED)
    settings: dict[str, Value] = {
        "files": len(chosen),
        "keystrokes": sum(episode.keys for episode in chosen),
        "seed": SEED,
    }
    try:
        command = await tabby.install()
        settings["tabby_agent"] = tabby.VERSION
    except ConfigError as error:
        command = None
        settings["tabby_agent"] = f"left out: {error.problem}"
    with TemporaryDirectory(prefix="understudy-") as place:
        async with gateway_process(progress) as gateway:
            seat = Seat(Path(place), gateway, tabby=command)
            clone = await asyncio.to_thread(
                git.Repo.clone_from, _root(folder), seat.workspace, shared=True, no_checkout=True
            )
            with clone:
                for number, episode in enumerate(chosen):
                    progress(f"typing file {number + 1} of {len(chosen)}")
                    await asyncio.to_thread(clone.git.checkout, "--force", episode.parent)
                    await seat.both(episode, number)
    return BenchResult(_figures(seat), settings)


async def type_episode(desk: EditorDesk, episode: Episode, number: int, tally: Tally) -> None:
    text, person = episode.before, Person(f"{SEED}-{number}")
    for change in episode.changes:
        before, end = text[: change.start], change.start + change.removed
        if change.typed:
            await type_text(
                desk, change.text, offset=change.start, before=before, pauses=person, tally=tally
            )
        else:
            desk.edit(change.start, end, change.text)
        text = before + change.text + text[end:]


def _figures(seat: Seat) -> dict[str, float]:
    ours, tabbys, accepted = seat.ours, seat.tabbys, seat.accepted
    figures: dict[str, float] = {
        "calls": ours.calls,
        "accepted": ours.tally.characters,
        "accepts": ours.tally.accepts,
        "keys": ours.tally.keys,
    }
    if accepted:
        reused = [event for event in accepted if event.reuse is not Reuse.NONE]
        copied = [event for event in accepted if event.source is Source.COPY]
        figures["reuse_share"] = len(reused) / len(accepted)
        figures["copy_share"] = len(copied) / len(accepted)
    if seat.tabby is not None:
        figures |= {
            "tabby_calls": tabbys.calls,
            "tabby_accepted": tabbys.tally.characters,
            "tabby_accepts": tabbys.tally.accepts,
            "tabby_keys": tabbys.tally.keys,
            "calls_over_tabby": ours.calls / max(tabbys.calls, 1),
            "accepted_over_tabby": ours.tally.characters / max(tabbys.tally.characters, 1),
        }
    return figures


def _root(folder: Path) -> str:
    with git.Repo(folder, search_parent_directories=True) as repository:
        return str(repository.working_tree_dir)
