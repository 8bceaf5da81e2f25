"""Koupon's books as tidy JSON, for comparing with somebody else's records.

Quantities are uses of an offer, money is in cents, moments are UTC.
"""

from collections import defaultdict

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.koupon.offers import state_of


def dump(books: Books) -> Record:
    """Show the offers with their states as of now, and every call that was accepted."""
    offers: dict[str, list[Record]] = defaultdict(list)
    for row in books.all("SELECT * FROM koupon_offers ORDER BY id"):
        offers[row["asset"]].append(row)
    accounts = books.all("SELECT loyalty_id FROM koupon_accounts ORDER BY id")
    known = [row["loyalty_id"] for row in accounts]
    return {
        "barcodes": {
            asset: _offer(held[0], books) for asset, held in offers.items() if asset not in known
        },
        "accounts": {one: _account(offers.get(one, []), books) for one in known},
        "redeem_calls": _calls(books),
        "reports": [_report(row) for row in books.all("SELECT * FROM koupon_reports ORDER BY id")],
    }


def _account(held: list[Record], books: Books) -> Record:
    coupons = {row["coupon"]: _offer(row, books) for row in held}
    # A redemption removes the offer from what the customer is shown (sheet 3.1).
    shown = [code for code, offer in coupons.items() if offer["state"] == "AVAILABLE"]
    return {"coupons": coupons, "shown": shown}


def _offer(row: Record, books: Books) -> Record:
    names = ("title", "uses", "redeemed", "active", "starts_at", "expires_at")
    left = {"left": row["uses"] - row["redeemed"]}
    return {name: row[name] for name in names} | left | {"state": state_of(row, books.now())}


def _calls(books: Books) -> list[Record]:
    lines: dict[str, list[Record]] = defaultdict(list)
    for row in books.all("SELECT * FROM koupon_redeem_lines ORDER BY id"):
        lines[row["call"]].append(_line(row))
    return [
        _heading(row) | {"lines": lines[row["uuid"]]}
        for row in books.all("SELECT * FROM koupon_redeem_calls ORDER BY id")
    ]


def _heading(row: Record) -> Record:
    names = ("identifier", "store_id", "signed_at", "created_at")
    return {"id": row["uuid"]} | {name: row[name] for name in names}


def _line(row: Record) -> Record:
    return {
        "discount_asset": row["asset"],
        "coupon_code": row["coupon"] or None,
        "qty": row["qty"],
        "redeemed_qty": row["redeemed"],
        "exception_code": row["exception"],
    }


def _report(row: Record) -> Record:
    return _heading(row) | {
        "timestamp": row["completed_at"],
        "currency": row["currency"],
        "products": row["products"],
        "summary": row["summary"],
        "discount_assets": row["assets"],
        "duplicate_of": row["duplicate_of"],
    }
