"""Temporal's histories, kept beyond its own retention."""

import sqlalchemy as sa
from alembic import op

revision = "0016_histories"
down_revision = "0015_sessions"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Word = sa.String()


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "histories",
        sa.Column("run_id", Word, nullable=False),
        sa.Column("workflow_id", Word, nullable=False),
        sa.Column("checkout_id", Word, nullable=False),
        sa.Column("closed_at", Time, nullable=False),
        sa.Column("kept_at", Time, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_histories"),
    )
    op.create_index("ix_histories_checkout_id", "histories", ["checkout_id"])
    op.create_index("ix_histories_closed_at", "histories", ["closed_at"])


def downgrade() -> None:
    """Drop it, with what Temporal itself may no longer have."""
    op.drop_table("histories")
