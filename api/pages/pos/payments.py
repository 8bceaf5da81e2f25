"""The till's own part of the bill: what its card terminal and its drawer say."""

from typing import Any

from api.pages.pos.bill import Bill
from api.pages.pos.catalogue import in_coins
from api.pages.pos.forms import Fields
from tillsaga.domain.money import formatted
from tillsaga.errors import Refusal

Json = dict[str, Any]
_FINAL_NO = {"declined_for_good": "declined"}
"""A no after which the customer gives up, and how a till reports it."""


def card(bill: Bill, fields: Fields) -> Json:
    """What the card terminal says of a new payment; it is final when nothing is left to pay."""
    amount = fields.money("amount", bill.currency)
    amount = bill.remaining_amount if amount is None else amount
    said = fields.text("status")
    status = _FINAL_NO.get(said, said)
    paid = status in ("authorized", "captured")
    return {
        "status": status,
        "type": "card",
        "amount": amount,
        "reference": fields.text("reference"),
        "final": said in _FINAL_NO or (paid and amount >= bill.remaining_amount),
    }


def known(bill: Bill, fields: Fields) -> Json:
    """What became of a payment that was reported before.

    Raises:
        Refusal: `payment_not_found`.
    """
    payment = bill.payment(fields.text("payment"))
    if payment is None:
        raise Refusal("payment_not_found", "the bill has no such payment")
    return {
        "status": fields.text("status"),
        "type": payment["type"],
        "amount": payment["amount"],
        "reference": payment["reference"],
    }


def cash(bill: Bill, fields: Fields) -> tuple[Json, str | None]:
    """What the customer puts down: the report, and the change to hand out.

    The whole bill is rounded to coins; a part of it is taken as it is.
    """
    due = bill.remaining_amount
    rounded = in_coins(due, bill.currency)
    given = fields.money("given", bill.currency)
    if given == 0 and rounded:
        raise Refusal("invalid_request", "nothing was put down")
    is_whole = given is None or given >= rounded
    amount = due if is_whole or given is None else given
    report = {
        "status": "captured",
        "type": "cash",
        "amount": amount,
        "reference": fields.text("reference"),
        "rounding_amount": rounded - due if is_whole else 0,
        "final": is_whole,
    }
    change = given - rounded if is_whole and given else 0
    return report, formatted(change, bill.currency) if change else None


def nothing(bill: Bill, fields: Fields) -> Json:
    """Close a bill that vendors' values have paid."""
    return {
        "status": "captured",
        "type": "none",
        "amount": 0,
        "reference": fields.text("reference"),
    }
