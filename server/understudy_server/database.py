"""The database under the experience store: opening it, bringing it up to date, writing to it.

SQLite in WAL mode, or PostgreSQL. What the two do differently is in this module and nowhere else.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from understudy_protocol.errors import StoreError
from understudy_server.database_faults import is_locked, not_a_database, store_error
from understudy_server.tables import metadata

VERSION_TABLE = "understudy_schema"
LOCK_TIMEOUT_S = 15
"""How long one gateway waits for another that writes to the same database."""

_ADVISORY_LOCK = 0x756E6465727374
"""The key under which gateways that share a PostgreSQL database take turns; any fixed number."""

_SQLITE_FILE = b"SQLite format 3\0"

_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {LOCK_TIMEOUT_S * 1000}",
    # In WAL mode NORMAL would not sync at commit, and a power cut would take back what was
    # acknowledged. Group commit pays for FULL: one sync for all batches that wait.
    "PRAGMA synchronous = FULL",
    # On macOS a plain fsync leaves the data in the drive's cache; elsewhere these do nothing.
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    # Deleted content is overwritten with zeroes: forgetting is meant.
    "PRAGMA secure_delete = ON",
)

# Alembic keeps the migration that runs in a global of its module.
_migrating = threading.Lock()


def open_database(url: str, *, connections: int) -> Engine:
    """The database at `url`, its tables as this version of the code declares them.

    Raises StoreError if it cannot be opened, belongs to something else, or is of a newer version.
    Several processes may open a new database at the same moment.
    """
    where = _understood(url)
    if where.get_backend_name() == "sqlite":
        options: dict[str, Any] = {}
    else:
        # A prepared statement keeps the plan that was right when the tables were small.
        options = {"pool_pre_ping": True, "connect_args": {"prepare_threshold": None}}
    engine = create_engine(where, pool_size=connections, max_overflow=0, **options)
    try:
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        else:
            event.listen(engine, "connect", _prepare_postgresql_connection)
        with writing(engine) as connection:
            _migrate(connection)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise store_error(where, error) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def writing(engine: Engine) -> Generator[Connection]:
    """A transaction that no other writer's overlaps, committed at the end of the block.

    So rows become visible in the order of their numbers: a reader that has seen one number will
    never find a smaller one later. PostgreSQL's sequences alone do not promise that.
    """
    # A transaction that reads first and writes later fails without waiting if another process
    # wrote in between; IMMEDIATE waits for the write lock before it reads.
    options = {"sqlite_begin": "BEGIN IMMEDIATE"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection


def sweep(engine: Engine) -> None:
    """Let go of what deleted rows left behind in the files.

    On SQLite nothing of it remains: the pages are zeroed already, here the free ones go back to the
    file system and the write-ahead log is emptied. PostgreSQL reuses the space; its write-ahead log
    and backups keep what was deleted for as long as they are kept themselves.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in metadata.sorted_tables:
                connection.exec_driver_sql(f"VACUUM {table.name}")
        return
    with _outside_transaction(engine) as connection:
        # The statement frees one page a step, and of one that has no columns the driver's `execute`
        # takes a single step.
        driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        driver.executescript("PRAGMA incremental_vacuum")
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0] != 0:
            if time.monotonic() > deadline:
                raise StoreError(
                    f"It is deleted, but another program still reads {engine.url.database} and so "
                    "keeps a copy in the write-ahead log.",
                    "Stop that program and ask to forget again.",
                )
            time.sleep(0.05)


def _understood(url: str) -> URL:
    remedy = (
        "Give a database such as sqlite:////home/me/experience.db "
        "or postgresql+psycopg://user@host/name."
    )
    try:
        where = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "The URL of the experience store is not a database URL.", remedy
        ) from error
    name = where.get_backend_name()
    if name in {"postgres", "postgresql"}:
        patience = {} if "connect_timeout" in where.query else {"connect_timeout": "10"}
        return where.set(drivername="postgresql+psycopg").update_query_dict(patience)
    if name != "sqlite":
        raise StoreError(f"The experience store cannot use {name}.", remedy)
    if where.database in {None, "", ":memory:"} or "uri" in where.query:
        raise StoreError("The experience store needs a file, not SQLite's memory.", remedy)
    return where


def _prepare_sqlite(engine: Engine) -> None:
    file = Path(engine.url.database or "")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite would make it readable to everybody on the machine; it is other people's code.
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "rb") as opened:
        beginning = opened.read(len(_SQLITE_FILE))
    if beginning not in {b"", _SQLITE_FILE}:
        # SQLite itself takes a file of a few bytes for an empty one, and writes over it.
        raise not_a_database(str(file))
    event.listen(engine, "connect", _prepare_sqlite_connection)
    event.listen(engine, "begin", _begin_sqlite)
    if beginning == b"":
        _make_sqlite_file(engine)


def _make_sqlite_file(engine: Engine) -> None:
    """Settings that are kept in the file. Only for a new one: another may be somebody else's."""
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            with _outside_transaction(engine) as connection:
                connection.exec_driver_sql("PRAGMA auto_vacuum = INCREMENTAL")
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            return
        except SQLAlchemyError as error:
            # The busy timeout does not cover the change of journal mode.
            if not is_locked(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _prepare_sqlite_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, too late and only for some statements.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    begin = connection.get_execution_options().get("sqlite_begin", "BEGIN")
    if begin is not None:
        connection.exec_driver_sql(begin)


def _outside_transaction(engine: Engine) -> Connection:
    # SQLAlchemy's own AUTOCOMMIT would hand the beginning of transactions back to the driver.
    return engine.connect().execution_options(sqlite_begin=None)


def _prepare_postgresql_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # A server may have it off, and would then acknowledge what a power cut takes back.
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()


def _migrate(connection: Connection) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    current = _schema_version(connection)
    if current == script.get_current_head():
        return
    known = {revision.revision for revision in script.walk_revisions()}
    where = connection.engine.url.render_as_string(hide_password=True)
    if current is not None and current not in known:
        raise StoreError(
            f"The experience store {where} was written by a newer Understudy (schema {current}).",
            "Update Understudy, or name another store.",
        )
    if current is None and _foreign_tables(connection):
        raise StoreError(
            f"The database {where} holds tables of another program.",
            "Give the experience store a database of its own.",
        )
    with _migrating:
        command.upgrade(config, "head")


def _schema_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()


def _foreign_tables(connection: Connection) -> bool:
    names = set(inspect(connection).get_table_names())
    if connection.dialect.name == "postgresql":
        # A shared database is usual there; what matters is that our names are free.
        names &= set(metadata.tables)
    return bool(names)
