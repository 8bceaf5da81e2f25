"""What a till says. Each model is the body of one HTTP operation, Update and Signal."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tillsaga.domain.attention import Action
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount
from tillsaga.domain.model import AmountMinor, Instant, Json, Model, SignedAmount, Text
from tillsaga.domain.offers import Identifier, TenderType
from tillsaga.domain.refunds import RefundRequest
from tillsaga.domain.returns import ReturnRequest

PaymentFlow = Literal["two_step", "one_step"]
PaymentStatus = Literal["authorized", "captured", "declined", "failed", "voided"]
Mode = Literal["interactive", "closed_bill"]
Code = Annotated[str, Field(min_length=1, max_length=255)]
Actor = Annotated[str, Field(min_length=1, max_length=100, description="Who it is at the store.")]
ReasonText = Annotated[str, Field(min_length=1, max_length=500)]


class Context(Model):
    """What belongs to the message and not to its meaning."""

    request_id: str | None = None
    expected_version: int | None = Field(default=None, description="From If-Match.")
    recorded: bool = Field(default=False, description="The door has written the payment's row.")


class GivenOffer(Model):
    """An offer that the till has given already; the same code again is another use of it."""

    code: Code
    discount_amount: Annotated[AmountMinor, Field(description="What the till took off for it.")]


class OpenCheckout(Model):
    """Open a checkout, or meet the one that exists for this basket.

    `closed_bill`: the bill is paid already, and what it says are facts.
    """

    store_id: Text
    terminal_id: Text
    cashier_id: Text | None = None
    receipt_number: Text | None = None
    basket: Basket
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=10)] = ()
    codes: Annotated[
        tuple[Code, ...],
        Field(
            max_length=20,
            description="What the scanner read. A card identifies, an offer is applied, a stored "
            "value is not charged. What cannot be taken is shown as a `refused` offer.",
        ),
    ] = ()
    mode: Mode = "interactive"
    occurred_at: Instant | None = Field(
        default=None, description="When a closed bill was paid; absent: now. Not in the future."
    )
    payments: Annotated[
        tuple["TakenPayment", ...],
        Field(max_length=20, description="How a closed bill was paid; absent: in full."),
    ] = ()
    offers: Annotated[
        tuple[GivenOffer, ...],
        Field(max_length=50, description="What the till has given on a closed bill."),
    ] = ()

    @property
    def closes(self) -> bool:
        """Whether the bill is paid already."""
        return self.mode == "closed_bill"

    @model_validator(mode="after")
    def _fits_its_mode(self) -> Self:
        told = [name for name in ("occurred_at", "payments", "offers") if getattr(self, name)]
        if told and not self.closes:
            raise ValueError(f"only a closed_bill has {', '.join(told)}")
        references = [payment.reference for payment in self.payments]
        if len(references) != len(set(references)):
            raise ValueError("two payments have the same reference")
        return self


class PutBasket(Model):
    """Replace the basket while the checkout is open."""

    basket: Basket


class Identify(Identifier):
    """Attach or change the member."""


class ClaimPoints(Identifier):
    """Earn the points of a finished sale, whose customer had forgotten their card."""


class ApplyOffer(Model):
    """Take an offer by its id, or by a scanned code."""

    offer_id: Text | None = None
    code: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    quantity: Annotated[int, Field(strict=True, ge=1, le=50)] = 1
    discount: Discount | None = Field(default=None, description="For tills that price themselves.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.offer_id is None) == (self.code is None):
            raise ValueError("exactly one of offer_id and code is needed")
        return self


class RemoveOffer(Model):
    """Let an offer go."""

    offer_id: Text


class AddTender(Model):
    """Pay a part with a vendor's stored value; without `amount`, as much as is due."""

    type: TenderType
    reference: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    amount: Annotated[AmountMinor, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _names_its_card(self) -> Self:
        if self.type in ("giftcard", "wallet") and self.reference is None:
            raise ValueError(f"a {self.type} tender needs its reference")
        return self


class RemoveTender(Model):
    """Take a tender back."""

    tender_id: Text


class MakeReady(Model):
    """Freeze the basket and fix what is due."""

    payment_flow: PaymentFlow | None = None
    tax_amount: AmountMinor = Field(
        default=0, description="Tax that the till adds after our discounts."
    )


class Reopen(Model):
    """Go back to building while nothing is authorised or captured."""


class PaymentReport(Model):
    """A fact about the till's own payment. `amount` is its part of `due_amount`."""

    status: PaymentStatus
    type: Annotated[str, Field(min_length=1, max_length=40)]
    amount: AmountMinor
    reference: Text
    tip_amount: AmountMinor = 0
    rounding_amount: SignedAmount = 0
    final: bool | None = Field(
        default=None,
        description="No further payment follows. Default: true for authorized and captured.",
    )

    @property
    def is_final(self) -> bool:
        """`final`, or its default for the status."""
        if self.final is None:
            return self.status in ("authorized", "captured")
        return self.final


class TakenPayment(PaymentReport):
    """A payment of a closed bill: the till has the money."""

    status: Literal["captured"] = "captured"


class CorrectPayment(PaymentReport):
    """The right facts of a payment that was reported wrong."""

    payment_id: Text
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Cancel(Model):
    """Give the checkout up before commit."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class RefundSale(RefundRequest):
    """Give back a sale or a part of it."""


class ReleaseHold(Model):
    """Support frees a hold; `actor` is who, `reason` why."""

    effect_id: Annotated[str, Field(min_length=1, max_length=600)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    actor: Text


class ReturnGoods(ReturnRequest):
    """Take goods back without their sale; `requested_by` is the name of the till's API key."""

    requested_by: Text | None = None


class Heartbeat(Model):
    """The till is still there."""


class AppendOffers(Model):
    """What a vendor says its customer picked in the app; `body` is the vendor's own.

    It is the vendor's message, not the till's, and is taken in turn with the till's.
    """

    provider: Text
    body: Json


class ResolveAttention(Model):
    """A person's word on an attention item."""

    item: Text
    action: Action
    actor: Actor
    reason: ReasonText


class AssignAttention(Model):
    """Who takes an attention item on; nobody: it goes back to the queue."""

    item: Text
    owner: Actor | None = None


TillMessage = (
    OpenCheckout
    | PutBasket
    | Identify
    | ClaimPoints
    | ApplyOffer
    | RemoveOffer
    | AddTender
    | RemoveTender
    | MakeReady
    | Reopen
    | PaymentReport
    | CorrectPayment
    | Cancel
    | RefundSale
    | ReleaseHold
    | ReturnGoods
    | Heartbeat
    | AppendOffers
    | ResolveAttention
    | AssignAttention
)
