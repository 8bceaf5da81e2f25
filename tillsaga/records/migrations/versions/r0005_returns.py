"""Returns without a sale, as the limits count them."""

import sqlalchemy as sa
from alembic import op

revision = "0005_returns"
down_revision = "0004_archive"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Word = sa.String()


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "return_days",
        sa.Column("store_id", Word, nullable=False),
        sa.Column("day", Word, nullable=False),
        sa.PrimaryKeyConstraint("store_id", "day", name="pk_return_days"),
    )
    op.create_table(
        "returns",
        sa.Column("store_id", Word, nullable=False),
        sa.Column("refund_id", Word, nullable=False),
        sa.Column("checkout_id", Word, nullable=False),
        sa.Column("day", Word, nullable=False),
        sa.Column("cashier", Word, nullable=False),
        sa.Column("customers", sa.JSON(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("digest", Word, nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("store_id", "refund_id", name="pk_returns"),
    )
    op.create_index("ix_returns_store_id_day", "returns", ["store_id", "day"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("returns")
    op.drop_table("return_days")
