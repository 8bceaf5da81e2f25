"""The audit: hash-chained entries per checkout, and signed daily roots over them."""

import sqlalchemy as sa
from alembic import op

revision = "0010_audit"
down_revision = "0009_restorations"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
MOVED = sa.text("length > rooted")


def upgrade() -> None:
    """Create the tables. What was done before has no entries."""
    op.create_table(
        "audit_chains",
        sa.Column("checkout_id", sa.String(), primary_key=True),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("rooted", sa.Integer(), nullable=False),
        sa.Column("moved_at", Time, nullable=False),
        sa.Column("pruned_at", Time, nullable=True),
    )
    op.create_index(
        "ix_audit_chains_moved",
        "audit_chains",
        ["checkout_id"],
        sqlite_where=MOVED,
        postgresql_where=MOVED,
    )
    op.create_table(
        "audit_entries",
        sa.Column("checkout_id", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("at", Time, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("private", sa.JSON(), nullable=True),
        sa.Column("sealed", sa.String(), nullable=True),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.UniqueConstraint("checkout_id", "source", name="uq_audit_entries_checkout_id_source"),
    )
    op.create_table(
        "audit_roots",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("tree", sa.String(), nullable=False),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.Column("made_at", Time, nullable=False),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("signature", sa.String(), nullable=True),
        sa.UniqueConstraint("day", name="uq_audit_roots_day"),
    )
    op.create_table(
        "audit_leaves",
        sa.Column("checkout_id", sa.String(), primary_key=True),
        sa.Column("root", sa.Integer(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
    )
    op.create_index("ix_audit_leaves_root", "audit_leaves", ["root"])


def downgrade() -> None:
    """Drop them."""
    for table in ("audit_leaves", "audit_roots", "audit_entries", "audit_chains"):
        op.drop_table(table)
