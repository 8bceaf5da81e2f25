"""The points ledger (sheet 2.2). A balance may be negative: guarding it is the caller's work."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.wll.call import present

DAY = len("2026-03-01")


def balance_of(books: Books, user: str) -> int:
    """Sum what has moved; a reaction still to come does not count yet."""
    query = "SELECT COALESCE(SUM(points), 0) FROM wll_points WHERE user = ?"
    return books.number(query, user)


def lifetime_of(books: Books, user: Record) -> int:
    """Sum all that was earned, on top of what the member came with."""
    query = "SELECT COALESCE(SUM(points), 0) FROM wll_points WHERE user = ? AND impact = 'EARN'"
    return int(user["lifetime"]) + books.number(query, user["uuid"])


def capped(books: Books, user: str, points: int, switches: Mapping[str, Any]) -> int:
    """Cut an adjustment to what the earn cap leaves of the member's day.

    The cap counts every positive adjustment, refunds too, and drops the excess (trap 9).
    """
    cap: int | None = switches["earn_cap_points"]
    if cap is None or points <= 0:
        return points
    query = (
        "SELECT COALESCE(SUM(points), 0) FROM wll_points WHERE user = ? AND impact = 'EARN'"
        f" AND substr(created_at, 1, {DAY}) = ?"
    )
    earned = books.number(query, user, present(books)[:DAY])
    return max(0, min(points, cap - earned))


def move(books: Books, user: Record, points: int, origin: str, **more: Any) -> None:
    """Write a movement; `requested` tells what it would have been without the cap."""
    row: Record = {
        "uuid": str(uuid4()),
        "tenant": user["tenant"],
        "user": user["uuid"],
        "points": points,
        "requested": points,
        "impact": "EARN" if points > 0 else "SPEND",
        "origin": origin,
        "created_at": present(books),
    }
    books.insert("wll_points", **(row | more))
