"""Credit receptions: points without an order (sheet 3.8)."""

from decimal import Decimal

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import (
    contact_by_uuid,
    named_contact,
    required_shop,
    usable_identifier,
)
from tillsaga.sandbox.leat.loyalty import (
    UNIT,
    by_uuid,
    record,
    reversal_of,
    rule_credits,
    show,
)
from tillsaga.sandbox.wire import Fields

MOST_CREDITS = 100_000
KNOWN = {
    "shop_uuid",
    "contact_uuid",
    "credits",
    "unit_value",
    "unit_name",
    "contact_identifier_value",
    "pos_transaction_uuid",
    "pos_transaction_id",
}


def create(call: Call) -> Answer:
    """Give or take points; `credits` goes past the loyalty rules, `unit_value` through them."""
    fields = call.fields
    shop = required_shop(call)
    contact = contact_by_uuid(call, fields.text("contact_uuid"))
    card = usable_identifier(call)
    credits, value = amount_of(call, fields)
    if credits > MOST_CREDITS:
        raise Refusal(1015)
    ticket = _pos_transaction(call)
    made = record(
        call.books,
        contact["uuid"],
        credits,
        "credit_reception",
        shop=shop["uuid"],
        identifier=card["value"] if card else None,
        unit_value=None if value is None else str(value),
        unit_name=UNIT["name"],
        attributes={name: sent for name, sent in fields.values.items() if name not in KNOWN},
    )
    if ticket:
        call.books.update("leat_pos_transactions", ticket["id"], reception=made["uuid"])
    return Answer(show(call.books, made), {})


def amount_of(call: Call, fields: Fields) -> tuple[int, Decimal | None]:
    """Read `credits`, or what the rules make of `unit_value` (major units)."""
    if fields.text_or_none("unit_name") not in (None, UNIT["name"]):
        raise Refusal(60007)
    credits, value = fields.number_or_none("credits"), fields.number_or_none("unit_value")
    if credits is not None:
        return int(credits), value
    if value is None:
        raise fields.invalid("credits", "or unit_value is required")
    return rule_credits(value), value


def _pos_transaction(call: Call) -> Record | None:
    fields = call.fields
    uuid = fields.text_or_none("pos_transaction_uuid") or fields.text_or_none("pos_transaction_id")
    if uuid is None:
        return None
    found = call.books.one("SELECT * FROM leat_pos_transactions WHERE uuid = ?", uuid)
    if found is None:
        raise Refusal(1027)
    if found["reception"]:
        raise Refusal(6001)
    return found


def reverse(call: Call) -> Answer:
    """Write the opposite of a credit reception, once; the balance may go below zero."""
    row = by_uuid(call.books, call.path["uuid"])
    if row is None or row["type"] != "credit_reception":
        raise Refusal(1003)
    twice = call.switches["allow_double_credit_reversal"]
    if reversal_of(call.books, row["uuid"]) and not twice:
        raise Refusal(1003)
    made = record(
        call.books,
        row["contact"],
        -row["credits"],
        f"reversal:{row['uuid']}",
        shop=row["shop"],
        identifier=row["identifier"],
        reverses=row["uuid"],
        attributes=row["attributes"],
    )
    return Answer(show(call.books, made), {})


def calculate(call: Call) -> Answer:
    """Tell what a purchase would earn."""
    required_shop(call)
    named_contact(call)
    call.fields.text("unit_value")
    credits, _ = amount_of(call, Fields(call.fields.values | {"credits": None}))
    return Answer({"credits": credits})


OPERATIONS = [
    Operation("credit_reception.create", "POST", "/credit-receptions", create, True),
    Operation("credit_reception.reverse", "POST", "/credit-receptions/{uuid}/reverse", reverse),
    Operation("credit_reception.calculate", "GET", "/credit-receptions/calculate", calculate, True),
]
