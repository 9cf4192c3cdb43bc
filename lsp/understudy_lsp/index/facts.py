"""What the index knows of a file, and what it answers."""

import msgspec


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """A name that a file gives a meaning to."""

    name: str
    kind: str
    """`function`, `method`, `class`, `interface`, `enum`, `type`, `field`, `variable`, `constant`,
    `macro`, `module`, `table`, `rule`, or `package` (in `go.mod` and its like)."""
    container: str
    """Name of the class, module or the like that it stands in; empty at the top of a file."""
    path: str
    """Relative to the folder of the index, with forward slashes."""
    start_line: int
    """From 1, as lines end at `\\n`."""
    end_line: int
    """The last of its lines."""
    signature: str
    """Its text up to the body, on one line, cut if it is long."""
    doc: str
    """The first line of its documentation; empty without one."""


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A name that a file takes from elsewhere."""

    name: str
    """What it is called in the file; `*` stands for everything in the module."""
    module: str
    """Where it is from, as the file writes it."""
    item: str
    """What it is called there; empty is the module itself."""
    paths: tuple[str, ...] = ()
    """Files of the workspace that it may be from, the likeliest first."""


class FileFacts(msgspec.Struct, frozen=True):
    """What reading one file found."""

    language: str
    """LSP language id; empty if it is not one that is known."""
    definitions: tuple[Definition, ...] = ()
    imports: tuple[Import, ...] = ()


class Progress(msgspec.Struct, frozen=True):
    """How far the index is."""

    files_done: int = 0
    files_total: int = 0
    ready: bool = False
    """Everything in the folder has been seen since this language server started."""
    trouble: str = ""
    """What keeps the index from being complete, as a problem and its remedy; empty if nothing."""
