"""Finding what a call names, balances, and the small shapes embedded everywhere."""

from decimal import Decimal

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.leat.call import Call, Refusal


def contact_by_uuid(call: Call, uuid: str) -> Record:
    """Find a contact that still exists, else 55031."""
    found = call.books.one("SELECT * FROM leat_contacts WHERE uuid = ? AND deleted IS NULL", uuid)
    if found is None:
        raise Refusal(55031)
    return found


def named_contact(call: Call, name: str = "contact_uuid") -> Record | None:
    """Find the contact a field names, if it was sent."""
    uuid = call.fields.text_or_none(name)
    return None if uuid is None else contact_by_uuid(call, uuid)


def shop_by_uuid(call: Call, uuid: str) -> Record:
    """Find a shop, else 1008."""
    if (found := call.books.one("SELECT * FROM leat_shops WHERE uuid = ?", uuid)) is None:
        raise Refusal(1008)
    return found


def required_shop(call: Call) -> Record:
    """Find the shop of a call that must name one."""
    return shop_by_uuid(call, call.fields.text("shop_uuid"))


def identifier_by_value(call: Call, value: str) -> Record:
    """Find a loyalty card, else 60003."""
    found = call.books.one("SELECT * FROM leat_identifiers WHERE value = ?", value)
    if found is None:
        raise Refusal(60003)
    return found


def usable_identifier(call: Call) -> Record | None:
    """Find the active card a call names, if it names one (60003, 60004)."""
    value = call.fields.text_or_none("contact_identifier_value")
    if value is None:
        return None
    found = identifier_by_value(call, value)
    if not found["active"]:
        raise Refusal(60004)
    return found


def points_of(books: Books, contact: str) -> int:
    """Add up a contact's points; returns and reversals may take them below zero."""
    return books.number(
        "SELECT COALESCE(SUM(credits), 0) FROM leat_loyalty_transactions WHERE contact = ?", contact
    )


def prepaid_of(books: Books, contact: str) -> int:
    """Add up a contact's prepaid money, in cents."""
    return books.number(
        "SELECT COALESCE(SUM(amount), 0) FROM leat_prepaid_transactions WHERE contact = ?", contact
    )


def major(cents: int) -> int | float:
    """Show cents in major units the way JSON has it: 20 for 2000, 1.1 for 110 (sheet 1)."""
    return float(Decimal(cents) / 100) if cents % 100 else cents // 100


def euros(cents: int) -> str:
    """Print cents for people: `€15.00`."""
    return f"{'-' if cents < 0 else ''}€{abs(cents) // 100}.{abs(cents) % 100:02d}"


def small_contact(contact: Record) -> Record:
    """Show a contact as it is embedded: uuid and email only."""
    return {"uuid": contact["uuid"], "email": contact["email"]}


def contact_and_credits(books: Books, contact: Record) -> Record:
    """Show a contact as receptions embed it, with the balance after the movement."""
    balance = {"id": contact["id"], "balance": points_of(books, contact["uuid"])}
    return small_contact(contact) | {"credit_balance": balance}


def contact_or_null(books: Books, uuid: str | None) -> Record | None:
    """Show the contact a row refers to, if any; a deleted one too."""
    found = uuid and books.one("SELECT uuid, email FROM leat_contacts WHERE uuid = ?", uuid)
    return found or None


def shop_or_null(books: Books, uuid: str | None) -> Record | None:
    """Read the shop a row refers to, if any."""
    return books.one("SELECT * FROM leat_shops WHERE uuid = ?", uuid) if uuid else None


def reception_shop(books: Books, uuid: str | None) -> Record | None:
    """Show a shop as receptions embed it, with an address (sheet 3.4)."""
    if (shop := shop_or_null(books, uuid)) is None:
        return None
    shown = {name: shop[name] for name in ("id", "uuid", "type", "name")}
    return shown | {"address": {"id": shop["id"], "shop_id": shop["id"], "street": None}}


def identifier_or_null(books: Books, value: str | None) -> Record | None:
    """Show the card a movement was made with, if any."""
    if value is None:
        return None
    return books.one("SELECT name, value, active FROM leat_identifiers WHERE value = ?", value)
