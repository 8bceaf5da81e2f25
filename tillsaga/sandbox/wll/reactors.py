"""Events and what the engine does about them: reactors, at once or some seconds later.

Sheet 1, processing, and 3.6. A reactor turns a number of the payload into points, or gives
a voucher. Late reactions wait in the books; whoever looks next runs those that are due.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.wll.benefits import issue
from tillsaga.sandbox.wll.call import Call, iso, present
from tillsaga.sandbox.wll.points import capped, move

INTRINSIC = (
    "ORDER_PLACED",
    "PURCHASED_REWARD",
    "REDEEMED_VOUCHER",
    "BURNED_VOUCHER",
    "POINTS_ADJUSTED",
    "VOUCHER_GIVEN",
)
"""Raised by the engine only (sheet 2.2)."""


def raise_event(call: Call, name: str, user: Record | None, payload: Record, **more: Any) -> Record:
    """Store an event and set its reactions going; without a member there are none."""
    event = _store(call.books, call.tenant, name, user, payload, **more)
    if user is not None:
        for planned in plan(call.books, call.tenant, name, payload):
            _schedule(call, event, planned)
        settle(call.books, call.switches)
    return event


def _store(
    books: Books, tenant: str, name: str, user: Record | None, payload: Record, **more: Any
) -> Record:
    now = present(books)
    row: Record = {
        "uuid": books.new_id("ev"),
        "tenant": tenant,
        "type": name,
        "user": user["uuid"] if user else None,
        "subject": user["uuid"] if user else None,
        "executor": None,
        "payload": payload,
        "intrinsic": name in INTRINSIC,
        "occurred_at": now,
        "created_at": now,
    }
    row |= more
    books.insert("wll_events", **row)
    return row


def plan(books: Books, tenant: str, name: str, payload: Record) -> list[Record]:
    """List the reactions an event would have: `reactor` with `points` or `reward`."""
    query = "SELECT * FROM wll_reactors WHERE tenant = ? AND event_type = ? ORDER BY id"
    planned = []
    for reactor in books.all(query, tenant, name):
        amount = payload.get(reactor["field"])
        if type(amount) is not int or amount < reactor["least"]:
            continue
        points = None
        if reactor["reward"] is None:
            points = amount * reactor["multiplier"] // reactor["divisor"]
        if points != 0:
            planned.append({"reactor": reactor, "points": points, "reward": reactor["reward"]})
    return planned


def _schedule(call: Call, event: Record, planned: Record) -> None:
    delay = call.switches["reaction_delay_seconds"]
    due = None if delay is None else call.books.clock.exactly() + timedelta(seconds=delay)
    call.books.insert(
        "wll_reactions",
        uuid=str(uuid4()),
        event=event["uuid"],
        reactor=planned["reactor"]["uuid"],
        reactor_name=planned["reactor"]["name"],
        user=event["user"],
        points=planned["points"],
        reward=planned["reward"],
        due_at=iso(due) if due else None,
    )


def settle(books: Books, switches: Mapping[str, Any]) -> None:
    """Run the reactions that are due; those held back run once the switch is a number."""
    held = switches["reaction_delay_seconds"] is None
    query = "SELECT * FROM wll_reactions WHERE done_at IS NULL ORDER BY id"
    for row in books.all(query):
        if held if row["due_at"] is None else row["due_at"] > present(books):
            continue
        # It ran when it was due, whenever somebody looks.
        row["done_at"] = row["due_at"] or present(books)
        done = _give(books, row) if row["reward"] else _adjust(books, row, switches)
        books.update("wll_reactions", row["id"], done_at=row["done_at"], **done)


def _adjust(books: Books, row: Record, switches: Mapping[str, Any]) -> Record:
    granted = capped(books, row["user"], row["points"], switches)
    if granted:
        refs = {"event": row["event"], "reaction": row["uuid"], "created_at": row["done_at"]}
        move(books, _user(books, row), granted, "reaction", requested=row["points"], **refs)
    return {"granted": granted}


def _give(books: Books, row: Record) -> Record:
    reward = books.one("SELECT * FROM wll_rewards WHERE uuid = ?", row["reward"]) or {}
    user = _user(books, row)
    given = issue(books, reward, user, origin="reaction", created_at=row["done_at"])
    payload = {"rewardId": reward["uuid"], "benefitId": given["uuid"]}
    _store(books, user["tenant"], "VOUCHER_GIVEN", user, payload)
    return {"benefit": given["uuid"]}


def _user(books: Books, row: Record) -> Record:
    return books.one("SELECT * FROM wll_users WHERE uuid = ?", row["user"]) or {}
