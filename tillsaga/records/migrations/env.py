"""Alembic's entry: runs the revisions on the connection that `upgrade` has opened."""

from alembic import context
from sqlalchemy import Connection, text

from tillsaga.records.tables import Row

# Any number will do, as long as it is always the same one.
UPGRADE_LOCK = 7_455_724_200


def migrate(connection: Connection) -> None:
    """Run the revisions in one transaction, one process at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


migrate(context.config.attributes["connection"])
