"""Leat's books as tidy JSON, for comparing with somebody else's records."""

from collections import defaultdict

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.leat.voucher_rules import is_locked, status_of

Groups = dict[str, list[Record]]


def _grouped(books: Books, table: str, key: str) -> Groups:
    groups: Groups = defaultdict(list)
    for row in books.all(f"SELECT * FROM {table} ORDER BY id"):
        groups[row[key]].append(row)
    return groups


def _pick(row: Record, *names: str) -> Record:
    return {name: row[name] for name in names}


def dump(books: Books) -> Record:
    """Show everything that moved, by uuid; statuses are as the clock has them now."""
    return {
        "contacts": _contacts(books),
        "vouchers": _vouchers(books),
        "giftcards": _giftcards(books),
        "prepaid": _prepaid(books),
        "points": _points(books),
        "reward_receptions": _receptions(books),
        "rewards": _rewards(books),
        "orders": _orders(books),
        "order_returns": _returns(books),
        "emails": [
            _pick(row, "giftcard", "contact", "address", "merge_tags", "created_at")
            for row in books.all("SELECT * FROM leat_emails ORDER BY id")
        ],
        "portal_sessions": [
            _pick(row, "uuid", "shop", "contact", "created_at")
            for row in books.all("SELECT * FROM leat_portal_sessions ORDER BY id")
        ],
    }


def _contacts(books: Books) -> Record:
    cards = _grouped(books, "leat_identifiers", "contact")
    names = ("email", "anonymous", "deleted", "merged_into", "created_at")
    return {
        row["uuid"]: _pick(row, *names)
        | {"seeded": bool(row["seeded"])}
        | {"identifiers": [card["value"] for card in cards.get(row["uuid"], [])]}
        for row in books.all("SELECT * FROM leat_contacts ORDER BY id")
    }


def _vouchers(books: Books) -> Record:
    redemptions, now = _grouped(books, "leat_voucher_redemptions", "voucher"), books.now()
    return {
        row["uuid"]: _pick(row, "code", "contact")
        | {
            "status": status_of(row, now),
            "times_redeemed": row["redeemed"],
            "total_redemptions_allowed": row["allowed"],
            "locked": is_locked(row, now),
            "system_release_at": row["release_at"] if is_locked(row, now) else None,
            "redemptions": [
                _pick(one, "uuid", "contact", "shop", "created_at", "reversed_at")
                for one in redemptions.get(row["uuid"], [])
            ],
        }
        for row in books.all("SELECT * FROM leat_vouchers ORDER BY id")
    }


def _giftcards(books: Books) -> Record:
    moves = _grouped(books, "leat_giftcard_transactions", "card")
    names = ("uuid", "amount", "custom_attributes", "reverses", "opening", "shop", "created_at")
    return {
        row["uuid"]: _pick(row, "hash", "type", "active", "expiration_date")
        | {
            "balance": sum(move["amount"] for move in moves.get(row["uuid"], [])),
            "transactions": [_pick(move, *names) for move in moves.get(row["uuid"], [])],
        }
        for row in books.all("SELECT * FROM leat_giftcards ORDER BY id")
    }


def _prepaid(books: Books) -> Record:
    names = ("uuid", "amount", "identifier", "reverses", "opening", "shop", "created_at")
    return {
        contact: {
            "balance": sum(move["amount"] for move in moves),
            "transactions": [_pick(move, *names) for move in moves],
        }
        for contact, moves in _grouped(books, "leat_prepaid_transactions", "contact").items()
    }


def _points(books: Books) -> Record:
    names = ("uuid", "type", "credits", "source", "reverses", "shop", "created_at")
    return {
        contact: {
            "balance": sum(entry["credits"] for entry in entries),
            "entries": [_pick(entry, *names) for entry in entries],
        }
        for contact, entries in _grouped(books, "leat_loyalty_transactions", "contact").items()
    }


def _receptions(books: Books) -> Record:
    collections = _grouped(books, "leat_collections", "reception")
    reversals = _grouped(books, "leat_loyalty_transactions", "reverses")
    query = "SELECT * FROM leat_loyalty_transactions WHERE type = 'reward_reception' ORDER BY id"
    return {
        row["uuid"]: _pick(row, "contact", "reward", "credits", "expires_at", "created_at")
        | {
            "state": _state(row, collections.get(row["uuid"], []), reversals, books.now()),
            "collections": [
                _pick(one, "uuid", "created_at", "reversed_at")
                for one in collections.get(row["uuid"], [])
            ],
        }
        for row in books.all(query)
    }


def _state(row: Record, collections: list[Record], reversals: Groups, now: str) -> str:
    """Name the state: REVERSED, COLLECTED, EXPIRED, COLLECTABLE, or CLAIMED for good."""
    if row["uuid"] in reversals:
        return "REVERSED"
    if any(one["reversed_at"] is None for one in collections):
        return "COLLECTED"
    if not row["collectable"]:
        return "CLAIMED"
    return "EXPIRED" if row["expires_at"] and row["expires_at"] <= now else "COLLECTABLE"


def _rewards(books: Books) -> Record:
    names = ("title", "required_credits", "active", "stock")
    rows = books.all("SELECT * FROM leat_rewards ORDER BY id")
    return {row["uuid"]: _pick(row, *names) for row in rows}


def _orders(books: Books) -> Record:
    returns = _grouped(books, "leat_order_returns", "order_uuid")
    return {
        row["uuid"]: _pick(row, "external_identifier", "contact", "shop", "processed", "sent")
        | _pick(
            row["document"], "status", "payment_status", "total_order_amount", "currency", "paid_at"
        )
        | {
            "points_awarded": row["awarded"] or 0,
            "points_corrected": sum(one["points"] or 0 for one in returns.get(row["uuid"], [])),
            "left": _pick(row["document"], "line_items", "charges", "applied_discounts"),
        }
        for row in books.all("SELECT * FROM leat_orders ORDER BY id")
    }


def _returns(books: Books) -> Record:
    return {
        row["uuid"]: _pick(row, "external_identifier", "processed", "sent")
        | {
            "order": row["order_uuid"],
            "status": row["document"]["status"],
            "points": row["points"] or 0,
        }
        for row in books.all("SELECT * FROM leat_order_returns ORDER BY id")
    }
