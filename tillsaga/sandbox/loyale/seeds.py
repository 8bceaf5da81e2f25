"""What `POST /_sandbox/seed/loyale` takes. Money is in cents, moments are ISO 8601.

Whatever is left out is made up fresh, so two seeds never meet. Schemes, overrides and
`adjustments` change what is there; all other lists only add.
"""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tillsaga.sandbox.loyale import world


class Wanted(BaseModel):
    """A description; anything unknown in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SchemeSeed(Wanted):
    """A scheme; of one that exists, what is sent is changed. Rates are points per 1.00."""

    id: UUID | None = None
    name: str = "Scheme"
    gain_rate: Decimal = Field(default=Decimal(6), ge=0)
    redemption_rate: Decimal = Field(default=Decimal(100), gt=0)
    rounding: Literal["None", "Nearest", "Up", "Down"] = "None"


class KeySeed(Wanted):
    """An API key."""

    key: str | None = None
    scheme_id: UUID = UUID(world.SCHEME)


class OutletSeed(Wanted):
    """An outlet."""

    id: UUID | None = None
    scheme_id: UUID = UUID(world.SCHEME)


class OverrideSeed(Wanted):
    """Points per 1.00 of lines with a category, promotion or vendor; an earlier one changes."""

    kind: Literal["category", "promotion", "vendor"]
    value: str
    rate: Decimal = Field(ge=0)
    scheme_id: UUID = UUID(world.SCHEME)


class Dated(Wanted):
    """A barcode that is good for a time, for one customer."""

    barcode: str | None = None
    customer_id: UUID | None = None
    starts: str | None = Field(default=None, alias="from")
    ends: str | None = Field(default=None, alias="to")


class GiftCardSeed(Dated):
    """A gift card; without a customer it is linked to nobody."""

    value_in_cents: int = Field(default=2500, ge=0)
    original_in_cents: int | None = None
    partial_use: bool = True
    enabled: bool = True
    scheme_id: UUID = UUID(world.SCHEME)


class CouponSeed(Dated):
    """A customer's coupon."""

    uses: int = Field(default=1, ge=0)
    coupon_id: UUID | None = None
    scheme_id: UUID = UUID(world.SCHEME)


class CustomerSeed(Wanted):
    """A customer with all that is his; his cards and coupons are of his scheme."""

    id: UUID | None = None
    barcode: str | None = None
    points: int = 0
    on_hold: bool = False
    scheme_id: UUID = UUID(world.SCHEME)
    gift_cards: list[GiftCardSeed] = []
    coupons: list[CouponSeed] = []


class AdjustmentSeed(Wanted):
    """Points given to, or taken from, a customer behind the till's back; or a hold."""

    customer_id: UUID
    points: int = 0
    on_hold: bool | None = None


class LoyaleSeed(Wanted):
    """Everything that can be added at once, in the order it is added."""

    schemes: list[SchemeSeed] = []
    api_keys: list[KeySeed] = []
    outlets: list[OutletSeed] = []
    overrides: list[OverrideSeed] = []
    customers: list[CustomerSeed] = []
    gift_cards: list[GiftCardSeed] = []
    coupons: list[CouponSeed] = []
    adjustments: list[AdjustmentSeed] = []
