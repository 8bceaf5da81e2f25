"""Returns of parts of an order, for the points (sheet 3.10).

A return brings the order down to what stays sold: what it takes is worked out from the order as
it is now. So it may be repeated, and whether it happened is seen in what is left of the lines.
"""

from datetime import datetime

from tillsaga.connectors.leat.client import LeatClient, or_none
from tillsaga.connectors.leat.operators import Lasting, maybe_int, text
from tillsaga.connectors.leat.order_body import external_identifier
from tillsaga.connectors.leat.order_parts import lines_left, parts_to_return, written
from tillsaga.connectors.leat.order_shapes import Order, ProcessedReturn, Result
from tillsaga.connectors.leat.orders import PostOrder, points_of
from tillsaga.connectors.leat.refusals import INVALID, LeatNo
from tillsaga.connectors.leat.shapes import Points
from tillsaga.domain.effects import Concern, Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import Refused


class ReturnLines(Lasting):
    """Returns lines of an order, or all that is left of it. `request`: see `reversals`.

    `Done.data`: `returned`: the return's own identifier, or None where nothing was returned;
    `points`: how many Leat took back, None where it did not say.
    """

    def __init__(self, client: LeatClient, orders: PostOrder) -> None:
        """Take the client, and who finds orders."""
        self._client = client
        self._orders = orders

    async def do(self, order: EffectOrder) -> Done:
        """Return what the order still has too much; the points are Leat's to work out."""
        if order.did.get("posted") is False:
            return _nothing()
        posted = await self._posted(order)
        parts = parts_to_return(order, posted)
        if not parts:
            return _nothing(posted.uuid)
        kept = await self._kept(order, posted)
        if kept is not None:
            return kept
        try:
            returned = await self._return(order, parts)
        except LeatNo as no:
            # Our own identifier, and so our own return, may be there already.
            found = await self._found(order) if no.code == INVALID else None
            if found is None:
                raise
            return found
        return _returned(order, returned)

    async def _return(self, order: EffectOrder, parts: Json) -> ProcessedReturn:
        body: Json = {
            "order": {"external_identifier": external_identifier(order.whole)},
            "external_identifier": _return_identifier(order),
            "status": "COMPLETED",
            **parts,
        }
        return await self._client.change(
            ProcessedReturn, "POST", "order-returns", "create-and-process", body=body
        )

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look whether the order is down to what stays sold; returns cannot be listed."""
        if order.did.get("posted") is False:
            return _nothing()
        return await self._found(order)

    async def _found(self, order: EffectOrder) -> Done | None:
        posted = await self._posted(order)
        if parts_to_return(order, posted):
            return None
        points = await self._points(order, posted)
        return _done(posted.uuid, None, _return_identifier(order), points)

    async def foresee(self, order: EffectOrder) -> int | None:
        """Say how many points the return would take, as a negative number."""
        if order.did.get("posted") is False:
            return 0
        posted = await self._posted(order)
        if not parts_to_return(order, posted) or await self._kept(order, posted) is not None:
            return 0
        points = await self._points(order, posted)
        return None if points is None else -points

    async def _posted(self, order: EffectOrder) -> Order:
        posted = await self._orders.existing(order.whole)
        if posted is None:
            raise Refused("leat no longer knows the order", code="vendor_refused")
        return posted

    async def _points(self, order: EffectOrder, posted: Order) -> int | None:
        """Work out what the return takes: what the order holds beyond what the rest earns."""
        held = _held(order)
        if held is None or order.request.get("rest") is True:
            return held
        body = written(order).body()
        body["business_profile"] = {"uuid": self._client.shop_uuid}
        body["line_items"] = lines_left(order, body, posted)
        body["applied_discounts"] = []  # they are inside the lines' totals
        if not body["line_items"]:
            return held
        answer = await or_none(self._client.probe("orders", "simulate", body=body))
        would = points_of(Result.model_validate(answer)).points if answer else None
        return None if would is None else max(0, held - would)

    async def _kept(self, order: EffectOrder, posted: Order) -> Done | None:
        """Leave points that the customer has spent, where the store does not want a debt.

        A return takes all of its points or is not made: Leat knows nothing in between.
        """
        policy = order.request.get("spent_points")
        if policy not in ("floor", "review"):
            return None
        points = await self._points(order, posted)
        contact = text(order.request, "contact_uuid")
        balance = (await self._client.read(Points, "contacts", contact, "credit-balance")).balance
        if points is not None and (points == 0 or balance >= points):
            return None
        kept = _nothing(posted.uuid)
        if policy == "floor" and points is not None:
            return kept
        owed = "an unknown number of" if points is None else points
        words = f"{owed} points were earned and {balance} are left: nothing was taken back"
        concern = Concern(code="points_spent", detail=words)
        return kept.model_copy(update={"concerns": (concern,)})


# --- points ---------------------------------------------------------------------------------------


def _held(order: EffectOrder) -> int | None:
    """How many points the order holds: what it earned less what earlier returns took."""
    earned = maybe_int(order.request, "earned")
    parts = order.prior.get("return_lines", {}).get("parts")
    taken = [maybe_int(part, "points") for part in parts] if isinstance(parts, list) else []
    if earned is None or None in taken:
        return None
    return earned - sum(points for points in taken if points is not None)


def _returned(order: EffectOrder, returned: ProcessedReturn) -> Done:
    """Whether taken points are told with a minus is not published (trap 19): they are taken."""
    result = points_of(returned.result)
    points = None if result.points is None else abs(result.points)
    uuid = returned.returned.uuid
    return _done(uuid, uuid, _return_identifier(order), points, result.new_balance)


def _done(
    reference: str | None,
    transaction_id: str | None,
    returned: str | None,
    points: int | None,
    points_after: int | None = None,
) -> Done:
    return Done(
        reference=reference,
        transaction_id=transaction_id,
        data={"returned": returned, "points": points},
        points=None if points is None else -points,
        points_after=points_after,
    )


def _nothing(reference: str | None = None) -> Done:
    return _done(reference, None, None, 0)


def _return_identifier(order: EffectOrder) -> str:
    """A natural key: Leat refuses it a second time."""
    return f"{external_identifier(order.whole)}-return-{order.request['refund_id']}"
