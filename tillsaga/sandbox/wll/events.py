"""Custom events and the dry run (sheet 3.6, 3.7 and 3.8)."""

from typing import Any

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wll.call import Call, Operation, Refusal
from tillsaga.sandbox.wll.forms import Event
from tillsaga.sandbox.wll.listing import listing_of, page
from tillsaga.sandbox.wll.privacy import refuse_personal
from tillsaga.sandbox.wll.reactors import INTRINSIC, plan, raise_event
from tillsaga.sandbox.wll.users import find_user

KINDS = {
    "positive": lambda value: type(value) is int and value > 0,
    "integer": lambda value: type(value) is int,
    "text": lambda value: isinstance(value, str) and value != "",
}
"""What an enforced payload schema may ask of a field; every named field is required."""


def report(call: Call) -> Record:
    """Store an event; the same event again is a second event with reactions of its own."""
    event = call.form(Event)
    if event.type in INTRINSIC:
        raise Refusal("INTRINSIC_EVENT_NOT_REPORTABLE", f"{event.type} is raised by the engine")
    kind = _kind(call, event.type)
    if kind["private"] and call.caller.kind != "admin":
        raise Refusal("FORBIDDEN", f"{event.type} is private")
    user = _subject(call, event)
    _check(call, event, kind, user)
    subject = event.subject or (user["uuid"] if user else None)
    known: Record = {"subject": subject, "executor": event.executor}
    if event.occurredAt:
        known["occurred_at"] = event.occurredAt
    stored = raise_event(call, event.type, user, event.payload, **known)
    names = ("id", "type", "occurredAt", "createdAt")
    return {name: value for name, value in show(stored).items() if name in names}


def dry_run(call: Call) -> list[Record]:
    """List the reactions an event would have, without any; no member need be named.

    What the engine raises itself can be tried too: that reports nothing.
    """
    event = call.form(Event)
    if event.type not in INTRINSIC:
        _check(call, event, _kind(call, event.type), _subject(call, event))
    return [
        {"reactor": _name(one["reactor"]), "reactions": [_show_reaction(one)]}
        for one in plan(call.books, call.tenant, event.type, event.payload)
    ]


def _kind(call: Call, name: str) -> Record:
    query = "SELECT * FROM wll_event_types WHERE tenant = ? AND name = ?"
    found = call.books.one(query, call.tenant, name)
    if found is None:
        raise Refusal("EVENT_TYPE_NOT_FOUND", f"there is no event type {name}")
    return found


def _subject(call: Call, event: Event) -> Record | None:
    own = call.caller.user
    if event.subject is None and own is None:
        return None
    user = find_user(call, event.subject or str(own))
    if user is None:
        raise Refusal("SUBJECT_NOT_FOUND", "the subject is no user")
    if own is not None and user["uuid"] != own:
        raise Refusal("FORBIDDEN", "the subject is somebody else")
    return user


def _check(call: Call, event: Event, kind: Record, user: Record | None) -> None:
    wrong = [
        {"path": f"payload.{name}", "message": f"must be {rule}"}
        for name, rule in kind["payload"].items()
        if not KINDS[rule](event.payload.get(name))
    ]
    if wrong:
        raise Refusal("PAYLOAD_SCHEMA_MISMATCH", "the payload does not fit", wrong)
    refuse_personal(call, {"payload": event.payload}, user)


def show(row: Record) -> Record:
    """Show an event."""
    shown: dict[str, Any] = {name: row[name] for name in ("type", "subject", "executor", "payload")}
    return (
        {"id": row["uuid"], "occurredAt": row["occurred_at"]}
        | shown
        | {"createdAt": row["created_at"]}
    )


def _name(reactor: Record) -> Record:
    return {"id": reactor["uuid"], "name": reactor["name"]}


def _show_reaction(row: Record) -> Record:
    if row["reward"]:
        return {"type": "VOUCHER", "reward": {"id": row["reward"]}}
    return {"type": "POINTS", "points": row["points"]}


def _found(call: Call) -> Record:
    query = "SELECT * FROM wll_events WHERE tenant = ? AND uuid = ?"
    found = call.books.one(query, call.tenant, call.path["id"])
    if found is None:
        raise Refusal("EVENT_NOT_FOUND", "there is no such event")
    return found


def get(call: Call) -> Record:
    """Read one event."""
    return show(_found(call))


def list_all(call: Call) -> list[Record]:
    """List events, the engine's own too, for reconciling."""
    query = "SELECT * FROM wll_events WHERE tenant = ? ORDER BY id"
    return page(listing_of(call), [show(row) for row in call.books.all(query, call.tenant)])


def reactions(call: Call) -> list[Record]:
    """List the reactions that have run; one cut by an earn cap shows what was granted."""
    query = "SELECT * FROM wll_reactions WHERE event = ? AND done_at IS NOT NULL ORDER BY id"
    return [
        {"id": row["uuid"], "reactor": {"id": row["reactor"], "name": row["reactor_name"]}}
        | _show_reaction(row | {"points": row["granted"]})
        | {"createdAt": row["done_at"]}
        for row in call.books.all(query, _found(call)["uuid"])
    ]


OPERATIONS = [
    Operation("event.report", "POST", "/events", report, access="user"),
    Operation("event.list", "GET", "/events", list_all),
    Operation("event.get", "GET", "/events/{id}", get),
    Operation("event.reactions", "GET", "/events/{id}/reactions", reactions),
]
DRY_RUNS = {
    "commands": Operation(
        "reaction.test", "POST", "/commands/test_reaction", dry_run, access="public"
    ),
    "events": Operation("reaction.test", "POST", "/events/test_reaction", dry_run, access="public"),
}
"""The vendor's pages disagree about the path (sheet 3.7)."""
