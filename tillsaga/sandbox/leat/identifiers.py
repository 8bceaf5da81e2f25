"""Contact identifiers, which are loyalty cards and QR codes (sheet 3.2)."""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import (
    contact_by_uuid,
    contact_or_null,
    identifier_by_value,
    named_contact,
)

NAME = "Loyalty card"


def _show(call: Call, value: str) -> Answer:
    card = identifier_by_value(call, value)
    shown: Record = {name: card[name] for name in ("name", "value", "active")}
    return Answer(shown | {"contact": contact_or_null(call.books, card["contact"])})


def _named(call: Call) -> Record:
    return identifier_by_value(call, call.fields.text("contact_identifier_value"))


def find(call: Call) -> Answer:
    """Find an active card; no balances, and no contact while nobody has it."""
    card = _named(call)
    if not card["active"]:
        raise Refusal(60004)
    return _show(call, card["value"])


def create(call: Call) -> Answer:
    """Create a card, perhaps linked at once."""
    value = call.fields.text("contact_identifier_value")
    if call.books.one("SELECT id FROM leat_identifiers WHERE value = ?", value):
        raise Refusal(60006)
    owner = named_contact(call)
    call.books.insert(
        "leat_identifiers",
        value=value,
        name=call.fields.text_or_none("contact_identifier_name") or NAME,
        active=True,
        contact=owner["uuid"] if owner else None,
    )
    return _show(call, value)


def link(call: Call) -> Answer:
    """Give a free card to a contact."""
    card = _named(call)
    contact = contact_by_uuid(call, call.fields.text("contact_uuid"))
    if card["contact"]:
        raise Refusal(60014)
    call.books.update("leat_identifiers", card["id"], contact=contact["uuid"])
    return _show(call, card["value"])


def unlink(call: Call) -> Answer:
    """Take a card from its contact."""
    card = _named(call)
    if not card["contact"]:
        raise Refusal(60011)
    call.books.update("leat_identifiers", card["id"], contact=None)
    return _show(call, card["value"])


def update(call: Call) -> Answer:
    """Rename a card, or switch it on or off."""
    card = _named(call)
    active = call.fields.truth_or_none("active")
    call.books.update(
        "leat_identifiers",
        card["id"],
        name=call.fields.text_or_none("contact_identifier_name")
        or call.fields.text_or_none("name")
        or card["name"],
        active=card["active"] if active is None else active,
    )
    return _show(call, card["value"])


def delete(call: Call) -> Answer:
    """Delete a card."""
    call.books.run("DELETE FROM leat_identifiers WHERE id = ?", _named(call)["id"])
    return Answer(None)


OPERATIONS = [
    Operation("contact_identifier.find", "GET", "/contact-identifiers/find", find, True),
    Operation("contact_identifier.create", "POST", "/contact-identifiers", create, True),
    Operation("contact_identifier.link", "PUT", "/contact-identifiers/link", link, True),
    Operation("contact_identifier.unlink", "PUT", "/contact-identifiers/unlink", unlink, True),
    Operation("contact_identifier.update", "PUT", "/contact-identifiers", update, True),
    Operation("contact_identifier.delete", "DELETE", "/contact-identifiers", delete, True),
]
