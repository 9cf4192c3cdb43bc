"""Snapshots written as text: `‸` is the cursor."""

from understudy_lsp.snapshot import Snapshot

CURSOR = "‸"


def snapshot_of(drawn: str, *, language: str = "python") -> Snapshot:
    before, cursor, after = drawn.partition(CURSOR)
    assert cursor, "there is no cursor in the text"
    return snapshot_at(before + after, len(before), language=language)


def snapshot_at(text: str, offset: int, *, language: str = "python") -> Snapshot:
    return Snapshot(
        uri=f"file:///a.{language}",
        path=f"a.{language}",
        language=language,
        version=1,
        text=text,
        offset=offset,
    )
