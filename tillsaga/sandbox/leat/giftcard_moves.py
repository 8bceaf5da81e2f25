"""Giftcard transactions: loads, payments and their reversals (sheet 3.6)."""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.giftcards import (
    balance_of,
    card_by_uuid,
    is_upgradeable,
    program_by_uuid,
)
from tillsaga.sandbox.leat.lookups import required_shop, shop_by_uuid, shop_or_null
from tillsaga.sandbox.leat.paging import Filter, listing_meta, page_of


def _show(call: Call, row: Record) -> Record:
    card = card_by_uuid(call, row["card"])
    shop = shop_or_null(call.books, row["shop"]) or {}
    return {
        "id": row["id"],
        "uuid": row["uuid"],
        "amount_in_cents": row["amount"],
        "type": "STANDARD",
        "settled": False,
        "card": {"id": card["id"], "uuid": card["uuid"]},
        "shop": {name: shop.get(name) for name in ("id", "uuid", "name")},
        "settlements": [],
        "created_at": row["created_at"],
    }


def create(call: Call) -> Answer:
    """Load (positive cents) or pay (negative cents)."""
    fields = call.fields
    amount = fields.whole("amount_in_cents")
    card = card_by_uuid(call, fields.text("giftcard_uuid"))
    shop = required_shop(call)
    if amount == 0:
        raise fields.invalid("amount_in_cents", "must not be 0")
    _respect_route(call, card)
    if amount > 0 and not is_upgradeable(call.books, card):
        raise Refusal(5006)
    own = fields.mapping("custom_attributes")
    return _move(call, card, amount, loads=int(amount > 0), shop=shop["uuid"], own=own)


def _respect_route(call: Call, card: Record) -> None:
    refused = call.switches["physical_refused_on_oauth"] and not call.register
    if refused and card["type"] == "PHYSICAL":
        raise Refusal(1114)


def _move(
    call: Call,
    card: Record,
    amount: int,
    *,
    loads: int,
    shop: str,
    own: Record,
    reverses: str | None = None,
) -> Answer:
    if not card["active"]:
        raise Refusal(7010)
    if card["expiration_date"] and card["expiration_date"] <= call.now():
        raise Refusal(5002)
    balance = balance_of(call.books, card["uuid"]) + amount
    most = program_by_uuid(call, card["program"])["max_amount"]
    if balance < 0:
        raise Refusal(5003)
    if amount > 0 and most is not None and balance > most:
        raise Refusal(5008)
    uuid = call.books.new_id("gt")
    call.books.insert(
        "leat_giftcard_transactions",
        uuid=uuid,
        card=card["uuid"],
        amount=amount,
        loads=loads,
        shop=shop,
        custom_attributes=own,
        reverses=reverses,
        opening=False,
        created_at=call.now(),
    )
    return Answer(_show(call, _transaction(call, uuid)))


def _transaction(call: Call, uuid: str) -> Record:
    query = "SELECT * FROM leat_giftcard_transactions WHERE uuid = ?"
    if (found := call.books.one(query, uuid)) is None:
        raise Refusal(5010)
    return found


def get(call: Call) -> Answer:
    """Read one transaction; the balance has to be read from the card."""
    return Answer(_show(call, _transaction(call, call.path["uuid"])))


def list_all(call: Call) -> Answer:
    """List transactions with their custom attributes; an unknown card has none."""
    fields, wanted = call.fields, Filter("leat_giftcard_transactions")
    if fields.has("giftcard_hash"):
        cards = "card IN (SELECT uuid FROM leat_giftcards WHERE hash = ?)"
        wanted.add(cards, fields.text("giftcard_hash"))
    if fields.has("giftcard_program_uuid"):
        program = program_by_uuid(call, fields.text("giftcard_program_uuid"))
        wanted.add("card IN (SELECT uuid FROM leat_giftcards WHERE program = ?)", program["uuid"])
    if fields.has("shop_uuid"):
        wanted.add("shop = ?", shop_by_uuid(call, fields.text("shop_uuid"))["uuid"])
    wanted.created_at(fields)
    wanted.order(call)
    page = page_of(call, default=10, most=100, names=("perPage", "limit"))
    rows, total = wanted.page(call, page)
    items = [_show(call, row) | {"custom_attributes": row["custom_attributes"]} for row in rows]
    return Answer(items, listing_meta(page, total, len(items)))


def reverse(call: Call) -> Answer:
    """Write the opposite of the card's latest transaction; no other can be reversed."""
    row = _transaction(call, call.path["uuid"])
    card = card_by_uuid(call, row["card"])
    query = "SELECT MAX(id) FROM leat_giftcard_transactions WHERE card = ?"
    if call.books.number(query, card["uuid"]) != row["id"]:
        raise Refusal(55025)
    refused = call.switches["digital_spend_reversal_refused"] and card["type"] == "DIGITAL"
    if refused and row["amount"] < 0:
        raise Refusal(5006)
    return _move(
        call,
        card,
        -row["amount"],
        loads=-row["loads"],
        shop=row["shop"],
        own={},
        reverses=row["uuid"],
    )


OPERATIONS = [
    Operation("giftcard_transaction.create", "POST", "/giftcard-transactions", create, True),
    Operation("giftcard_transaction.list", "GET", "/giftcard-transactions", list_all),
    Operation("giftcard_transaction.get", "GET", "/giftcard-transactions/{uuid}", get, True),
    Operation(
        "giftcard_transaction.reverse",
        "POST",
        "/giftcard-transactions/{uuid}/reverse",
        reverse,
        True,
    ),
    Operation(
        "giftcard_transaction.correct",
        "POST",
        "/giftcard-transactions/{uuid}/correct",
        reverse,
        True,
    ),
]
