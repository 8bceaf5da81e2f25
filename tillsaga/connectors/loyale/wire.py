"""How Loyale writes JSON, read leniently (sheet 1, 2, 5, 6)."""

import re
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.money import to_major
from tillsaga.errors import Refused

REDEMPTION = "Loyale Redemption"
GIFT_CARD = "Loyale Gift Card"

_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BARCODE = re.compile(r"[0-9]{13}")


class Shape(BaseModel):
    """Unknown keys are normal. Amounts become decimals by way of their shortest digits."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )


class Method(Shape):
    """A payment method, its amount filled in; major units."""

    type: str
    amount: Decimal = Decimal(0)


class Receipt(Shape):
    """A transaction as the sale, its simulation and the status tell it.

    `error` and `returned` are told by the status only, and neither is published (sheet 5).
    """

    customer_id: str
    status: str = ""
    unique_id: str | None = None
    points_earned: int = 0
    points_redeemed: int = 0
    points_before: int = 0
    points_after: int | None = None
    payment_methods: tuple[Method, ...] = ()
    error: str | None = None
    returned: str | None = None

    @property
    def completed(self) -> bool:
        """Whether it went through."""
        return self.status.upper() == "COMPLETED"

    @property
    def failed(self) -> bool:
        """Whether it surely will not."""
        return self.status.upper() == "FAILED"

    @property
    def wholly_returned(self) -> bool | None:
        """Whether all of it was taken back; None where the status does not say."""
        return None if self.returned is None else self.returned.upper() == "FULL"


class Returned(Shape):
    """What a return took from the customer and gave back, in points; amounts in major units."""

    points_deducted: int = 0
    points_readded: int = 0
    return_type: str = ""
    used_payment_methods: tuple[Method, ...] = Field(default=())
    points_before: int | None = None
    points_after: int | None = None


def unique_id(order: EffectOrder) -> str:
    """Name the transaction after the checkout; taken again after its end, it is another one.

    Raises:
        Refused: `invalid_request`: Loyale would have to find it under another name (trap 9).
    """
    again = "" if order.generation == 1 else f"-g{order.generation}"
    name = f"{order.checkout_id}{again}"
    if not _SAFE.fullmatch(name):
        raise Refused("the checkout's id cannot name a transaction", code="invalid_request")
    return name


def is_barcode(value: str) -> bool:
    """Say whether it looks like a barcode of Loyale's (sheet 1).

    >>> is_barcode("3860358623507"), is_barcode("HT123ABC")
    (True, False)
    """
    return _BARCODE.fullmatch(value) is not None


def number(amount: int, currency: str) -> float:
    """Write minor units as the JSON number whose digits are exactly the amount (trap 20).

    >>> number(17_67, "EUR"), number(10_000_000_000_01, "EUR")
    (17.67, 10000000000.01)
    """
    return float(to_major(amount, currency))
