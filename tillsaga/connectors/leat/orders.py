"""Orders: post and return, for the points (sheet 3.9, 3.10)."""

from datetime import datetime

from pydantic import JsonValue

from tillsaga.connectors.leat.client import LeatClient, or_none
from tillsaga.connectors.leat.operators import text
from tillsaga.connectors.leat.order_body import OrderBody, external_identifier
from tillsaga.connectors.leat.order_shapes import (
    Order,
    OrderLine,
    PointsResult,
    ProcessedOrder,
    ProcessedReturn,
    Result,
)
from tillsaga.connectors.leat.refusals import INVALID, MODEL_UNKNOWN, LeatNo
from tillsaga.connectors.leat.shapes import Points
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import Refused


class PostOrder:
    """Tells Leat of the sale. `request`: `contact_uuid`; `order.sale` is what was sold.

    The external identifier is a natural key: Leat refuses it a second time.
    `Done.data`: `external_identifier`; `posted` is False where there was nothing to tell.
    """

    def __init__(self, client: LeatClient) -> None:
        """Take the client."""
        self._client = client

    async def do(self, order: EffectOrder) -> Done:
        """Post the order; without any line that Leat should see, there is nothing to do."""
        if order.sale is None:
            raise Refused("there is no sale to report", code="invalid_request")
        contact = text(order.request, "contact_uuid")
        written = OrderBody(order, order.sale, contact, self._client.shop_uuid)
        if written.is_empty:
            return Done(points=0, data={"posted": False})
        try:
            processed = await self._client.change(
                ProcessedOrder, "POST", "orders", "create-and-process", body=written.body()
            )
        except LeatNo as no:
            existing = await self.existing(order) if no.code == INVALID else None
            if existing is None:
                raise
            return await self._done(order, existing, None)
        return await self._done(order, processed.order, processed.result)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Find the order by its identifier; what it earned is told only once."""
        found = await self.existing(order)
        return await self._done(order, found, None) if found else None

    async def existing(self, order: EffectOrder) -> Order | None:
        """Find the order by its identifier, as returns have left it."""
        identifier = external_identifier(order)
        try:
            return await self._client.read(Order, "orders", "find", external_identifier=identifier)
        except LeatNo as no:
            if no.code != MODEL_UNKNOWN:
                raise
            return None

    async def _done(self, order: EffectOrder, posted: Order, result: Result | None) -> Done:
        given = points_of(result)
        return Done(
            reference=posted.uuid,
            transaction_id=posted.uuid,
            data={"posted": True, "external_identifier": external_identifier(order)},
            points=given.points,
            points_after=await self._balance(order, given),
        )

    async def _balance(self, order: EffectOrder, given: PointsResult) -> int | None:
        if given.new_balance is not None:
            return given.new_balance
        contact = text(order.request, "contact_uuid")
        read = await or_none(self._client.read(Points, "contacts", contact, "credit-balance"))
        return read.balance if read else None

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Return all that is left of it; corrects the points and nothing else (trap 7)."""
        if done.data.get("posted") is False:
            return Done()
        posted = await self.existing(order)
        if posted is None:
            raise Refused("leat no longer knows the order", code="vendor_refused")
        if _is_back(posted):
            return Done(reference=posted.uuid)
        identifier = external_identifier(order)
        body: Json = {
            "order": {"external_identifier": identifier},
            "external_identifier": f"{identifier}-return",
            "status": "COMPLETED",
            **left_of(posted),
        }
        returned = await self._client.change(
            ProcessedReturn, "POST", "order-returns", "create-and-process", body=body
        )
        result = points_of(returned.result)
        # Whether taken points are told with a minus is not published (trap 19): they are taken.
        return Done(
            reference=returned.returned.uuid,
            transaction_id=returned.returned.uuid,
            points=None if result.points is None else -abs(result.points),
            points_after=await self._balance(order, result),
        )

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Returns cannot be listed; an order read anew holds only what is left of it."""
        if done.data.get("posted") is False:
            return Done()
        posted = await self.existing(order)
        return Done(reference=posted.uuid) if posted and _is_back(posted) else None


def _is_back(order: Order) -> bool:
    return bool(order.line_items) and all(line.quantity == 0 for line in order.line_items)


def left_of(order: Order) -> Json:
    """Name every line with its total: without it Leat may ignore the discounts (trap 18)."""
    subs = [sub for line in order.line_items for sub in line.sub_line_items]
    charges: list[JsonValue] = [
        {"external_identifier": each.external_identifier, "total_amount": each.total_amount}
        for each in order.charges
        if each.total_amount
    ]
    return {
        "line_items": [_all_of(line) for line in order.line_items if _stands(line)],
        "sub_line_items": [_all_of(sub) for sub in subs if _stands(sub)],
        "charges": charges,
    }


def _stands(line: OrderLine) -> bool:
    return line.quantity != 0 or line.total_amount != 0


def _all_of(line: OrderLine) -> JsonValue:
    return {
        "external_identifier": line.external_identifier,
        "quantity": 1 if line.quantity is None else int(line.quantity),
        "total_amount": line.total_amount,
    }


def points_of(result: Result | None) -> PointsResult:
    """Read the points: other results are announced, and there may be none (trap 19)."""
    if result is None or (result.type or "").lower() != "points_transaction":
        return PointsResult()
    return result.data or PointsResult()
