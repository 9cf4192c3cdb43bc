"""Files that give a folder the name under which other folders import it."""

import re

import msgspec

from understudy_lsp.index.facts import Definition


class _Named(msgspec.Struct):
    name: str = ""


class _Cargo(msgspec.Struct):
    package: _Named = msgspec.field(default_factory=_Named)


def package_of(path: str, text: str) -> Definition | None:
    """The package that the file at `path` declares; None if it declares none. A name from
    `Cargo.toml` is as Rust code writes it, with underscores."""
    try:
        name = _name(path.rpartition("/")[2], text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not name:
        return None
    return Definition(
        name=name,
        kind="package",
        container="",
        path=path,
        start_line=1,
        end_line=1,
        signature="",
        doc="",
    )


def _name(file: str, text: str) -> str:
    match file:
        case "go.mod":
            found = re.search(r"^module\s+\"?([^\s\"]+)", text, re.MULTILINE)
            return found[1] if found else ""
        case "package.json":
            return msgspec.json.decode(text, type=_Named).name
        case "Cargo.toml":
            return msgspec.toml.decode(text, type=_Cargo).package.name.replace("-", "_")
        case _:
            return ""
