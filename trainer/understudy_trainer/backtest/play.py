"""A simulated developer types a repository's history with one arm: real `didChange`, real
`inlineCompletion`, real events, by a simulated clock.

What the developer sees of the repository is the parent of the commit that they are making; after it
they rest until it is known how much of what they took was kept, and commit.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import git
import msgspec

from understudy_protocol.completion import Completion, CompletionList
from understudy_protocol.errors import EngineUnavailable
from understudy_protocol.events import Accepted, Event, EventPage, PartiallyAccepted, Source
from understudy_protocol.release import ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_releases.releases import Release
from understudy_trainer.backtest.arm import Arm
from understudy_trainer.backtest.outcome import Typed, is_last_look, outcome, shown_in
from understudy_trainer.backtest.tally import HunkTally
from understudy_trainer.backtest.walk import Edit, Step, hunk_id
from understudy_trainer.borrowed_release import check_answered_by, lend, serve
from understudy_trainer.night.identity import identity
from understudy_typist.desk import INLINE, SimulatedDesk
from understudy_typist.editor import Editor
from understudy_typist.gateway_process import GatewayProcess
from understudy_typist.keys import keys_of
from understudy_typist.language_server import LanguageServer, language_server
from understudy_typist.person import Person
from understudy_typist.typist import Tally, in_parts, type_text

REST_S = 660.0
"""After a commit; what was taken is looked at for the last time after ten minutes."""
INDEX_S = 0.2
"""Real time for the index to read what a checkout changed; people give it longer."""
DELIVERY_S, LOOK_S, LOOKS = 5.0, 0.05, 400
"""Simulated and real seconds between two looks for events that are on their way (a disk takes real
time to have them), and how many."""
_TAKEN = Accepted | PartiallyAccepted

ASKED = 100
"""Completions that the gateway tells of at a time."""


class Player:
    """One arm: a language server with a workspace of its own."""

    def __init__(
        self,
        arm: Arm,
        workspace: Path,
        server: LanguageServer,
        *,
        gateway: GatewayProcess,
        repository: RepositoryId,
        seed: int,
    ) -> None:
        self.name = arm.name
        self.reinforces = arm.reinforces
        self.repository = repository
        self._arm = arm
        self._workspace = workspace
        self._server = server
        self._gateway = gateway
        self._served: ReleaseVersion | None = None
        self._seed = seed
        self._now: float = 0.0
        self._parent = ""
        self._cursor = 0

    async def play(self, step: Step) -> list[HunkTally]:
        """The hunks of one commit."""
        began = _now_ms()
        await self._checkout(step.parent)
        typed = [each for edit in step.edits for each in await self._edit(step, edit)]
        await asyncio.to_thread(_commit, self._workspace, step.commit)
        await self._desk.rest(REST_S)
        events = await self._events(
            [shown_in(each) for each in typed if any(seen.taken for seen in each.tally.seen)]
        )
        self._now = self._desk.now()
        completions = await self._completions(
            {event.completion for event in events if event.source is Source.ENGINE}
        )
        for each in completions:
            if each.at >= began:
                check_answered_by(each.release, self._served, name=self.name)
        return [outcome(self._arm, each, events=events, completions=completions) for each in typed]

    async def serve(self, version: ReleaseVersion) -> None:
        """From here on this release answers. Raises ReleaseError if the gateway refuses it."""
        await serve(version, self.repository, gateway=self._gateway)
        self._served = version

    async def lend(self, release: Release) -> None:
        """The same of a release that was made for another repository."""
        self._served = await lend(release, self.repository, gateway=self._gateway)

    async def look_at(self, commit: str) -> Path:
        """Where the files are, as they were then."""
        await self._checkout(commit)
        return self._workspace

    async def _checkout(self, commit: str) -> None:
        """The files as they were; the language server is told which changed."""
        changed = await asyncio.to_thread(_checkout, self._workspace, commit, self._parent)
        self._parent = commit
        if changed:
            uris = [(self._workspace / path).as_uri() for path in changed]
            told = {"changes": [{"uri": uri, "type": 2} for uri in uris]}
            self._server.connection.tell("workspace/didChangeWatchedFiles", told)
            await asyncio.sleep(INDEX_S)

    async def _edit(self, step: Step, edit: Edit) -> list[Typed]:
        file = self._workspace / edit.path
        editor = Editor(self._server.connection, file, edit.before, language=edit.language)
        self._desk = desk = SimulatedDesk(editor, INLINE, now=self._now)
        await desk.rest(1.0, at=step.at * 1000)
        typed: list[Typed] = []
        for number, change in enumerate(edit.changes):
            end = change.start + change.removed
            if not change.typed:
                editor.edit(change.start, end, change.text)
                continue
            name, began, from_ms = hunk_id(step, edit, number), desk.now(), _now_ms()
            tally = Tally()
            await type_text(
                desk,
                change.text,
                offset=change.start,
                before=editor.text[: change.start],
                pauses=Person(f"{self._seed}-{name}"),
                tally=tally,
                takes=in_parts,
            )
            typed.append(
                Typed(
                    step,
                    edit,
                    name,
                    start=change.start,
                    length=len(change.text),
                    keys_alone=len(list(keys_of(change.text))),
                    text=editor.text,
                    tally=tally,
                    seconds=desk.now() - began,
                    from_ms=from_ms,
                    until_ms=_now_ms(),
                )
            )
        await asyncio.to_thread(_save, file, editor.text)
        self._server.connection.tell("textDocument/didSave", {"textDocument": {"uri": editor.uri}})
        editor.close()
        await desk.rest(1.0)
        self._now = desk.now()
        return typed

    async def _events(self, taken: list[set[str]]) -> list[Event]:
        """What has arrived since this was asked last, once it says of each of these sets of
        completions what was kept of one of them. (What two of them say alike is told of one.)"""
        found: list[Event] = []
        for look in range(LOOKS):
            asked = {"after": str(self._cursor), "repository": self.repository}
            answer = await self._gateway.http.get("/v1/events", params=asked)
            page = msgspec.json.decode(answer.content, type=EventPage)
            self._cursor = page.next_cursor
            found += [each.event for each in page.events]
            if page.events:
                continue
            told = {each.completion for each in found if isinstance(each, _TAKEN)}
            kept = {each.completion for each in found if is_last_look(each)}
            if all(each & kept for each in taken):
                return found
            # What could not be found again, in a file that was changed at once, is not kept.
            if look > LOOKS // 10 and all(each & told for each in taken):
                return found
            await self._desk.rest(DELIVERY_S)
            await asyncio.sleep(LOOK_S)
        raise EngineUnavailable(
            "The gateway was not told what became of a suggestion.",
            "This is a fault of the language server; please report it.",
        )

    async def _completions(self, ids: Iterable[str]) -> list[Completion]:
        found: list[Completion] = []
        wanted = sorted(ids)
        for start in range(0, len(wanted), ASKED):
            asked = {"ids": ",".join(wanted[start : start + ASKED])}
            answer = await self._gateway.http.get("/v1/completions", params=asked)
            found += msgspec.json.decode(answer.content, type=CompletionList).completions
        return found


@asynccontextmanager
async def player(
    arm: Arm, source: Path, *, place: Path, gateway: GatewayProcess, seed: int
) -> AsyncGenerator[Player]:
    own = place / arm.name.replace(":", "-")
    workspace = own / "workspace" / source.name
    repository = await asyncio.to_thread(_clone, source, workspace, own.name)
    async with language_server(
        workspace,
        state=own / "state",
        cache=own / "cache",
        simulated=True,
        gateway={"url": gateway.url, "token": gateway.token},
        **arm.settings,
    ) as server:
        await server.initialized()
        await server.indexed()
        await server.agree()
        made = Player(arm, workspace, server, gateway=gateway, repository=repository, seed=seed)
        if arm.release is not None:
            await made.lend(arm.release)
        yield made


def unassisted(arm: Arm, step: Step, *, seed: int) -> list[HunkTally]:
    """The same without any assistant."""
    tallies: list[HunkTally] = []
    for edit in step.edits:
        text = edit.before
        for number, change in enumerate(edit.changes):
            end = change.start + change.removed
            before, text = text[: change.start], text[: change.start] + change.text + text[end:]
            if not change.typed:
                continue
            name, keys = hunk_id(step, edit, number), list(keys_of(change.text))
            typed = Typed(
                step,
                edit,
                name,
                start=change.start,
                length=len(change.text),
                keys_alone=len(keys),
                text=text,
                tally=Tally(keys=len(keys)),
                seconds=_seconds(keys, before, Person(f"{seed}-{name}")),
            )
            tallies.append(outcome(arm, typed))
    return tallies


def _seconds(keys: list[str], before: str, person: Person) -> float:
    seconds = person.before_key(before + "\n")
    for key in keys[:-1]:
        before += key
        seconds += person.before_key(before)
    return seconds


def _clone(source: Path, workspace: Path, name: str) -> RepositoryId:
    """One that language server and gateway take for a repository of its own, by its remote. What
    the model sees of it is the last part, which is the same for all."""
    shutil.rmtree(workspace, ignore_errors=True)
    with git.Repo.clone_from(str(source), workspace, shared=True, no_checkout=True) as clone:
        clone.git.remote("set-url", "origin", f"backtest/{name}/{source.name}")
        clone.git.config("core.logAllRefUpdates", "true")
    return identity(workspace)


def _checkout(workspace: Path, commit: str, before: str) -> list[str]:
    with git.Repo(workspace, expand_vars=False) as clone:
        clone.git.checkout("--force", "--detach", commit)
        clone.git.clean("--force", "-d", "-x")
        if not before:
            return []
        names = clone.git.diff("--name-only", "-z", before, commit)
    return [name for name in names.split("\0") if name]


def _commit(workspace: Path, commit: str) -> None:
    """As if it had just been made; the files stay as they are."""
    with git.Repo(workspace, expand_vars=False) as clone:
        clone.git.update_ref("-m", "commit: backtest", "HEAD", commit)


def _save(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
