"""What our records say about White Label Loyalty's books."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from pydantic import JsonValue

from tillsaga.connectors.wll.operators import maybe_int, maybe_text, transaction_id
from tillsaga.connectors.wll.sale_body import SaleBody
from tillsaga.domain.effects import Done
from tillsaga.domain.expecting import did, undid
from tillsaga.domain.model import Json
from tillsaga.domain.ports import CallState, EffectRecord
from tillsaga.domain.reconcile import Claimed

POINTS, SALE, VOUCHER, ACTIVATION = "points", "sale", "voucher", "activation"
MOVED = "points moved"
"""The part of a points event that its reactors must have done."""


def claims_of(records: Sequence[EffectRecord], sale_event: str | None) -> Iterator[Claimed]:
    """Say what a checkout's records mean for the events and vouchers."""
    for record in records:
        operation = record.order.operation
        if operation == "post_order":
            yield from _sale(record, sale_event)
        elif operation == "spend_points":
            yield from _spent(record)
        elif operation in ("return_lines", "refund_points", "return_goods"):
            yield from _part(record)
        elif operation in ("burn_voucher", "activate_voucher"):
            yield from _voucher(record)


def _done(record: EffectRecord) -> Done:
    return record.do.done or Done()


def _sale(record: EffectRecord, sale_event: str | None) -> Iterator[Claimed]:
    """What was earned is no part of it: reactors may run after the sale was told."""
    order = record.order
    if order.sale is None:
        return
    told = SaleBody(order, order.sale, "").as_event()
    event = maybe_text(_done(record).data, "event_id")
    yield did(
        record,
        SALE,
        id=event,
        mark=order.key if sale_event else transaction_id(order),
        amount=maybe_int(told, "total"),
        customer=maybe_text(order.request, "member_id"),
        parts=quantities(told["items"]),
        known={"event_id": event} if event else {},
        assumed=event is None,
    )
    taken = record.undo.done.points if record.undo and record.undo.done else None
    if record.undo is not None and taken != 0:
        member = maybe_text(_done(record).data, "member_id")
        yield from _moved(record, f"{order.key}!return", taken, member, undo=True)


def _spent(record: EffectRecord) -> Iterator[Claimed]:
    points = maybe_int(_done(record).data, "points")
    member = record.order.subject
    took = None if points is None else -points
    yield from _moved(record, record.order.key, took, member)
    yield from _moved(record, f"{record.order.key}!refund", points, member, undo=True)


def _part(record: EffectRecord) -> Iterator[Claimed]:
    """An event of its own, unless there was nothing to move."""
    done = _done(record)
    if record.do.state is CallState.APPLIED and maybe_text(done.data, "event_id") is None:
        return
    yield from _moved(record, record.order.key, done.points, _whose(record))


def _whose(record: EffectRecord) -> str | None:
    order = record.order
    if order.operation == "return_lines":
        return maybe_text(order.did, "member_id")
    return order.subject if order.operation == "return_goods" else order.whole.subject


def _moved(
    record: EffectRecord,
    mark: str,
    points: int | None,
    member: str | None,
    *,
    undo: bool = False,
) -> Iterator[Claimed]:
    call = record.undo if undo else record.do
    done = (call.done if call else None) or Done()
    event = maybe_text(done.data, "event_id")
    known: Json = {"event_id": event} if event else {}
    more: dict[str, object] = {"id": event, "mark": mark, "amount": points, "customer": member}
    more |= {"parts": {MOVED: abs(points)} if points else {}, "known": known}
    if undo:
        yield from undid(record, POINTS, **more)
    else:
        yield did(record, POINTS, **more)


def _voucher(record: EffectRecord) -> Iterator[Claimed]:
    """Who else used it says nothing about our no: only a yes is compared."""
    if record.do.state is not CallState.APPLIED:
        return
    burned = record.order.operation == "burn_voucher"
    yield did(
        record,
        VOUCHER if burned else ACTIVATION,
        id=None,
        mark=record.order.key,
        amount=1,
        customer=maybe_text(record.order.request, "member_id") if burned else None,
        known={"benefit": record.order.subject},
    )


def quantities(items: JsonValue) -> dict[str, int]:
    """Count units by sku, in thousandths: goods may be weighed."""
    counts: dict[str, int] = {}
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            sku, quantity = str(item.get("sku")), Decimal(str(item.get("quantity") or 0))
            counts[sku] = counts.get(sku, 0) + int(quantity * 1000)
    return counts
