"""A file with a line of JSON for each result: written at once, and read again after a kill."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import msgspec

from understudy_protocol.errors import ConfigError

T = TypeVar("T")


class JsonLines(Generic[T]):
    """The values that a file holds, and where more are put."""

    def __init__(self, file: IO[Any], known: list[T]) -> None:
        self._file = file
        self.known = known

    def put(self, value: T) -> None:
        """Raises ConfigError if the disk does not take it."""
        try:
            self._file.write(msgspec.json.encode(value) + b"\n")
            self._file.flush()
        except OSError as error:
            raise unwritable(self._file.name, error) from error
        self.known.append(value)


@contextmanager
def open_lines(path: Path, kind: type[T]) -> Generator[JsonLines[T]]:
    """Goes on where the file ends. What a kill left of a line is taken off.

    Raises ConfigError if the file holds something else, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a+b", buffering=0)
    except OSError as error:
        raise unwritable(path, error) from error
    with opened as file:
        file.seek(0)
        data = file.read()
        whole = data.rfind(b"\n") + 1
        known = decode_lines(data[:whole], kind, path=path)
        file.truncate(whole)
        yield JsonLines(file, known)


def unwritable(path: Path | str, error: OSError) -> ConfigError:
    return ConfigError(
        f"{path} cannot be written: {error.strerror}.",
        "Make room, or name another folder. What was measured is kept, and gone on with if the "
        "same is run again.",
    )


def decode_lines(data: bytes, kind: type[T], *, path: Path) -> list[T]:
    try:
        return [msgspec.json.decode(line, type=kind) for line in data.split(b"\n") if line]
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"{path} holds something else than results of this kind: {error}.",
            "Name another folder, or delete the file; what it holds is then measured again.",
        ) from error
