"""Goods without their sale: an event takes back what a sale of them would earn (sheet 3.7, 4)."""

from datetime import datetime

from tillsaga.connectors.wll.events import Events
from tillsaga.connectors.wll.giving_back import Place
from tillsaga.connectors.wll.members import Members
from tillsaga.connectors.wll.operators import Lasting, maybe_int
from tillsaga.connectors.wll.sale_body import SaleBody
from tillsaga.connectors.wll.sales import ORDER_PLACED
from tillsaga.connectors.wll.settings import WllSettings
from tillsaga.connectors.wll.spending import Wallets
from tillsaga.connectors.wll.wire import Event
from tillsaga.domain.effects import Concern, Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.ports import Weighed
from tillsaga.errors import Refused


class ReturnGoods(Lasting):
    """Takes points of the customer that `order.subject` names. `request`: `points`.

    The event names the effect, so that one whose answer was lost is found and not reported twice.
    `Done.data`: `event_id`, `points` (positive).
    """

    def __init__(
        self,
        members: Members,
        events: Events,
        settings: WllSettings,
        location_id: str,
        place: Place,
    ) -> None:
        """Take the reads, the events, and what says where a payload is from."""
        self._members = members
        self._wallets = Wallets(members)
        self._events = events
        self._settings = settings
        self._location = location_id
        self._place = place

    async def weigh(self, order: EffectOrder) -> Weighed:
        """Ask by a dry run what the report of such a sale would give."""
        self._type()
        type_, payload = self._report(order)
        points = await self._events.dry_run(type_, order.subject, payload)
        return Weighed(points=max(0, points), balance=await self._members.points(order.subject))

    def _report(self, order: EffectOrder) -> tuple[str, Json]:
        if order.sale is None:
            raise Refused("there are no goods to return", code="invalid_request")
        body = SaleBody(order, order.sale, self._location)
        if self._settings.sale_event is not None:
            return self._settings.sale_event, body.as_event()
        return ORDER_PLACED, body.as_order(None)

    async def do(self, order: EffectOrder) -> Done:
        """Report the event, and see in the wallet whether a cap cut it short (trap 9)."""
        points = maybe_int(order.request, "points") or 0
        if points <= 0:
            return Done(points=0, data={"event_id": None, "points": 0})
        before = await self._wallets.balance(order.subject)
        payload: Json = {"points": points, "operationId": order.key, **self._place(order)}
        event = await self._events.report(self._type(), order.subject, payload)
        if before is None:
            return _taken(event, points, None)
        due = before - points
        after = await self._wallets.seen(order.subject, lambda balance: balance <= due)
        return _taken(event, points, after, due)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for the event that names this effect."""
        event = await self._events.find(
            self._type(), since, lambda event: event.payload.get("operationId") == order.key
        )
        if event is None:
            return None
        points = maybe_int(event.payload, "points") or 0
        return _taken(event, points, await self._wallets.balance(order.subject))

    def _type(self) -> str:
        if self._settings.redeem_event is None:
            raise Refused("no event is set up that takes points back", code="vendor_refused")
        return self._settings.redeem_event


def _taken(event: Event, points: int, after: int | None, due: int | None = None) -> Done:
    concerns: tuple[Concern, ...] = ()
    if after is not None and due is not None and after > due:
        words = f"the wallet shows {after - due} points more than it should, or its reactor is late"
        concerns = (Concern(code="vendor_mismatch", detail=words),)
    return Done(
        reference=event.id,
        transaction_id=event.id,
        data={"event_id": event.id, "points": points},
        points=-points,
        points_after=after,
        concerns=concerns,
    )
