"""Runs the steps on the connection that `understudy_server.database` passes in.

Alembic executes this file; it is not imported. The caller holds the transaction and its lock.
"""

from alembic import context
from sqlalchemy import Connection

from understudy_server.tables import metadata

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)

context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table="understudy_schema",
    # Alembic believes that SQLite cannot undo DDL; it can, once the driver leaves BEGIN to us.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
