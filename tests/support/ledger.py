"""What the vendor's books must show for what a checkout says it did: the judge of I1 and I2."""

from typing import Any

Books = dict[str, Any]


def changes(before: Books, after: Books) -> dict[str, int]:
    """Every balance that moved, and every voucher that was spent."""
    moved = {}
    for kind in ("giftcards", "prepaid", "points"):
        for uuid, held in after[kind].items():
            delta = held["balance"] - before[kind].get(uuid, {"balance": 0})["balance"]
            if delta:
                moved[f"{kind}:{uuid}"] = delta
    for uuid, voucher in after["vouchers"].items():
        if voucher["times_redeemed"] != before["vouchers"][uuid]["times_redeemed"]:
            moved[f"voucher:{uuid}"] = 1
    return moved


def expected(view: dict[str, Any], member: str, after: Books) -> dict[str, int]:
    """What the checkout's standing effects mean for the same books.

    An order whose answer was lost is known, but not what it earned: then the books say.
    """
    moves: dict[str, int] = {}

    def add(account: str, amount: int) -> None:
        moves[account] = moves.get(account, 0) + amount

    for effect in view["effects"]:
        if effect["status"] != "applied":
            continue
        subject = effect["id"].split(":", 2)[2].rsplit("#", 1)[0]
        if effect["operation"] == "charge_giftcard":
            add(f"giftcards:{subject}", -effect["amount"])
        elif effect["operation"] == "charge_prepaid":
            add(f"prepaid:{subject}", -effect["amount"])
        elif effect["operation"] in ("pre_redeem_reward", "redeem_reward"):
            add(f"points:{member}", -_cost(view, subject))
        elif effect["operation"] == "redeem_voucher":
            add(f"voucher:{subject}", 1)
    for earned in view["earned"]:
        points = earned["points"]
        add(f"points:{member}", _points_of_order(after, view) if points is None else points)
    return {account: amount for account, amount in moves.items() if amount}


def _points_of_order(books: Books, view: dict[str, Any]) -> int:
    orders = books["orders"].values()
    return int(next(o["points_awarded"] for o in orders if o["external_identifier"] == view["id"]))


def _cost(view: dict[str, Any], subject: str) -> int:
    return int(next(o["cost_points"] for o in view["offers"] if o["id"].endswith(f":{subject}")))


def held(books: Books) -> list[str]:
    """Vouchers that are locked now."""
    return [uuid for uuid, voucher in books["vouchers"].items() if voucher["status"] == "LOCKED"]
