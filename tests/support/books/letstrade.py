"""What moved in Let'sTrade's books: money and points by customer, and what was spent for good."""

from typing import Any

Books = dict[str, Any]

_BALANCES = {
    "wallet": "wallet_in_cents",
    "card": "card_charged_in_cents",
    "loan": "loan_drawn_in_cents",
    "points": "points",
}
"""Of a wallet what is left; of a card or loan what was charged."""


def moved(before: Books, after: Books) -> dict[str, Any]:
    """Every balance that moved, in cents or points, and every thing whose state changed.

    `orders` and `customers` say how many were made, `voided` how many orders were taken back.
    """
    moves: dict[str, Any] = {}
    for user, held in after["customers"].items():
        first = before["customers"].get(user, {})
        for name, field in _BALANCES.items():
            delta = (held[field] or 0) - (first.get(field) or 0)
            moves |= {f"{name}:{user}": delta} if delta else {}
    for kind in ("vouchers", "codes"):
        for name, row in after[kind].items():
            if row["state"] not in (
                "EXPIRED",
                before[kind].get(name, {"state": "ISSUED"})["state"],
            ):
                moves[name] = row["state"]
    for name, row in after["subscriptions"].items():
        delta = row["remaining"] - before["subscriptions"][name]["remaining"]
        moves |= {name: delta} if delta else {}
    counts = {
        "orders": len(after["orders"]) - len(before["orders"]),
        "customers": len(after["customers"]) - len(before["customers"]),
        "voided": len(after["refunds"]) - len(before["refunds"]),
    }
    return moves | {name: count for name, count in counts.items() if count}


def order(books: Books, view: dict[str, Any]) -> Any:
    """The one order of a checkout's bill."""
    (found,) = [one for one in books["orders"].values() if one["uuid"] == view["basket"]["id"]]
    return found
