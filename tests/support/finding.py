"""Finds in the books and in the view what a test talks about, by the codes that a till knows."""

from typing import Any

from tests.support.ledger import Books, changes

View = dict[str, Any]


def moved(before: Books, after: Books) -> dict[str, int]:
    """Every balance that moved and every voucher that was spent, cards and vouchers by code."""
    codes = {f"giftcards:{uuid}": card["hash"] for uuid, card in after["giftcards"].items()}
    codes |= {f"voucher:{uuid}": one["code"] for uuid, one in after["vouchers"].items()}
    return {codes.get(name, name): amount for name, amount in changes(before, after).items()}


def voucher(books: Books, code: str) -> dict[str, Any]:
    """The voucher of a code."""
    return next(dict(one) for one in books["vouchers"].values() if one["code"] == code)


def voucher_id(books: Books, code: str) -> str:
    """The offer id of a code's voucher."""
    found = next(uuid for uuid, one in books["vouchers"].items() if one["code"] == code)
    return f"leat:voucher:{found}"


def offer(view: View, offer_id: str) -> dict[str, Any]:
    """The offer of an id."""
    return next(dict(one) for one in view["offers"] if one["id"] == offer_id)


def tenders(view: View) -> list[tuple[str, int]]:
    """Each tender's status and amount, in the order they came."""
    return [(tender["status"], tender["amount"]) for tender in view["tenders"]]


def effects(view: View, operation: str) -> list[str]:
    """The statuses of an operation's effects, generation by generation."""
    return [one["status"] for one in view["effects"] if one["operation"] == operation]
