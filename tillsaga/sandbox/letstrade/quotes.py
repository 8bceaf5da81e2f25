"""get/offerings: the quote. It moves nothing, but keeps a snapshot (sheet 3)."""

import secrets
import string

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.letstrade import money, payment
from tillsaga.sandbox.letstrade.basket import Basket, check_till, read_basket
from tillsaga.sandbox.letstrade.bill import Bill
from tillsaga.sandbox.letstrade.call import Answer, Call, Operation
from tillsaga.sandbox.letstrade.codes import check_codes, of_kind, vouchers_of
from tillsaga.sandbox.letstrade.customers import user_of

CLOSED = ("FINALISED", "VOIDED")


def basket_of(call: Call, uuid: str) -> Record | None:
    """Find what is known of a basket."""
    return call.books.one("SELECT * FROM letstrade_baskets WHERE uuid = ?", uuid)


def new_order() -> Record:
    """Make an order's two ids: one for machines, one to be read out."""
    letters = string.ascii_uppercase + string.digits
    code = "".join(secrets.choice(letters) for _ in range(6))
    return {"order_id": secrets.token_hex(12), "order_code": f"LT-{code}"}


def quote(call: Call) -> Answer:
    """Quote a basket; the last quote of an open basket is the one that counts."""
    basket = read_basket(call.form, closing=False)
    check_till(call, basket.store, basket.terminal)
    held = check_codes(call, basket.codes)
    user = user_of(call, held, basket.user)
    bill = Bill(basket, basket.outstanding or 0)
    bill.price(call, vouchers_of(call, held), user)
    split = payment.simulate(call, of_kind(held, "P"), bill.left)
    bill.left -= sum(split.values())
    known = basket_of(call, basket.uuid)
    order = {n: known[n] for n in ("order_id", "order_code")} if known else new_order()
    reply = order | {"basket": _show(basket, bill, split) | _fee(call)}
    if known is None or known["state"] not in CLOSED:
        _keep(call, basket, known, user, bill, order | {"split": split, "reply": reply})
    return Answer(reply, "Offerings retrieved")


def _fee(call: Call) -> Record:
    """What the vendor adds by itself; the till makes it part of the bill that it finalises."""
    fee = call.switches["product_handling_fees"]
    return {"product_handling_fees": fee} if fee != "0.00" else {}


def _show(basket: Basket, bill: Bill, split: payment.Split) -> Record:
    shown = {
        "uuid": basket.uuid,
        "outstanding_amount": money.text(bill.left),
        **basket.fees(),
        "product_list": bill.lines,
        "vouchers": bill.vouchers,
        "deals": bill.deals,
        "subscriptions": bill.subscriptions,
    }
    return shown | {name: {"amount": money.number(cents)} for name, cents in split.items()}


def _keep(
    call: Call, basket: Basket, known: Record | None, user: str | None, bill: Bill, more: Record
) -> None:
    selected = known["selected"] if known else []
    row = {
        "uuid": basket.uuid,
        "store_id": basket.store,
        "terminal_id": basket.terminal,
        "user_id": user,
        # A new quote replaces the snapshot, not what the customer chose in the app.
        "state": "VOUCHERS_SELECTED" if selected else "QUOTED",
        "quotes": (known["quotes"] if known else 0) + 1,
        "total": basket.total,
        "outstanding": bill.left,
        "codes": basket.codes,
        "sent": basket.sent,
        "offered": bill.offered(),
        "selected": selected,
        "updated_at": call.now(),
    } | more
    if known:
        call.books.update("letstrade_baskets", known["id"], **row)
    else:
        call.books.insert("letstrade_baskets", **row)


OPERATIONS = [Operation("offerings.get", "POST", "/v1/get/offerings", quote)]
