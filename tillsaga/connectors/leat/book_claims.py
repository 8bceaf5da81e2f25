"""What our records say about Leat's books."""

from collections.abc import Callable, Iterator, Sequence

from tillsaga.connectors.leat.giftcards import CHARGE, LOAD
from tillsaga.connectors.leat.operators import maybe_int, maybe_text
from tillsaga.connectors.leat.order_body import OrderBody, external_identifier
from tillsaga.connectors.leat.order_parts import items_of, target_of
from tillsaga.domain.effects import Done
from tillsaga.domain.expecting import did, discreet, is_moving, is_undone, undid, unreadable
from tillsaga.domain.model import Json
from tillsaga.domain.ports import CallState, EffectRecord
from tillsaga.domain.reconcile import Claimed

GIFTCARD, PREPAID, REWARD, POINTS, ORDER = "giftcard", "prepaid", "reward", "points", "order"
VOUCHER, COLLECTION, CARD, MEMBER = "voucher", "collection", "card", "member"
NO_EMAILS = "leat does not say which e-mails it has sent"


def claims_of(records: Sequence[EffectRecord]) -> Iterator[Claimed]:
    """Say what a checkout's records mean; a lock is no entry, and a reservation is ours alone."""
    for record in records:
        operation = record.order.operation
        if operation == "post_order":
            yield from _order(record, _returns_of(record, records))
        elif operation in _CLAIMS:
            yield from _CLAIMS[operation](record)


def _done(record: EffectRecord) -> Done:
    return record.do.done or Done()


# --- money ----------------------------------------------------------------------------------------


def _on_card(sign: int) -> Callable[[EffectRecord], Iterator[Claimed]]:
    def claims(record: EffectRecord) -> Iterator[Claimed]:
        order, data = record.order, _done(record).data
        card = maybe_text(data, "giftcard_uuid") or maybe_text(order.request, "giftcard_uuid")
        amount = _moved(record, sign)
        yield did(record, GIFTCARD, mark=order.key, amount=amount, customer=card)
        # Reversals carry no mark; the opposite amount, where the card was used since, does.
        undo = {"mark": f"{order.key}!undo", "amount": -amount, "customer": card}
        yield from undid(record, GIFTCARD, **undo)

    return claims


def _on_credit(sign: int) -> Callable[[EffectRecord], Iterator[Claimed]]:
    def claims(record: EffectRecord) -> Iterator[Claimed]:
        contact, amount = maybe_text(record.order.request, "contact_uuid"), _moved(record, sign)
        yield did(record, PREPAID, amount=amount, customer=contact)
        yield from undid(record, PREPAID, amount=-amount, customer=contact)

    return claims


def _moved(record: EffectRecord, sign: int) -> int:
    told = maybe_int(_done(record).data, "amount")
    return sign * (record.order.amount or 0) if told is None else told


def _new_card(record: EffectRecord) -> Iterator[Claimed]:
    card = _done(record).reference
    if card is not None:
        yield did(record, CARD, known={"card": card})


def _member(record: EffectRecord) -> Iterator[Claimed]:
    contact = _done(record).reference
    if contact is not None:
        yield did(record, MEMBER, id=contact, known={"contact": contact})


# --- rewards and vouchers -------------------------------------------------------------------------


def _reward(record: EffectRecord) -> Iterator[Claimed]:
    """The points come back as a credit reception of their own."""
    contact = maybe_text(record.order.request, "contact_uuid")
    credits = maybe_int(_done(record).data, "credits")
    if record.do.state is CallState.APPLIED:
        yield did(record, REWARD, amount=credits, customer=contact)
    if credits:
        yield from undid(record, POINTS, amount=-credits, customer=contact)


def _collection(record: EffectRecord) -> Iterator[Claimed]:
    """Taken back it may be collected again, or lapse: the list does not tell these apart."""
    contact = maybe_text(_done(record).data, "contact_uuid")
    if contact and record.undo is None:
        reception = maybe_text(_done(record).data, "reception_uuid")
        known: Json = {"contact": contact, "reception": reception}
        mark = record.order.key
        yield did(record, COLLECTION, id=None, mark=mark, amount=1, customer=contact, known=known)


def _voucher(record: EffectRecord) -> Iterator[Claimed]:
    """A code that others redeemed says nothing about our no: only a yes is compared."""
    if record.do.state is not CallState.APPLIED:
        return
    undone, data = is_undone(record), _done(record).data
    known: Json = {
        "code": maybe_text(record.order.request, "code"),
        "redeemed_at": maybe_text(data, "redeemed_at"),
        "times": maybe_int(data, "times_redeemed"),
        "undone": undone,
    }
    standing = _both_sides(record).model_copy(
        update={
            "ledger": VOUCHER,
            "id": None,
            "mark": record.order.key,
            "amount": 0 if undone else 1,
            "whole": 1 if undone else None,
            "customer": maybe_text(record.order.request, "contact_uuid"),
            "known": known,
        }
    )
    yield discreet(standing)


