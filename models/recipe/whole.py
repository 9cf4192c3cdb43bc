"""Files that appear whole or not at all, and command lines that end in a sentence."""

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from models.recipe.archives import RecipeError

from understudy_protocol.errors import UnderstudyError


@contextmanager
def whole(path: Path, remedy: str) -> Iterator[Path]:
    """A path to write to, which becomes `path` once all of it is on the disk.

    Whatever goes wrong, `path` is what it was before. Raises RecipeError with the remedy.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        # torch reports a full disk as a RuntimeError of its own.
        if isinstance(error, OSError | RuntimeError) and not isinstance(error, UnderstudyError):
            raise RecipeError(f"{path} could not be written: {error}.", remedy) from error
        raise


def teaching(doc: str | None) -> str:
    """A module's docstring as help: its indented lines stay as they are."""
    return re.sub(r"\n\n(?=    )", "\n\n\b\n", doc or "")


def ending_in_a_sentence(main: Callable[[], object]) -> None:
    """Runs a command; an error that was foreseen is one line, and exit status 1."""
    try:
        main()
    except UnderstudyError as error:
        sys.exit(f"error: {error}")
    except OSError as error:  # of a log or a temporary folder, which nothing else waits for
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        sys.exit(f"error: There is no room: {error}. Make some and give the same command again.")
