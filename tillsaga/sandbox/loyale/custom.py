"""Returns without a sale, worked out with the setup of today (sheet 6.4)."""

from fractions import Fraction

from tillsaga.sandbox.loyale.accounts import POINTS, balance, card_of, customer_of, outlet_of
from tillsaga.sandbox.loyale.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.loyale.duplicates import replayed
from tillsaga.sandbox.loyale.forms import SaleForm, read
from tillsaga.sandbox.loyale.pricing import price
from tillsaga.sandbox.loyale.return_booking import Return, book, show
from tillsaga.sandbox.loyale.sales import points_earned
from tillsaga.sandbox.loyale.tenders import GIFT_CARD, redeemed, resolve


def custom(call: Call) -> Answer:
    """Take back the points a sale of these lines would earn; give back what it would redeem."""
    form = read(SaleForm, call)
    if not call.simulate and (known := replayed(call, form.unique_id, custom_return=True)):
        return known
    if outlet_of(call, form) is None:
        raise Refusal("bad_request", why="outletId is required")
    if any(line.quantity <= 0 for line in form.line_items):
        raise Refusal("bad_request", why="lineItems: quantities must be greater than 0")
    customer = customer_of(call, form)
    made = _work_out(call, form)
    for tender in made.tenders:
        if tender.type == GIFT_CARD:
            card_of(call, tender, customer)
    before = balance(call.books, POINTS, customer["id"])
    reply = show(call, made, "Custom", customer, before)
    if not call.simulate:
        book(call, made, customer, reply, sale=None, key=form.unique_id)
    return Answer(reply)


def _work_out(call: Call, form: SaleForm) -> Return:
    lines = price(call, form.line_items)
    tenders = resolve(form.payment_methods, sum(line.cents for line in lines), None)
    rate = Fraction(call.scheme["redemption_rate"])
    return Return("Custom", points_earned(call, lines, tenders), redeemed(tenders, rate), tenders)


OPERATIONS = [Operation("return.custom", "POST", "/api/Transaction/Return/Custom", custom)]
