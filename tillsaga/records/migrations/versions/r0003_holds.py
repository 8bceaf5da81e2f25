"""Since when a hold stands, so that support finds the oldest ones."""

import sqlalchemy as sa
from alembic import op

revision = "0003_holds"
down_revision = "0002"
branch_labels = None
depends_on = None

_HELD = sa.text("held_since IS NOT NULL")
# Written out: what counts as a hold today must not change what was migrated then.
_BEGIN = """
UPDATE effects SET held_since = do_started_at
WHERE operation IN ('reserve', 'lock_voucher', 'pre_redeem_reward', 'redeem_reward',
                    'charge_giftcard', 'charge_prepaid', 'spend_points')
  AND do_state IN ('calling', 'in_doubt', 'applied', 'manual')
  AND (undo_state IS NULL OR undo_state <> 'applied')
  AND checkout_id IN (
    SELECT checkout_id FROM bills
    WHERE status <> 'completed'
      AND (ended_at IS NULL OR effects.undo_state IS NOT NULL OR effects.do_state <> 'applied')
  )
"""


def upgrade() -> None:
    """Add the column, its index, and the holds of the checkouts that there are."""
    op.add_column("effects", sa.Column("held_since", sa.DateTime(timezone=True)))
    op.execute(_BEGIN)
    op.create_index(
        "ix_effects_held",
        "effects",
        ["store_id", "held_since"],
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_effects_held", "effects")
    op.drop_column("effects", "held_since")
