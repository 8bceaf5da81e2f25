"""Goods without their sale: the points that an order of them would earn are taken (sheet 3.8).

A simulated order says how many; a credit reception with negative `credits` takes exactly them,
past the loyalty rules. It takes no mark: customer, number and time is all there is to find it by.
"""

from datetime import datetime

from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.ledger import Ledger
from tillsaga.connectors.leat.operators import Lasting, maybe_int
from tillsaga.connectors.leat.order_body import OrderBody
from tillsaga.connectors.leat.order_shapes import Result
from tillsaga.connectors.leat.orders import points_of
from tillsaga.connectors.leat.shapes import Points, Reception
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.ports import Weighed
from tillsaga.errors import Refused


class ReturnGoods(Lasting):
    """Takes points of the contact that `order.subject` names. `request`: `points`.

    `Done.data`: `reception_uuid`, `points` (positive).
    """

    def __init__(self, client: LeatClient, ledger: Ledger) -> None:
        """Take the client, and whose listed transactions are."""
        self._client = client
        self._ledger = ledger

    async def weigh(self, order: EffectOrder) -> Weighed:
        """Ask what an order of these goods would earn."""
        if order.sale is None:
            raise Refused("there are no goods to return", code="invalid_request")
        contact = order.subject
        body = OrderBody(order, order.sale, contact, self._client.shop_uuid)
        balance = (await self._client.read(Points, "contacts", contact, "credit-balance")).balance
        if body.is_empty:
            return Weighed(points=0, balance=balance)
        answer = await self._client.probe("orders", "simulate", body=body.body())
        points = points_of(Result.model_validate(answer)).points if answer else None
        if points is None:
            raise Refused("leat does not say what such goods earn", code="vendor_refused")
        return Weighed(points=points, balance=balance)

    async def do(self, order: EffectOrder) -> Done:
        """Take the points."""
        points = maybe_int(order.request, "points") or 0
        if points <= 0:
            return Done(points=0, data={"reception_uuid": None, "points": 0})
        body: Json = {
            "shop_uuid": self._client.shop_uuid,
            "contact_uuid": order.subject,
            "credits": -points,
        }
        reception = await self._client.change(Reception, "POST", "credit-receptions", body=body)
        return _taken(reception, points)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for the number since."""
        points = maybe_int(order.request, "points") or 0
        receptions = await self._ledger.receptions("credit_receptions", order.subject, since)
        found = await self._ledger.unowned(receptions, lambda each: each.credits == -points)
        return _taken(found, points) if found else None


def _taken(reception: Reception, points: int) -> Done:
    contact = reception.contact
    balance = contact.credit_balance if contact else None
    return Done(
        reference=reception.uuid,
        transaction_id=reception.uuid,
        data={"reception_uuid": reception.uuid, "points": points},
        points=-points,
        points_after=balance.balance if balance else None,
    )
