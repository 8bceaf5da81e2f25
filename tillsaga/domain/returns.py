"""Goods that come back without the sale that they were bought in."""

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from tillsaga.domain.basket import Basket, Line
from tillsaga.domain.model import Currency, Model, Text
from tillsaga.domain.offers import Identifier
from tillsaga.domain.refunds import Reason, RefundId

UNSPECIFIED = "unspecified"
"""How the till pays, where it does not say."""


class ReturnRequest(Model):
    """Take goods back without their sale; `quantity` says how much comes back, so it is positive.

    `identifiers` name the customer who loses the points that such goods earn today.
    """

    refund_id: RefundId
    store_id: Text
    terminal_id: Text
    cashier_id: Text | None = None
    currency: Currency
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=500)]
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=10)] = ()
    reason: Reason
    approved_by: Annotated[Text, Field(description="Who allowed it, at the store.")]
    payment_type: Annotated[
        str,
        Field(min_length=1, max_length=40, description="How the till pays: `cash`, `card` ..."),
    ] = UNSPECIFIED
    dry_run: bool = False

    @model_validator(mode="after")
    def _is_a_bill_of_goods(self) -> Self:
        if any(line.type != "product" for line in self.lines):
            raise ValueError("stored value comes back with its sale only")
        if any(line.quantity < 0 for line in self.lines):
            raise ValueError("quantities are positive: they say how much comes back")
        if any(line.amount < 0 for line in self.lines):
            raise ValueError("no line may come to less than nothing")
        try:
            self.basket("a-return")
        except ValidationError as wrong:
            # Its own text would repeat what was sent.
            raise ValueError(wrong.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return self

    @property
    def amount(self) -> int:
        """What the till hands out, minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def who_serves(self) -> str:
        """Whose returns are counted together: the cashier's, or else those of the till."""
        return self.cashier_id or f"terminal:{self.terminal_id}"

    @property
    def customers(self) -> tuple[str, ...]:
        """Name the customer for the limits, without keeping what they showed."""
        shown = (f"{self.store_id}\n{i.type}\n{i.value}" for i in self.identifiers)
        return tuple(dict.fromkeys(_digest(each) for each in shown))

    @property
    def digest(self) -> str:
        """Tell two returns apart."""
        asked = self.model_dump(mode="json", exclude={"dry_run", "requested_by"})
        return _digest(json.dumps(asked, sort_keys=True, separators=(",", ":")))

    def basket(self, basket_id: str) -> Basket:
        """Write the goods as a bill on which nothing is sold."""
        return Basket(id=basket_id, currency=self.currency, lines=turned(self.lines))


class GoodsReturn(Model):
    """What an auditor wants to know of a return without a sale. `digest` names the request."""

    approved_by: str
    requested_by: str | None
    payment_type: str
    digest: str
    named: bool
    """The till named a customer."""


def turned(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Turn goods sold into goods taken back, and the other way round."""
    return tuple(line.model_copy(update={"quantity": -line.quantity}) for line in lines)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
