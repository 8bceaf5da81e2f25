"""The basket as the till sends it."""

import re
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from tillsaga.domain.model import AmountMinor, Currency, Model, Quantity, SignedAmount, Text
from tillsaga.domain.money import round_half_up
from tillsaga.errors import Refusal

Sku = Annotated[str, StringConstraints(min_length=1, max_length=100)]
LineType = Literal["product", "giftcard_sale", "prepaid_topup"]

MOST = 10**12
"""What a line or a basket may come to, minor units: one report must be able to pay it."""

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _plainly_written(value: object) -> object:
    # Decimal() reads "1e3" and "1_0" too, and what it refuses is not a ValueError.
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise ValueError('must be a decimal string such as "1" or "0.350"')
    return value


PlainQuantity = Annotated[Quantity, BeforeValidator(_plainly_written)]


class Recipient(Model):
    """Who gets a digital gift card by e-mail."""

    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    consent: bool = Field(description="The recipient agreed to be created at the vendor.")


class Line(Model):
    """One line of the basket.

    `quantity` x `unit_amount`, rounded half up, is the line's price before discounts. Modifiers
    and add-ons are lines of their own, priced per unit of their parent.
    """

    line_id: Text
    type: LineType = "product"
    sku: Sku | None = None
    title: Text
    quantity: PlainQuantity = Decimal(1)
    unit_amount: AmountMinor
    regular_unit_amount: AmountMinor | None = None
    net_unit_amount: AmountMinor | None = None
    on_promotion: bool = False
    barcode: Text | None = None
    brand: Text | None = None
    vendor: Text | None = None
    categories: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    provider_ids: dict[str, str] = Field(default_factory=dict)
    modifiers: tuple["Line", ...] = ()
    add_ons: tuple["Line", ...] = ()
    discountable: bool = True
    earns_points: bool = True
    reference: Text | None = Field(
        default=None, description="Gift card code, or the member whose prepaid credit is topped up."
    )
    recipient: Recipient | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.quantity == 0:
            raise ValueError("quantity must not be zero")
        wrong = self._wrong_product() if self.type == "product" else self._wrong_stored_value()
        if wrong is not None:
            raise ValueError(wrong)
        return self

    @model_validator(mode="after")
    def _can_be_paid(self) -> Self:
        if abs(self.amount) > MOST:
            raise ValueError("the line comes to more than anybody can pay")
        return self

    def _wrong_product(self) -> str | None:
        if not self.sku:
            return "a product line needs a sku"
        if self.reference or self.recipient:
            return "reference and recipient belong to sale and top-up lines"
        # Stored value in there would be discounted, never delivered, and its code would be shown.
        if any(part.type != "product" for part in (*self.modifiers, *self.add_ons)):
            return "modifiers and add-ons are products"
        return None

    def _wrong_stored_value(self) -> str | None:
        if self.quantity != 1:
            return "a gift card or top-up line has quantity 1"
        if self.unit_amount == 0:
            return "a gift card or top-up line needs an amount"
        if self.modifiers or self.add_ons:
            return "a gift card or top-up line has no modifiers or add-ons"
        if self.recipient and self.type != "giftcard_sale":
            return "a recipient belongs to a gift card"
        return None

    @property
    def amount(self) -> int:
        """Price of the line with modifiers and add-ons, before discounts; negative for returns."""
        own = round_half_up(self.quantity * self.unit_amount)
        parts = (*self.modifiers, *self.add_ons)
        return own + sum(round_half_up(self.quantity * part.amount) for part in parts)

    @property
    def takes_discounts(self) -> bool:
        """Stored value is sold at its price; returns and excluded lines take none either."""
        sold = self.quantity > 0 and self.amount > 0
        return self.type == "product" and self.discountable and sold


class Charge(Model):
    """Something on the bill that is not a product."""

    type: Literal["service", "delivery", "gratuity", "other"]
    amount: AmountMinor
    title: Text | None = None


class ExternalVoucher(Model):
    """A voucher that the till gave by itself; kept, and stripped before a vendor sees the bill."""

    id: Text
    title: Text
    amount: AmountMinor
    sku: Sku | None = None
    quantity: PlainQuantity | None = None
    apply_to_promotion: bool = False


class Basket(Model):
    """What is being sold. `id` is unique for ever."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{7,63}$")]
    currency: Currency
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]
    total_amount: SignedAmount | None = None
    tax_amount: AmountMinor | None = None
    prices_include_tax: bool = True
    charges: tuple[Charge, ...] = ()
    external_vouchers: tuple[ExternalVoucher, ...] = ()

    @model_validator(mode="after")
    def _lines_are_distinct(self) -> Self:
        ids = [line.line_id for line in self.lines]
        if len(ids) != len(set(ids)):
            raise ValueError("line_id must be unique within the basket")
        return self

    @model_validator(mode="after")
    def _can_be_paid(self) -> Self:
        if abs(self.amount) + self.added_tax_amount > MOST:
            raise ValueError("the basket comes to more than anybody can pay")
        return self

    @property
    def amount(self) -> int:
        """Lines and charges before discounts of ours, in minor units."""
        given = sum(voucher.amount for voucher in self.external_vouchers)
        return sum(line.amount for line in self.lines) + self.charges_amount - given

    @property
    def returned_amount(self) -> int:
        """What the goods taken back on this bill are worth, minor units."""
        return -sum(line.amount for line in self.lines if line.quantity < 0)

    @property
    def charges_amount(self) -> int:
        """Service, delivery and the like, in minor units."""
        return sum(charge.amount for charge in self.charges)

    @property
    def added_tax_amount(self) -> int:
        """Tax on top of the prices, where they do not contain it."""
        return 0 if self.prices_include_tax else self.tax_amount or 0

    def check(self, currency: str) -> None:
        """Refuse a basket that the store cannot sell.

        Raises:
            Refusal: `currency_mismatch` or `basket_mismatch`.
        """
        if self.currency != currency:
            raise Refusal("currency_mismatch", f"the store sells in {currency}")
        if self.total_amount is not None and self.total_amount != self.amount:
            raise Refusal(
                "basket_mismatch",
                f"the lines and charges add up to {self.amount}, total_amount says otherwise",
            )
        if all(line.quantity < 0 for line in self.lines):
            raise Refusal("basket_mismatch", "nothing is sold; use a refund")
        if self.amount + self.returned_amount < 0:
            raise Refusal("basket_mismatch", "the vouchers exceed what is sold")
