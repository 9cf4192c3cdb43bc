"""Completions and events, append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REFUSE_UPDATE = {
    "sqlite": (
        "CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '{table} are append-only'; END $$",
        "CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "completions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="completions_pkey"),
    )
    op.create_index("completions_by_repository", "completions", ["repository", "at"])
    op.create_table(
        "events",
        sa.Column("cursor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("completion", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("arrived", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.UniqueConstraint("id", name="events_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_repository", "events", ["repository", "cursor", "arrived"])
    for table in ("completions", "events"):
        for statement in REFUSE_UPDATE[op.get_bind().dialect.name]:
            op.execute(statement.format(table=table))
