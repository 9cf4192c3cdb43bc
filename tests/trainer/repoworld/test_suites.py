"""Task sets: the same bytes for the same seed, and nothing from after the cut to look at."""

import os
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from git_histories import DAY, MIDNIGHT, git, history

from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.holes import key_of
from understudy_trainer.repoworld.suites import checkout, cut_of, experience, kept, task_set_of
from understudy_trainer.repoworld.task_set import TaskSet
from understudy_trainer.repoworld.worlds import World, open_world

PLANTED = "planted_8f14e45f"


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    worlds = [_world(tmp_path / name) for name in ("first", "second")]
    one, two, other = (_task_set(worlds, seed) for seed in (0, 0, 1))
    assert msgspec.json.encode(one) == msgspec.json.encode(two)
    assert one.hash == two.hash != other.hash


def test_holes_are_spread_over_kinds_and_worlds_and_no_line_is_asked_twice(tmp_path: Path) -> None:
    made = _task_set([_world(tmp_path / name) for name in ("first", "second")], 0)
    kinds = Counter(hole.kind for hole in made.holes)
    assert len(kinds) > 3
    assert max(kinds.values()) <= 12
    assert len({hole.world for hole in made.holes}) == 2
    lines = [(hole.world, key_of(hole)[0]) for hole in made.holes]
    assert len(set(lines)) == len(lines)


def test_holes_are_new_between_the_cut_and_the_end(tmp_path: Path) -> None:
    world = _world(tmp_path / "demo")
    cut = cut_of(world)
    ids = git(world.folder, "rev-list", "--reverse", "HEAD").split()
    assert (cut.cut, cut.until) == (ids[6], ids[9])
    made = _task_set([world], 0)
    assert made.cuts == (cut,)
    before = git(world.folder, "show", f"{cut.cut}:code.py").split("\n")
    assert made.holes
    assert not {key_of(hole)[0] for hole in made.holes} & {line.strip() for line in before}


def test_a_history_of_two_commits_has_a_cut(tmp_path: Path) -> None:
    ids = history(tmp_path, {"a.py": "a = 1\n"}, {"a.py": "b = 1\n"})
    cut = cut_of(open_world(tmp_path))
    assert [cut.cut, cut.until] == ids


def test_experience_lies_before_the_cut(tmp_path: Path) -> None:
    world = _world(tmp_path / "demo")
    cut = cut_of(world).cut
    ids = git(world.folder, "rev-list", "--reverse", "HEAD").split()
    holes = experience(world, cut, per_kind=5, seed=0)
    at_cut = git(world.folder, "show", f"{cut}:code.py")
    assert holes
    assert {(hole.prefix + hole.middle + hole.suffix).strip() for hole in holes} == {at_cut}
    assert experience(world, ids[0], per_kind=5, seed=0) == []


def test_a_task_set_is_made_once_and_read_again(tmp_path: Path) -> None:
    made: list[TaskSet] = []

    def make() -> TaskSet:
        made.append(_task_set([_world(tmp_path / "demo")], 0))
        return made[-1]

    path = tmp_path / "task-sets" / "mini.json"
    assert kept(path, make) == kept(path, make) == made[0]
    assert len(made) == 1
    assert list(path.parent.iterdir()) == [path]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ConfigError, match="Delete it"):
        kept(path, make)


def test_a_checkout_has_the_files_at_the_cut_and_no_trace_of_the_future(tmp_path: Path) -> None:
    world = _world(tmp_path / "demo", planted=8)
    cut = cut_of(world)
    seen = checkout(world, cut.cut, tmp_path / "seen")
    assert seen.name == world.name
    assert (seen / "code.py").read_text() == git(world.folder, "show", f"{cut.cut}:code.py") + "\n"
    assert git(seen, "rev-list", "--all", "--timestamp") == (
        f"{MIDNIGHT + 6 * DAY} {git(seen, 'rev-parse', 'HEAD')}"
    )
    assert git(seen, "status", "--porcelain") == ""
    objects = git(seen, "cat-file", "--batch-all-objects", "--batch")
    assert "def shape_6" in objects
    assert PLANTED not in objects
    for path in seen.rglob("*"):
        assert PLANTED not in path.name
        assert path.is_dir() or PLANTED.encode() not in path.read_bytes()
    # The test can fail: the string is there in the world itself.
    assert PLANTED in git(world.folder, "cat-file", "--batch-all-objects", "--batch")


def test_a_checkout_is_the_bytes_that_were_committed(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "two words/ünï.py": "a = 1\r\n",
        ".gitattributes": "*.txt text eol=crlf\n*.md ident\n",
        "b.txt": "one\ntwo\n",
        "c.md": "$Id$\n",
        "latin-1.txt": "Müller\n".encode("latin-1"),
        "program.sh": "#!/bin/sh\n",
    }
    folder = tmp_path / "demo"
    history(folder, files)
    os.symlink("/etc/passwd", folder / "outside")
    (folder / "program.sh").chmod(0o755)
    first, _ = history(folder, {}, {"b.txt": "later\n"})
    seen = checkout(open_world(folder), first, tmp_path / "seen")
    found = {
        path.relative_to(seen).as_posix(): path.read_bytes()
        for path in seen.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    wanted = {
        name: content if isinstance(content, bytes) else content.encode()
        for name, content in files.items()
    }
    assert found == wanted
    assert os.access(seen / "program.sh", os.X_OK)
    assert checkout(open_world(folder), first, tmp_path / "seen") == seen


def _task_set(worlds: list[World], seed: int) -> TaskSet:
    return task_set_of(worlds, suite="mini", seed=seed, progress=lambda _: None)


def _world(folder: Path, *, planted: int | None = None) -> World:
    """Ten commits, each with a function more; the one of that number has the planted string."""
    if not folder.exists():
        name = folder.name
        functions = [
            f"def shape_{number}({name}_{number}, scale):\n"
            f"    if {name}_{number} > {number}:\n"
            f"        raise ValueError('too many of {name} {number}')\n"
            f"    sides = [side * scale for side in range({name}_{number})]\n"
            f"    return sum(sides, start={number})\n\n\n"
            for number in range(10)
        ]
        if planted is not None:
            functions[planted] += f"# {PLANTED}\n"
        commits: list[dict[str, str | bytes]] = [
            {"code.py": "".join(functions[: number + 1]).rstrip() + "\n"} for number in range(10)
        ]
        if planted is not None:
            commits[planted][f"{PLANTED}.txt"] = PLANTED
        history(folder, *commits)
    return open_world(folder)
