"""A repository's history as work to be typed: what people wrote, in order, and what nobody typed.

Left out, and counted by reason: merges, the first commit (an import), generated and vendored files,
lock files, what is no text, changes of nothing but format, and commits that rename one thing in
many places.
"""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import git
import msgspec

from understudy_protocol.errors import ConfigError
from understudy_protocol.languages import EXTENSIONS
from understudy_trainer.backtest.tally import Walk
from understudy_trainer.repoworld.left_out import reason_to_leave_out
from understudy_trainer.repoworld.worlds import open_world, opened
from understudy_typist.history import Change, changes_between, text_of

CODE = frozenset(EXTENSIONS) - {"json", "markdown", "toml", "yaml", "html", "css"}
LANGUAGES = {suffix: name for name in CODE for suffix in EXTENSIONS[name].split()}

MOST_COMMITS = 400
"""The newest; older ones are seldom like what is written now."""
LEAST = 12
"""Characters of a hunk; shorter ones are mended letters and names."""
MOST = 100
"""Characters of a hunk after which the line is typed to its end and the rest is there at once.
Without it a new file would outweigh a week of edits."""
RENAMED = 10
"""Lines in which a commit replaces the same word by the same other word, to be a mass rename."""


class Edit(msgspec.Struct, frozen=True):
    """What a commit did to a file."""

    path: str
    language: str
    before: str
    changes: tuple[Change, ...]


class Step(msgspec.Struct, frozen=True):
    """A commit."""

    commit: str
    parent: str
    at: int
    """Seconds since the epoch."""
    night: int
    """How many nights lie before it."""
    edits: tuple[Edit, ...]


class Work(msgspec.Struct, frozen=True):
    root: Path
    """Of the repository's working tree."""
    walk: Walk
    steps: tuple[Step, ...]


def work_of(path: Path, *, since: str | None, hunks: int, nights: int, seed: int) -> Work:
    """At most so many hunks, chosen at random from the newest commits, in their order. `since` is a
    date as git understands it. Raises ConfigError if there is no history to type."""
    world = open_world(path)
    with opened(world.folder) as repository:
        left_out: Counter[str] = Counter()
        steps = list(_steps(repository, since, left_out))
    every = [
        (step.commit, edit.path, number)
        for step in steps
        for edit in step.edits
        for number, change in enumerate(edit.changes)
        if change.typed
    ]
    if not every:
        raise ConfigError(
            f"Nobody typed anything in {path} that could be typed again.",
            "Give a repository with more than one commit of code, or an earlier --since.",
        )
    chosen = set(random.Random(seed).sample(every, min(hunks, len(every))))
    left_out["not chosen"] = len(every) - len(chosen)
    kept = [_only(step, chosen) for step in steps]
    kept = [step for step in kept if step.edits]
    kept, begins = _days(kept, nights)
    walk = Walk(
        repository=world.name,
        first=kept[0].commit,
        first_at=kept[0].at,
        last=kept[-1].commit,
        last_at=kept[-1].at,
        commits=len(kept),
        hunks=len(chosen),
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
        nights=begins,
    )
    return Work(world.folder.resolve(), walk, tuple(kept))


def hunk_id(step: Step, edit: Edit, number: int) -> str:
    key = f"{step.commit}\0{edit.path}\0{number}"
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _steps(repository: git.Repo, since: str | None, left_out: Counter[str]) -> Iterator[Step]:
    """The oldest first."""
    dated: dict[str, Any] = {"since": since} if since else {}
    commits = list(repository.iter_commits("HEAD", max_count=MOST_COMMITS, **dated))
    for commit in sorted(commits, key=lambda one: one.committed_date):
        if len(commit.parents) != 1:
            left_out["merge" if commit.parents else "first commit"] += 1
            continue
        edits = tuple(_edits(commit, left_out))
        if edits and _renames(edits):
            left_out["mass rename"] += _count(edits)
        elif edits:
            parent = commit.parents[0].hexsha
            yield Step(commit.hexsha, parent, commit.committed_date, 0, edits)


def _edits(commit: git.Commit, left_out: Counter[str]) -> Iterator[Edit]:
    for diff in commit.parents[0].diff(commit, diff_filter="AM"):
        path = diff.b_path or ""
        language = LANGUAGES.get(path.rpartition(".")[2])
        if language is None or diff.b_blob is None or diff.b_blob.mode not in (0o100644, 0o100755):
            continue
        if diff.b_blob.size > 1_000_000:
            left_out["too large"] += 1
            continue
        before = "" if diff.new_file else text_of(diff.a_blob)
        after = text_of(diff.b_blob)
        if before is None or after is None:
            left_out["not text"] += 1
        elif (reason := reason_to_leave_out(path, after)) is not None:
            left_out[reason] += 1
        elif _bare(before) == _bare(after):
            left_out["formatting"] += 1
        else:
            changes = tuple(_limited(changes_between(before, after, most=len(after))))
            if any(change.typed for change in changes):
                yield Edit(path, language, before, changes)


def _limited(changes: Sequence[Change]) -> Iterator[Change]:
    """Short hunks change at once, and of long ones the end does."""
    for change in changes:
        if not change.typed or len(change.text) <= MOST:
            worth = len(change.text.strip()) >= LEAST
            yield msgspec.structs.replace(change, typed=change.typed and worth)
            continue
        end = change.text.find("\n", MOST)
        end = len(change.text) if end < 0 else end
        yield msgspec.structs.replace(change, text=change.text[:end])
        if change.text[end:]:
            yield Change(change.start + end, 0, change.text[end:], typed=False)


def _only(step: Step, chosen: set[tuple[str, str, int]]) -> Step:
    """With the hunks that were chosen; the others change at once."""
    edits: list[Edit] = []
    for edit in step.edits:
        changes = tuple(
            msgspec.structs.replace(change, typed=(step.commit, edit.path, number) in chosen)
            for number, change in enumerate(edit.changes)
        )
        if any(change.typed for change in changes):
            edits.append(msgspec.structs.replace(edit, changes=changes))
    return msgspec.structs.replace(step, edits=tuple(edits))


def _days(steps: list[Step], nights: int) -> tuple[list[Step], tuple[int, ...]]:
    """Steps that know their night, with about as many hunks between any two; and when the nights
    begin."""
    total = sum(_count(step.edits) for step in steps)
    dated: list[Step] = []
    begins: list[int] = []
    done = 0
    for step in steps:
        night = min(done * (nights + 1) // max(total, 1), nights)
        while len(begins) < night:
            begins.append(step.at - 1)
        dated.append(msgspec.structs.replace(step, night=night))
        done += _count(step.edits)
    return dated, tuple(begins)


def _count(edits: Sequence[Edit]) -> int:
    return sum(change.typed for edit in edits for change in edit.changes)


def _bare(text: str) -> str:
    """Without what formatters change: layout, quotes, trailing commas and brackets for lines."""
    return re.sub(r"[\s'\",()]+", "", text)


def _renames(edits: Sequence[Edit]) -> bool:
    """Whether most of what a commit does is to put one word for another."""
    pairs: Counter[tuple[str, str]] = Counter()
    for edit in edits:
        text, gone = edit.before, ""
        for change in edit.changes:
            end = change.start + change.removed
            gone = text[change.start : end] or gone
            text = text[: change.start] + change.text + text[end:]
            if change.text:
                pairs[gone, change.text] += 1
                gone = ""
    most = max((count for (gone, _), count in pairs.items() if gone), default=0)
    return most >= max(RENAMED, sum(pairs.values()) // 2)
