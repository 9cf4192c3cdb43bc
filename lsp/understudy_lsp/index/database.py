"""The index on disk: one SQLite file, written by one process and read by any number.

A file and all that is known of it change in one transaction, so whoever is killed leaves no file
half known. What cannot be read, or is of another version, is made again.
"""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from understudy_lsp.index.facts import Progress
from understudy_lsp.paths import index_dir

VERSION = 1
"""To be raised with every change of the tables, of the queries and of what is taken from a file."""

_TABLES = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    backwards TEXT NOT NULL,        -- `c.py/b/a`, to find paths by their end
    language TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    segment INTEGER                 -- that has its text; null: none yet; 0: it has no text
);
CREATE INDEX files_backwards ON files (backwards);
CREATE INDEX files_unsaved ON files (path) WHERE segment IS NULL;
CREATE TABLE definitions (
    file INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    container TEXT NOT NULL,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    signature TEXT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX definitions_name ON definitions (name);
CREATE INDEX definitions_file ON definitions (file);
CREATE TABLE imports (file INTEGER NOT NULL, name TEXT, module TEXT, item TEXT);
CREATE INDEX imports_file ON imports (file);
CREATE TABLE state (files_done INTEGER, files_total INTEGER, ready INTEGER, trouble TEXT);
INSERT INTO state VALUES (0, 0, 0, '');
"""


def place_of(folder: Path) -> Path:
    """The directory that holds the index of `folder`; deleting it forgets the index."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:24]
    return index_dir() / name


def database_in(place: Path) -> Path:
    return place / "index.db"


def segments_in(place: Path) -> Path:
    return place / "segments"


def open_to_write(place: Path) -> sqlite3.Connection:
    """The database in `place`, made if it is missing, damaged or of another version. For whoever
    holds the lock. Raises OSError or `sqlite3.Error` if the disk does not take it."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return _opened(place)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
            raise
        remove(place)
        return _opened(place)


def open_to_read(place: Path) -> sqlite3.Connection:
    """Waits for nothing. Raises `sqlite3.Error` if there is no database, or not yet."""
    uri = f"{database_in(place).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=0, check_same_thread=False)


def progress_in(place: Path) -> Progress:
    """What the builder that holds the lock has told."""
    try:
        with closing(open_to_read(place)) as database:
            done, total, ready, trouble = database.execute("SELECT * FROM state").fetchone()
    except sqlite3.Error:
        return Progress()
    return Progress(files_done=done, files_total=total, ready=bool(ready), trouble=trouble)


def remove(place: Path) -> None:
    """Forget what is indexed in `place`. Readers that have it open go on with what they have."""
    for file in (*place.glob("index.db*"), *segments_in(place).glob("*")):
        file.unlink(missing_ok=True)


def _opened(place: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database_in(place), isolation_level=None, check_same_thread=False)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise sqlite3.DatabaseError("another version")
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
        connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may lose the last files, which are then read again, and damages nothing.
        connection.execute("PRAGMA synchronous = NORMAL")
        if version != VERSION:
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT")
        segments_in(place).mkdir(mode=0o700, exist_ok=True)
        return connection
    except BaseException:
        connection.close()
        raise
