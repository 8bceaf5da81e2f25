"""What a return takes of an order: its lines are brought down to what stays sold (sheet 3.10)."""

from decimal import ROUND_CEILING, Decimal

from pydantic import JsonValue

from tillsaga.connectors.leat.operators import maybe_int, text
from tillsaga.connectors.leat.order_body import OrderBody
from tillsaga.connectors.leat.order_shapes import Order, OrderLine
from tillsaga.connectors.leat.orders import left_of
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.money import round_half_up
from tillsaga.errors import Refused

Target = dict[str, tuple[int, int]]
"""By line identifier, quantity and total amount that stay; what is not named is not touched."""


def parts_to_return(order: EffectOrder, posted: Order) -> Json:
    """Name every line with what to take and its amount (trap 18); empty: nothing to return."""
    if order.request.get("rest") is True:
        return _some(left_of(posted))
    target = target_of(order)
    subs = [sub for line in posted.line_items for sub in line.sub_line_items]
    lines, sub_lines = _taken(posted.line_items, target), _taken(subs, target)
    return _some({"line_items": lines, "sub_line_items": sub_lines})


def _some(parts: Json) -> Json:
    return parts if any(parts.values()) else {}


def _taken(lines: list[OrderLine], target: Target) -> list[JsonValue]:
    taken: list[JsonValue] = []
    for line in lines:
        quantity, amount = target.get(line.external_identifier, (None, None))
        if quantity is None or amount is None:
            continue
        fewer = max(0, int(line.quantity or 0) - quantity)
        less = max(0, line.total_amount - amount)
        if fewer or less:
            item: Json = {"quantity": fewer, "total_amount": less}
            taken.append({"external_identifier": line.external_identifier, **item})
    return taken


def target_of(order: EffectOrder) -> Target:
    """Say what stays of the lines that come back, and of their modifiers and add-ons.

    Worked out from the whole line each time, so that any series ends at nothing. A part of what
    is not counted there takes an amount only, and the last part takes the item.
    """
    told = written(order)
    items = {_text(item, "external_identifier"): item for item in _items(told.body())}
    left = order.request["left"]
    sold = {line.line.line_id: line.line.quantity for line in told.sold_lines}
    target: Target = {}
    for line in order.request["lines"] if isinstance(order.request["lines"], list) else []:
        line_id = _text(line, "line_id")
        item = items.get(told.line_identifier(line_id))
        if item is None or not isinstance(left, dict):
            continue  # what earns nothing was not told
        share = Decimal(str(left[line_id])) / sold[line_id]
        for part in (item, *_subs(item)):
            whole, total = maybe_int(part, "quantity") or 0, maybe_int(part, "total_amount") or 0
            quantity = int((whole * share).to_integral_value(ROUND_CEILING))
            amount = total - round_half_up(total * (1 - share))
            target[_text(part, "external_identifier")] = (quantity, amount)
    return target


def written(order: EffectOrder) -> OrderBody:
    """Write the order anew, as it was told."""
    if order.sale is None:
        raise Refused("there is no sale to return from", code="invalid_request")
    contact = text(order.request, "contact_uuid")
    return OrderBody(order.whole, order.sale, contact, shop_uuid="")


def lines_left(order: EffectOrder, body: Json, posted: Order) -> list[JsonValue]:
    """Write the lines as they stay: as they are at Leat now, or at their target if that is less."""
    target = target_of(order)
    stands = {
        line.external_identifier: (int(line.quantity or 0), line.total_amount)
        for parent in posted.line_items
        for line in (parent, *parent.sub_line_items)
    }

    def stays(item: Json) -> Json:
        name = _text(item, "external_identifier")
        now = stands.get(name, (0, 0))
        quantity, total = min(now, target.get(name, now))
        price = total // quantity if quantity else 0
        return {
            **item,
            "quantity": quantity,
            "price": price,
            "discount_amount": max(0, price * quantity - total),
            "total_amount": total,
        }

    return [
        {**stays(item), "sub_line_items": [stays(sub) for sub in _subs(item)]}
        for item in _items(body)
    ]


def items_of(body: Json) -> list[Json]:
    """List an order's lines with their modifiers and add-ons."""
    return [item for parent in _items(body) for item in (parent, *_subs(parent))]


def _items(body: Json) -> list[Json]:
    items = body["line_items"]
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _subs(item: Json) -> list[Json]:
    subs = item.get("sub_line_items")
    return [sub for sub in subs if isinstance(sub, dict)] if isinstance(subs, list) else []


def _text(values: JsonValue, name: str) -> str:
    return str(values[name]) if isinstance(values, dict) else ""
