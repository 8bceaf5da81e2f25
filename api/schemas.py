"""The other answers as integrators read them. Documentation only: no answer is built from these."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from api.checkout_schema import (
    Amount,
    AttentionDocument,
    CheckoutDocument,
    EarnedDocument,
    GiveBackDocument,
    MemberDocument,
)
from tillsaga.domain.checkout import Status, Totals
from tillsaga.domain.effects import Reversibility
from tillsaga.domain.evidence import Says
from tillsaga.domain.holds import HoldState
from tillsaga.domain.offers import OfferKind, OfferStatus
from tillsaga.domain.ports import CallState
from tillsaga.domain.reconcile import Reconciled
from tillsaga.domain.refunds import RefundStatus, ReversalStatus


class FieldError(BaseModel):
    """One thing that is wrong with the input."""

    pointer: str = Field(description="JSON pointer into the body; empty for other inputs.")
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details; `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="For programs; stable.")
    retryable: bool = Field(
        description="Whether the same request may succeed later; what the checkout itself has "
        "refused is answered the same under the same `Idempotency-Key`, so under a new one."
    )
    request_id: str
    checkout_id: str | None = None
    errors: list[FieldError] = []
    current_status: Status | None = None
    allowed_actions: list[str] = []


class RequestDocument(BaseModel):
    """The request that used an Idempotency-Key."""

    route: str
    received_at: datetime


class RefundedLineDocument(BaseModel):
    """What came back of a line. `withheld_amount`: not paid back, as its value was spent."""

    line_id: str
    quantity: str
    amount: Amount
    spent_amount: Amount | None = None
    withheld_amount: Amount | None = None


class ReversalDocument(BaseModel):
    """What is taken back at one vendor; `points` is signed for the customer."""

    provider: str
    operation: str
    status: ReversalStatus
    amount: Amount | None
    points: int | None


class RefundDocument(BaseModel):
    """A refund. `status` is `attention` where a person has to settle something."""

    refund_id: str
    checkout_id: str
    status: RefundStatus
    reason: str
    approved_by: str | None = Field(description="Who allowed a return without its sale.")
    currency: str
    lines: list[RefundedLineDocument]
    amount: Amount
    reversals: list[ReversalDocument]
    give_back: list[GiveBackDocument] = Field(description="What the till gives back itself.")
    attention: list[AttentionDocument]
    created_at: datetime


class RefundList(BaseModel):
    """All refunds of a sale, oldest first."""

    data: list[RefundDocument]
    next_cursor: None = None


class RefundReceiptDocument(BaseModel):
    """What the customer gets for a refund; `reference` of a tender is masked."""

    refund_id: str
    checkout_id: str
    store_id: str
    terminal_id: str
    cashier_id: str | None
    receipt_number: str | None
    currency: str
    status: RefundStatus
    reason: str
    approved_by: str | None
    amount: Amount
    lines: list[dict[str, JsonValue]]
    tenders: list[dict[str, JsonValue]] = Field(description="What goes back to stored value.")
    give_back: list[dict[str, JsonValue]] = Field(description="What the till gives back itself.")
    points: list[dict[str, JsonValue]] = Field(description="Signed for the customer.")
    references: list[dict[str, JsonValue]]
    open_cases: list[dict[str, JsonValue]] = Field(description="What a person settles, in words.")
    issued_at: datetime


class AskedDocument(BaseModel):
    """What was asked of a vendor, and how often."""

    operation: str
    provider: str
    subject: str
    amount: Amount | None
    key: str
    attempts: int
    started_at: datetime
    last_started_at: datetime


class SaidDocument(BaseModel):
    """What a vendor answered, as the effect records have it."""

    state: CallState
    code: str | None
    detail: str | None
    attempts: int
    last_ended_at: datetime | None
    reference: str | None


class AnsweredDocument(SaidDocument):
    """The answer to the doing, and to its undo if there was one."""

    undo: SaidDocument | None


class CaseInQueue(AttentionDocument):
    """One open case with its evidence from the records."""

    checkout_id: str
    store_id: str
    age_seconds: int
    asked: AskedDocument | None
    answered: AnsweredDocument | None


class CaseList(BaseModel):
    """A page of the attention queue, oldest first."""

    data: list[CaseInQueue]
    next_cursor: str | None


class BooksDocument(BaseModel):
    """What the vendor's books say now. `amount`: the stored value left, if the vendor tells it."""

    says: Says
    reference: str | None
    points: int | None
    amount: Amount | None
    detail: str | None
    asked_at: datetime


class CaseDocument(CaseInQueue):
    """One open case, and what its vendor says about it now."""

    books: BooksDocument | None


class CheckoutList(BaseModel):
    """A page of checkouts, newest first."""

    data: list[CheckoutDocument]
    next_cursor: str | None
    request: RequestDocument | None = Field(
        default=None, description="Only with `idempotency_key`, and only if the key was used."
    )


class HoldDocument(BaseModel):
    """Something that a checkout keeps at a vendor, or away from other checkouts."""

    id: str = Field(description="Names it over all checkouts; for `release`.")
    effect_id: str = Field(description="As in the checkout's `effects`.")
    checkout_id: str
    store_id: str
    provider: str
    operation: str
    reference: str | None = Field(description="What is held; masked.")
    amount: Amount | None
    currency: str | None
    since: datetime
    age_seconds: int
    checkout_status: Status
    state: HoldState
    releasable: bool
    not_releasable: str | None = Field(description="Why not, and what to do instead.")
    attention_id: str | None = Field(
        description="The checkout's open case by which a person settles it."
    )


class HoldList(BaseModel):
    """A page of holds, oldest first."""

    data: list[HoldDocument]
    next_cursor: str | None


