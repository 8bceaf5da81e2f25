"""Prepaid money of a contact (sheet 3.7)."""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import (
    contact_by_uuid,
    contact_or_null,
    euros,
    identifier_or_null,
    named_contact,
    prepaid_of,
    required_shop,
    shop_by_uuid,
    shop_or_null,
    usable_identifier,
)
from tillsaga.sandbox.leat.paging import Filter, page_of, prepaid_meta


def _show(call: Call, row: Record, balance: int) -> Record:
    shop = shop_or_null(call.books, row["shop"]) or {}
    return {
        "uuid": row["uuid"],
        "amount_in_cents": row["amount"],
        "prepaid_balance": {"balance_in_cents": balance, "balance": euros(balance)},
        "created_at": row["created_at"],
        "shop": {name: shop.get(name) for name in ("id", "uuid", "reference", "name")},
        "contact_identifier": identifier_or_null(call.books, row["identifier"]),
    }


def create(call: Call) -> Answer:
    """Top up (positive cents) or pay (negative cents)."""
    amount = call.fields.whole("amount_in_cents")
    contact, card = _payer(call)
    shop = required_shop(call)
    if amount == 0:
        raise call.fields.invalid("amount_in_cents", "must not be 0")
    return _move(call, contact["uuid"], amount, shop=shop["uuid"], identifier=card)


def _payer(call: Call) -> tuple[Record, str | None]:
    card = usable_identifier(call)
    if (contact := named_contact(call)) is not None:
        return contact, card["value"] if card else None
    if card is None:
        raise call.fields.invalid("contact_uuid", "or contact_identifier_value is required")
    if card["contact"] is None:
        raise Refusal(60011)
    return contact_by_uuid(call, card["contact"]), card["value"]


def _move(call: Call, contact: str, amount: int, **refs: str | None) -> Answer:
    balance = prepaid_of(call.books, contact) + amount
    if amount < 0 and balance < 0 and not call.switches["allow_negative_prepaid"]:
        raise call.fields.invalid("amount_in_cents", "is more than the balance")
    row = {
        "uuid": call.books.new_id("pt"),
        "contact": contact,
        "amount": amount,
        "created_at": call.now(),
    } | refs
    call.books.insert("leat_prepaid_transactions", opening=False, **row)
    return Answer(_show(call, row, balance))


def reverse(call: Call) -> Answer:
    """Write the opposite of a transaction, whole and once."""
    query = "SELECT * FROM leat_prepaid_transactions WHERE uuid = ?"
    row = call.books.one(query, call.path["uuid"])
    if row is None:
        raise Refusal(1003)
    query = "SELECT id FROM leat_prepaid_transactions WHERE reverses = ?"
    reversed_before = call.books.one(query, row["uuid"])
    if reversed_before and not call.switches["allow_double_prepaid_reversal"]:
        raise Refusal(1003)
    refs = {name: row[name] for name in ("shop", "identifier")}
    return _move(call, row["contact"], -row["amount"], reverses=row["uuid"], **refs)


def list_all(call: Call) -> Answer:
    """List transactions; each shows the balance as it was after it."""
    fields, wanted = call.fields, Filter("leat_prepaid_transactions")
    if contact := named_contact(call):
        wanted.add("contact = ?", contact["uuid"])
    if fields.has("shop_uuid"):
        wanted.add("shop = ?", shop_by_uuid(call, fields.text("shop_uuid"))["uuid"])
    wanted.order(call)
    page = page_of(call, default=10, most=30)
    rows, total = wanted.page(call, page)
    return Answer([_item(call, row) for row in rows], prepaid_meta(page, total, len(rows)))


def _item(call: Call, row: Record) -> Record:
    balance = call.books.number(
        "SELECT SUM(amount) FROM leat_prepaid_transactions WHERE contact = ? AND id <= ?",
        row["contact"],
        row["id"],
    )
    return _show(call, row, balance) | {"contact": contact_or_null(call.books, row["contact"])}


OPERATIONS = [
    Operation("prepaid_transaction.create", "POST", "/prepaid-transactions", create, True),
    Operation("prepaid_transaction.list", "GET", "/prepaid-transactions", list_all),
    Operation(
        "prepaid_transaction.reverse", "POST", "/prepaid-transactions/{uuid}/reverse", reverse
    ),
]
