"""Where somebody works: a home with the program installed, and a repository with one file."""

import asyncio
import contextlib
import sys
from pathlib import Path

import msgspec
from e2e.editors.terminal import PATIENCE_S, run

from understudy_lsp.consent import Answer, Consents
from understudy_lsp.repository import find_repository
from understudy_protocol.repository import RepositoryId

CODE = "def add(a, b):\n"


class Desk(msgspec.Struct, frozen=True):
    home: Path
    folder: Path
    file: Path
    state: Path
    repository: RepositoryId

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "SHELL": "/bin/sh",
            "TERM": "screen",
            "UNDERSTUDY_STATE_DIR": str(self.state),
            "UNDERSTUDY_CACHE_DIR": str(self.home / "cache"),
        }

    def configure(self, path: str, text: str) -> None:
        """Writes a file below the home."""
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def agree(self) -> None:
        """To being remembered."""
        Consents(self.state / "lsp" / "consent.json").set(self.repository, Answer.YES)

    async def saved(self, text: str) -> None:
        """Returns once the file holds it."""
        found = ""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while found != text:
                    await asyncio.sleep(0.05)
                    with contextlib.suppress(FileNotFoundError):  # while it is replaced
                        found = self.file.read_text()
        except TimeoutError:
            raise AssertionError(f"the file holds {found!r}") from None


async def desk(folder: Path, *, state: Path) -> Desk:
    """`state` is the gateway's state directory."""
    work, home = folder / "work", folder / "home"
    work.mkdir()
    program = home / ".local" / "bin" / "understudy"
    program.parent.mkdir(parents=True)
    program.symlink_to(Path(sys.executable).with_name("understudy"))
    file = work / "main.py"
    file.write_text(CODE)
    await run("git", "init", "--quiet", str(work), environment={"PATH": "/usr/bin:/bin"})
    made = Desk(home, work, file, state, find_repository(work).id)
    made.agree()
    return made
