"""Task sets of a size: `mini` for every day, `standard` for figures that are published.

Both are cut from the held-out release histories. A task set is made once and kept; the name of its
file has everything that decides what is in it, so an older one is not taken for it.
"""

import hashlib
import os
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import msgspec

from understudy_protocol import languages
from understudy_protocol.bench import Progress
from understudy_trainer.repoworld.files import blobs_at
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.holes import key_of, new_holes
from understudy_trainer.repoworld.new_repository import NewCommit, write_repository
from understudy_trainer.repoworld.paths import worlds_dir
from understudy_trainer.repoworld.release import pinned
from understudy_trainer.repoworld.release_history import release_histories
from understudy_trainer.repoworld.task_set import Cut, TaskSet, read_task_set, write_task_set
from understudy_trainer.repoworld.worlds import World, commits, committed_at

SuiteName = Literal["mini", "standard"]

CUT = 0.7
"""Share of a world's history that lies before its cut."""

EARLIER = 0.4
"""Share of what lies before the cut that lies before experience, too."""


class Suite(msgspec.Struct, frozen=True):
    holes: int
    """At most."""
    per_kind: int
    """At most so many of a kind in a world."""


SUITES: dict[SuiteName, Suite] = {
    "mini": Suite(holes=300, per_kind=6),
    "standard": Suite(holes=4000, per_kind=30),
}


def task_set(suite: SuiteName, *, seed: int, progress: Progress) -> TaskSet:
    """The same for everybody with the same seed. Worlds are built at first, which takes minutes.

    Raises ArchiveError if an archive of a world is missing and cannot be had.
    """
    name = f"{suite}-{seed}-{_ingredients()}.json"

    def make() -> TaskSet:
        held_out = [package for package in pinned().values() if package.held_out]
        worlds = release_histories(held_out, progress=progress)
        return task_set_of(worlds, suite=suite, seed=seed, progress=progress)

    return kept(worlds_dir() / "task-sets" / name, make)


def kept(path: Path, make: Callable[[], TaskSet]) -> TaskSet:
    """As it stands in the file, which is written first if it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as scratch:
            write_task_set(make(), Path(scratch) / path.name)
            os.replace(Path(scratch) / path.name, path)
    return read_task_set(path)


def task_set_of(
    worlds: Sequence[World], *, suite: SuiteName, seed: int, progress: Progress
) -> TaskSet:
    """Of any worlds, spread over kinds and worlds as evenly as they allow."""
    size = SUITES[suite]
    cuts: list[Cut] = []
    holes: list[Hole] = []
    for world in worlds:
        progress(f"{world.name}: looking for holes")
        cut = cut_of(world)
        cuts.append(cut)
        holes += new_holes(world, cut.cut, cut.until, per_kind=size.per_kind, seed=seed)
    chosen = _spread(holes, size.holes, seed=seed)
    order = {world.name: number for number, world in enumerate(worlds)}
    chosen.sort(key=lambda hole: (order[hole.world], hole.path, len(hole.prefix), hole.kind))
    return TaskSet(suite=suite, seed=seed, cuts=tuple(cuts), holes=tuple(chosen))


def cut_of(world: World) -> Cut:
    """At `CUT` of the history; until its end."""
    history = commits(world)
    at = min(int(CUT * (len(history) - 1)), len(history) - 2)
    return Cut(world=world.name, cut=history[at].id, until=history[-1].id)


def checkout(world: World | str, cut: str, folder: Path) -> Path:
    """A repository below `folder` that ends with the name of the world, or of a pinned one: the
    files as they were at the cut, but for links, submodules and what is very large, as its only
    commit. Nothing that came later is in it. Made once."""
    if isinstance(world, str):
        world = pinned_world(world)
    root = folder / cut[:12] / world.name
    if not root.exists():
        files = {
            blob.path: (blob.content, blob.executable)
            for blob in blobs_at(world, cut, leave_out=lambda _: None)
        }
        at = committed_at(world, cut)
        commit = NewCommit(message=f"{world.name} at {cut}\n", at=at, files=files)
        root.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root.parent, prefix=".new-") as scratch:
            made = Path(scratch) / world.name
            write_repository(made, [commit])
            made.rename(root)
    return root


def pinned_world(name: str) -> World:
    """The release history of that name."""
    (world,) = release_histories([pinned()[name]], progress=lambda _: None)
    return world


def experience(world: World, cut: str, *, per_kind: int, seed: int) -> list[Hole]:
    """Holes to learn from: of lines that were new before the cut, in files as they were then."""
    names = [commit.id for commit in commits(world)]
    before = names.index(cut) if cut in names else 0
    if not before:
        return []
    earlier = names[int(EARLIER * before)]
    return new_holes(world, earlier, cut, per_kind=per_kind, seed=seed)


def _spread(holes: Sequence[Hole], most: int, *, seed: int) -> list[Hole]:
    """Kinds in turn, and of each kind worlds in turn; no line is asked for twice."""
    kinds: dict[str, dict[str, list[Hole]]] = {}
    for hole in holes:
        kinds.setdefault(hole.kind, {}).setdefault(hole.world, []).append(hole)
    dice = random.Random(seed)
    queues: list[list[Hole]] = []
    for _, worlds in sorted(kinds.items()):
        of_kind = [dice.sample(every, len(every)) for _, every in sorted(worlds.items())]
        dice.shuffle(of_kind)
        queues.append(list(_in_turn(of_kind)))
    chosen: list[Hole] = []
    lines: set[tuple[str, str]] = set()
    for hole in _in_turn(queues):
        line = hole.world, key_of(hole)[0]
        if line not in lines and len(chosen) < most:
            lines.add(line)
            chosen.append(hole)
    return chosen


def _in_turn(queues: Iterable[Sequence[Hole]]) -> Iterator[Hole]:
    for row in zip_longest(*queues):
        yield from (hole for hole in row if hole is not None)


def _ingredients() -> str:
    """Digits that change with anything a task set is made with."""
    here = Path(__file__).parent
    names = ("files", "hole", "holes", "left_out", "suites", "task_set")
    paths = [here / "worlds.toml", *(here / f"{name}.py" for name in names)]
    paths += sorted(path for path in (here / "kinds").iterdir() if path.is_file())
    paths.append(Path(languages.__file__))
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for package in ("tree-sitter", "tree-sitter-language-pack"):
        digest.update(version(package).encode())
    return digest.hexdigest()[:12]
