"""Who has signed in to the pages."""

import sqlalchemy as sa
from alembic import op

revision = "0015_sessions"
down_revision = "0014_ended_by"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Word = sa.String()


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "sessions",
        sa.Column("token_hash", Word, nullable=False),
        sa.Column("api_key_id", Word, nullable=False),
        sa.Column("csrf", Word, nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("expires_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("sessions")
