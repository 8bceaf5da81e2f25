"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Time = sa.DateTime(timezone=True)
Document = sa.JSON()
Word = sa.String()


def upgrade() -> None:
    """Create all tables."""
    _create_bills()
    _create_payments()
    _create_keys()
    _create_effects()
    _create_claims()


def downgrade() -> None:
    """Drop all tables, those that refer to others first."""
    for table in (
        "claims",
        "transaction_owners",
        "effects",
        "api_keys",
        "idempotency_keys",
        "payments",
        "archive",
        "bills",
    ):
        op.drop_table(table)


def _create_bills() -> None:
    op.create_table(
        "bills",
        sa.Column("checkout_id", Word, nullable=False),
        sa.Column("store_id", Word, nullable=False),
        sa.Column("basket_id", Word, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("previous_id", Word),
        sa.Column("fingerprint", Word, nullable=False),
        sa.Column("terminal_id", Word, nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("status", Word, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attention", sa.Boolean(), nullable=False),
        sa.Column("view", Document),
        sa.Column("state", Document),
        sa.Column("saved_at", Time),
        sa.Column("ended_at", Time),
        sa.PrimaryKeyConstraint("checkout_id", name="pk_bills"),
        sa.UniqueConstraint(
            "store_id", "basket_id", "generation", name="uq_bills_store_id_basket_id_generation"
        ),
    )
    op.create_index("ix_bills_store_id_created_at", "bills", ["store_id", "created_at"])
    _create_partial_index("ix_bills_unended", "bills", ["created_at"], "ended_at IS NULL")
    op.create_table(
        "archive",
        sa.Column("checkout_id", Word, nullable=False),
        sa.Column("store_id", Word, nullable=False),
        sa.Column("ended_at", Time, nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.PrimaryKeyConstraint("checkout_id", name="pk_archive"),
    )


def _create_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("number", Serial, nullable=False),
        sa.Column("checkout_id", Word, nullable=False),
        sa.Column("reference", Word, nullable=False),
        sa.Column("status", Word, nullable=False),
        sa.Column("report", Document, nullable=False),
        sa.Column("verdict", Word, nullable=False),
        sa.Column("received_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_payments"),
        sa.UniqueConstraint(
            "checkout_id", "reference", "status", name="uq_payments_checkout_id_reference_status"
        ),
    )


def _create_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("api_key_id", Word, nullable=False),
        sa.Column("key", Word, nullable=False),
        sa.Column("route", Word, nullable=False),
        sa.Column("fingerprint", Word, nullable=False),
        sa.Column("checkout_id", Word),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("api_key_id", "key", name="pk_idempotency_keys"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", Word, nullable=False),
        sa.Column("hash", Word, nullable=False),
        sa.Column("prefix", Word, nullable=False),
        sa.Column("name", Word, nullable=False),
        sa.Column("scopes", Document, nullable=False),
        sa.Column("stores", Document, nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("expires_at", Time),
        sa.Column("revoked_at", Time),
        sa.Column("last_used_at", Time),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
    )


def _create_effects() -> None:
    op.create_table(
        "effects",
        sa.Column("number", Serial, nullable=False),
        *(
            sa.Column(name, Word, nullable=False)
            for name in (
                "key",
                "checkout_id",
                "store_id",
                "provider",
                "kind",
                "operation",
                "subject",
                "fingerprint",
            )
        ),
        sa.Column("order", Document, nullable=False),
        sa.Column("open_since", Time),
        *_call_columns("do", nullable=False),
        *_call_columns("undo", nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_effects"),
        sa.UniqueConstraint("key", name="uq_effects_key"),
    )
    op.create_index("ix_effects_checkout_id", "effects", ["checkout_id"])
    _create_partial_index(
        "ix_effects_open", "effects", ["kind", "subject"], "open_since IS NOT NULL"
    )


def _call_columns(side: str, *, nullable: bool) -> list[sa.Column[Any]]:
    return [
        sa.Column(f"{side}_state", Word, nullable=nullable),
        sa.Column(f"{side}_attempts", sa.Integer(), nullable=nullable),
        sa.Column(f"{side}_started_at", Time, nullable=nullable),
        sa.Column(f"{side}_last_started_at", Time, nullable=nullable),
        sa.Column(f"{side}_last_ended_at", Time),
        sa.Column(f"{side}_done", Document),
        sa.Column(f"{side}_code", Word),
        sa.Column(f"{side}_detail", Word),
    ]


def _create_claims() -> None:
    op.create_table(
        "transaction_owners",
        sa.Column("kind", Word, nullable=False),
        sa.Column("transaction_id", Word, nullable=False),
        sa.Column("effect_key", Word, nullable=False),
        sa.PrimaryKeyConstraint("kind", "transaction_id", name="pk_transaction_owners"),
        sa.ForeignKeyConstraint(
            ["effect_key"], ["effects.key"], name="fk_transaction_owners_effect_key"
        ),
    )
    op.create_table(
        "claims",
        sa.Column("kind", Word, nullable=False),
        sa.Column("subject", Word, nullable=False),
        sa.Column("checkout_id", Word, nullable=False),
        sa.Column("effect_key", Word, nullable=False),
        sa.Column("since", Time, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_claims"),
        sa.ForeignKeyConstraint(["effect_key"], ["effects.key"], name="fk_claims_effect_key"),
    )
    op.create_index("ix_claims_checkout_id", "claims", ["checkout_id"])


def _create_partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
