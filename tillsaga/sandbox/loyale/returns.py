"""Returns of a sale, whole or by line item (sheet 6.2 and 6.3)."""

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.loyale.accounts import COUPON, POINTS, balance, move
from tillsaga.sandbox.loyale.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.loyale.duplicates import require_sale
from tillsaga.sandbox.loyale.forms import LineReturnForm, read
from tillsaga.sandbox.loyale.money import cents_of
from tillsaga.sandbox.loyale.pricing import Line
from tillsaga.sandbox.loyale.return_booking import Return, book, show
from tillsaga.sandbox.loyale.tenders import Tender, shares


@dataclass(frozen=True)
class Rest:
    """What a sale has left to return; `lines` tells the quantity per line returned so far."""

    sale: Record
    earned: int
    redeemed: int
    tenders: list[Tender]
    lines: dict[int, Decimal] = field(default_factory=dict)

    @property
    def cents(self) -> int:
        """Money that has not been returned."""
        return sum(tender.cents for tender in self.tenders)


def full(call: Call) -> Answer:
    """Return a sale whole, or what earlier returns left of it."""
    rest = _rest(call)
    made = Return("Full Transaction", rest.earned, rest.redeemed, rest.tenders)
    return _answer(call, rest, made, is_last=True)


def line_item(call: Call) -> Answer:
    """Return some of one article; asked again, it returns as much again."""
    form = read(LineReturnForm, call)
    rest = _rest(call)
    if form.quantity <= 0:
        raise Refusal("bad_request", why="quantity: must be greater than 0")
    lines = [Line.restored(kept) for kept in rest.sale["lines"]]
    taken = _take(lines, rest.lines, form)
    after = {n: rest.lines.get(n, Decimal(0)) + taken.get(n, 0) for n in range(len(lines))}
    is_last = all(after[n] == line.quantity for n, line in enumerate(lines) if line.quantity > 0)
    made = _share(lines, rest, after)
    if is_last:
        # So that the sums close exactly.
        made = Return("Line Item", rest.earned, rest.redeemed, rest.tenders)
    noted = {str(n): str(quantity) for n, quantity in taken.items()}
    return _answer(call, rest, replace(made, taken=noted), is_last)


def _rest(call: Call) -> Rest:
    """Find what can still be returned.

    Raises:
        Refusal: the sale is unknown, not completed, or returned already.
    """
    sale = require_sale(call)
    if sale["state"] != "COMPLETED":
        raise Refusal("not_completed")
    if sale["returned"] == "FULL":
        raise Refusal("already_returned")
    rest = [dict(tender) for tender in sale["tenders"]]
    earned, redeemed, lines = sale["earned"], sale["redeemed"], dict[int, Decimal]()
    query = "SELECT * FROM loyale_returns WHERE sale = ? ORDER BY id"
    for earlier in call.books.all(query, sale["id"]):
        earned, redeemed = earned - earlier["deducted"], redeemed - earlier["readded"]
        for tender, gone in zip(rest, earlier["tenders"], strict=True):
            tender["cents"] -= gone["cents"]
        for n, quantity in earlier["taken"].items():
            lines[int(n)] = lines.get(int(n), Decimal(0)) + Decimal(quantity)
    return Rest(sale, earned, redeemed, [Tender(**tender) for tender in rest], lines)


def _take(lines: list[Line], gone: dict[int, Decimal], form: LineReturnForm) -> dict[int, Decimal]:
    """Choose the lines a quantity comes from, the earliest first (sheet 9, trap 11)."""
    matching = [n for n, line in enumerate(lines) if line.sku == form.sku and line.quantity > 0]
    if not matching:
        raise Refusal("not_in_sale", sku=form.sku)
    wanted, taken = form.quantity, dict[int, Decimal]()
    for n in matching:
        taken[n] = min(wanted, lines[n].quantity - gone.get(n, Decimal(0)))
        wanted -= taken[n]
    if wanted > 0:
        raise Refusal("too_many", left=form.quantity - wanted)
    return taken


def _share(lines: list[Line], rest: Rest, after: dict[int, Decimal]) -> Return:
    """Work out a part in proportion to its money, never more than is left."""
    cents = sum(
        cents_of(after[n] * line.unit) - cents_of(rest.lines.get(n, Decimal(0)) * line.unit)
        for n, line in enumerate(lines)
    )
    cents = max(0, min(cents, rest.cents))
    part = Fraction(cents, rest.sale["total"]) if rest.sale["total"] else Fraction(0)
    return Return(
        "Line Item",
        min(math.floor(rest.sale["earned"] * part), rest.earned),
        min(math.floor(rest.sale["redeemed"] * part), rest.redeemed),
        shares(rest.tenders, cents),
    )


def _answer(call: Call, rest: Rest, made: Return, is_last: bool) -> Answer:
    query = "SELECT * FROM loyale_customers WHERE guid = ?"
    customer = call.books.one(query, rest.sale["customer"]) or {}
    before = balance(call.books, POINTS, customer["id"])
    label = f"{made.kind}: {rest.sale['unique_id']}"
    reply = show(call, made, label, customer, before)
    if not call.simulate:
        book(call, made, customer, reply, rest.sale, key=None)
        returned = "FULL" if is_last else "PARTIAL"
        call.books.update("loyale_transactions", rest.sale["id"], returned=returned)
        if is_last and call.switches["return_restores_coupon"]:
            _restore_coupons(call, rest.sale)
    return Answer(reply)


def _restore_coupons(call: Call, sale: Record) -> None:
    query = "SELECT owner, unique_id FROM loyale_moves WHERE source = ? AND account = ?"
    source = f"sale:{sale['id']}"
    for used in call.books.all(query, source, COUPON):
        about = {"source": f"restored:{source}", "unique_id": used["unique_id"]}
        move(call.books, COUPON, used["owner"], 1, "restore", **about)


OPERATIONS = [
    Operation("return.full", "POST", "/api/Transaction/Return/Full/{uniqueId}", full),
    Operation("return.line_item", "POST", "/api/Transaction/Return/LineItem/{uniqueId}", line_item),
]
