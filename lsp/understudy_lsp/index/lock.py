"""One process builds an index; the others read it and wait for its place."""

import sqlite3
from pathlib import Path


def take_lock(place: Path) -> sqlite3.Connection | None:
    """The right to write in `place`, held until the connection is closed or the process ends,
    however it ends; None while another has it. SQLite's own locks do this on every system.

    Raises OSError or `sqlite3.Error` if the disk does not take it."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = sqlite3.connect(place / "lock.db", isolation_level=None, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return None
        raise
    return lock
