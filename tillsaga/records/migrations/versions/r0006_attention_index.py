"""Checkouts with something for a person to settle, without a look at all the others."""

import sqlalchemy as sa
from alembic import op

revision = "0006_attention_index"
down_revision = "0005_returns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "ix_bills_attention",
        "bills",
        ["store_id"],
        sqlite_where=sa.text("attention = 1"),
        postgresql_where=sa.text("attention"),
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_bills_attention", table_name="bills")
