"""What is read of Let'sTrade's answers; vouchers, deals and subscriptions stay as they are."""

from pydantic import Field

from tillsaga.connectors.letstrade.wire import Amount, Many, Maybe, Shape
from tillsaga.domain.model import Json


class Part(Shape):
    """What one instrument of a payment code covers."""

    amount: Amount = None


class ReplyLine(Shape):
    """A product of the reply."""

    sku: str | None = None
    pid: str | None = None
    vouchers: Many[Json] = Field(default_factory=list)
    deal: Maybe[Json] = None
    subscription: Maybe[Json] = None


class ReplyBasket(Shape):
    """What the vendor makes of the bill; `loan` is named in the seed's prose only (trap 13)."""

    outstanding_amount: Amount = None
    service_fee: Amount = None
    product_handling_fees: Amount = None
    product_list: Many[ReplyLine] = Field(default_factory=list)
    vouchers: Many[Json] = Field(default_factory=list)
    deals: Many[Json] = Field(default_factory=list)
    subscriptions: Many[Json] = Field(default_factory=list)
    wallet: Maybe[Part] = None
    card: Maybe[Part] = None
    loan: Maybe[Part] = None


class Offerings(Shape):
    """A quote. It has an `order_id`, which is not a sale's yet (trap 7)."""

    basket: ReplyBasket


class FinalisedBasket(Shape):
    """What is left to pay after finalising."""

    outstanding_amount: Amount = None


class Finalised(Shape):
    """The order; its products and vouchers are echoes and prove nothing (trap 14)."""

    order_id: str
    order_code: str | None = None
    client_id: str | None = None
    basket: Maybe[FinalisedBasket] = None


class Refunded(Shape):
    """A voided order (sheet 5, proposed)."""

    order_id: str | None = None
    order_code: str | None = None
    status: str | None = None
