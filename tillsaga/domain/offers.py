"""Members, offers and tenders in our words."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import OPERATIONS, Step, reservation
from tillsaga.domain.model import Instant, Json, Model, MutableModel, Text

IdentifierType = Literal["card", "qr", "email", "phone", "member_id", "code"]
OfferKind = Literal[
    "voucher", "reward", "collectable_reward", "coupon", "deal", "subscription", "code"
]
OfferStatus = Literal[
    "available", "held", "applied", "redeemed", "released", "reversed", "refused", "lost"
]
TenderType = Literal["giftcard", "prepaid", "points", "wallet"]
TenderStatus = Literal["planned", "charged", "reversed", "refused", "in_doubt"]


class Identifier(Model):
    """How the customer shows who they are.

    Without `consent` no customer is created at a vendor.
    """

    type: IdentifierType
    value: Annotated[str, Field(min_length=1, max_length=255)]
    provider: Text | None = None
    consent: bool = False


class Member(Model):
    """A customer at one vendor. `data` holds the vendor's own ids, never names or addresses."""

    provider: str
    member_id: str
    tier: str | None = None
    points: int | None = None
    prepaid_amount: int | None = None
    data: Json = Field(default_factory=dict)


NOBODY = "unknown"
"""The provider of a code that no vendor takes for its own."""


class Refusing(Model):
    """Why an offer does not count."""

    code: str
    detail: str


class Offer(MutableModel):
    """Something that lowers the price, with the steps that its connector proposes.

    `hold` runs when the till applies it, `commit` after the payment; either may be absent.
    """

    id: str
    provider: str
    kind: OfferKind
    title: str
    subject: str
    code: str | None = None
    cost_points: int = 0
    missing_points: int = 0
    min_spend_amount: int | None = None
    image_url: str | None = None
    expires_at: Instant | None = None
    discount: Discount | None = None
    hold: Step | None = None
    commit: Step | None = None
    sealed_by_sale: bool = False
    """Spent by the vendor's own sale transaction, which then runs before the capture."""
    assumed: bool = False
    """The vendor cannot be asked whose the code is: it yields to one who knows it."""
    automatic: bool = False
    """The vendor gives it with its sale transaction, whether the till asked for it or not."""
    earns_only: bool = False
    """Takes nothing off the price: it only makes this sale earn."""
    data: Json = Field(default_factory=dict)
    """The vendor's own objects, passed back verbatim."""
    spends: tuple[str, ...] = ()
    """The vendor's ids of what it uses up: of two offers that spend the same, only one counts."""
    reference: str | None = None
    """What the bill must show for it, where the vendor wants more than its title there."""
    member_id: str | None = None
    needs_member: bool = False
    quantity: int = 1
    max_quantity: int = 1
    saving_amount: int = 0
    status: OfferStatus = "available"
    hold_expires_at: Instant | None = None
    refusal: Refusing | None = None
    sequence: int | None = None
    """Place in the declared order of stacking: the order in which the till applied them."""
    honoured: bool = False
    """Lost after the customer had paid the lower price: it still counts, and the store bears it."""

    @property
    def counts(self) -> bool:
        """Whether it lowers the price."""
        return self.honoured or self.status in ("held", "applied", "redeemed")

    @property
    def is_holdable(self) -> bool:
        """Whether the vendor keeps it for us; an activation leaves it to whoever comes first."""
        return self.hold is not None and OPERATIONS[self.hold.operation].undo is not None

    @property
    def holding(self) -> tuple[Step, ...]:
        """The steps that keep it for this checkout: the vendor's hold, or else our own claim."""
        if self.hold is not None and self.is_holdable:
            return (self.hold,)
        claim = reservation(self.subject)
        return (claim,) if self.hold is None else (claim, self.hold)


def nobodys(checkout_id: str, code: str, why: Refusing) -> Offer:
    """Show a code that became no offer; its id is a digest, since ids stand in URLs."""
    digest = hashlib.sha256(f"{checkout_id}:{code}".encode()).hexdigest()[:16]
    return Offer(
        id=f"{NOBODY}:code:{digest}",
        provider=NOBODY,
        kind="code",
        title="Code",
        subject=digest,
        code=code,
        status="refused",
        refusal=why,
    )


class Tender(MutableModel):
    """A vendor's stored value that pays a part of the bill."""

    id: str
    type: TenderType
    provider: str
    subject: str
    masked: str | None
    amount: int
    points: int | None = None
    status: TenderStatus = "planned"
    balance_after_amount: int | None = None
    operation: str
    planned: bool = False
    """Charged only within the vendor's own sale transaction."""
    request: Json = Field(default_factory=dict)
    data: Json = Field(default_factory=dict)
    effect_id: str | None = None
    sequence: int = 0
    honoured: bool = False
    """Lost after the customer had paid the rest: it still counts, and the store bears it."""

    @property
    def pays(self) -> bool:
        """Whether it lowers what is due."""
        return self.honoured or self.status in ("planned", "charged", "in_doubt")


def likeliest(found: Sequence[Offer]) -> list[Offer]:
    """Prefer who knows a code to who cannot be asked, and among those who could use it now."""
    known = [offer for offer in found if not offer.assumed]
    usable = [offer for offer in found if not offer.needs_member]
    return known or usable or list(found)
