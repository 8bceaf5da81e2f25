"""Retention: tombstones of bills, and the ways to what belongs to a checkout."""

import sqlalchemy as sa
from alembic import op

revision = "0004_archive"
down_revision = "0003_holds"
branch_labels = None
depends_on = None

_INDEXES = {
    "archive": ("ix_archive_store_id_ended_at", ["store_id", "ended_at"]),
    "refunds": ("ix_refunds_checkout_id", ["checkout_id"]),
    "idempotency_keys": ("ix_idempotency_keys_checkout_id", ["checkout_id"]),
    "transaction_owners": ("ix_transaction_owners_effect_key", ["effect_key"]),
    "claims": ("ix_claims_effect_key", ["effect_key"]),
}


def upgrade() -> None:
    """Add the column and the indexes."""
    op.add_column("bills", sa.Column("pruned_at", sa.DateTime(timezone=True)))
    for table, (name, columns) in _INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take them away again."""
    for table, (name, _) in _INDEXES.items():
        op.drop_index(name, table)
    op.drop_column("bills", "pruned_at")
