"""Agents with an engine: the real language server, gateway and vLLM, asked as an editor asks.

A hole is a document that stands open with nothing where the middle was; the cursor is there, and
ghost text is asked for by hand, so that nothing is held back because it may be wrong: how well that
is judged is the backtest's business. Filters apply. Of tokens and loss only what was shown is
known. Time is simulated (see `understudy_lsp.simulation`).

A release answers for the repository with its id. So an agent with a release works in a copy of the
world, whose remote makes it a repository of its own; neither the language server's index nor the
model sees anything of that.
"""

import asyncio
import hashlib
import re
import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from understudy_protocol.bench import Progress
from understudy_protocol.completion import Completion, CompletionList
from understudy_protocol.errors import ConfigError, NotFound
from understudy_protocol.events import Source
from understudy_protocol.release import ReleaseVersion, served
from understudy_protocol.repository import RepositoryId
from understudy_protocol.scores import ScoreRequest, Scores
from understudy_releases.promotions import history
from understudy_releases.releases import Release, read_release, repositories
from understudy_trainer.borrowed_release import (
    check_answered_by,
    is_release,
    lend,
    named_release,
    whole_names,
)
from understudy_trainer.night.identity import identity
from understudy_trainer.repoworld.agent import Agent, Answer
from understudy_trainer.repoworld.by_hand import ask_by_hand
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.worlds import opened
from understudy_typist.gateway_process import GatewayProcess, gateway_process
from understudy_typist.language_server import LanguageServer, language_server

SOURCES: dict[str, dict[str, bool]] = {
    "copy": {"model": False},
    "base": {"copies": False, "snippets": False},
    "base+snippets": {"copies": False},
    "base+copy": {},
}
"""Agent → what its language server leaves out of its suggestions."""

WITH_RELEASE = {"": SOURCES["base"], "+snippets": SOURCES["base+snippets"], "+copy": {}}
"""The same by what stands behind the version of a release."""

OWN = "releases"
"""In each world the release that is served for the repository of that name, and the base model
where no night's work was promoted: what people would have."""

_OWN = re.compile(rf"{OWN}(@[0-9a-f]+)?(?P<extras>|\+snippets|\+copy)")

SCORED = 400
"""Characters of a middle that the gateway scores."""


class Role(msgspec.Struct, frozen=True):
    """What an agent is made of."""

    name: str
    sources: dict[str, bool]
    release: Release | None = None
    """None is the base model."""
    own: Mapping[str, Release] | None = None
    """In place of that: world → its own release."""

    def release_in(self, world: str) -> Release | None:
        return self.release if self.own is None else self.own.get(world)


class Assistant:
    """A language server of its own for each world."""

    def __init__(self, role: Role, gateway: GatewayProcess, place: Path) -> None:
        self.name = role.name
        self._sources = role.sources
        self._release_in = role.release_in
        self._gateway = gateway
        self._place = place
        self._worlds = 0
        self._server: LanguageServer | None = None
        self._running = AsyncExitStack()
        self._folder = place
        self._repository: RepositoryId | None = None
        self._served: ReleaseVersion | None = None
        """The copy of the release that answers in this world."""
        self._now = 0.0

    async def init(self, world: str, folder: Path) -> None:
        await self.close()
        self._worlds += 1
        own = self._place / f"{self.name.replace(':', '-')}-{self._worlds}"
        self._served = None
        # Agents that look at the same folder share its index, which is built once then.
        cache = self._place / "cache"
        release = self._release_in(world)
        if release is None:
            self._repository = await asyncio.to_thread(identity, folder)
        else:
            if self._repository is not None:  # an engine holds a few adapters only
                await self._gateway.forget(self._repository)
            folder, self._repository = await asyncio.to_thread(_own_world, folder, own)
            self._served = await lend(release, self._repository, gateway=self._gateway)
        self._server = server = await self._running.enter_async_context(
            language_server(
                folder,
                state=own / "state",
                cache=cache,
                simulated=True,
                gateway={"url": self._gateway.url, "token": self._gateway.token},
                sources=self._sources,
            )
        )
        await server.initialized()
        await server.indexed()
        await server.agree()
        self._folder, self._now = folder, 0.0

    async def adapt(self, experience: Sequence[Hole]) -> None:
        """The first day: nothing is learned."""

    async def complete(self, hole: Hole) -> Answer:
        assert self._server is not None
        ghost, took, self._now = await ask_by_hand(self._server, self._folder, hole, now=self._now)
        seen = await self._seen(ghost.completion) if ghost and ghost.completion else None
        loss, tokens = await self._loss(hole, seen)
        return Answer(
            candidates=(ghost.text,) if ghost else (),
            loss=loss,
            loss_tokens=tokens,
            prompt_tokens=seen.prompt_tokens if seen else 0,
            output_tokens=len(seen.token_logprobs) if seen else 0,
            ms=1000 * took,
        )

    async def close(self) -> None:
        await self._running.aclose()

    async def _loss(self, hole: Hole, seen: Completion | None) -> tuple[float | None, int]:
        """Of the true middle, after the prompt that the answer was made from. What is copied has
        none; without snippets the hole itself is the prompt, answered or not."""
        assert self._repository is not None
        if self._sources.get("copies", True) or len(hole.middle) > SCORED:
            return None, 0
        request = ScoreRequest(
            repository=self._repository,
            path=hole.path,
            prefix=hole.prefix,
            suffix=hole.suffix,
            candidates=(hole.middle,),
        )
        if self._sources.get("snippets", True):
            if seen is None:
                return None, 0
            request = msgspec.structs.replace(request, snippets=seen.snippets)
        body = msgspec.json.encode(request)
        answer = await self._gateway.http.post("/v1/scores", content=body)
        if answer.status_code != 200:
            return None, 0
        scores = msgspec.json.decode(answer.content, type=Scores)
        check_answered_by(scores.release, self._served, name=self.name)
        [score] = scores.scores
        return -score.mean, score.tokens

    async def _seen(self, completion: str) -> Completion | None:
        """What the model saw."""
        answer = await self._gateway.http.get("/v1/completions", params={"ids": completion})
        found = msgspec.json.decode(answer.content, type=CompletionList).completions
        if not found:
            return None
        if found[0].model != Source.COPY:
            check_answered_by(found[0].release, self._served, name=self.name)
        return found[0]


