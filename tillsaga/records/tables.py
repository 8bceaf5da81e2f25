"""The tables. What a checkout did is answered from here, whatever became of its history."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Index, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from tillsaga.domain.model import Json
from tillsaga.records.columns import JsonDocument, Serial, UtcDateTime

AT_VENDORS = "operation <> 'reserve'"
"""Where a vendor's books can know of an effect: a reservation is ours alone."""


class Row(SQLModel):
    """The base of all tables. Its metadata is our own, with names that migrations can rely on."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Bill(Row, table=True):
    """A basket of a store and the checkout that settles it; the next generation comes after an end.

    `view` is the last one known, `state` the one saved last; at the end the archive has the state.
    `ended_by` is the workflow run that archived it.
    After the store's retention only the row's identity is left, and `pruned_at` says since when.
    """

    __tablename__ = "bills"
    __table_args__ = (
        UniqueConstraint("store_id", "basket_id", "generation"),
        Index("ix_bills_store_id_created_at", "store_id", "created_at"),
        Index(
            "ix_bills_unsettled",
            "created_at",
            sqlite_where=text("ended_at IS NULL OR state IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL OR state IS NOT NULL"),
        ),
        Index(
            "ix_bills_attention",
            "store_id",
            sqlite_where=text("attention = 1"),
            postgresql_where=text("attention"),
        ),
    )

    checkout_id: str = Field(primary_key=True)
    store_id: str
    basket_id: str
    generation: int
    previous_id: str | None = None
    fingerprint: str
    terminal_id: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    status: str = "open"
    version: int = 0
    attention: bool = False
    view: Json | None = Field(default=None, sa_type=JsonDocument)
    state: Json | None = Field(default=None, sa_type=JsonDocument)
    saved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None
    pruned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PaymentRow(Row, table=True):
    """A till's payment message, written before it is acknowledged."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("checkout_id", "reference", "status"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    checkout_id: str
    reference: str
    status: str
    report: Json = Field(sa_type=JsonDocument)
    verdict: str
    received_at: datetime = Field(sa_type=UtcDateTime)


class RefundRow(Row, table=True):
    """The till's name for a refund, and the checkout that keeps it."""

    __tablename__ = "refunds"
    __table_args__ = (Index("ix_refunds_checkout_id", "checkout_id"),)

    store_id: str = Field(primary_key=True)
    refund_id: str = Field(primary_key=True)
    checkout_id: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class ReturnDay(Row, table=True):
    """A store's business day, locked while its returns without a sale are counted."""

    __tablename__ = "return_days"

    store_id: str = Field(primary_key=True)
    day: str = Field(primary_key=True)


class ReturnRow(Row, table=True):
    """A return without a sale, as the limits count it. `customers` are digests."""

    __tablename__ = "returns"
    __table_args__ = (Index("ix_returns_store_id_day", "store_id", "day"),)

    store_id: str = Field(primary_key=True)
    refund_id: str = Field(primary_key=True)
    checkout_id: str
    day: str
    cashier: str
    customers: list[str] = Field(sa_type=JsonDocument)
    amount: int = Field(sa_type=BigInteger)
    digest: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class IdempotencyKey(Row, table=True):
    """A till's Idempotency-Key and the request that used it."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_checkout_id", "checkout_id"),)

    api_key_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    route: str
    fingerprint: str
    checkout_id: str | None = None
    accepted: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)


class EffectRow(Row, table=True):
    """An effect: what was asked, how the doing stands and how the undoing stands.

    `number` is the order of beginning, which the clocks of several machines would not give.
    `open_since` is set while the do or the undo is not settled, `held_since` while a hold stands
    or may stand that no completed sale has used up.
    """

    __tablename__ = "effects"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_effects_checkout_id", "checkout_id"),
        Index(
            "ix_effects_at_vendors",
            "store_id",
            "do_started_at",
            sqlite_where=text(AT_VENDORS),
            postgresql_where=text(AT_VENDORS),
        ),
        Index(
            "ix_effects_undone",
            "store_id",
            "undo_started_at",
            sqlite_where=text("undo_started_at IS NOT NULL"),
            postgresql_where=text("undo_started_at IS NOT NULL"),
        ),
        Index(
            "ix_effects_open",
            "kind",
            "subject",
            sqlite_where=text("open_since IS NOT NULL"),
            postgresql_where=text("open_since IS NOT NULL"),
        ),
        Index(
            "ix_effects_held",
            "store_id",
            "held_since",
            sqlite_where=text("held_since IS NOT NULL"),
            postgresql_where=text("held_since IS NOT NULL"),
        ),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    key: str
    checkout_id: str
    store_id: str
    provider: str
    kind: str
    operation: str
    subject: str
    fingerprint: str
    order: Json = Field(sa_type=JsonDocument)
    open_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    held_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    do_state: str
    do_attempts: int
    do_started_at: datetime = Field(sa_type=UtcDateTime)
    do_last_started_at: datetime = Field(sa_type=UtcDateTime)
    do_last_ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    do_done: Json | None = Field(default=None, sa_type=JsonDocument)
    do_code: str | None = None
    do_detail: str | None = None
    undo_state: str | None = None
    undo_attempts: int | None = None
    undo_started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undo_last_started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undo_last_ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undo_done: Json | None = Field(default=None, sa_type=JsonDocument)
    undo_code: str | None = None
    undo_detail: str | None = None


class TransactionOwner(Row, table=True):
    """The one effect that a vendor's transaction belongs to, as its do or its undo."""

    __tablename__ = "transaction_owners"
    __table_args__ = (Index("ix_transaction_owners_effect_key", "effect_key"),)

    kind: str = Field(primary_key=True)
    transaction_id: str = Field(primary_key=True)
    effect_key: str = Field(foreign_key="effects.key")


