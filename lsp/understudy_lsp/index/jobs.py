"""What passes between the processes of the index, one JSON document a line."""

import msgspec

from understudy_lsp.index.facts import FileFacts, Progress
from understudy_lsp.index.rules import FileOnDisk


class Order(msgspec.Struct, frozen=True):
    """From the language server to the builder."""

    changed: tuple[str, ...] = ()
    """Paths that may have been written, made or removed."""
    everything: bool = False
    """Any path may have been."""


class Report(msgspec.Struct, frozen=True):
    """From the builder to the language server."""

    progress: Progress
    segments: tuple[str, ...] = ()
    """Names of the segments of text, the newest first."""


class Read(msgspec.Struct, frozen=True, tag="read"):
    """A worker's job: see what a file defines and imports."""

    path: str


class Save(msgspec.Struct, frozen=True, tag="save"):
    """A worker's job: write a segment with the texts of files."""

    segment: str
    paths: tuple[str, ...]


Job = Read | Save


class Known(msgspec.Struct, frozen=True, tag="known"):
    """The file was read."""

    file: FileOnDisk
    facts: FileFacts | None
    """None if it is not a text that is worth keeping."""


class Gone(msgspec.Struct, frozen=True, tag="gone"):
    """There is no such file, or it may not be read."""


class Saved(msgspec.Struct, frozen=True, tag="saved"):
    """The segment is on disk."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The worker died or did not come to an end, or the disk did not take what it wrote."""

    died: bool


Answer = Known | Gone | Saved | Failed
