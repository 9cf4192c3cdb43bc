"""What is kept of earlier nights, so that a new one does not wash it out.

The buffer of a repository is a uniform sample of all examples it was ever given: a reservoir. Not
the classic one, which draws a slot for each example as it comes and so needs to know exactly what
came before: here each example has a number that is drawn by its id and the buffer's seed, and the
`capacity` smallest stay. That is as uniform, and it does not matter in which order examples come
or whether one comes twice, so a night that was killed after it had added its examples adds them
again and changes nothing.

Beside the buffer there are the anchors, a small fixed set of general code given by path.
"""

import hashlib
from collections.abc import Sequence, Set
from pathlib import Path

import msgspec

from understudy_protocol.errors import UnderstudyError
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.whole_file import sealed, unsealed, write_whole

CAPACITY = 20_000
"""Examples of the buffer. One takes a few kB on disk."""


class ReplayDamaged(UnderstudyError, ValueError):
    code = "replay"


class Replay(msgspec.Struct, frozen=True):
    old: tuple[Example, ...] = ()
    """The buffer, in the order of the numbers that were drawn."""
    anchors: tuple[Example, ...] = ()
    capacity: int = CAPACITY
    seed: int = 0


def read_replay(path: Path, *, anchors: Path | None = None) -> Replay:
    """The buffer at `path`, an empty one if there is none yet.

    Raises ReplayDamaged. Whoever would rather go on than stop takes `Replay()` then, and loses the
    memory of earlier nights.
    """
    fixed = read_anchors(anchors) if anchors else ()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Replay(anchors=fixed)
    content = unsealed(data)
    try:
        if content is None:
            raise msgspec.DecodeError("its bytes are not those that were written")
        kept = msgspec.json.decode(content, type=Replay)
    except msgspec.DecodeError as error:
        raise ReplayDamaged(
            f"The replay buffer {path} is damaged: {error}.",
            "Put it back from a backup, or delete it: what earlier nights learned is then no"
            " longer practised.",
        ) from error
    return msgspec.structs.replace(kept, anchors=fixed)


def read_anchors(path: Path) -> tuple[Example, ...]:
    """Examples, one line of JSON each. Raises ReplayDamaged."""
    try:
        lines = path.read_bytes().splitlines()
        return tuple(msgspec.json.decode(line, type=Example) for line in lines if line.strip())
    except OSError as error:
        problem = error.strerror or str(error)
    except msgspec.DecodeError as error:
        problem = str(error)
    raise ReplayDamaged(
        f"The anchor set {path} cannot be read: {problem}.",
        "Name a file with one example a line, or train without an anchor set.",
    )


def write_replay(path: Path, replay: Replay) -> None:
    """The buffer, without the anchors; whole or not at all."""
    kept = msgspec.structs.replace(replay, anchors=())
    write_whole(path, sealed(msgspec.json.encode(kept)))


def add(replay: Replay, examples: Sequence[Example]) -> Replay:
    """With these examples among those that are sampled."""
    by_id = {example.id: example for example in (*replay.old, *examples)}
    kept = sorted(by_id.values(), key=lambda example: _number(replay.seed, example.id))
    return msgspec.structs.replace(replay, old=tuple(kept[: replay.capacity]))


def within(replay: Replay, commits: Set[str]) -> Replay:
    """Without what is of other commits: what a night holds out, it may have learned before, if it
    begins further back than the night before did."""
    old = tuple(example for example in replay.old if example.commit in commits)
    return msgspec.structs.replace(replay, old=old)


def _number(seed: int, example_id: str) -> bytes:
    """As good as drawn by chance, and always the same for an example."""
    return hashlib.blake2b(f"{seed} {example_id}".encode(), digest_size=16).digest()
