"""A repository at a commit and its history since another: all that a night may learn from.

With `since`, the newest commit of the night before, only what is new is to be learned: `known` and
`unchanged` say what is not. The rest of the files is there to be looked at.
"""

from collections import Counter
from pathlib import Path, PurePosixPath

import git
import msgspec

from understudy_protocol.errors import ConfigError
from understudy_protocol.ignore import IGNORE_FILES
from understudy_trainer.curriculum.commits import Commit, commits_of
from understudy_trainer.curriculum.reading import reader
from understudy_trainer.curriculum.redact import Redact, redacted
from understudy_trainer.curriculum.rules import ignored_in, private_in
from understudy_trainer.repoworld.files import Blob, blobs_at, text_of
from understudy_trainer.repoworld.worlds import World, check_order, opened


class Gathered(msgspec.Struct, frozen=True):
    repository: str
    """Its name."""
    commit: str
    since: str | None
    files: dict[str, str]
    """Path → text of the code at the commit, without secrets."""
    commits: tuple[Commit, ...]
    """The newest first."""
    known: frozenset[str] = frozenset()
    """Lines, without the blanks around them, that stood somewhere at `since`."""
    unchanged: frozenset[str] = frozenset()
    """Paths of the files that are as they were at `since`."""
    files_left_out: dict[str, int] = {}
    """Reason → how many."""
    history_left_out: dict[str, int] = {}
    """Reason → how many commits (`merge`, `first commit`, `not here`) and changes of a file."""


def gather(
    path: Path,
    *,
    commit: str | None = None,
    since: str | None = None,
    redact: Redact = redacted,
) -> Gathered:
    """Raises ConfigError if `path` is in no repository with a commit, one that is named is not
    there, or `since` does not come before the other."""
    files_left_out: Counter[str] = Counter()
    history_left_out: Counter[str] = Counter()
    with opened(path) as repository:
        newest = _commit(repository, commit or "HEAD")
        oldest = None if since is None else _commit(repository, since)
        folder = Path(str(repository.working_tree_dir))
        world = World(name=folder.resolve().name, folder=folder, held_out=False)
        if oldest not in (None, newest):
            check_order(world, oldest, newest)
        blobs = list(blobs_at(world, newest, leave_out=files_left_out.update))
        ignored = ignored_in(repository, _ignore_files(blobs))
        read = reader(ignored, redact, files_left_out)
        texts = {blob.path: read(blob.path, blob.content) for blob in blobs}
        commits = commits_of(
            repository,
            newest if oldest is None else f"{oldest}..{newest}",
            read=reader(ignored, redact, history_left_out),
            redact=redact,
            left_out=history_left_out,
        )
        known, unchanged = _before(world, oldest, blobs, redact)
        return Gathered(
            repository=world.name,
            commit=newest,
            since=oldest,
            files={path: text for path, text in texts.items() if text is not None},
            commits=tuple(commits),
            known=known,
            unchanged=unchanged,
            files_left_out=dict(sorted(files_left_out.items())),
            history_left_out=dict(sorted(history_left_out.items())),
        )


def beside(path: Path, gathered: Gathered, *, most: int) -> list[Blob]:
    """Other files of its commit that are not ignored, `most` bytes together: nobody learns from
    them, but the repository's tests may read them."""
    with opened(path) as repository:
        folder = Path(str(repository.working_tree_dir))
        world = World(name=gathered.repository, folder=folder, held_out=False)
        blobs = list(blobs_at(world, gathered.commit, leave_out=lambda _: None))
        private = private_in(repository, _ignore_files(blobs))
        found: list[Blob] = []
        for blob in blobs:
            if blob.path in gathered.files or private(blob.path) or len(blob.content) > most:
                continue
            most -= len(blob.content)
            found.append(blob)
        return found


def _commit(repository: git.Repo, name: str) -> str:
    command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    status, printed, _ = repository.git.execute(
        command, with_extended_output=True, with_exceptions=False
    )
    if status != 0:
        raise ConfigError(
            f"There is no commit {name[:40]!r} in {repository.working_tree_dir}.",
            "Commit something, or name a commit that is there; if the history was rewritten, "
            "start anew without what was learned before.",
        )
    return str(printed).strip()


def _ignore_files(blobs: list[Blob]) -> dict[str, str]:
    return {
        blob.path: blob.content.decode("utf-8", "surrogateescape")
        for blob in blobs
        if PurePosixPath(blob.path).name in IGNORE_FILES
    }


def _before(
    world: World, commit: str | None, now: list[Blob], redact: Redact
) -> tuple[frozenset[str], frozenset[str]]:
    """The lines that a commit has, and the paths at which it has what is there now."""
    if commit is None:
        return frozenset(), frozenset()
    old = {blob.path: blob.content for blob in blobs_at(world, commit, leave_out=lambda _: None)}
    texts = (text_of(content) for content in old.values())
    lines = (redact(text).split("\n") for text in texts if text is not None)
    known = frozenset(line.strip() for each in lines for line in each)
    return known, frozenset(blob.path for blob in now if old.get(blob.path) == blob.content)