class GuessDocument(BaseModel):
    """The wrong codes that were tried with an API key at a store."""

    store_id: str
    caller: str = Field(description="The API key; of keys that followed one another, the first.")
    since: datetime = Field(description="When the window began that is counted now.")
    failures: int = Field(description="Wrong codes in it.")
    strikes: int = Field(description="How often there were too many.")
    last_failed_at: datetime
    blocked_until: datetime | None
    pauses: bool = Field(description="Whether nothing may be tried now.")


class GuessList(BaseModel):
    """Who tried wrong codes, the latest first."""

    data: list[GuessDocument]
    next_cursor: str | None


class ErasedDocument(BaseModel):
    """How many rows were changed."""

    checkouts: int
    effects: int
    payments: int
    idempotency_keys: int


class ErasureDocument(BaseModel):
    """An erasure. `incomplete`: the checkouts in `left` were in use; ask for them again."""

    id: str
    provider: str
    store_ids: list[str]
    status: Literal["running", "done", "incomplete"]
    created_at: datetime
    ended_at: datetime | None
    erased: ErasedDocument | None
    left: list[str]


class PlanStep(BaseModel):
    """One step, done or to come; `payment` is the till's own."""

    id: str | None = None
    operation: str
    provider: str | None = None
    stage: str | None = None
    status: str | None = None
    reversibility: Reversibility | None = None
    amount: Amount | None = None


class Plan(BaseModel):
    """What payment would set in motion, in order."""

    data: list[PlanStep]
    next_cursor: None


class ReceiptDocument(BaseModel):
    """What the customer gets."""

    checkout_id: str
    store_id: str
    terminal_id: str
    cashier_id: str | None
    receipt_number: str | None
    currency: str
    lines: list[dict[str, JsonValue]]
    charges: list[dict[str, JsonValue]]
    savings: list[dict[str, JsonValue]]
    totals: Totals
    tenders: list[dict[str, JsonValue]]
    payments: list[dict[str, JsonValue]]
    earned: list[EarnedDocument]
    members: list[MemberDocument]
    references: list[dict[str, JsonValue]]
    sold_cards: list[dict[str, JsonValue]]
    claim_link: str | None
    slip: str | None = Field(
        default=None,
        description="Before the payment: the QR code by which a vendor's app finds the open bill.",
    )
    give_back: list[GiveBackDocument]
    issued_at: datetime


class LookedUp(BaseModel):
    """What a vendor knows; which further fields there are depends on `kind`."""

    kind: Literal["member", "giftcard", "voucher"]
    provider: str
    member_id: str | None = None
    tier: str | None = None
    points: int | None = None
    prepaid_amount: Amount | None = None
    masked: str | None = None
    balance_amount: Amount | None = None
    currency: str | None = None
    active: bool | None = None
    sellable: bool | None = None
    expires_at: datetime | None = None
    offer_id: str | None = None
    title: str | None = None
    offer_kind: OfferKind | None = None
    status: OfferStatus | None = None
    min_spend_amount: Amount | None = None
    discount: dict[str, JsonValue] | None = None
    refusal: dict[str, str] | None = None


class ScanCandidate(BaseModel):
    """What a scanned code may be, and what to post to which operation of the checkout."""

    provider: str
    kind: str
    operation: Literal["identifiers", "offers", "tenders"]
    body: dict[str, str]


class Scanned(BaseModel):
    """Whose the code may be; never empty."""

    candidates: list[ScanCandidate]


class PortalSession(BaseModel):
    """A vendor's own screens for this checkout."""

    kind: Literal["portal"]
    provider: str
    url: str


Sum = str | int | float


class PickedVouchers(BaseModel):
    """What a customer picked in Let'sTrade's app: all of it, each time."""

    uid: str = Field(description="The basket's id.")
    reference: str = Field(description="What the bill shows for it.")
    store_id: str = Field(description="The vendor's name for the store.")
    terminal_id: str | None = Field(default=None, description="Checked if present.")
    transaction_id: str = Field(description="The basket's id.")
    original_amount: Sum = Field(description="The bill before any voucher, in decimals.")
    discount_amount: Sum
    remaining_amount: Sum
    vouchers: list[dict[str, JsonValue]] | None = Field(
        default=None, description="`_id`, `title`, `reference`, `apply_to`, `discount`, `sku`."
    )


class AppendedContent(BaseModel):
    """What the till makes of a selection."""

    uid: str
    transaction_id: str
    status: Literal["APPLIED"]
    original_amount: str
    discount_amount: str
    remaining_amount: str
    reprint_required: bool


class AppendedVouchers(BaseModel):
    """The vendor's envelope."""

    success: Literal[True]
    message: str
    content: AppendedContent


class Health(BaseModel):
    """A sign of life."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether tills can be served, and by what not."""

    status: Literal["ok"]
    checks: dict[str, Literal["ok", "down"]]


class Reconciliations(BaseModel):
    """A day's comparisons with the vendors' books, one per vendor."""

    data: list[Reconciled]
    next_cursor: None = None


class AuditLine(BaseModel):
    """One entry: who did what, when. `hash` covers it and the entry before."""

    number: int
    at: str
    kind: str
    actor: str
    reason: str | None
    summary: str
    facts: dict[str, JsonValue]
    hash: str


class AuditFault(BaseModel):
    """What is wrong with which entry."""

    number: int
    wrong: Literal["changed", "missing", "added", "reordered"]
    detail: str


class AuditPage(BaseModel):
    """Entries of a checkout's audit; `verified` is about the whole of it."""

    checkout_id: str
    entries: list[AuditLine]
    head: str | None
    verified: bool
    findings: list[AuditFault]
    next_after: int | None
