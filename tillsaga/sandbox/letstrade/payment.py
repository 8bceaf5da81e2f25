"""Paying with a P code: wallet first, the card the rest, else a loan (sheet 3, maths)."""

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.letstrade.call import Call, Refusal

INSTRUMENTS = ("wallet", "card", "loan")
Split = dict[str, int]
"""Cents by instrument. An instrument a P code brought is there even with nothing to pay."""


def moved(books: Books, user: str, instrument: str) -> int:
    """Add up the customer's entries, in cents: charges are negative."""
    query = (
        "SELECT COALESCE(SUM(amount), 0) FROM letstrade_money WHERE user_id = ? AND instrument = ?"
    )
    return books.number(query, user, instrument)


def _within(books: Books, customer: Record, instrument: str, due: int) -> int:
    """Tell how much of `due` the instrument can bear; nobody knows a card's limit before."""
    balance = moved(books, customer["user_id"], instrument)
    if instrument == "loan":
        balance += customer["loan_limit"] or 0
    return due if instrument == "card" else min(due, balance)


def _payer(call: Call, codes: list[Record]) -> Record:
    query = "SELECT * FROM letstrade_customers WHERE user_id = ?"
    found = call.books.one(query, codes[0]["user_id"])
    assert found is not None
    return found


def simulate(call: Call, codes: list[Record], due: int) -> Split:
    """Split what is due over the instruments of the P codes; moves no money."""
    brought = {instrument for code in codes for instrument in code["instruments"]}
    split: Split = {}
    for instrument in INSTRUMENTS:
        if instrument in brought:
            left = due - sum(split.values())
            split[instrument] = _within(call.books, _payer(call, codes), instrument, left)
    return split


def charge(call: Call, codes: list[Record], split: Split, order_id: str) -> None:
    """Charge exactly the split, each instrument on the first code that brought it.

    Raises:
        Refusal: an instrument cannot bear its part.
    """
    for instrument, cents in split.items():
        if cents == 0:
            continue
        payer = _payer(call, codes)
        if not _bears(call, payer, instrument, cents):
            raise Refusal("payment_declined")
        by = next(code["code"] for code in codes if instrument in code["instruments"])
        entry = {"entry": "charge", "order_id": order_id, "code": by}
        enter(call.books, payer["user_id"], instrument, -cents, **entry)


def _bears(call: Call, payer: Record, instrument: str, cents: int) -> bool:
    if instrument != "card":
        return _within(call.books, payer, instrument, cents) == cents
    charged = -moved(call.books, payer["user_id"], "card")
    limit = payer["card_limit"]
    return not payer["card_declines"] and (limit is None or charged + cents <= limit)


def enter(books: Books, user: str, instrument: str, cents: int, **more: object) -> None:
    """Write one entry: money to the customer is positive."""
    row = {"user_id": user, "instrument": instrument, "amount": cents}
    books.insert("letstrade_money", **row, created_at=books.now(), **more)
