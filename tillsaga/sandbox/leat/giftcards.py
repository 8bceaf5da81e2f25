"""Giftcards and their programs (sheet 3.6)."""

import secrets
from datetime import timedelta

from tillsaga.sandbox.books import Books, Record, stamp
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import contact_by_uuid, euros, major
from tillsaga.sandbox.leat.paging import Filter, giftcards_meta, page_of

DIGITAL = 1


def card_by_uuid(call: Call, uuid: str) -> Record:
    """Find a card by its uuid, else 5001."""
    found = call.books.one("SELECT * FROM leat_giftcards WHERE uuid = ?", uuid)
    if found is None:
        raise Refusal(5001)
    return found


def program_by_uuid(call: Call, uuid: str) -> Record:
    """Find a program, else 1100."""
    found = call.books.one("SELECT * FROM leat_programs WHERE uuid = ?", uuid)
    if found is None:
        raise Refusal(1100)
    return found


def balance_of(books: Books, card: str) -> int:
    """Add up a card's movements, in cents."""
    return books.number(
        "SELECT COALESCE(SUM(amount), 0) FROM leat_giftcard_transactions WHERE card = ?", card
    )


def is_upgradeable(books: Books, card: Record) -> bool:
    """Tell whether the card may be loaded: a digital one only while no load stands."""
    query = "SELECT COALESCE(SUM(loads), 0) FROM leat_giftcard_transactions WHERE card = ?"
    return card["type"] == "PHYSICAL" or books.number(query, card["uuid"]) == 0


def _show_program(program: Record) -> Record:
    return {
        "id": program["id"],
        "uuid": program["uuid"],
        "name": program["name"],
        "max_amount_in_cents": program["max_amount"],
        "calculator_flow": "DEFAULT",
        "expiration_days": program["expiration_days"],
    }


def _show(call: Call, card: Record) -> Record:
    cents, ends = balance_of(call.books, card["uuid"]), card["expiration_date"]
    shown = {name: card[name] for name in ("id", "uuid", "type", "hash", "active")}
    return shown | {
        "amount_in_cents": cents,
        "amount": major(cents),
        "display_amount": euros(cents),
        "upgradeable": is_upgradeable(call.books, card),
        "expiration_date": ends,
        "formatted_expiration_date": ends and ends[:10],
        "url": f"https://leat.test/giftcard-balance?hash={card['hash']}",
        "giftcard_program": _show_program(program_by_uuid(call, card["program"])),
        "giftcard_recipients": [],
    }


def find(call: Call) -> Answer:
    """Find a card by the code on it; an expired or inactive one is shown as such."""
    code = call.fields.text("hash")
    found = call.books.one("SELECT * FROM leat_giftcards WHERE hash = ?", code)
    if found is None:
        raise Refusal(5001)
    return Answer(_show(call, found))


def get(call: Call) -> Answer:
    """Read one card."""
    return Answer(_show(call, card_by_uuid(call, call.path["uuid"])))


def list_all(call: Call) -> Answer:
    """List cards."""
    wanted = Filter("leat_giftcards")
    if call.fields.has("giftcard_program_uuid"):
        program = program_by_uuid(call, call.fields.text("giftcard_program_uuid"))
        wanted.add("program = ?", program["uuid"])
    page = page_of(call, default=30, most=100)
    rows, total = wanted.page(call, page)
    return Answer([_show(call, row) for row in rows], giftcards_meta(page, total))


def programs(call: Call) -> Answer:
    """List the programs."""
    rows = call.books.all("SELECT * FROM leat_programs ORDER BY id")
    return Answer([_show_program(row) for row in rows])


def create(call: Call) -> Answer:
    """Create a digital card with nothing on it; nothing ever deletes it."""
    kind = call.fields.whole("type", least=0, most=DIGITAL)
    program = program_by_uuid(call, call.fields.text("giftcard_program_uuid"))
    if kind != DIGITAL:
        raise Refusal(55021)
    uuid, days = call.books.new_id("gc"), program["expiration_days"]
    ends = days and stamp(call.books.clock.now() + timedelta(days=days))
    call.books.insert(
        "leat_giftcards",
        uuid=uuid,
        hash=secrets.token_hex(5).upper(),
        type="DIGITAL",
        program=program["uuid"],
        active=True,
        expiration_date=ends,
        created_at=call.now(),
    )
    return Answer(_show(call, card_by_uuid(call, uuid)))


def send_by_email(call: Call) -> Answer:
    """Mail a card to a contact; cannot be taken back."""
    card = card_by_uuid(call, call.path["uuid"])
    contact = contact_by_uuid(call, call.fields.text("contact_uuid"))
    tags = call.fields.mapping("merge_tags")
    if any(not name.startswith("custom.") for name in tags):
        raise call.fields.invalid("merge_tags", "must start with custom.")
    if call.switches["email_not_configured"]:
        raise Refusal(6007)
    if contact["email"] is None:
        raise call.fields.invalid("contact_uuid", "has no email address")
    call.books.insert(
        "leat_emails",
        giftcard=card["uuid"],
        contact=contact["uuid"],
        address=contact["email"],
        merge_tags=tags,
        created_at=call.now(),
    )
    sent = "Email successfully sent"
    old = call.switches["email_answer_object"]
    return Answer({"message": "success", "data": sent} if old else sent)


OPERATIONS = [
    Operation("giftcard.find", "GET", "/giftcards/find-one-by", find, True),
    Operation("giftcard.list", "GET", "/giftcards", list_all),
    Operation("giftcard.get", "GET", "/giftcards/{uuid}", get, True),
    Operation("giftcard.create", "POST", "/giftcards", create, True),
    Operation("giftcard.send_by_email", "POST", "/giftcards/{uuid}/send-by-email", send_by_email),
    Operation("giftcard_program.list", "GET", "/giftcard-programs", programs),
]
