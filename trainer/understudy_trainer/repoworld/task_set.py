"""The holes that a comparison is made on, and their hash: figures of two hashes do not compare."""

import hashlib
from functools import cached_property
from pathlib import Path

import msgspec

from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.hole import Hole


class Cut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A world, and the moment before which everything may be learned."""

    world: str
    cut: str
    """Commit; the workspace shows the files as they were then."""
    until: str
    """A later commit. Holes are cut from lines that are new between the two."""


class TaskSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    suite: str
    seed: int
    cuts: tuple[Cut, ...]
    holes: tuple[Hole, ...]

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal digits of everything above."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]


def check_same(one: str, two: str) -> None:
    """Raises ConfigError if two hashes differ."""
    if one != two:
        raise ConfigError(
            f"Results of task set {one} cannot be compared with results of {two}.",
            "Run both on the same worlds, suite and seed.",
        )


def write_task_set(task_set: TaskSet, path: Path) -> None:
    path.write_bytes(msgspec.json.encode(task_set, order="deterministic"))


def read_task_set(path: Path) -> TaskSet:
    """Raises ConfigError if it is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=TaskSet)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(
            f"{path} is not a task set of RepoWorld: {error}.",
            "Delete it; it is made again.",
        ) from error
