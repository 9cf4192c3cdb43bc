"""What a database driver complains of, as a StoreError that says where and what to do."""

import sqlite3

import psycopg
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from understudy_protocol.errors import StoreError

NOTHING_LOST = "Nothing that was acknowledged is lost."


def store_error(where: URL, error: Exception) -> StoreError:
    """The error to raise in place of `error`, which came up in the store at `where`."""
    if isinstance(error, StoreError):
        return error
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, UnicodeError):
        return StoreError(
            "A text to be stored holds half of a surrogate pair, which is not a character.",
            "Send whole characters.",
        )
    if where.get_backend_name() == "sqlite":
        return _sqlite_fault(where.database or "", cause)
    return _postgresql_fault(where.render_as_string(hide_password=True), cause)


def not_a_database(file: str) -> StoreError:
    return StoreError(
        f"The file {file} is not an SQLite database; it was left as it is.",
        "Move it away, or give the experience store another file.",
    )


def is_locked(error: Exception) -> bool:
    """Whether another process was just using the SQLite file."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, sqlite3.Error) and _sqlite_code(cause) in {"BUSY", "LOCKED"}


def _sqlite_fault(file: str, cause: BaseException | None) -> StoreError:
    match _sqlite_code(cause):
        case "FULL":
            return StoreError(
                f"The disk of the experience store {file} is full.",
                f"Free space there; the store goes on by itself. {NOTHING_LOST}",
            )
        case "IOERR":
            return StoreError(
                f"The experience store {file} cannot be written or read ({cause}).",
                "Free space on its disk, or check the disk; the store goes on by itself. "
                f"{NOTHING_LOST}",
            )
        case "NOTADB":
            return not_a_database(file)
        case "CORRUPT":
            return StoreError(
                f"The experience store {file} is damaged ({cause}); it was left as it is.",
                "Stop the gateway, move the file away, and bring back a backup or what "
                f"`sqlite3 {file} .recover` finds; completions are served without it too.",
            )
        case "READONLY" | "CANTOPEN" | "PERM" | "AUTH":
            return StoreError(
                f"The experience store {file} cannot be opened for writing ({cause}).",
                "Make the folder and the file in it writable, or name another store.",
            )
        case "BUSY" | "LOCKED":
            return StoreError(
                f"Another program has held the lock on the experience store {file} for too long.",
                "Stop the program that writes to it, and try again.",
            )
        case _ if isinstance(cause, OSError):
            return StoreError(
                f"The experience store {file} cannot be opened ({cause.strerror or cause}).",
                "Make the folder and the file in it writable, or name another store.",
            )
        case _:
            return _unknown_fault(file, cause)


def _sqlite_code(cause: BaseException | None) -> str | None:
    # Extended codes refine plain ones: SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR.
    name = getattr(cause, "sqlite_errorname", None)
    return name.split("_")[1] if isinstance(name, str) else None


def _postgresql_fault(where: str, cause: BaseException | None) -> StoreError:
    match cause:
        case psycopg.errors.DiskFull():
            return StoreError(
                f"The disk of the database server of the experience store {where} is full.",
                f"Free space there; the store goes on by itself. {NOTHING_LOST}",
            )
        case psycopg.errors.InsufficientPrivilege():
            return StoreError(
                f"The user of the experience store {where} may not do what is needed ({cause}).",
                "Let it create tables and functions in its schema.",
            )
        case psycopg.OperationalError():
            return StoreError(
                f"The database of the experience store {where} does not answer ({cause}).",
                f"Start it, or correct the URL; the store connects again by itself. {NOTHING_LOST}",
            )
        case _:
            return _unknown_fault(where, cause)


def _unknown_fault(where: str, cause: BaseException | None) -> StoreError:
    return StoreError(
        f"The experience store {where} failed: {type(cause).__name__}: {cause}.",
        "Please report this, with the gateway's log.",
    )
