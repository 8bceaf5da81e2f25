"""Sales, for real and simulated (sheet 2, 3 and 4)."""

import secrets
from dataclasses import dataclass
from fractions import Fraction

from tillsaga.sandbox.books import Record, stamp
from tillsaga.sandbox.loyale.accounts import (
    CARD,
    COUPON,
    POINTS,
    balance,
    cards_spent,
    coupons_used,
    customer_of,
    move,
    outlet_of,
)
from tillsaga.sandbox.loyale.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.loyale.duplicates import replayed
from tillsaga.sandbox.loyale.forms import SaleForm, canonical, read
from tillsaga.sandbox.loyale.pricing import Line, earned, price
from tillsaga.sandbox.loyale.progress import schedule, status_url
from tillsaga.sandbox.loyale.tenders import Purse, Tender, redeemed, resolve


@dataclass(frozen=True)
class Quote:
    """A sale worked out: what it would move, in points, cents and coupon uses."""

    form: SaleForm
    customer: Record
    outlet: str | None
    lines: list[Line]
    tenders: list[Tender]
    cards: list[tuple[int, int]]
    coupons: list[int]
    before: int
    earned: int
    redeemed: int

    def shown(self, unique_id: str | None, status: str, url: str | None) -> Record:
        """Show the sale as sheet 2 does."""
        return {
            "customerId": self.customer["guid"],
            "status": status,
            "statusUrl": url,
            "uniqueId": unique_id,
            "pointsEarned": self.earned,
            "pointsRedeemed": self.redeemed,
            "pointsBefore": self.before,
            "pointsAfter": self.before + self.earned - self.redeemed,
            "paymentMethods": [tender.shown() for tender in self.tenders],
        }


def create(call: Call) -> Answer:
    """Take a sale in, or only work it out; a simulation neither checks nor takes the id."""
    form = read(SaleForm, call)
    if call.simulate:
        return Answer(_quote(call, form).shown(form.unique_id, "SIMULATED", None))
    if known := replayed(call, form.unique_id):
        return known
    # The shape of the ids Loyale makes up itself (sheet 1, ids).
    unique_id = form.unique_id or secrets.token_hex(32)
    quote = _quote(call, form)
    reply = quote.shown(unique_id, "RECEIVED", status_url(call, unique_id))
    _book(call, quote, unique_id, reply)
    return Answer(reply, status=call.switches["accepted_status"])


def _quote(call: Call, form: SaleForm) -> Quote:
    customer, outlet = customer_of(call, form), outlet_of(call, form)
    if customer["on_hold"]:
        raise Refusal("customer_on_hold")
    lines = price(call, form.line_items)
    before = balance(call.books, POINTS, customer["id"])
    rate = Fraction(call.scheme["redemption_rate"])
    tenders = resolve(form.payment_methods, sum(line.cents for line in lines), Purse(before, rate))
    return Quote(
        form=form,
        customer=customer,
        outlet=outlet,
        lines=lines,
        tenders=tenders,
        cards=cards_spent(call, tenders, customer),
        coupons=coupons_used(call, form.coupons, customer),
        before=before,
        earned=points_earned(call, lines, tenders),
        redeemed=redeemed(tenders, rate),
    )


def points_earned(call: Call, lines: list[Line], tenders: list[Tender]) -> int:
    """Count what the lines earn, less what their payment keeps from earning (sheet 3).

    Raises:
        Refusal: in-line returns make it less than nothing (sheet 6.1).
    """
    gift_cards = call.switches["gift_card_earns"]
    earning = sum(tender.cents for tender in tenders if tender.earns(gift_cards))
    points = earned(lines, earning, call.scheme["rounding"])
    if points < 0:
        raise Refusal("negative_points")
    return points


def _book(call: Call, quote: Quote, unique_id: str, reply: Record) -> None:
    form = quote.form
    row = call.books.insert(
        "loyale_transactions",
        scheme=call.scheme["guid"],
        unique_id=unique_id,
        customer=quote.customer["guid"],
        outlet=quote.outlet,
        total=sum(line.cents for line in quote.lines),
        earned=quote.earned,
        redeemed=quote.redeemed,
        lines=[line.stored() for line in quote.lines],
        tenders=[tender.stored() for tender in quote.tenders],
        coupons=form.coupons,
        details=_details(form, call.now()),
        returned="NONE",
        sent=canonical(call.body),
        reply=reply,
        **schedule(call),
    )
    _move(call, quote, {"source": f"sale:{row}", "unique_id": unique_id})


def _details(form: SaleForm, now: str) -> Record:
    return {
        "receipt_number": form.receipt_number,
        "description": form.description,
        "date": stamp(form.date) if form.date else now,
        "pos": form.pos.model_dump() if form.pos else None,
    }


def _move(call: Call, quote: Quote, about: dict[str, str | None]) -> None:
    owner = quote.customer["id"]
    move(call.books, POINTS, owner, -quote.redeemed, "redeem", **about)
    move(call.books, POINTS, owner, quote.earned, "earn", **about)
    for card, cents in quote.cards:
        move(call.books, CARD, card, -cents, "spend", **about)
    for coupon in quote.coupons:
        move(call.books, COUPON, coupon, -1, "use", **about)


OPERATIONS = [Operation("transaction.create", "POST", "/api/Transaction", create)]
