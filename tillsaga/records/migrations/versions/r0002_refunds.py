"""Refunds by the till's own id."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Word = sa.String()


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "refunds",
        sa.Column("store_id", Word, nullable=False),
        sa.Column("refund_id", Word, nullable=False),
        sa.Column("checkout_id", Word, nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("store_id", "refund_id", name="pk_refunds"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("refunds")
