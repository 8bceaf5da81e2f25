"""Results of comparing with the vendors' books, and effects by store and time."""

import sqlalchemy as sa
from alembic import op

revision = "0007_reconcile"
down_revision = "0006_attention_index"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Word = sa.String()
UNDONE = sa.text("undo_started_at IS NOT NULL")
AT_VENDORS = sa.text("operation <> 'reserve'")


def upgrade() -> None:
    """Create the table and the indexes."""
    op.create_table(
        "reconciliations",
        sa.Column("store_id", Word, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("provider", Word, nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("read_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("store_id", "day", "provider", name="pk_reconciliations"),
    )
    op.create_index(
        "ix_effects_at_vendors",
        "effects",
        ["store_id", "do_started_at"],
        sqlite_where=AT_VENDORS,
        postgresql_where=AT_VENDORS,
    )
    op.create_index(
        "ix_effects_undone",
        "effects",
        ["store_id", "undo_started_at"],
        sqlite_where=UNDONE,
        postgresql_where=UNDONE,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_effects_undone", "effects")
    op.drop_index("ix_effects_at_vendors", "effects")
    op.drop_table("reconciliations")
