"""Whose basket it is (sheet 2 and 3): the codes' user, else the one the till names."""

import secrets

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.letstrade.call import Call
from tillsaga.sandbox.letstrade.form import Form


def user_of(call: Call, held: list[Record], user: Form | None) -> str | None:
    """Name the basket's user; a till's `cell_number` finds or creates one.

    A code's user outranks what the till says, so nobody is created then.
    """
    if held:
        return str(held[0]["user_id"])
    if user is None:
        return None
    if named := user.text_or_none("_id"):
        return named
    return _found_or_created(call, user) if user.text_or_none("cell_number") else None


def _found_or_created(call: Call, user: Form) -> str:
    query = (
        "SELECT user_id FROM letstrade_customers"
        " WHERE cell_number = ? AND cell_country_code IS ? ORDER BY id"
    )
    cell, country = user.text_or_none("cell_number"), user.text_or_none("cell_country_code")
    if found := call.books.one(query, cell, country):
        return str(found["user_id"])
    return create_customer(
        call.books,
        origin="till",
        cell_number=cell,
        cell_country_code=country,
        email=user.email_or_none("email"),
        name=user.text_or_none("name"),
        surname=user.text_or_none("surname"),
    )


def create_customer(books: Books, **known: object) -> str:
    """Add a customer, by default without any way to pay, and answer the id."""
    user_id = str(known.pop("user_id", None) or secrets.token_hex(12))
    bare = {"has_wallet": False, "has_card": False, "card_declines": False}
    row = bare | known | {"user_id": user_id, "created_at": books.now()}
    books.insert("letstrade_customers", **row)
    return user_id
