"""Loyalty transactions: the one ledger of points (sheet 3.4 and 3.8).

Credit receptions, reward receptions, order points and their corrections are all rows of
it, and a contact's balance is their sum.
"""

from decimal import ROUND_FLOOR, Decimal

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.leat.call import Answer, Call, Operation
from tillsaga.sandbox.leat.lookups import (
    contact_and_credits,
    identifier_or_null,
    named_contact,
    reception_shop,
    shop_by_uuid,
)
from tillsaga.sandbox.leat.paging import Filter, listing_meta, page_of

UNIT = {
    "id": 1,
    "name": "purchase_amount",
    "label": "Purchase amount",
    "prefix": "",
    "is_default": True,
}
"""The account's only unit."""
TYPES = {"credit_receptions": "credit_reception", "reward_receptions": "reward_reception"}


def rule_credits(units: Decimal) -> int:
    """Apply the account's loyalty rule: one point per whole unit, rounded down."""
    return int(units.to_integral_value(ROUND_FLOOR))


def record(books: Books, contact: str, credits: int, source: str, **more: object) -> Record:
    """Write points into the ledger, a credit reception unless `more` says otherwise."""
    uuid = str(more.pop("uuid", None) or books.new_id("lt"))
    row = {"type": "credit_reception", "attributes": {}, "created_at": books.now()} | more
    books.insert(
        "leat_loyalty_transactions",
        uuid=uuid,
        contact=contact,
        credits=credits,
        source=source,
        **row,
    )
    return by_uuid(books, uuid) or {}


def by_uuid(books: Books, uuid: str) -> Record | None:
    """Find a loyalty transaction."""
    return books.one("SELECT * FROM leat_loyalty_transactions WHERE uuid = ?", uuid)


def reversal_of(books: Books, uuid: str) -> Record | None:
    """Find the transaction that reversed another, if it was reversed."""
    return books.one("SELECT * FROM leat_loyalty_transactions WHERE reverses = ?", uuid)


def show(books: Books, row: Record) -> Record:
    """Show a transaction in its reception shape."""
    contact = books.one("SELECT * FROM leat_contacts WHERE uuid = ?", row["contact"]) or {}
    shown = {
        "type": row["type"],
        "uuid": row["uuid"],
        "credits": row["credits"],
        "contact": contact_and_credits(books, contact),
        "contact_identifier": identifier_or_null(books, row["identifier"]),
        "shop": reception_shop(books, row["shop"]),
        "created_at": row["created_at"],
    }
    if row["type"] == "reward_reception":
        return shown | _reward_part(books, row)
    value = None if row["unit_value"] is None else float(row["unit_value"])
    return {**row["attributes"], **shown, "unit_value": value, "unit": UNIT}


def show_reward(reward: Record) -> Record:
    """Show a reward as receptions embed it: everything, custom attributes flattened."""
    names = ("id", "uuid", "title", "description", "reward_type", "required_credits")
    shown = {name: reward[name] for name in (*names, "cost_price", "stock")}
    shown |= {"type": "reward", "is_active": reward["active"], "media": None}
    if reward["reward_type"] == "PHYSICAL":
        shown |= {name: reward[name] for name in ("pre_redeemable", "expiration_duration")}
    return {**reward["attributes"], **shown}


def _reward_part(books: Books, row: Record) -> Record:
    reward = books.one("SELECT * FROM leat_rewards WHERE uuid = ?", row["reward"]) or {}
    part = {"title": reward["title"], "reward": show_reward(reward)}
    if reward["reward_type"] == "DIGITAL":
        code = {"code": f"DIGITAL-{row['id']}"}
        return part | {"digital_reward": {"title": reward["title"]}, "digital_reward_code": code}
    collected = not row["collectable"] or live_collection(books, row["uuid"]) is not None
    return part | {"expires_at": row["expires_at"], "has_been_collected": collected}


def live_collection(books: Books, reception: str) -> Record | None:
    """Find the collection of a reward reception that still stands."""
    return books.one(
        "SELECT * FROM leat_collections WHERE reception = ? AND reversed_at IS NULL", reception
    )


def list_all(call: Call) -> Answer:
    """List loyalty transactions."""
    fields, wanted = call.fields, Filter("leat_loyalty_transactions")
    if fields.has("type"):
        wanted.add("type = ?", TYPES[fields.choice("type", tuple(TYPES))])
    if fields.has("shop_uuid"):
        wanted.add("shop = ?", shop_by_uuid(call, fields.text("shop_uuid"))["uuid"])
    if contact := named_contact(call):
        wanted.add("contact = ?", contact["uuid"])
    wanted.created_at(fields)
    wanted.order(call)
    page = page_of(call, default=10, most=100)
    rows, total = wanted.page(call, page)
    shown = [show(call.books, row) for row in rows]
    return Answer(shown, listing_meta(page, total, len(shown)))


OPERATIONS = [Operation("loyalty_transaction.list", "GET", "/loyalty-transactions", list_all)]
