"""Reads what a refund takes back of a sale: by line item, or as goods of a custom return.

Loyale finds a line by its sku, so whole units come back by line item, where the units under their
sku have one price or all of them come back at once (trap 11). Everything else is goods of a custom
return, at the prices of the sale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pydantic import JsonValue

from tillsaga.connectors.loyale.items import Item
from tillsaga.connectors.loyale.returns import kept_item, sku_of
from tillsaga.connectors.loyale.sale_body import SaleBody
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.money import round_half_up


@dataclass(frozen=True)
class Units:
    """So many units under a sku; `before` is how many are there as long as none has come back."""

    sku: str
    quantity: int
    before: int


class ReturnedLines:
    """The lines of one refund. `request` as in `reversals`, `did` as in `Answers`."""

    def __init__(self, order: EffectOrder, written: SaleBody) -> None:
        """Take the order of the part, and the sale as it was told."""
        told = order.did.get("items")
        kept = [item for item in told if isinstance(item, dict)] if isinstance(told, list) else []
        self._kept: list[Json] = kept or [item.kept() for item in written.items]
        self._items = [kept_item(item) for item in self._kept]
        lines = order.sale.lines if order.sale else ()
        self._sold = {line.line.line_id: line.line.quantity for line in lines}
        self._left = _decimals(order.request.get("left"))
        self._back = _returned(order.request.get("lines"))

    def units(self) -> list[Units] | None:
        """List the line-item returns; None where one of the lines fits none."""
        skus = [self._sku(line_id) for line_id in self._told()]
        if None in skus:
            return None
        return [self._units(sku) for sku in dict.fromkeys(sku for sku in skus if sku)]

    def goods(self, *, charges: bool) -> list[Item]:
        """List the goods of a custom return; `charges`: also what is on no line of the basket."""
        goods = [item for line_id in self._told() for item in self._goods(line_id)]
        if charges:
            goods += [item for item in self._items if item.line_id is None]
        return goods

    def _told(self) -> list[str]:
        told = {item.line_id for item in self._items}
        return [line_id for line_id in self._back if line_id in told]

    def _of(self, line_id: str) -> list[Item]:
        return [item for item in self._items if item.line_id == line_id]

    def _sku(self, line_id: str) -> str | None:
        """Name the line by its sku; None: whatever came back would be other units or prices."""
        if self._comes_in_units(line_id) and (sku := sku_of(self._kept, line_id)):
            return sku
        skus = {item.sku for item in self._of(line_id)}
        same = [item for item in self._items if item.sku in skus]
        is_back = all(item.line_id and self._is_all_back(item.line_id) for item in same)
        plain = len(skus) == 1 and all(item.quantity > 0 for item in same)
        return skus.pop() if is_back and plain else None

    def _comes_in_units(self, line_id: str) -> bool:
        return _is_whole(self._back[line_id]) and _is_whole(self._left[line_id])

    def _is_all_back(self, line_id: str) -> bool:
        """Whether all of a line comes back with this refund, and none came before."""
        return self._back.get(line_id) == self._sold[line_id]

    def _units(self, sku: str) -> Units:
        same = [item for item in self._items if item.sku == sku]
        lines = {item.line_id: item.counted for item in same if item.line_id}
        if not all(lines.values()):
            count = sum(item.quantity for item in same)
            return Units(sku, count, count)
        back = sum(int(self._back.get(line_id, 0)) for line_id in lines)
        return Units(sku, back, back + sum(int(self._left[line_id]) for line_id in lines))

    def _goods(self, line_id: str) -> Iterator[Item]:
        sold, back, left = self._of(line_id), self._back[line_id], self._left[line_id]
        if all(item.counted for item in sold) and self._comes_in_units(line_id):
            return _between(sold, int(left), int(left + back))
        return _measured(sold, back / self._sold[line_id], left / self._sold[line_id])


def _between(sold: Sequence[Item], start: int, end: int) -> Iterator[Item]:
    """Take the units between two places, so that a series takes each of them once."""
    place = 0
    for item in sold:
        first, last = max(start, place), min(end, place + item.quantity)
        place += item.quantity
        if last > first:
            yield replace(item, quantity=last - first)


def _measured(sold: Sequence[Item], back: Decimal, left: Decimal) -> Iterator[Item]:
    """Take a part of what is not counted, as one item; a series takes all of the price."""
    total = sum(item.amount for item in sold)
    amount = round_half_up(total * (left + back)) - round_half_up(total * left)
    yield replace(sold[0], quantity=1, unit_amount=amount, original_amount=None)


def _decimals(values: JsonValue) -> dict[str, Decimal]:
    named = values if isinstance(values, dict) else {}
    return {name: Decimal(str(value)) for name, value in named.items()}


def _returned(lines: JsonValue) -> dict[str, Decimal]:
    rows = [row for row in lines if isinstance(row, dict)] if isinstance(lines, list) else []
    return {str(row["line_id"]): Decimal(str(row["quantity"])) for row in rows}


def _is_whole(quantity: Decimal) -> bool:
    return quantity == int(quantity)
