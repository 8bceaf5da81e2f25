"""The checkout as integrators read it. Documentation only: no answer is built from these."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue

from tillsaga.domain.checkout import Instruction, Status, Totals
from tillsaga.domain.effects import EffectStatus, Reversibility
from tillsaga.domain.offers import OfferKind, OfferStatus, TenderStatus, TenderType

Amount = Annotated[int, Field(description="Money in the currency's minor unit.")]


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
    owner: str | None = Field(default=None, description="Who has taken it on.")


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
