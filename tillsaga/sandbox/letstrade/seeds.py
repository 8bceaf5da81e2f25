"""What `POST /_sandbox/seed/letstrade` takes. Money is in cents.

Whatever is left out is made up fresh, so two seeds never meet.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["P", "R", "E"]
Instrument = Literal["wallet", "card", "loan"]


class Wanted(BaseModel):
    """A description; anything unknown in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSeed(Wanted):
    """A store with its terminals."""

    store_id: str | None = None
    terminals: list[str] = ["T1"]


class CardSeed(Wanted):
    """A card on file; without a limit it pays for anything, unless it declines."""

    declines: bool = False
    limit_in_cents: int | None = None


class VoucherSeed(Wanted):
    """A voucher; one on a product names its sku, and is worth `value_in_cents` per unit."""

    voucher_id: str | None = None
    user_id: str | None = None
    title: str = "Voucher"
    apply_to: Literal["BASKET", "PRODUCT"] = "BASKET"
    value_in_cents: int = 1000
    sku: str | None = None
    quantity: str | None = None
    """Units to discount; without it all of the line."""
    burned: bool = False


class CodeSeed(Wanted):
    """A code of the app's; an R code stands for one voucher, by default the first unburned."""

    code: str | None = None
    kind: Kind = "P"
    user_id: str | None = None
    voucher_id: str | None = None
    instruments: list[Instrument] | None = None
    """What a P code pays with; by default all the customer has."""
    age_seconds: int = 0
    used: bool = False


class SubscriptionSeed(Wanted):
    """So many discounts on the cheapest of some products; without an amount they are free."""

    redemption_id: str | None = None
    user_id: str | None = None
    title: str = "Subscription"
    pids: list[str]
    discount_in_cents: int | None = None
    remaining: int = 1


class DealSeed(Wanted):
    """A deal for everybody with the product: off each unit of it, or off the basket."""

    deal_id: str | None = None
    title: str = "Deal"
    level: Literal["BASKET", "PRODUCT"] = "PRODUCT"
    sku: str
    discount_in_cents: int = 500


class CustomerSeed(Wanted):
    """A customer with all that is his; a null wallet is none, 0 an empty one."""

    user_id: str | None = None
    name: str | None = None
    surname: str | None = None
    email: str | None = None
    cell_country_code: str = "+27"
    cell_number: str | None = None
    points: int = 0
    wallet_in_cents: int | None = None
    card: CardSeed | None = None
    loan_limit_in_cents: int | None = None
    vouchers: list[VoucherSeed] = []
    subscriptions: list[SubscriptionSeed] = []
    codes: list[CodeSeed] = []


class LetsTradeSeed(Wanted):
    """Everything that can be added at once, in the order it is added."""

    stores: list[StoreSeed] = []
    deals: list[DealSeed] = []
    customers: list[CustomerSeed] = []
    vouchers: list[VoucherSeed] = []
    subscriptions: list[SubscriptionSeed] = []
    codes: list[CodeSeed] = []
