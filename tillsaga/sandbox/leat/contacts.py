"""Contacts (sheet 3.1)."""

import re

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import (
    contact_by_uuid,
    euros,
    identifier_by_value,
    major,
    points_of,
    prepaid_of,
)
from tillsaga.sandbox.leat.paging import Filter, listing_meta, page_of

OWNED = (
    "leat_identifiers",
    "leat_vouchers",
    "leat_voucher_redemptions",
    "leat_loyalty_transactions",
    "leat_prepaid_transactions",
    "leat_orders",
)
"""Tables whose rows move along when an anonymous contact is merged into a known one."""


def show(books: Books, contact: Record) -> Record:
    """Show a contact whole."""
    points, prepaid = points_of(books, contact["uuid"]), prepaid_of(books, contact["uuid"])
    card = books.one(
        "SELECT value FROM leat_identifiers WHERE contact = ? ORDER BY id", contact["uuid"]
    )
    values = contact["attributes"] | {
        "loyalty_balance": points,
        "prepaid_balance": major(prepaid),
        "default_contact_identifier": card["value"] if card else None,
    }
    shown = {name: contact[name] for name in ("id", "uuid", "email", "tier")}
    return shown | {
        "subscriptions": [],
        "credit_balance": {"balance": points},
        "prepaid_balance": {"balance_in_cents": prepaid},
        "current_values": values,
        "current_display_values": {name: str(value) for name, value in values.items()},
    }


def _email(call: Call) -> str:
    address = call.fields.text("email").strip()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        raise call.fields.invalid("email", "must be an email address")
    return address


def _by_email(call: Call, address: str) -> Record | None:
    return call.books.one("SELECT * FROM leat_contacts WHERE email = ?", address)


def create_contact(books: Books, email: str | None, **known: object) -> str:
    """Add a contact and answer its uuid; without an email it is anonymous."""
    uuid = str(known.pop("uuid", None) or books.new_id("c"))
    row = {"attributes": {}, "anonymous": email is None, "created_at": books.now()} | known
    books.insert("leat_contacts", uuid=uuid, email=email, **row)
    return uuid


def find(call: Call) -> Answer:
    """Find a contact by email."""
    if (found := _by_email(call, _email(call))) is None:
        raise Refusal(55031)
    return Answer(show(call.books, found))


def find_or_create(call: Call) -> Answer:
    """Find a contact by email, or make one: a GET that writes."""
    return Answer(show(call.books, contact_by_uuid(call, _found_or_created(call))))


def find_or_create_async(call: Call) -> Answer:
    """Find or create, answering only the uuid."""
    return Answer({"uuid": _found_or_created(call)})


def _found_or_created(call: Call) -> str:
    address = _email(call)
    found = _by_email(call, address)
    return found["uuid"] if found else create_contact(call.books, address)


def create(call: Call) -> Answer:
    """Create a contact; the email is its natural key."""
    address = _email(call)
    if _by_email(call, address):
        raise Refusal(60005)
    referral = call.fields.text_or_none("referral_code")
    return Answer({"uuid": create_contact(call.books, address, referral_code=referral)})


def create_anonymous(call: Call) -> Answer:
    """Create a contact without an email, perhaps on a card nobody has yet."""
    value = call.fields.text_or_none("contact_identifier_value")
    card = identifier_by_value(call, value) if value else None
    if card and card["contact"]:
        raise Refusal(60014)
    uuid = create_contact(call.books, None)
    if card:
        call.books.update("leat_identifiers", card["id"], contact=uuid)
    return Answer({"uuid": uuid})


def claim(call: Call) -> Answer:
    """Give an anonymous contact an email; merges into the contact that has it already."""
    address = _email(call)
    contact = contact_by_uuid(call, call.path["uuid"])
    if not contact["anonymous"]:
        raise Refusal(60016)
    known = _by_email(call, address)
    if known is None:
        call.books.update("leat_contacts", contact["id"], email=address, anonymous=False)
        return Answer(show(call.books, contact_by_uuid(call, contact["uuid"])))
    for table in OWNED:
        query = f"UPDATE {table} SET contact = ? WHERE contact = ?"
        call.books.run(query, known["uuid"], contact["uuid"])
    gone = {"deleted": "MERGED", "merged_into": known["uuid"]}
    call.books.update("leat_contacts", contact["id"], **gone)
    return Answer(show(call.books, known))


