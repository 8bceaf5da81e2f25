"""Loyale's books as tidy JSON, for comparing with somebody else's records. Money is in cents."""

from collections import defaultdict

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.loyale.accounts import CARD, COUPON, POINTS, is_live

Moves = dict[int, list[Record]]


def dump(books: Books) -> Record:
    """Show everything; customers by id, gift cards and coupons by barcode."""
    return {
        "schemes": _schemes(books),
        "customers": _customers(books),
        "gift_cards": _cards(books),
        "coupons": _coupons(books),
        "transactions": _transactions(books),
        "returns": _returns(books),
    }


def _pick(row: Record, *names: str) -> Record:
    return {name: row[name] for name in names}


def _rows(books: Books, table: str) -> list[Record]:
    return books.all(f"SELECT * FROM {table} ORDER BY id")


def _moves(books: Books, account: str) -> Moves:
    grouped: Moves = defaultdict(list)
    for row in books.all("SELECT * FROM loyale_moves WHERE account = ? ORDER BY id", account):
        shown = _pick(row, "amount", "kind", "source", "unique_id", "created_at")
        grouped[row["owner"]].append(shown)
    return grouped


def _sum(moves: list[Record]) -> int:
    return sum(move["amount"] for move in moves)


def _schemes(books: Books) -> Record:
    overrides = _rows(books, "loyale_overrides")
    return {
        row["guid"]: _pick(row, "name", "gain_rate", "redemption_rate", "rounding")
        | {
            "overrides": [
                _pick(one, "kind", "value", "rate")
                for one in overrides
                if one["scheme"] == row["guid"]
            ]
        }
        for row in _rows(books, "loyale_schemes")
    }


def _customers(books: Books) -> Record:
    moves = _moves(books, POINTS)
    return {
        row["guid"]: _pick(row, "barcode", "scheme", "on_hold", "seeded")
        | {"points": _sum(moves[row["id"]]), "entries": moves[row["id"]]}
        for row in _rows(books, "loyale_customers")
    }


def _dates(row: Record) -> Record:
    shown = {"customer_id": row["customer"], "from": row["starts"], "to": row["ends"]}
    return shown | {"scheme": row["scheme"]}


def _cards(books: Books) -> Record:
    moves, now = _moves(books, CARD), books.now()
    return {
        row["barcode"]: _dates(row)
        | {
            "original_value": row["original"],
            "current_value": _sum(moves[row["id"]]),
            "is_enabled": row["enabled"],
            "is_valid": row["enabled"] and is_live(row, now),
            "partial_use": row["partial_use"],
            "entries": moves[row["id"]],
        }
        for row in _rows(books, "loyale_gift_cards")
    }


def _coupons(books: Books) -> Record:
    moves, now = _moves(books, COUPON), books.now()
    return {
        row["barcode"]: _dates(row)
        | {
            "coupon_id": row["coupon_id"],
            "uses_left": (left := _sum(moves[row["id"]])),
            "is_used": left <= 0,
            "is_valid": left > 0 and is_live(row, now),
            "entries": moves[row["id"]],
        }
        for row in _rows(books, "loyale_coupons")
    }


def _transactions(books: Books) -> list[Record]:
    """Show the sales, oldest first; a failed one may share its unique id with a later one."""
    names = ("id", "scheme", "unique_id", "state", "error", "returned", "total", "coupons")
    moments = ("received_at", "finished_at")
    return [
        _pick(row, *names, *moments)
        | row["details"]
        | {
            "customer_id": row["customer"],
            "outlet_id": row["outlet"],
            "points_earned": row["earned"],
            "points_redeemed": row["redeemed"],
            "points_before": row["reply"]["pointsBefore"],
            "points_after": row["reply"]["pointsAfter"],
            "payment_methods": _tenders(row),
            "line_items": row["lines"],
        }
        for row in _rows(books, "loyale_transactions")
    ]


def _tenders(row: Record) -> list[Record]:
    names = ("type", "reference", "awards_points")
    return [_pick(one, *names) | {"amount": one["cents"]} for one in row["tenders"]]


def _returns(books: Books) -> list[Record]:
    """Show the returns, oldest first; `sale` is the unique id of the sale, `key` its own."""
    sold = {row["id"]: row["unique_id"] for row in _rows(books, "loyale_transactions")}
    return [
        _pick(row, "id", "scheme", "kind", "amount", "created_at")
        | {
            "key": row["unique_id"],
            "sale": sold.get(row["sale"]),
            "customer_id": row["customer"],
            "points_deducted": row["deducted"],
            "points_readded": row["readded"],
            "payment_methods": _tenders(row),
            "quantities": row["taken"],
        }
        for row in _rows(books, "loyale_returns")
    ]
