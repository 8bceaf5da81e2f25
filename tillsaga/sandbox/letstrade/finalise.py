"""finalise/offerings: the commit, all or nothing, and nothing takes it back (sheet 4)."""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.letstrade import money, payment
from tillsaga.sandbox.letstrade.basket import Basket, check_till, read_basket
from tillsaga.sandbox.letstrade.bill import Bill, show_lines
from tillsaga.sandbox.letstrade.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.letstrade.codes import check_codes, of_kind, use, vouchers_of
from tillsaga.sandbox.letstrade.customers import user_of
from tillsaga.sandbox.letstrade.quotes import basket_of, new_order
from tillsaga.sandbox.letstrade.world import CLIENT_ID

DONE = "Transaction finalised"


def finalise(call: Call) -> Answer:
    """Check everything in the sheet's order, then charge, burn, award and store the order."""
    basket = read_basket(call.form, closing=True)
    check_till(call, basket.store, basket.terminal)
    if before := call.books.one("SELECT * FROM letstrade_orders WHERE uuid = ?", basket.uuid):
        return _again(call, before)
    held, known = check_codes(call, basket.codes), basket_of(call, basket.uuid)
    passed = _passed_back(basket)
    _check_offered(known, passed)
    # Like a code's user, the one who picked vouchers in the app outranks the till's.
    user = (None if held else _selected_by(known)) or user_of(call, held, basket.user)
    order = _order_ids(call, known)
    split, left = _settled(call, basket, held, known)
    to_burn = vouchers_of(call, held) + _chosen(call, known, passed, held)
    payment.charge(call, of_kind(held, "P"), split, order["order_id"])
    _burn(call, to_burn, order["order_id"])
    _award(call, basket, of_kind(held, "E"), order["order_id"])
    use(call, held, basket.uuid, order["order_id"])
    burned = [voucher["voucher_id"] for voucher in to_burn]
    more = order | {"user_id": user, "outstanding": left, "burned": burned}
    return Answer(_store(call, basket, known, more), DONE)


def _again(call: Call, before: Record) -> Answer:
    if call.switches["finalise_duplicate"] == "replay":
        return Answer(before["reply"], DONE)
    raise Refusal("basket_finalised", {name: before[name] for name in ("order_id", "order_code")})


def _passed_back(basket: Basket) -> list[str]:
    lists = [basket.sent.get("vouchers"), *(line.sent.get("vouchers") for line in basket.lines)]
    return [str(one.get("_id")) for vouchers in lists for one in vouchers or []]


def _check_offered(known: Record | None, passed: list[str]) -> None:
    selected = (one["_id"] for one in _selected(known))
    offered = {*(known["offered"] if known else []), *selected}
    if not offered.issuperset(passed):
        raise Refusal("voucher_not_offered")


def _selected_by(known: Record | None) -> str | None:
    return next((one["user_id"] for one in _selected(known)), None)


def _selected(known: Record | None) -> list[Record]:
    selected: list[Record] = known["selected"] if known else []
    return selected


def _order_ids(call: Call, known: Record | None) -> Record:
    if known is None or call.switches["finalise_order_id"] == "fresh":
        return new_order()
    return {"order_id": known["order_id"], "order_code": known["order_code"]}


def _settled(
    call: Call, basket: Basket, held: list[Record], known: Record | None
) -> tuple[payment.Split, int]:
    """Decide what to charge, and what is left to pay; cents.

    What was quoted is charged, because the reply names no instruments and so the till
    books the quote's. P codes nobody asked a quote for pay what is outstanding.
    """
    paying = of_kind(held, "P")
    names = {code["code"] for code in paying}
    due = basket.outstanding
    if known and names == {code for code in known["codes"] if code[0].upper() == "P"}:
        return known["split"], known["outstanding"] if due is None else due
    if due is None:
        due = _due(call, basket, held, known)
    split = payment.simulate(call, paying, due)
    return split, due - sum(split.values())


