"""Which run has ended a checkout."""

import sqlalchemy as sa
from alembic import op

revision = "0014_ended_by"
down_revision = "0013_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody asks it of what has ended before."""
    op.add_column("bills", sa.Column("ended_by", sa.String(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("bills", "ended_by")
