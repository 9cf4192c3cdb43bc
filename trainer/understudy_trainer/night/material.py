"""What a night works with: experience, holes to be asked, and what is practised of old."""

from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.repository import RepositoryId
from understudy_trainer.curriculum.experience import experience
from understudy_trainer.curriculum.gather import Gathered, beside
from understudy_trainer.curriculum.runtime import MOST_BESIDE, Ran, runtime
from understudy_trainer.learn.replay import Replay, ReplayDamaged, read_replay, within
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.anchors import asked_anchors, practised_anchors
from understudy_trainer.night.earlier import asked_again
from understudy_trainer.night.held_out import as_examples, is_clean
from understudy_trainer.night.plan import EXPERIENCE, RUNTIME, TONIGHT, Learned
from understudy_trainer.night.proof import Sets
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.sandbox import run_in_sandbox
from understudy_trainer.repoworld.worlds import World, with_ancestors

REPLAY = "replay"

ANCHORS = 1_600
"""Examples of other code that are practised."""

WAIT_MS = 7 * 24 * 60 * 60 * 1000
"""What people were asked in this time before a night, and is not committed, may be yet."""

SHARE = 1 / 3
"""Of the holes of new code, as many earlier ones and as many of other code are asked."""


def learned_from_experience(
    home: Path,
    gateway: httpx.Client | None,
    gathered: Gathered,
    *,
    repository: RepositoryId,
    after: int,
    waits_from: int,
) -> Learned:
    """The same for a night that goes on. What goes wrong costs the experience, not the night."""
    path = home / TONIGHT / EXPERIENCE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Learned)
    except (OSError, msgspec.DecodeError):
        pass
    if gateway is None:
        note = "No gateway was asked, so nothing was learned from experience."
        learned = Learned(cursor=after, note=note)
    else:
        try:
            told = experience(
                gateway,
                repository=repository,
                after=after,
                files=gathered.files,
                waits_from=waits_from,
            )
            learned = Learned(tuple(told.examples), told.cursor, dict(told.left_out))
        except UnderstudyError as error:
            learned = Learned(cursor=after, note=f"Nothing was learned from experience. {error}")
    write_whole(path, msgspec.json.encode(learned))
    return learned


def learned_from_running(
    home: Path, repository: Path, gathered: Gathered, *, seed: int, seconds: float
) -> Ran:
    """What the repository's own tests show, run in a sandbox once and kept for a night that goes
    on."""
    path = home / TONIGHT / RUNTIME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ran)
    except (OSError, msgspec.DecodeError):
        pass
    others = beside(repository, gathered, most=MOST_BESIDE)
    ran = runtime(gathered, beside=others, sandbox=run_in_sandbox, seed=seed, seconds=seconds)
    write_whole(path, msgspec.json.encode(ran))
    return ran


def clean_holes(holes: Sequence[Hole], newer: Gathered) -> list[Hole]:
    """Those whose file may be learned from, and has nothing in it that was taken out."""
    return [hole for hole in holes if is_clean(hole, newer.files)]


def asked_sets(
    home: Path, holes: Sequence[Hole], gathered: Gathered, *, wanted: int, notes: list[str]
) -> Sets:
    try:
        earlier = asked_again(home, round(SHARE * wanted), gathered.files)
    except ReplayDamaged as error:
        notes.append(f"Holes of earlier nights could not be asked again. {error}")
        earlier = ()
    commit, files = gathered.commit, gathered.files
    return {
        "new code": as_examples(holes, commit=commit, files=files, snippets=False),
        "new code, with snippets": as_examples(holes, commit=commit, files=files, snippets=True),
        "earlier holes": earlier,
        "other code": asked_anchors(round(SHARE * wanted), seed=0),
    }


def practised(home: Path, world: World, notes: list[str], *, until: str) -> Replay:
    """What was learned up to the commit `until`, and nothing of what is held out after it."""
    try:
        kept = read_replay(home / REPLAY)
    except ReplayDamaged as error:
        notes.append(f"Earlier nights are not practised. {error}")
        kept = Replay()
    if kept.old:
        whole = len(kept.old)
        kept = within(kept, with_ancestors(world, until))
        if left := whole - len(kept.old):
            notes.append(
                f"{left} examples of earlier nights are not practised: their commits are held out"
                " tonight, or not in the history any more."
            )
    return msgspec.structs.replace(kept, anchors=practised_anchors(ANCHORS, seed=0))
