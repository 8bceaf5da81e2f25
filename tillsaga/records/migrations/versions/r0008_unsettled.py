"""Bills that have not ended, or go on after their end, without a look at all the others."""

import sqlalchemy as sa
from alembic import op

revision = "0008_unsettled"
down_revision = "0007_reconcile"
branch_labels = None
depends_on = None

UNENDED = sa.text("ended_at IS NULL")
UNSETTLED = sa.text("ended_at IS NULL OR state IS NOT NULL")


def upgrade() -> None:
    """Exchange the index."""
    op.drop_index("ix_bills_unended", "bills")
    _create("ix_bills_unsettled", UNSETTLED)


def downgrade() -> None:
    """Exchange it back."""
    op.drop_index("ix_bills_unsettled", "bills")
    _create("ix_bills_unended", UNENDED)


def _create(name: str, where: sa.TextClause) -> None:
    op.create_index(name, "bills", ["created_at"], sqlite_where=where, postgresql_where=where)
