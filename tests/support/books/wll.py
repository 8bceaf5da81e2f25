"""What moved in White Label Loyalty's books."""

from collections import Counter
from typing import Any

Books = dict[str, Any]


def moved(before: Books, after: Books) -> dict[str, Any]:
    """Points by member, new states by voucher, and how many orders and events of ours by type."""
    points = {
        member: held["balance"] - before["points"][member]["balance"]
        for member, held in after["points"].items()
    }
    states = {
        benefit: voucher["status"]
        for benefit, voucher in after["vouchers"].items()
        if voucher["status"] != before["vouchers"].get(benefit, {"status": None})["status"]
    }
    orders = {"orders": len(after["orders"]) - len(before["orders"])}
    counts = {name: n for name, n in (points | orders).items() if n}
    return counts | states | dict(_reported(after) - _reported(before))


def _reported(books: Books) -> Counter[str]:
    """Events that somebody reported; the engine raises its own beside them."""
    return Counter(event["type"] for event in books["events"] if not event["intrinsic"])


def balance(books: Books, member: str) -> int:
    """A member's points."""
    return int(books["points"][member]["balance"])


def lowest(books: Books, member: str) -> int:
    """The lowest that a member's points have ever been."""
    sums, total = [0], 0
    for entry in books["points"][member]["entries"]:
        total += entry["points"]
        sums.append(total)
    return min(sums)


def payloads(books: Books, type_: str) -> list[dict[str, Any]]:
    """What was reported with an event type, oldest first."""
    return [dict(event["payload"]) for event in books["events"] if event["type"] == type_]


def sent(books: Books) -> list[dict[str, Any]]:
    """Every body that a till sent and the books still know."""
    orders = [order["sent"] for order in books["orders"]]
    events = [event["payload"] for event in books["events"] if not event["intrinsic"]]
    checks = [c["sent"] for v in books["vouchers"].values() for c in v["validations"]]
    return [*orders, *events, *checks]
