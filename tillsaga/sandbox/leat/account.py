"""Portal sessions and the account's own things (sheet 3.12a and 3.13)."""

from tillsaga.sandbox.leat.call import Answer, Call, Operation
from tillsaga.sandbox.leat.credits import MOST_CREDITS
from tillsaga.sandbox.leat.lookups import named_contact, required_shop
from tillsaga.sandbox.leat.loyalty import UNIT


def portal_session(call: Call) -> Answer:
    """Open a page of the vendor's own, for tills that embed it."""
    shop, contact = required_shop(call), named_contact(call)
    uuid = call.books.new_id("ps")
    refs = {"shop": shop["uuid"], "contact": contact["uuid"] if contact else None}
    call.books.insert("leat_portal_sessions", uuid=uuid, created_at=call.now(), **refs)
    return Answer({"uuid": uuid, "url": f"https://portal.leat.test/session/{uuid}"}, status=201)


def health(call: Call) -> Answer:
    """Say that the vendor is there."""
    return Answer({"status": "ok", "now": call.now()})


def shops(call: Call) -> Answer:
    """List the shops."""
    query = "SELECT uuid, name, type, reference FROM leat_shops ORDER BY id"
    return Answer(call.books.all(query))


def units(_: Call) -> Answer:
    """List the units points can be earned on."""
    return Answer([UNIT])


def loyalty_program(_: Call) -> Answer:
    """Describe the loyalty program."""
    name = {"custom_credit_name": "points"}
    return Answer({"max_amount": MOST_CREDITS, "unit": UNIT} | name)


def pos_transaction(call: Call) -> Answer:
    """Note a till receipt that a credit reception can be linked to; register route only."""
    fields, uuid = call.fields, call.books.new_id("px")
    row = {
        "amount": fields.whole("amount_in_cents"),
        "transaction_id": fields.text_or_none("transaction_id"),
        "terminal_id": fields.text_or_none("terminal_id"),
        "created_at": call.now(),
    }
    call.books.insert("leat_pos_transactions", uuid=uuid, **row)
    return Answer({"uuid": uuid, "amount_in_cents": row.pop("amount")} | row)


OPERATIONS = [
    Operation("portal_session.create", "POST", "/portal-sessions", portal_session),
    Operation("health", "GET", "/", health),
    Operation("shop.list", "GET", "/shops", shops),
    Operation("unit.list", "GET", "/units", units),
    Operation("loyalty_program.get", "GET", "/loyalty-program", loyalty_program),
]
REGISTER_ONLY = [
    Operation("pos_transaction.create", "POST", "/pos-transactions", pos_transaction),
]
