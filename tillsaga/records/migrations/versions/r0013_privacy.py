"""Personal data and card codes behind their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0013_privacy"
down_revision = "0009_restorations"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "personal",
        sa.Column("token", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("needed_until", Time, nullable=False),
        sa.UniqueConstraint("digest", name="uq_personal_digest"),
    )
    op.create_index("ix_personal_needed_until", "personal", ["needed_until"])


def downgrade() -> None:
    """Drop it: what only tokens stand for is lost."""
    op.drop_table("personal")
