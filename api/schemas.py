"""The answers as integrators read them. Documentation only: no answer is built from these."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue

from tillsaga.domain.checkout import Instruction, Status, Totals
from tillsaga.domain.effects import EffectStatus, Reversibility
from tillsaga.domain.offers import OfferKind, OfferStatus, TenderStatus, TenderType

Amount = Annotated[int, Field(description="Money in the currency's minor unit.")]


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
    retryable: bool = Field(description="Whether the same request may succeed later.")
    request_id: str
    checkout_id: str | None = None
    errors: list[FieldError] = []
    current_status: Status | None = None
    allowed_actions: list[str] = []


class LineDocument(BaseModel):
    """A line as it is sold; besides what the till sent, the two sums."""

    line_id: str
    type: Literal["product", "giftcard_sale", "prepaid_topup"]
    sku: str | None = None
    title: str
    quantity: str = Field(description="A decimal string.")
    unit_amount: Amount
    reference: str | None = Field(default=None, description="Masked.")
    discount_amount: Amount
    total_amount: Amount


class BasketDocument(BaseModel):
    """The basket."""

    id: str
    currency: str
    lines: list[LineDocument]
    charges: list[JsonValue]


class MemberDocument(BaseModel):
    """A customer at one vendor."""

    provider: str
    member_id: str
    tier: str | None
    points: int | None
    prepaid_amount: Amount | None


class OfferDocument(BaseModel):
    """Something that lowers the price."""

    id: str
    provider: str
    kind: OfferKind
    title: str
    code: str | None = Field(description="Masked.")
    cost_points: int
    missing_points: int
    min_spend_amount: Amount | None
    image_url: str | None
    expires_at: datetime | None
    discount: dict[str, JsonValue] | None
    saving_amount: Amount
    status: OfferStatus
    hold_expires_at: datetime | None
    refusal: dict[str, str] | None


class TenderDocument(BaseModel):
    """A vendor's stored value that pays a part."""

    id: str
    type: TenderType
    provider: str
    reference: str | None = Field(description="Masked.")
    amount: Amount
    points: int | None
    status: TenderStatus
    balance_after_amount: Amount | None


class PaymentDocument(BaseModel):
    """One payment of the till."""

    id: str
    status: Literal["authorized", "captured", "declined", "failed", "voided", "unmatched"]
    type: str
    amount: Amount
    reference: str
    tip_amount: Amount
    rounding_amount: Amount


class EffectDocument(BaseModel):
    """One thing done at a vendor."""

    id: str
    operation: str
    provider: str
    status: EffectStatus
    reversibility: Reversibility
    amount: Amount | None
    reference: str | None
    attempts: int
    reversed_by: str | None


class EarnedDocument(BaseModel):
    """Points that the sale earned."""

    provider: str
    points: int | None
    balance_after: int | None


class DegradedDocument(BaseModel):
    """A vendor that is absent from this answer."""

    provider: str
    reason: str


class AttentionDocument(BaseModel):
    """Something that a person has to settle."""

    id: str
    code: str
    effect_id: str | None
    detail: str
    amount: Amount | None
    opened_at: datetime
    allowed_actions: list[str]


class GiveBackDocument(BaseModel):
    """An external payment that the till must give back."""

    payment_id: str | None = None
    tender_id: str | None = None
    type: str
    amount: Amount


class CheckoutDocument(BaseModel):
    """The whole checkout. `version` grows by one with every visible change."""

    id: str
    previous_id: str | None
    status: Status
    version: int
    instruction: Instruction | None = Field(description="What the till must do next.")
    store_id: str
    terminal_id: str
    cashier_id: str | None
    receipt_number: str | None
    currency: str
    basket: BasketDocument | None
    members: list[MemberDocument]
    offers: list[OfferDocument]
    tenders: list[TenderDocument]
    totals: Totals
    payments: list[PaymentDocument]
    effects: list[EffectDocument]
    earned: list[EarnedDocument]
    degraded: list[DegradedDocument]
    attention: list[AttentionDocument]
    give_back: list[GiveBackDocument]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    links: dict[str, str]
    retryable: bool | None = Field(
        default=None, description="True: as last seen, since the service cannot be asked now."
    )


class RequestDocument(BaseModel):
    """The request that used an Idempotency-Key."""

    route: str
    received_at: datetime


class CheckoutList(BaseModel):
    """A page of checkouts, newest first."""

    data: list[CheckoutDocument]
    next_cursor: str | None
    request: RequestDocument | None = Field(
        default=None, description="Only with `idempotency_key`, and only if the key was used."
    )


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
    claim_link: str | None
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


class PortalSession(BaseModel):
    """A vendor's own screens for this checkout."""

    kind: Literal["portal"]
    provider: str
    url: str


class Health(BaseModel):
    """A sign of life."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether tills can be served, and by what not."""

    status: Literal["ok"]
    checks: dict[str, Literal["ok", "down"]]
