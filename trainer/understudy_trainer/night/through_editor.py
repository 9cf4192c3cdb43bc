"""Held-out lines asked through the language server, of the gateway that people use: once before a
release is promoted, and once when it is served.

The workspace is the repository as it was before the lines were written, under its own id, so the
gateway answers as it answers its people. Nobody agrees to anything there, so nothing is remembered.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import git
import httpx

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.repository import RepositoryId
from understudy_trainer.night.identity import identity
from understudy_trainer.repoworld.by_hand import ask_by_hand
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.worlds import World, opened
from understudy_typist.language_server import language_server

SOURCES = {"copies": False}
"""What the model says is to be seen, not what stands elsewhere in the repository."""

START_S = 30.0
"""In which the language server has started and read the workspace."""


class ThroughEditor:
    """Asks the same lines before and after. What cannot be asked is left out, for a night does not
    fail by it."""

    def __init__(
        self, gateway: httpx.Client, workspace: Path, lines: Sequence[Hole], *, seconds: float
    ) -> None:
        """`seconds` are those that each asking may take; the second asks what the first did."""
        self._gateway = gateway
        self._workspace = workspace
        self._lines = lines
        self._seconds = seconds

    def ask(self) -> Mapping[str, str]:
        """Hole → what was shown, an empty text for nothing. What fails ends it."""
        found: dict[str, str] = {}
        try:
            asyncio.run(self._ask(found))
        except (UnderstudyError, OSError, asyncio.IncompleteReadError):
            return found
        finally:
            self._lines = [hole for hole in self._lines if hole.id in found]
        return found

    async def _ask(self, found: dict[str, str]) -> None:
        url = str(self._gateway.base_url).rstrip("/")
        token = self._gateway.headers.get("authorization", "").removeprefix("Bearer ")
        beside = self._workspace.parent
        until = time.monotonic() + self._seconds
        async with (
            asyncio.timeout(START_S + self._seconds),
            language_server(
                self._workspace,
                state=beside / "state",
                cache=beside / "cache",
                simulated=True,
                gateway={"url": url, "token": token},
                sources=SOURCES,
            ) as server,
        ):
            await server.initialized()
            await server.indexed()
            now = 0.0
            for hole in self._lines:
                if time.monotonic() > until:
                    break
                ghost, _, now = await ask_by_hand(server, self._workspace, hole, now=now)
                found[hole.id] = ghost.text if ghost else ""


def workspace_at(world: World, commit: str, repository: RepositoryId, folder: Path) -> Path | None:
    """A clone below `folder` that shows that commit and has the repository's own id; None where
    that cannot be had, as for a shallow clone without a remote."""
    made = folder / world.folder.resolve().name
    try:
        with opened(world.folder) as source:
            remotes = [
                line.split("=", 1)
                for line in str(source.git.execute(["git", "config", "--list"])).splitlines()
                if line.startswith("remote.") and ".url=" in line
            ]
            root = str(source.working_tree_dir)
        made.parent.mkdir(parents=True, exist_ok=True)
        options = ["--shared", "--no-checkout", "--no-tags"]
        git.Repo.clone_from(root, made, multi_options=options).close()
        with opened(made) as clone:
            clone.git.execute(["git", "remote", "remove", "origin"])
            for name, url in remotes:
                clone.git.execute(["git", "config", name, url])
            clone.git.execute(["git", "-c", "advice.detachedHead=false", "checkout", "-q", commit])
        return made if identity(made) == repository else None
    except (git.GitError, UnderstudyError, OSError):
        return None
