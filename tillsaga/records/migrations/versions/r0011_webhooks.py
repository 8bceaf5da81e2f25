"""Webhook deliveries, and the endpoints that want none any more."""

import sqlalchemy as sa
from alembic import op

revision = "0011_webhooks"
down_revision = "0010_audit"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", Serial, primary_key=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("endpoint_id", sa.String(), nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("checkout_id", sa.String(), nullable=False),
        sa.Column("refund_id", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("last_attempt_at", Time, nullable=True),
        sa.Column("ended_at", Time, nullable=True),
        sa.UniqueConstraint("id", name="uq_webhook_deliveries_id"),
    )
    op.create_index("ix_webhook_deliveries_checkout_id", "webhook_deliveries", ["checkout_id"])
    op.create_index(
        "ix_webhook_deliveries_store_id_number", "webhook_deliveries", ["store_id", "number"]
    )
    op.create_index("ix_webhook_deliveries_ended_at", "webhook_deliveries", ["ended_at"])
    op.create_index(
        "ix_webhook_deliveries_pending",
        "webhook_deliveries",
        ["endpoint_id", "checkout_id"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_table(
        "disabled_endpoints",
        sa.Column("endpoint_id", sa.String(), primary_key=True),
        sa.Column("store_id", sa.String(), primary_key=True),
        sa.Column("config", sa.String(), nullable=False),
        sa.Column("disabled_at", Time, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("disabled_endpoints")
    op.drop_table("webhook_deliveries")
