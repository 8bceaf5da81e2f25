"""The engine's books as tidy JSON, for comparing with somebody else's records."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.wll.benefits import state_of
from tillsaga.sandbox.wll.call import present
from tillsaga.sandbox.wll.points import lifetime_of

Groups = dict[str, list[Record]]


def _all(books: Books, table: str) -> list[Record]:
    return books.all(f"SELECT * FROM {table} ORDER BY id")


def _grouped(rows: list[Record], key: str) -> Groups:
    groups: Groups = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _pick(row: Record, *names: str) -> Record:
    return {name: row[name] for name in names}


def dump(books: Books, switches: Mapping[str, Any]) -> Record:
    """Show everything, by id; states are as the clock has them now."""
    vouchers = _vouchers(books, switches)
    return {
        "users": _users(books),
        "points": _points(books),
        "vouchers": vouchers,
        "codes": {one["code"]: id for id, one in vouchers.items() if one["via_api"]},
        "events": [_event(row) for row in _all(books, "wll_events")],
        "reactions": [_reaction(row) for row in _all(books, "wll_reactions")],
        "orders": [_order(row) for row in _all(books, "wll_orders")],
        "tokens": [
            _pick(row, "tenant", "client", "issued_at", "expires_at")
            for row in _all(books, "wll_tokens")
            if row["client"]
        ],
    }


def _users(books: Books) -> Record:
    benefits = _grouped(_all(books, "wll_benefits"), "user")
    names = ("tenant", "account_number", "auth_identifier")
    return {
        row["uuid"]: _pick(row, *names)
        | {"vouchers": [one["uuid"] for one in benefits.get(row["uuid"], [])]}
        for row in _all(books, "wll_users")
    }


def _points(books: Books) -> Record:
    moved = _grouped(_all(books, "wll_points"), "user")
    waiting = _grouped(_all(books, "wll_reactions"), "user")
    events = {row["uuid"]: row for row in _all(books, "wll_events")}
    shown = {}
    for user in _all(books, "wll_users"):
        rows = moved.get(user["uuid"], [])
        late = [row for row in waiting.get(user["uuid"], []) if not row["done_at"]]
        shown[user["uuid"]] = {
            "balance": sum(row["points"] for row in rows),
            "pending": sum(row["points"] or 0 for row in late),
            "lifetime": lifetime_of(books, user),
            "entries": [_entry(row, events) for row in rows],
        }
    return shown


def _entry(row: Record, events: Record) -> Record:
    event = events.get(row["event"]) or {"type": None, "payload": {}}
    names = ("uuid", "points", "requested", "impact", "origin", "event", "comment", "created_at")
    ids = {
        "transaction_id": event["payload"].get("transactionId"),
        "operation_id": event["payload"].get("operationId"),
    }
    return _pick(row, *names) | {"event_type": event["type"]} | ids


def _vouchers(books: Books, switches: Mapping[str, Any]) -> dict[str, Record]:
    calls, now = _grouped(_all(books, "wll_validations"), "benefit"), present(books)
    names = ("tenant", "type", "user", "reward", "origin", "code", "via_api", "expires_at")
    times = ("created_at", "redeemed_at", "validated_at", "burned_at", "burned_by")
    return {
        row["uuid"]: _pick(row, *names, *times)
        | {
            "status": state_of(row, now, switches),
            "validations": [
                _pick(one, "sent", "burned", "created_at") for one in calls.get(row["uuid"], [])
            ],
        }
        for row in _all(books, "wll_benefits")
    }


def _event(row: Record) -> Record:
    names = ("tenant", "type", "subject", "user", "executor", "payload", "intrinsic")
    return {"id": row["uuid"]} | _pick(row, *names, "occurred_at", "created_at")


def _reaction(row: Record) -> Record:
    names = ("event", "reactor", "user", "points", "reward", "due_at", "done_at", "granted")
    return {"id": row["uuid"]} | _pick(row, *names, "benefit")


def _order(row: Record) -> Record:
    names = ("tenant", "user", "transaction_id", "event", "sent", "created_at")
    return {"id": row["uuid"], "total": row["sent"]["total"]} | _pick(row, *names)
