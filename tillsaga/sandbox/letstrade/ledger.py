"""The books as others see them: by customer, code, voucher, basket and order.

Money is in cents, points are whole.
"""

from typing import Any

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.letstrade.codes import state_of
from tillsaga.sandbox.letstrade.payment import moved

IN_CENTS = {"total", "outstanding", "amount", "value", "discount", "card_limit", "loan_limit"}
PERSONAL = ("name", "surname", "email", "cell_country_code", "cell_number", "origin")


def dump(books: Books) -> Record:
    """Show everything; each thing by the id the wire knows it by."""
    return {
        "customers": {row["user_id"]: _customer(books, row) for row in _rows(books, "customers")},
        "codes": {row["code"]: _code(row, books.now()) for row in _rows(books, "codes")},
        "vouchers": _by(books, "vouchers", "voucher_id"),
        "subscriptions": _by(books, "subscriptions", "redemption_id"),
        "deals": _by(books, "deals", "deal_id"),
        "baskets": _by(books, "baskets", "uuid"),
        "orders": {row["order_id"]: _order(books, row) for row in _rows(books, "orders")},
        "refunds": [_shown(row) for row in _rows(books, "refunds")],
        "callbacks": [_shown(row) for row in _rows(books, "callbacks")],
        "stores": {row["store_id"]: row["terminals"] for row in _rows(books, "stores")},
    }


def _rows(books: Books, table: str) -> list[Record]:
    return books.all(f"SELECT * FROM letstrade_{table} ORDER BY id")


def _by(books: Books, table: str, key: str) -> Record:
    return {row[key]: _shown(row) for row in _rows(books, table)}


def _shown(row: Record) -> Record:
    """Leave our row number out, and say of money that it is in cents."""
    renamed = {f"{n}_in_cents" if n in IN_CENTS else n: v for n, v in row.items() if n != "id"}
    if "split" in row:
        renamed["split_in_cents"] = renamed.pop("split") or {}
    return renamed


def _customer(books: Books, row: Record) -> Record:
    user = row["user_id"]
    points = _entries(books, "points", "user_id", user)
    held = "SELECT voucher_id FROM letstrade_vouchers WHERE user_id = ? ORDER BY id"
    return {name: row[name] for name in PERSONAL} | {
        "points": sum(entry["points"] for entry in points),
        "point_entries": points,
        "wallet_in_cents": moved(books, user, "wallet") if row["has_wallet"] else None,
        "card_charged_in_cents": -moved(books, user, "card") if row["has_card"] else None,
        "loan_drawn_in_cents": None if row["loan_limit"] is None else -moved(books, user, "loan"),
        "money_entries": _entries(books, "money", "user_id", user),
        "vouchers": [one["voucher_id"] for one in books.all(held, user)],
    }


def _entries(books: Books, table: str, column: str, value: Any) -> list[Record]:
    query = f"SELECT * FROM letstrade_{table} WHERE {column} = ? ORDER BY id"
    return [_shown(row) for row in books.all(query, value)]


def _code(row: Record, now: str) -> Record:
    return {"state": state_of(row, now)} | {n: v for n, v in row.items() if n not in ("id", "code")}


def _order(books: Books, row: Record) -> Record:
    charges = _entries(books, "money", "order_id", row["order_id"])
    points = _entries(books, "points", "order_id", row["order_id"])
    return _shown(row) | {"charges": charges, "points": points}
