"""Returns: whole, by line item, or by today's rules (sheet 6)."""

from collections.abc import Sequence
from urllib.parse import quote

from pydantic import JsonValue

from tillsaga.connectors.loyale.client import LoyaleClient
from tillsaga.connectors.loyale.items import Item
from tillsaga.connectors.loyale.payments import Part, methods
from tillsaga.connectors.loyale.wire import Returned
from tillsaga.domain.model import Json


class Returns:
    """The kinds of return besides negative lines. `simulate` only calculates.

    They raise `LoyaleNo`. Full may be repeated: Loyale then refuses it. A line item has no key:
    repeated, it is a second return, so a lost one must never be sent again (trap 10).
    """

    def __init__(self, client: LoyaleClient, currency: str) -> None:
        """Take the client and the scheme's currency."""
        self._client = client
        self._currency = currency

    async def full(self, unique_id: str, simulate: bool = False) -> Returned:
        """Return all that is left of a sale, at its own figures (trap 12)."""
        return await self._client.give_back(_path("Full", unique_id), simulate=simulate)

    async def line_item(
        self, unique_id: str, sku: str, quantity: int, simulate: bool = False
    ) -> Returned:
        """Return so many units of a sale, at its own figures; only where `sku_of` names it."""
        body: Json = {"sku": sku, "quantity": quantity}
        return await self._client.give_back(_path("LineItem", unique_id), body, simulate=simulate)

    async def custom(
        self,
        customer_id: str,
        unique_id: str,
        items: Sequence[Item],
        parts: Sequence[Part] = (),
        simulate: bool = False,
    ) -> Returned:
        """Return goods at today's rules; `unique_id` names this return, not the sale."""
        lines: list[JsonValue] = [item.wire(self._currency) for item in items]
        body: Json = {
            "outletId": self._client.outlet_id,
            "customerId": customer_id,
            "uniqueId": unique_id,
            "lineItems": lines,
        }
        if parts:
            body["paymentMethods"] = methods(parts, self._currency)
        return await self._client.give_back("Custom", body, simulate=simulate)


def sku_of(kept: Sequence[Json], line_id: str) -> str | None:
    """Name the line for a line-item return; None where only a custom return fits.

    Loyale finds the line by its sku, so every item under that sku must have the same price and
    be counted in units (trap 11, 20a).

    Args:
        kept: `Done.data["items"]` of the sale.
        line_id: The basket's line.
    """
    skus = {item["sku"] for item in kept if item["line_id"] == line_id}
    same = [item for item in kept if item["sku"] in skus]
    plain = all(item["counted"] and _int(item["quantity"]) > 0 for item in same)
    one_price = len({item["unit_amount"] for item in same}) == 1
    return str(same[0]["sku"]) if same and plain and one_price else None


def kept_item(kept: Json) -> Item:
    """Read an item as `Item.kept` wrote it."""
    return Item(
        sku=str(kept["sku"]),
        quantity=_int(kept["quantity"]),
        unit_amount=_int(kept["unit_amount"]),
        line_id=None if kept["line_id"] is None else str(kept["line_id"]),
        counted=bool(kept["counted"]),
    )


def _int(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _path(kind: str, unique_id: str) -> str:
    return f"{kind}/{quote(unique_id, safe='')}"
