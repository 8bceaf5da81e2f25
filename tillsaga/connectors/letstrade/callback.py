"""Vouchers that the customer picked in the app for an open bill (sheet 6).

Pure functions for the endpoint that Let'sTrade calls: read the body, check it against the bill,
make the offers. Each call is the full selection: it replaces what an earlier one appended.
"""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, ValidationError

from tillsaga.connectors.letstrade.picked import (
    by_key,
    discount_of,
    goods_of,
    line_of,
    worth_of,
)
from tillsaga.connectors.letstrade.wire import Many, Money, Shape, decimal
from tillsaga.connectors.letstrade.worth import key_of
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer
from tillsaga.errors import Refusal


def _required(value: object) -> Decimal:
    read = decimal(value)
    if read is None or read < 0:
        raise ValueError("an amount is needed")
    return read


Sum = Annotated[Decimal, BeforeValidator(_required)]
Id = Annotated[str, Field(min_length=1, max_length=255)]
MOST = 100
"""A selection with more vouchers is not one that a customer makes."""


def _named(voucher: Json) -> Json:
    # Its id becomes part of keys.
    if len(key_of(voucher)) > MOST:
        raise ValueError("the voucher's id is too long")
    return voucher


Voucher = Annotated[Json, AfterValidator(_named)]


class AppendVouchers(Shape):
    """What the vendor posts; unknown fields are ignored, amounts may be numbers."""

    uid: Id
    reference: Id
    store_id: Id
    terminal_id: str | None = None
    transaction_id: Id
    original_amount: Sum
    discount_amount: Sum
    remaining_amount: Sum
    vouchers: Annotated[Many[Voucher], Field(max_length=MOST)] = Field(default_factory=list)


@dataclass(frozen=True)
class OpenBill:
    """The open bill as it stands; `original_amount` is before any voucher, minor units."""

    provider: str
    store_id: str
    basket: Basket
    original_amount: int
    terminal_id: str | None = None


def parse(body: JsonValue) -> AppendVouchers:
    """Read the body.

    Raises:
        Refusal: `malformed_request`; it repeats nothing of the body.
    """
    try:
        return AppendVouchers.model_validate(body)
    except ValidationError as wrong:
        places = sorted({str(error["loc"][0]) for error in wrong.errors() if error["loc"]})
    raise Refusal("malformed_request", f"missing or wrong: {', '.join(places) or 'the body'}")


def digest(body: JsonValue) -> str:
    """Name a body: the same selection posted again, in whatever order of keys, is a repeat."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def check(asked: AppendVouchers, bill: OpenBill) -> None:
    """Check that it is for this bill, and that its sums are right.

    Raises:
        Refusal: `state_conflict` (409) where ids disagree, `basket_mismatch` (422) for sums.
    """
    _check_ids(asked, bill)
    money = Money(bill.basket.currency)
    original = money.minor(asked.original_amount)
    discount = money.minor(asked.discount_amount)
    if original != bill.original_amount:
        raise Refusal("basket_mismatch", f"the bill comes to {bill.original_amount}")
    if discount > original or original - discount != money.minor(asked.remaining_amount):
        raise Refusal("basket_mismatch", "original less discount is not what remains")
    if asked.vouchers and sum(_amount(money, each) for each in asked.vouchers) != discount:
        raise Refusal("basket_mismatch", "the vouchers do not add up to the discount")


def _check_ids(asked: AppendVouchers, bill: OpenBill) -> None:
    named = (asked.uid, asked.transaction_id, asked.store_id)
    terminals = {asked.terminal_id or bill.terminal_id, bill.terminal_id or asked.terminal_id}
    if named != (bill.basket.id, bill.basket.id, bill.store_id) or len(terminals) > 1:
        raise Refusal("state_conflict", "uid, transaction_id, store and terminal do not agree")


def _amount(money: Money, voucher: Json) -> int:
    amount = money.of(voucher, "discount")
    if amount is None:
        raise Refusal("basket_mismatch", "a voucher does not say what it takes off")
    return amount


def offers(asked: AppendVouchers, bill: OpenBill) -> tuple[Offer, ...]:
    """Make the offers of the whole selection; without vouchers it is one, for the sum.

    Raises:
        Refusal: `basket_mismatch`: a voucher is for a product that the bill has not.
    """
    money = Money(bill.basket.currency)
    if asked.vouchers:
        groups = by_key(asked.vouchers).items()
        made = (_offer(asked, bill, key, vouchers, money) for key, vouchers in groups)
        worthy = [offer for offer in made if offer is not None]
        return tuple(sorted(worthy, key=_is_for_the_whole_bill))
    amount = money.minor(asked.discount_amount)
    if amount == 0:
        return ()
    offer = _made(asked, bill, "selection", {})
    offer.data["bill_amount"] = bill.original_amount
    offer.discount = Discount(type="vendor_computed", amount=amount)
    return (offer,)


def _offer(
    asked: AppendVouchers, bill: OpenBill, key: str, vouchers: list[Json], money: Money
) -> Offer | None:
    """Make one of a voucher; None where it takes nothing off: finalise would burn it (trap 8)."""
    if any(each.get("sku") and line_of(each, bill.basket) is None for each in vouchers):
        raise Refusal("basket_mismatch", "a voucher is for a product that is not on the bill")
    worth = worth_of(vouchers, bill.basket, money)
    if not worth.amount and not any(worth.line_amounts.values()):
        return None
    offer = _made(asked, bill, key, vouchers[0])
    offer.data |= worth.data | {"goods": goods_of(vouchers, bill.basket)}
    offer.discount = discount_of(worth, bill.basket)
    offer.spends = (key,)
    return offer


def _is_for_the_whole_bill(offer: Offer) -> bool:
    """Products come first there (sheet 3): their price must not be taken up by the others."""
    return offer.discount is None or offer.discount.line_amounts is None


def _made(asked: AppendVouchers, bill: OpenBill, key: str, voucher: Json) -> Offer:
    reference = _text(voucher, "reference") or asked.reference
    return Offer(
        id=f"{bill.provider}:voucher:{key}",
        provider=bill.provider,
        kind="voucher",
        title=_text(voucher, "title") or reference,
        subject=f"{key}@{bill.basket.id}",
        sealed_by_sale=True,
        reference=reference,
        data={"appended": asked.uid},
    )


def _text(voucher: Json, name: str) -> str | None:
    value = voucher.get(name)
    return value if isinstance(value, str) and value else None


def reply(asked: AppendVouchers, currency: str) -> Json:
    """Write the answer: applied, and worth printing again."""
    money = Money(currency)
    content: Json = {
        "uid": asked.uid,
        "transaction_id": asked.transaction_id,
        "status": "APPLIED",
        "original_amount": money.text(money.minor(asked.original_amount)),
        "discount_amount": money.text(money.minor(asked.discount_amount)),
        "remaining_amount": money.text(money.minor(asked.remaining_amount)),
        "reprint_required": True,
    }
    return {"success": True, "message": "Vouchers applied", "content": content}
