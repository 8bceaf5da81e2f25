"""Retention and erasure: tombstones of bills, the ways to what belongs to a checkout, orders."""

import sqlalchemy as sa
from alembic import op

revision = "0004_archive"
down_revision = "0003_holds"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Word = sa.String()
_INDEXES = {
    "archive": ("ix_archive_store_id_ended_at", ["store_id", "ended_at"]),
    "refunds": ("ix_refunds_checkout_id", ["checkout_id"]),
    "idempotency_keys": ("ix_idempotency_keys_checkout_id", ["checkout_id"]),
    "transaction_owners": ("ix_transaction_owners_effect_key", ["effect_key"]),
    "claims": ("ix_claims_effect_key", ["effect_key"]),
}


def upgrade() -> None:
    """Add the column and the indexes."""
    op.add_column("bills", sa.Column("pruned_at", Time))
    for table, (name, columns) in _INDEXES.items():
        op.create_index(name, table, columns)
    op.create_table(
        "erasures",
        sa.Column("id", Word, nullable=False),
        sa.Column("requested_by", Word, nullable=False),
        sa.Column("provider", Word, nullable=False),
        sa.Column("store_ids", sa.JSON(), nullable=False),
        sa.Column("secret", sa.JSON()),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("ended_at", Time),
        sa.Column("counts", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("erasures")
    for table, (name, _) in _INDEXES.items():
        op.drop_index(name, table)
    op.drop_column("bills", "pruned_at")
