"""The tables of the experience store, declared once.

The migrations build the same tables; `tests/server/test_migrations.py` fails if the two differ.
The columns are what the store asks by; `body` holds the whole fact as the JSON of the protocol.
It is text rather than a JSON type because PostgreSQL's refuses U+0000, which source files may hold.
Events have no foreign key to completions: a client may report on one that nobody agreed to keep.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

metadata = MetaData(
    naming_convention={"pk": "%(table_name)s_pkey", "uq": "%(table_name)s_%(column_0_name)s_key"}
)

completions = Table(
    "completions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("repository", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("completions_by_repository", "repository", "at"),
)

events = Table(
    "events",
    metadata,
    # SQLite gives out the number of a deleted last row again unless told not to, and a reader that
    # stands behind it would then miss an event.
    Column("cursor", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("completion", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("arrived", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("events_by_repository", "repository", "cursor", "arrived"),
    sqlite_autoincrement=True,
)