class Claim(Row, table=True):
    """The one checkout that may hold or spend a single-use subject now."""

    __tablename__ = "claims"
    __table_args__ = (
        Index("ix_claims_checkout_id", "checkout_id"),
        Index("ix_claims_effect_key", "effect_key"),
    )

    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    checkout_id: str
    effect_key: str = Field(foreign_key="effects.key")
    since: datetime = Field(sa_type=UtcDateTime)


class ApiKey(Row, table=True):
    """Who may call us, and where. The secret is known by its hash alone.

    `family` is the first of the keys that followed one another; none: it is the first itself.
    """

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("hash"),)

    id: str = Field(primary_key=True)
    hash: str
    prefix: str
    name: str
    scopes: list[str] = Field(sa_type=JsonDocument)
    stores: list[str] = Field(sa_type=JsonDocument)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    family: str | None = None


class SessionRow(Row, table=True):
    """Somebody who has signed in to the pages with an API key; known by the token's hash alone."""

    __tablename__ = "sessions"

    token_hash: str = Field(primary_key=True)
    api_key_id: str
    csrf: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class GuessRow(Row, table=True):
    """The codes that a caller tried at a store and that no vendor knew, since a moment.

    `strikes` is how often there were too many of them; `blocked_until` how long it tries none.
    """

    __tablename__ = "guesses"

    store_id: str = Field(primary_key=True)
    caller: str = Field(primary_key=True)
    since: datetime = Field(sa_type=UtcDateTime)
    failures: int
    strikes: int
    last_failed_at: datetime = Field(sa_type=UtcDateTime)
    blocked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReconciliationRow(Row, table=True):
    """One vendor's books of one business day, as they were compared last."""

    __tablename__ = "reconciliations"

    store_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    provider: str = Field(primary_key=True)
    settled: bool
    differences: int
    result: Json = Field(sa_type=JsonDocument)
    read_at: datetime = Field(sa_type=UtcDateTime)


class RestorationRow(Row, table=True):
    """That these records were restored from a backup: vendors may know more than they do."""

    __tablename__ = "restorations"

    number: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    backed_up_at: datetime = Field(sa_type=UtcDateTime)
    restored_at: datetime = Field(sa_type=UtcDateTime)
    reconciled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Archive(Row, table=True):
    """An ended checkout with all vendor ids: `document` holds its `state` and its `view`."""

    __tablename__ = "archive"
    __table_args__ = (Index("ix_archive_store_id_ended_at", "store_id", "ended_at"),)

    checkout_id: str = Field(primary_key=True)
    store_id: str
    ended_at: datetime = Field(sa_type=UtcDateTime)
    document: Json = Field(sa_type=JsonDocument)


class HistoryRow(Row, table=True):
    """Temporal's history of a run that has ended: its JSON, compressed, encrypted as it was there.

    Written in the order of `closed_at`, so that the youngest one says where to go on.
    """

    __tablename__ = "histories"
    __table_args__ = (
        Index("ix_histories_checkout_id", "checkout_id"),
        Index("ix_histories_closed_at", "closed_at"),
    )

    run_id: str = Field(primary_key=True)
    workflow_id: str
    checkout_id: str
    closed_at: datetime = Field(sa_type=UtcDateTime)
    kept_at: datetime = Field(sa_type=UtcDateTime)
    document: bytes


