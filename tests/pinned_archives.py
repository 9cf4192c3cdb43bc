"""Archives as the package indexes have them, of code that nobody else has."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

from models.recipe.archives import Pin

NAMES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def code(word: str) -> str:
    """A module of its own: no line of it occurs in that of another word."""
    return "\n\n".join(
        f"def {word}_{name}(values, limit):\n"
        f"    chosen = [value for value in values if value.{word} < limit]\n"
        f"    return sorted(chosen, key=lambda value: value.{name}_{word})"
        for name in NAMES
    )


def wheel(folder: Path, name: str, files: dict[str, str], **more: object) -> Pin:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in files.items():
            archive.writestr(inner, text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Pin("pypi", name, "1.0", path.name, digest, "MIT", **more)  # type: ignore[arg-type]


def tarball(folder: Path, name: str, files: dict[str, str], **more: object) -> Pin:
    """As npm packs it: everything below `package`."""
    path = folder / f"{name}-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for inner, text in {"package.json": '{"license": "MIT"}', **files}.items():
            member = tarfile.TarInfo(f"package/{inner}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Pin("npm", name, "1.0.0", path.name, digest, "MIT", **more)  # type: ignore[arg-type]


def script(word: str) -> str:
    """As `code`, in TypeScript."""
    return "\n\n".join(
        f"export function {word}_{name}(values: Item[], limit: number): Item[] {{\n"
        f"  const chosen = values.filter((value) => value.{word} < limit);\n"
        f"  return chosen.sort((a, b) => a.{name}_{word} - b.{name}_{word});\n}}"
        for name in NAMES
    )
