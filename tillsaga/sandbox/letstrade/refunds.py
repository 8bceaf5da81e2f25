"""refund: announced by the vendor, not there yet (sheet 5).

Off by default. Switched on, it follows the sheet's proposal: some codes are reversed, or
the whole basket is voided.
"""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.letstrade import money, payment
from tillsaga.sandbox.letstrade.basket import check_till, read_codes
from tillsaga.sandbox.letstrade.call import Answer, Call, Operation, Refusal


def refund(call: Call) -> Answer:
    """Reverse the codes named, or void the basket when none are."""
    if not call.switches["refund_enabled"]:
        raise Refusal("refund_unavailable")
    form = call.form
    store, terminal, wanted = form.text("store_id"), form.text("terminal_id"), read_codes(form)
    reason = form.text_or_none("reason")
    basket = form.inner_or_none("basket")
    order_id, uuid = form.text_or_none("order_id"), basket.text("uuid") if basket else None
    if order_id is None and uuid is None:
        raise form.wrong("order_id", "is required")
    check_till(call, store, terminal)
    order = _order(call, order_id, uuid)
    codes = _codes(call, order, wanted)
    shown = [_reverse(call, order, code) for code in codes]
    void = not wanted or _all_reversed(call, order)
    if void:
        _void(call, order)
    reply = _close(call, order, shown, void=void)
    _keep(call, order, wanted, reason, reply)
    return Answer(reply, "Refunded")


def _order(call: Call, order_id: str | None, uuid: str | None) -> Record:
    """Find the order that both ids, as far as given, belong to."""
    # `uuid` is unique everywhere, and a null matches nothing.
    query = "WHERE COALESCE(order_id = ?, 1) AND COALESCE(uuid = ?, 1)"
    found = call.books.one(f"SELECT * FROM letstrade_orders {query}", order_id, uuid)
    if found is None:
        quoted = call.books.one(f"SELECT id FROM letstrade_baskets {query}", order_id, uuid)
        raise Refusal("not_finalised" if quoted else "order_not_found")
    if found["status"] == "REFUNDED":
        raise Refusal("already_refunded")
    return found


def _codes(call: Call, order: Record, wanted: list[str]) -> list[Record]:
    """Find the codes to reverse: the wanted ones, or all that are left."""
    if any(code not in order["codes"] for code in wanted):
        raise Refusal("code_not_in_order")
    used = _used(call, order)
    if any(code["reversed_at"] for code in used if code["code"] in wanted):
        raise Refusal("already_refunded")
    if wanted:
        return [code for code in used if code["code"] in wanted]
    return [code for code in used if not code["reversed_at"]]


def _used(call: Call, order: Record) -> list[Record]:
    query = "SELECT * FROM letstrade_codes WHERE order_id = ? ORDER BY id"
    return call.books.all(query, order["order_id"])


def _all_reversed(call: Call, order: Record) -> bool:
    return all(code["reversed_at"] for code in _used(call, order))


def _reverse(call: Call, order: Record, code: Record) -> Record:
    call.books.update("letstrade_codes", code["id"], reversed_at=call.now())
    shown = {"code": code["code"], "kind": code["kind"], "status": "REVERSED"}
    match code["kind"]:
        case "P":
            return shown | {"refunded": _give_back(call, order, code)}
        case "R":
            reinstated = _reinstate(call, order, code["voucher_id"])
            return shown | {"voucher_reinstated": reinstated}
    return shown | {"points_reversed": _take_points(call, order, code)}


def _give_back(call: Call, order: Record, code: Record) -> Record:
    query = "SELECT * FROM letstrade_money WHERE order_id = ? AND code = ? AND entry = 'charge'"
    charges = call.books.all(query, order["order_id"], code["code"])
    origin = {"entry": "refund", "order_id": order["order_id"], "code": code["code"]}
    for one in charges:
        payment.enter(call.books, one["user_id"], one["instrument"], -one["amount"], **origin)
    return {one["instrument"]: money.number(-one["amount"]) for one in charges}


def _reinstate(call: Call, order: Record, voucher: str) -> bool:
    statement = (
        "UPDATE letstrade_vouchers SET state = 'AVAILABLE', order_id = NULL, burned_at = NULL"
        " WHERE voucher_id = ? AND order_id = ?"
    )
    return call.books.run(statement, voucher, order["order_id"]) == 1


def _take_points(call: Call, order: Record, code: Record) -> int:
    query = "SELECT * FROM letstrade_points WHERE order_id = ? AND code = ? AND entry = 'award'"
    found = call.books.one(query, order["order_id"], code["code"])
    if found is None:  # Another E code of the order got the award.
        return 0
    row = {name: found[name] for name in ("user_id", "order_id", "code")}
    row |= {"points": -found["points"], "entry": "reversal"}
    call.books.insert("letstrade_points", **row, created_at=call.now())
    return int(found["points"])


def _void(call: Call, order: Record) -> None:
    """Undo what no code stands for: vouchers chosen in the app, and subscriptions."""
    for voucher in order["burned"]:
        _reinstate(call, order, voucher)
    statement = "UPDATE letstrade_subscriptions SET remaining = remaining + 1"
    for one in order["subscriptions"]:
        call.books.run(f"{statement} WHERE redemption_id = ?", one)
    statement = "UPDATE letstrade_baskets SET state = 'VOIDED' WHERE uuid = ?"
    call.books.run(statement, order["uuid"])


def _close(call: Call, order: Record, codes: list[Record], *, void: bool) -> Record:
    status = "REFUNDED" if void else "PARTIALLY-REFUNDED"
    call.books.update("letstrade_orders", order["id"], status=status)
    reply = {name: order[name] for name in ("order_id", "order_code")}
    basket = {"uuid": order["uuid"], "status": "VOIDED" if void else "FINALISED"}
    return reply | {"status": status, "codes": codes, "basket": basket}


def _keep(call: Call, order: Record, wanted: list[str], reason: str | None, reply: Record) -> None:
    row = {"codes": sorted(wanted), "reason": reason, "reply": reply, "created_at": call.now()}
    call.books.insert("letstrade_refunds", order_id=order["order_id"], **row)


OPERATIONS = [Operation("refund.create", "POST", "/v1/refund", refund)]
