"""What people typed into a repository, rebuilt from its history: the lines that commits added to
code files, each in the file as it was before the commit.

Added lines are typed, and where lines were changed what differs of them. What was removed is gone
at once: nobody knows which keys did it.
"""

import random
import re
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import git
import msgspec

from understudy_protocol.errors import ConfigError
from understudy_protocol.languages import EXTENSIONS
from understudy_typist.keys import keys_of

CODE = frozenset(EXTENSIONS) - {"json", "markdown", "toml", "yaml", "html", "css"}
LANGUAGES = {suffix: name for name in CODE for suffix in EXTENSIONS[name].split()}

LEAST = 60
"""Keys in a file that are worth opening it for."""
MOST = 500
"""Typed characters of one file, to the end of a line: so that no file is the whole session."""

_FOREIGN = re.compile("[\r\f\v\x1c-\x1e\x85\u2028\u2029]")


class Change(msgspec.Struct, frozen=True):
    start: int
    """Where, in the text as the changes before it have left it."""
    removed: int
    text: str
    typed: bool
    """By keys; False: at once."""


class Episode(msgspec.Struct, frozen=True):
    """A file, and what one commit did to it."""

    parent: str
    """The commit before."""
    at: int
    """Seconds since the epoch when the commit was made."""
    path: str
    language: str
    before: str
    changes: tuple[Change, ...]

    @property
    def keys(self) -> int:
        """That it takes without any suggestion."""
        return sum(len(list(keys_of(change.text))) for change in self.changes if change.typed)


def episodes(folder: Path, *, keys: int, seed: int) -> list[Episode]:
    """Chosen at random from the history until they take so many keys; the oldest first.

    Raises ConfigError if `folder` is in no repository, or its history is too short.
    """
    try:
        repository = git.Repo(folder, search_parent_directories=True)
    except git.GitError as error:
        raise ConfigError(
            "The folder is not in a git repository, whose history would be typed again.",
            "Run the benchmark in one.",
        ) from error
    with repository:
        every = [one for one in _every(repository) if one.keys >= LEAST]
    random.Random(seed).shuffle(every)
    chosen: list[Episode] = []
    while every and sum(one.keys for one in chosen) < keys:
        chosen.append(every.pop())
    if sum(one.keys for one in chosen) < keys:
        raise ConfigError(
            f"The history has fewer than {keys} keys' worth of added code.",
            "Run the benchmark in a repository with a longer history.",
        )
    return sorted(chosen, key=lambda one: (one.at, one.parent, one.path))


def changes_between(before: str, after: str, *, most: int = MOST) -> tuple[Change, ...]:
    """What makes the one text of the other, from top to bottom. At most `most` characters are
    typed, to the end of a line; the rest changes at once."""
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    changes: list[Change] = []
    start = 0
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        blocks = [("".join(old[a1:a2]), "".join(new[b1:b2]))]
        if a2 - a1 == b2 - b1:  # as many lines: each was changed by itself
            blocks = list(zip(old[a1:a2], new[b1:b2], strict=True))
        for removed, text in blocks:
            if kind != "equal":
                made = _changes(start, removed, text, most=most)
                most -= sum(len(change.text) for change in made if change.typed)
                changes += made
            start += len(text)
    return tuple(changes)


def _changes(start: int, removed: str, text: str, *, most: int) -> list[Change]:
    """Of one block of lines that becomes another, at `start`."""
    if start > 0 and not removed and text.endswith("\n"):
        # Enter at the end of the line above, then the lines.
        start, text = start - 1, "\n" + text[:-1]
    first = _common_start(removed, text)
    last = _common_start(removed[first:][::-1], text[first:][::-1])
    start, removed, text = start + first, removed[first : len(removed) - last], text[first:]
    text = text[: len(text) - last]
    typed = _whole_lines(text, max(most, 0)) if most > 0 and text.strip() else ""
    made: list[Change] = []
    if removed:
        made.append(Change(start, len(removed), "", typed=False))
    if typed:
        made.append(Change(start, 0, typed, typed=True))
    if rest := text[len(typed) :]:
        made.append(Change(start + len(typed), 0, rest, typed=False))
    return made


def _every(repository: git.Repo) -> list[Episode]:
    found: list[Episode] = []
    for commit in repository.iter_commits("HEAD", max_parents=1):
        for parent in commit.parents:
            for diff in parent.diff(commit, diff_filter="M"):
                language = LANGUAGES.get((diff.b_path or "").rpartition(".")[2])
                before, after = (text_of(blob) for blob in (diff.a_blob, diff.b_blob))
                if language is None or before is None or after is None:
                    continue
                changes = changes_between(before, after)
                episode = Episode(
                    parent=parent.hexsha,
                    at=commit.committed_date,
                    path=diff.b_path or "",
                    language=language,
                    before=before,
                    changes=changes,
                )
                found.append(episode)
    return found


def text_of(blob: Any) -> str | None:
    """None of what nobody types: no text, or lines that do not end as ours do."""
    if blob is None:
        return None
    try:
        text: str = blob.data_stream.read().decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _FOREIGN.search(text) else text


def _whole_lines(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    end = text.find("\n", most)
    return text if end < 0 else text[:end]


def _common_start(one: str, other: str) -> int:
    length = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        length += 1
    return length