def _due(call: Call, basket: Basket, held: list[Record], known: Record | None) -> int:
    """Work out what the till did not say: as quoted, else the total without the vouchers."""
    if known:
        quoted: payment.Split = known["split"]
        return int(known["outstanding"]) + sum(quoted.values())
    bill, vouchers = Bill(basket, basket.total), vouchers_of(call, held)
    bill.take_product_vouchers(vouchers)
    bill.take_basket_vouchers(vouchers)
    return bill.left


def _chosen(
    call: Call, known: Record | None, passed: list[str], held: list[Record]
) -> list[Record]:
    """Find the vouchers chosen in the app and passed back; no code stands for them."""
    coded = {code["voucher_id"] for code in held}
    query = "SELECT * FROM letstrade_vouchers WHERE voucher_id = ?"
    ids = (one["_id"] for one in _selected(known))
    wanted = [one for one in ids if one in passed and one not in coded]
    found = [voucher for one in wanted if (voucher := call.books.one(query, one))]
    if any(voucher["state"] != "AVAILABLE" for voucher in found):
        raise Refusal("voucher_used")
    return found


def _burn(call: Call, vouchers: list[Record], order_id: str) -> None:
    burned = {"state": "BURNED", "order_id": order_id, "burned_at": call.now()}
    for voucher in vouchers:
        call.books.update("letstrade_vouchers", voucher["id"], **burned)


def _award(call: Call, basket: Basket, earning: list[Record], order_id: str) -> None:
    """Award one point per whole rand of the total, once however many E codes there are."""
    if earning:
        row = {"user_id": earning[0]["user_id"], "points": basket.total // 100}
        origin = {"entry": "award", "order_id": order_id, "code": earning[0]["code"]}
        call.books.insert("letstrade_points", **row, **origin, created_at=call.now())


def _store(call: Call, basket: Basket, known: Record | None, more: Record) -> Record:
    ids = {name: more[name] for name in ("order_id", "order_code")}
    reply = {"client_id": CLIENT_ID} | ids | {"basket": _show(basket, more["outstanding"])}
    used = _subscriptions_used(call, known)
    where = {"store_id": basket.store, "terminal_id": basket.terminal, "uuid": basket.uuid}
    row = where | {"total": basket.total, "codes": basket.codes, "sent": basket.sent}
    kept = {"status": "ORDERED", "subscriptions": used, "reply": reply, "created_at": call.now()}
    call.books.insert("letstrade_orders", **row, **more, **kept)
    if known:
        call.books.update("letstrade_baskets", known["id"], state="FINALISED")
    else:
        bare = {"state": "FINALISED", "quotes": 0, "offered": [], "selected": []}
        user = {"user_id": more["user_id"], "outstanding": more["outstanding"]}
        moment = {"updated_at": call.now()}
        call.books.insert("letstrade_baskets", **row, **ids, **bare, **user, **moment)
    return reply


def _subscriptions_used(call: Call, known: Record | None) -> list[str]:
    """Use up what the last quote took off by subscription; the till passes nothing back."""
    quoted = known["reply"]["basket"]["subscriptions"] if known else []
    used = [one["redemption_id"] for one in quoted]
    statement = "UPDATE letstrade_subscriptions SET remaining = remaining - 1"
    for one in used:
        call.books.run(f"{statement} WHERE redemption_id = ? AND remaining > 0", one)
    return used


def _show(basket: Basket, left: int) -> Record:
    vouchers = basket.sent.get("vouchers") or []
    return {
        "outstanding_amount": money.text(left),
        **basket.fees(),
        # Vouchers and deals of lines are an echo, and no proof of anything.
        "product_list": show_lines(basket.lines),
        "vouchers": [one for one in vouchers if one.get("apply_to") == "BASKET"],
        "deals": basket.sent.get("deals") or [],
    }


OPERATIONS = [
    Operation("offerings.finalise", "POST", "/v1/finalise/offerings", finalise),
]
