"""Keys that follow one another, and wrong codes as they are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0012_access"
down_revision = "0011_webhooks"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Word = sa.String()


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("api_keys", sa.Column("family", Word))
    op.create_table(
        "guesses",
        sa.Column("store_id", Word, nullable=False),
        sa.Column("caller", Word, nullable=False),
        sa.Column("since", Time, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", Time, nullable=False),
        sa.Column("blocked_until", Time),
        sa.PrimaryKeyConstraint("store_id", "caller", name="pk_guesses"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("guesses")
    op.drop_column("api_keys", "family")