def get(call: Call) -> Answer:
    """Read one contact."""
    return Answer(show(call.books, contact_by_uuid(call, call.path["uuid"])))


def update(call: Call) -> Answer:
    """Change a contact's attributes; those not named stay."""
    contact = contact_by_uuid(call, call.path["uuid"])
    changed = contact["attributes"] | call.fields.inner("attributes").values
    call.books.update("leat_contacts", contact["id"], attributes=changed)
    return Answer(show(call.books, contact | {"attributes": changed}))


def delete(call: Call) -> Answer:
    """Delete a contact for good; the vendor schedules it, here it happens at once."""
    contact = contact_by_uuid(call, call.path["uuid"])
    how = call.fields.choice("type", ("DEFAULT", "GDPR"))
    erased: Record = {"attributes": {}} if how == "GDPR" else {}
    call.books.update("leat_contacts", contact["id"], deleted=how, email=None, **erased)
    query = "UPDATE leat_identifiers SET contact = NULL WHERE contact = ?"
    call.books.run(query, contact["uuid"])
    return Answer(None)


def credit_balance(call: Call) -> Answer:
    """Read a contact's points."""
    contact = contact_by_uuid(call, call.path["uuid"])
    return Answer({"balance": points_of(call.books, contact["uuid"])})


def prepaid_balance(call: Call) -> Answer:
    """Read a contact's prepaid money."""
    contact = contact_by_uuid(call, call.path["uuid"])
    cents = prepaid_of(call.books, contact["uuid"])
    return Answer({"balance_in_cents": cents, "balance": euros(cents)})


def identifiers(call: Call) -> Answer:
    """List a contact's cards; the one linked first is the default."""
    uuid = contact_by_uuid(call, call.path["uuid"])["uuid"]
    query = "SELECT * FROM leat_identifiers WHERE contact = ? ORDER BY id"
    cards = call.books.all(query, uuid)
    names = ("name", "value", "active")
    return Answer(
        [{n: card[n] for n in names} | {"default": not i} for i, card in enumerate(cards)]
    )


def tier(call: Call) -> Answer:
    """Read a contact's tier; null when it has none."""
    return Answer(contact_by_uuid(call, call.path["uuid"])["tier"])


def list_all(call: Call) -> Answer:
    """List contacts."""
    wanted = Filter("leat_contacts")
    wanted.add("deleted IS NULL")
    wanted.created_at(call.fields)
    wanted.order(call)
    page = page_of(call, default=30, most=100)
    rows, total = wanted.page(call, page)
    shown = [show(call.books, row) for row in rows]
    return Answer(shown, listing_meta(page, total, len(shown)))


OPERATIONS = [
    Operation("contact.find", "GET", "/contacts/find-one-by", find, True),
    Operation("contact.find_or_create", "GET", "/contacts/find-or-create", find_or_create, True),
    Operation(
        "contact.find_or_create_async",
        "GET",
        "/contacts/find-or-create/async",
        find_or_create_async,
        True,
    ),
    Operation("contact.list", "GET", "/contacts", list_all),
    Operation("contact.create", "POST", "/contacts", create, True),
    Operation("contact.create_anonymous", "POST", "/contacts/anonymous", create_anonymous, True),
    Operation("contact.claim", "PUT", "/contacts/{uuid}/claim", claim),
    Operation("contact.get", "GET", "/contacts/{uuid}", get, True),
    Operation("contact.update", "PUT", "/contacts/{uuid}", update, True),
    Operation("contact.delete", "POST", "/contacts/{uuid}/delete", delete),
    Operation("contact.credit_balance", "GET", "/contacts/{uuid}/credit-balance", credit_balance),
    Operation(
        "contact.prepaid_balance", "GET", "/contacts/{uuid}/prepaid-balance", prepaid_balance
    ),
    Operation("contact.identifiers", "GET", "/contacts/{uuid}/contact-identifiers", identifiers),
    Operation("contact.tier", "GET", "/contacts/{uuid}/tier", tier),
]
