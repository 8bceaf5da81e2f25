"""Personal data and card codes behind their tokens, and which checkouts were told them."""

import sqlalchemy as sa
from alembic import op

revision = "0013_privacy"
down_revision = "0012_access"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
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
    op.create_table(
        "personal_uses",
        sa.Column("checkout_id", sa.String(), primary_key=True),
        sa.Column("token", sa.String(), primary_key=True),
        sa.Column("since", Time, nullable=False),
    )
    op.create_index("ix_personal_uses_token", "personal_uses", ["token"])
    op.create_index("ix_personal_uses_since", "personal_uses", ["since"])


def downgrade() -> None:
    """Drop them: what only tokens stand for is lost."""
    op.drop_table("personal_uses")
    op.drop_table("personal")
