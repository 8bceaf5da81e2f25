"""Customers, gift cards, coupons, and the moves on their accounts (sheet 2 and 4)."""

from collections import Counter
from collections.abc import Sequence

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.loyale.call import Call, Refusal
from tillsaga.sandbox.loyale.forms import SaleForm
from tillsaga.sandbox.loyale.tenders import GIFT_CARD, Tender

POINTS, CARD, COUPON = "points", "gift_card", "coupon"


def move(
    books: Books, account: str, owner: int, amount: int, kind: str, **about: str | None
) -> None:
    """Book an amount; nothing is booked for nothing."""
    if amount:
        row = {"account": account, "owner": owner, "amount": amount, "kind": kind}
        books.insert("loyale_moves", created_at=books.now(), **row, **about)


def undo(books: Books, source: str) -> None:
    """Book the opposite of all that one source moved."""
    books.run(
        "INSERT INTO loyale_moves (account, owner, amount, kind, source, unique_id, created_at)"
        " SELECT account, owner, -amount, 'rollback', source, unique_id, ? FROM loyale_moves"
        " WHERE source = ? ORDER BY id",
        books.now(),
        source,
    )


def balance(books: Books, account: str, owner: int) -> int:
    """Add up an account."""
    query = "SELECT COALESCE(SUM(amount), 0) FROM loyale_moves WHERE account = ? AND owner = ?"
    return books.number(query, account, owner)


def customer_of(call: Call, form: SaleForm) -> Record:
    """Find the customer by id, which wins, or by barcode; both must name the same one."""
    if form.customer_id is None and form.customer_barcode is None:
        raise Refusal("bad_request", why="customerBarcode or customerId is required")
    query = "SELECT * FROM loyale_customers WHERE scheme = ? AND {} = ?"
    scheme, by_id, by_barcode = call.scheme["guid"], None, None
    if form.customer_id is not None:
        by_id = call.books.one(query.format("guid"), scheme, form.customer_id.lower())
    if form.customer_barcode is not None:
        by_barcode = call.books.one(query.format("barcode"), scheme, form.customer_barcode)
    found = by_barcode if form.customer_id is None else by_id
    if found is None:
        raise Refusal("customer_not_found")
    if form.customer_barcode is not None and by_barcode != found:
        raise Refusal("customers_disagree")
    return found


def outlet_of(call: Call, form: SaleForm) -> str | None:
    """Find the outlet, if one was sent."""
    if form.outlet_id is None:
        return None
    query = "SELECT guid FROM loyale_outlets WHERE scheme = ? AND guid = ?"
    found = call.books.one(query, call.scheme["guid"], form.outlet_id.lower())
    if found is None:
        raise Refusal("outlet_not_found")
    return str(found["guid"])


def is_live(row: Record, now: str) -> bool:
    """Tell whether a gift card or coupon is inside its dates; `to` is the last moment."""
    begun = row["starts"] is None or row["starts"] <= now
    return begun and (row["ends"] is None or now <= row["ends"])


def card_of(call: Call, tender: Tender, customer: Record) -> Record:
    """Find the gift card a tender refers to; it must be linked to the customer."""
    query = "SELECT * FROM loyale_gift_cards WHERE scheme = ? AND barcode = ?"
    card = call.books.one(query, call.scheme["guid"], tender.reference)
    if card is None:
        raise Refusal("gift_card_not_found")
    if card["customer"] != customer["guid"]:
        raise Refusal("gift_card_not_valid")
    return card


def cards_spent(call: Call, tenders: Sequence[Tender], customer: Record) -> list[tuple[int, int]]:
    """Check the gift cards (sheet 4, step 7); answers card and cents of each."""
    spent: Counter[int] = Counter()
    for tender in (one for one in tenders if one.type == GIFT_CARD):
        card = card_of(call, tender, customer)
        if not card["enabled"] or not is_live(card, call.now()):
            raise Refusal("gift_card_not_valid")
        left = balance(call.books, CARD, card["id"]) - spent[card["id"]]
        if tender.cents > left:
            raise Refusal("gift_card_insufficient")
        if not card["partial_use"] and tender.cents != left:
            raise Refusal("gift_card_not_valid")
        spent[card["id"]] += tender.cents
    return list(spent.items())


def coupons_used(call: Call, barcodes: Sequence[str], customer: Record) -> list[int]:
    """Check the coupons (sheet 4): known, the customer's, inside their dates, a use left."""
    used: Counter[int] = Counter()
    query = "SELECT * FROM loyale_coupons WHERE scheme = ? AND barcode = ?"
    for barcode in barcodes:
        coupon = call.books.one(query, call.scheme["guid"], barcode)
        if (
            coupon is None
            or coupon["customer"] != customer["guid"]
            or not is_live(coupon, call.now())
            or balance(call.books, COUPON, coupon["id"]) <= used[coupon["id"]]
        ):
            raise Refusal("coupon_not_valid", barcode=barcode)
        used[coupon["id"]] += 1
    return list(used.elements())