class WebhookDeliveryRow(Row, table=True):
    """An event for one endpoint, with what is sent; `number` is the order of happening."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("id"),
        Index("ix_webhook_deliveries_checkout_id", "checkout_id"),
        Index("ix_webhook_deliveries_store_id_number", "store_id", "number"),
        Index("ix_webhook_deliveries_ended_at", "ended_at"),
        Index(
            "ix_webhook_deliveries_pending",
            "endpoint_id",
            "checkout_id",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    id: str
    type: str
    endpoint_id: str
    store_id: str
    checkout_id: str
    refund_id: str | None = None
    version: int
    status: str = "pending"
    attempts: int = 0
    response_status: int | None = None
    failure: str | None = None
    note: str | None = None
    by_hand: bool = False
    payload: Json = Field(sa_type=JsonDocument)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DisabledEndpoint(Row, table=True):
    """An endpoint that said 410 for a store, and how it was configured then."""

    __tablename__ = "disabled_endpoints"

    endpoint_id: str = Field(primary_key=True)
    store_id: str = Field(primary_key=True)
    config: str
    disabled_at: datetime = Field(sa_type=UtcDateTime)


class ErasureRow(Row, table=True):
    """An order to erase a member, and what came of it.

    `secret` says whom, and is gone when it has ended: then the row is no personal data.
    """

    __tablename__ = "erasures"

    id: str = Field(primary_key=True)
    requested_by: str
    provider: str
    store_ids: list[str] = Field(sa_type=JsonDocument)
    secret: Json | None = Field(default=None, sa_type=JsonDocument)
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    counts: Json | None = Field(default=None, sa_type=JsonDocument)


class Personal(Row, table=True):
    """What a token stands for; deleting the row is erasing it, wherever the token is.

    `digest` is keyed by the key ring, so that a value is found again and cannot be tried out.
    `sealed` is the value under the ring's key `key_id`; in the clear where there is no ring.
    """

    __tablename__ = "personal"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index("ix_personal_needed_until", "needed_until"),
    )

    token: str = Field(primary_key=True)
    digest: str
    key_id: str | None = None
    sealed: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)
    needed_until: datetime = Field(sa_type=UtcDateTime)


class PersonalUse(Row, table=True):
    """That a checkout was told a token; gone soon after its end, when its records are final."""

    __tablename__ = "personal_uses"
    __table_args__ = (
        Index("ix_personal_uses_token", "token"),
        Index("ix_personal_uses_since", "since"),
    )

    checkout_id: str = Field(primary_key=True)
    token: str = Field(primary_key=True)
    since: datetime = Field(sa_type=UtcDateTime)


class AuditChainRow(Row, table=True):
    """How long a checkout's audit is, and its last hash; locked while an entry is appended.

    `rooted` is its length when a daily root last saw it. It outlives its entries (`pruned_at`).
    """

    __tablename__ = "audit_chains"
    __table_args__ = (
        Index(
            "ix_audit_chains_moved",
            "checkout_id",
            sqlite_where=text("length > rooted"),
            postgresql_where=text("length > rooted"),
        ),
    )

    checkout_id: str = Field(primary_key=True)
    length: int
    head: str
    rooted: int
    moved_at: datetime = Field(sa_type=UtcDateTime)
    pruned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuditEntryRow(Row, table=True):
    """An entry of a checkout's audit; `private` alone may be erased."""

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("checkout_id", "source"),)

    checkout_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    actor: str
    facts: Json = Field(sa_type=JsonDocument)
    private: Json | None = Field(default=None, sa_type=JsonDocument)
    sealed: str | None = None
    previous: str
    hash: str
    source: str | None = None


class AuditRootRow(Row, table=True):
    """A daily root: one hash over the heads of all chains that moved since the one before."""

    __tablename__ = "audit_roots"
    __table_args__ = (UniqueConstraint("day"),)

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    day: str
    previous: str
    tree: str
    leaves: int
    made_at: datetime = Field(sa_type=UtcDateTime)
    key_id: str | None = None
    signature: str | None = None


class AuditLeafRow(Row, table=True):
    """A chain's last entry when a root was made."""

    __tablename__ = "audit_leaves"
    __table_args__ = (Index("ix_audit_leaves_root", "root"),)

    checkout_id: str = Field(primary_key=True)
    root: int = Field(primary_key=True)
    number: int
    hash: str
