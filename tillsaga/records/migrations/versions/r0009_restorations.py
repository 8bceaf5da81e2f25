"""When the records were restored from a backup, and whether they were reconciled since."""

import sqlalchemy as sa
from alembic import op

revision = "0009_restorations"
down_revision = "0008_unsettled"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "restorations",
        sa.Column("number", Serial, primary_key=True),
        sa.Column("backed_up_at", Time, nullable=False),
        sa.Column("restored_at", Time, nullable=False),
        sa.Column("reconciled_at", Time, nullable=True),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("restorations")
