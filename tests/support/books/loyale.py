"""What moved in Loyale's books."""

from typing import Any

Books = dict[str, Any]


def moved(before: Books, after: Books) -> dict[str, Any]:
    """Points by customer, cards in cents and coupon uses by barcode, and how many sales."""
    moves: dict[str, Any] = {}
    for name, account in (
        ("customers", "points"),
        ("gift_cards", "current_value"),
        ("coupons", "uses_left"),
    ):
        for owner, held in after[name].items():
            moves[owner] = held[account] - before[name][owner][account]
    moves["sales"] = len(after["transactions"]) - len(before["transactions"])
    return {name: amount for name, amount in moves.items() if amount}


def sales(books: Books) -> list[tuple[str, str, int]]:
    """Each transaction that was received: its state, how much of it was returned, its total."""
    return [(one["state"], one["returned"], one["total"]) for one in books["transactions"]]


def paid(books: Books) -> dict[str, int]:
    """How the latest transaction was paid, cents by type."""
    return {one["type"]: one["amount"] for one in books["transactions"][-1]["payment_methods"]}