def _both_sides(record: EffectRecord, others: Sequence[EffectRecord] = ()) -> Claimed:
    """A claim on what stands now, after all that was taken back of it."""
    claim = did(record, "")
    calls = [call for each in (record, *others) for call in (each.do, each.undo) if call]
    update: dict[str, object] = {"moments": tuple(call.started_at for call in calls)}
    if is_moving((record, *others)):
        update["state"] = "open"
    return claim.model_copy(update=update)


# --- orders ---------------------------------------------------------------------------------------


def _returns_of(posted: EffectRecord, records: Sequence[EffectRecord]) -> list[EffectRecord]:
    def is_its(record: EffectRecord) -> bool:
        asked = record.order.request
        named = (asked.get("of_operation"), asked.get("of"), asked.get("of_generation"))
        order = posted.order
        return named == (order.operation, order.subject, order.generation)

    return [r for r in records if r.order.operation == "return_lines" and is_its(r)]


def _order(record: EffectRecord, returns: Sequence[EffectRecord]) -> Iterator[Claimed]:
    order = record.order
    contact = maybe_text(order.request, "contact_uuid")
    if order.sale is None or contact is None or _done(record).data.get("posted") is False:
        return
    told = OrderBody(order, order.sale, contact, shop_uuid="")
    name = external_identifier(order)
    before = _lines(told)
    after = _after(before, record, returns)
    changed = after != before
    charges = _charges(told)
    stays = 0 if is_undone(record) or any(_is_rest(each) for each in returns) else charges
    standing = _both_sides(record, returns).model_copy(
        update={
            "ledger": ORDER,
            "mark": name,
            "amount": sum(total for _, total in after.values()) + stays,
            "whole": sum(total for _, total in before.values()) + charges if changed else None,
            "customer": contact,
            "parts": {line: quantity for line, (quantity, _) in after.items()},
            "known": {"external_identifier": name},
        }
    )
    yield discreet(standing)
    yield from _points(record, contact)


def _lines(told: OrderBody) -> dict[str, tuple[int, int]]:
    """Name every line and sub-line, with quantity and total as they were told."""
    items = items_of(told.body())
    return {
        str(item["external_identifier"]): (
            maybe_int(item, "quantity") or 0,
            maybe_int(item, "total_amount") or 0,
        )
        for item in items
    }


def _charges(told: OrderBody) -> int:
    charges = told.body()["charges"]
    listed = charges if isinstance(charges, list) else []
    return sum(maybe_int(charge, "total_amount") or 0 for charge in listed)


def _after(
    lines: dict[str, tuple[int, int]], record: EffectRecord, returns: Sequence[EffectRecord]
) -> dict[str, tuple[int, int]]:
    if is_undone(record) or any(_is_rest(each) for each in returns):
        return dict.fromkeys(lines, (0, 0))
    left = dict(lines)
    for each in returns:
        if _was_made(each):
            for line, target in target_of(each.order).items():
                left[line] = (min(left[line][0], target[0]), min(left[line][1], target[1]))
    return left


def _was_made(returned: EffectRecord) -> bool:
    """Whether it returned anything: points that are spent may have been left."""
    return returned.do.state is CallState.APPLIED and bool(_done(returned).data.get("returned"))


def _is_rest(returned: EffectRecord) -> bool:
    return _was_made(returned) and returned.order.request.get("rest") is True


def _points(record: EffectRecord, contact: str) -> Iterator[Claimed]:
    """That the points of an order are listed as a credit reception is published nowhere."""
    given: dict[str, object] = {"id": None, "customer": contact, "assumed": True}
    if record.do.state is CallState.APPLIED and _done(record).points:
        yield did(record, POINTS, amount=_done(record).points, **given)
    taken = record.undo.done.points if record.undo and record.undo.done else None
    if taken:
        yield from undid(record, POINTS, amount=taken, **given)


def _returned(record: EffectRecord) -> Iterator[Claimed]:
    """What a return leaves of the lines is compared with the order."""
    contact = maybe_text(record.order.request, "contact_uuid")
    if contact is not None:
        yield from _points(record, contact)


def _goods_back(record: EffectRecord) -> Iterator[Claimed]:
    """Points taken for goods without their sale, unless there was nothing to take."""
    points = maybe_int(_done(record).data, "points")
    if points:
        yield did(record, POINTS, amount=-points, customer=record.order.subject)


_CLAIMS: dict[str, Callable[[EffectRecord], Iterator[Claimed]]] = {
    "charge_giftcard": _on_card(CHARGE),
    "load_giftcard": _on_card(LOAD),
    "refund_giftcard": _on_card(LOAD),
    "take_from_giftcard": _on_card(CHARGE),
    "charge_prepaid": _on_credit(CHARGE),
    "take_from_prepaid": _on_credit(CHARGE),
    "topup_prepaid": _on_credit(LOAD),
    "refund_prepaid": _on_credit(LOAD),
    "create_giftcard": _new_card,
    "create_member": _member,
    "pre_redeem_reward": _reward,
    "redeem_reward": _reward,
    "collect_reward": _collection,
    "redeem_voucher": _voucher,
    "return_lines": _returned,
    "return_goods": _goods_back,
    "send_giftcard": lambda record: iter(unreadable(record, NO_EMAILS)),
}
