"""What each commit did to which file, the newest first.

Left out, and counted by reason: merges, whose commits are there by themselves; the first commit,
an import; what `reading` leaves out; and changes of nothing but format.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import git
import msgspec

from understudy_trainer.curriculum.reading import Read, is_code
from understudy_trainer.curriculum.redact import Redact
from understudy_trainer.repoworld.files import LARGEST

MOST = 1_000
"""Commits, the newest. What is older was mostly written anew since."""

MOST_PAIRS = 4_000_000
"""Of a line before and the same line after."""

_Texts = dict[tuple[str, str], str | None]
"""Path and name of a blob → text."""

_FILE = (0o100644, 0o100755)


class Edit(msgspec.Struct, frozen=True):
    """A file before and after a commit; `before` is empty if the commit made it."""

    path: str
    before: str
    after: str


class Commit(msgspec.Struct, frozen=True):
    id: str
    subject: str
    """First line of its message."""
    edits: tuple[Edit, ...]


def commits_of(
    repository: git.Repo,
    revisions: str,
    *,
    read: Read,
    redact: Redact,
    left_out: Counter[str],
) -> Iterator[Commit]:
    """Those of `revisions`, as git writes a range of them, that changed code."""
    texts: _Texts = {}
    for commit in repository.iter_commits(revisions, max_count=MOST):
        if len(commit.parents) != 1:
            left_out["merge" if commit.parents else "first commit"] += 1
            continue
        try:
            edits = tuple(_edits(commit, read, texts=texts, left_out=left_out))
        except (git.GitError, ValueError, OSError):
            # Of a partial clone, which may not fetch what it lacks.
            left_out["not here"] += 1
            continue
        if edits:
            yield Commit(commit.hexsha, redact(_subject(commit)), edits)


def _edits(
    commit: git.Commit, read: Read, *, texts: _Texts, left_out: Counter[str]
) -> Iterator[Edit]:
    for diff in commit.parents[0].diff(commit, diff_filter="AM"):
        path, new = diff.b_path or "", diff.b_blob
        # The rest is nothing that anybody would count as left out of the history of its code.
        if new is None or new.mode not in _FILE or not is_code(path):
            continue
        old = None if diff.new_file else diff.a_blob
        if new.size > LARGEST or (old is not None and old.size > LARGEST):
            left_out["too large"] += 1
            continue
        after = _text(path, new, read, texts)
        before = "" if old is None else _text(path, old, read, texts)
        if after is None or before is None:
            continue
        if _bare(before) == _bare(after):
            left_out["formatting"] += 1
        elif _is_endless(before, after):
            left_out["too large"] += 1
        else:
            yield Edit(path, before, after)


def _text(path: str, blob: Any, read: Read, texts: _Texts) -> str | None:
    """What a commit left is what the next one found, so each is read once."""
    key = path, str(blob.hexsha)
    if key not in texts:
        texts[key] = read(path, blob.data_stream.read())
    return texts[key]


def _is_endless(before: str, after: str) -> bool:
    """Whether the same lines come so often that comparing the two takes minutes."""
    old, new = (Counter(text.split("\n")) for text in (before, after))
    return sum(count * new[line] for line, count in old.items()) > MOST_PAIRS


def _subject(commit: git.Commit) -> str:
    message = commit.message
    text = message if isinstance(message, str) else message.decode("utf-8", "replace")
    first = text.strip().partition("\n")[0]
    # A name or a message may be in any encoding, and hold anything.
    return "".join(letter if letter.isprintable() else " " for letter in first).strip()


def _bare(text: str) -> str:
    """Without what formatters change: layout, quotes, trailing commas and brackets for lines."""
    return re.sub(r"[\s'\",()]+", "", text)