@asynccontextmanager
async def assistants(
    names: Sequence[str], progress: Progress, *, state_dir: Path
) -> AsyncGenerator[list[Agent]]:
    """In the order of their names, all with one engine; releases are those in `state_dir`."""
    roles = [_role(name, state_dir) for name in names]
    async with AsyncExitStack() as stack:
        # Each hole is a prompt that nobody has read before.
        gateway = await stack.enter_async_context(gateway_process(progress, all_cores=True))
        place = Path(stack.enter_context(TemporaryDirectory(prefix="understudy-")))
        made = [Assistant(role, gateway, place) for role in roles]
        for each in made:
            stack.push_async_callback(each.close)
        yield [*made]


def whole(names: Sequence[str], state_dir: Path) -> list[str]:
    """The same names, with all that tells which releases are asked, so that what is kept under them
    is of these releases for ever."""
    return [
        f"{OWN}@{_told(_served_by_name(state_dir))}{name.removeprefix(OWN)}"
        if _is_own(name) and "@" not in name
        else name
        for name in whole_names(names, state_dir, extras=WITH_RELEASE)
    ]


def learned(names: Sequence[str], state_dir: Path) -> list[Release]:
    """All releases that agents of these names would ask."""
    roles = [_role(name, state_dir) for name in names if is_release(name) or _is_own(name)]
    single = [role.release for role in roles if role.release is not None]
    return [*single, *(each for role in roles if role.own for each in role.own.values())]


def _is_own(name: str) -> bool:
    return _OWN.fullmatch(name) is not None


def _role(name: str, state_dir: Path) -> Role:
    if (own := _OWN.fullmatch(name)) is not None:
        return Role(name, WITH_RELEASE[own["extras"]], own=_served_by_name(state_dir))
    if is_release(name):
        named = named_release(name, state_dir, extras=WITH_RELEASE)
        return Role(named.name, WITH_RELEASE[named.extras], named.release)
    if name not in SOURCES:
        raise ConfigError(
            f"There is no agent {name!r}.",
            f"With an engine there are {', '.join(SOURCES)}, release:VERSION and {OWN}.",
        )
    return Role(name, SOURCES[name])


def _served_by_name(state_dir: Path) -> dict[str, Release]:
    """Raises NotFound if there is none at all."""
    releases_dir = state_dir / "releases"
    found = {
        repository.rpartition("-")[0]: read_release(releases_dir, repository, version)
        for repository in repositories(releases_dir)
        if (version := served(history(releases_dir, repository))) is not None
    }
    if not found:
        raise NotFound(
            f"No release is served from {releases_dir}.",
            "Train one on a clone of a world that ends at its cut: `understudy train PATH`.",
        )
    return found


def _told(releases: Mapping[str, Release]) -> str:
    """8 hexadecimal digits that depend on every version."""
    versions = sorted(release.version for release in releases.values())
    return hashlib.sha256(" ".join(versions).encode()).hexdigest()[:8]


def _own_world(folder: Path, own: Path) -> tuple[Path, RepositoryId]:
    """A copy of it below `own`, and the id that only the copy has."""
    copy = own / "world" / folder.name
    shutil.copytree(folder, copy, symlinks=True)
    with opened(copy) as repository:
        # The name that the model sees is the last part, as without a remote.
        remote = f"repoworld/{own.name}/{folder.name}"
        repository.git.execute(["git", "config", "remote.origin.url", remote])
    return copy, identity(copy)
