"""The sale: reported once, as an order or as an event, never as both (sheet 3.5, trap 10)."""

from datetime import datetime

from pydantic import JsonValue

from tillsaga.connectors.wll.client import WllClient, or_none
from tillsaga.connectors.wll.events import Events
from tillsaga.connectors.wll.members import Members
from tillsaga.connectors.wll.operators import maybe_int, maybe_text, transaction_id
from tillsaga.connectors.wll.sale_body import SaleBody
from tillsaga.connectors.wll.wire import Event, Now, PostedOrder, points_in, stamp
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import Refused, Unanswerable

ORDER_PLACED = "ORDER_PLACED"
"""What the engine makes of an order; we may not report it ourselves (trap 10)."""


class PostOrder:
    """Reports the sale. `request`: `member_id` and `auth_identifier`, absent for nobody's sale.

    `Done.data`: `transaction_id`, `member_id`, `event_id` and `order_id` as far as known, and
    `reported_at`. `Done.points` is what the reactors gave, where they were quick enough.
    """

    def __init__(
        self,
        client: WllClient,
        members: Members,
        events: Events,
        sale_event: str | None,
        redeem_event: str | None,
        location_id: str,
        now: Now,
    ) -> None:
        """Take what it needs; `redeem_event` takes earned points back."""
        self._client = client
        self._members = members
        self._events = events
        self._sale_event = sale_event
        self._redeem_event = redeem_event
        self._location = location_id
        self._now = now

    async def do(self, order: EffectOrder) -> Done:
        """Report it the one way that this tenant uses."""
        if order.sale is None:
            raise Refused("there is no sale to report", code="invalid_request")
        body = SaleBody(order, order.sale, self._location)
        if self._sale_event is not None:
            member = maybe_text(order.request, "member_id")
            at = order.sale.paid_at
            event = await self._events.report(self._sale_event, member, body.as_event(), at)
            return await self._done(order, event, None)
        submitter = await self._submitter(order)
        began = self._now()
        posted = await self._client.order(PostedOrder, body.as_order(submitter))
        return await self._done(order, await or_none(self._placed(order, began)), posted.id)

    async def _submitter(self, order: EffectOrder) -> str | None:
        member = maybe_text(order.request, "member_id")
        known = maybe_text(order.request, "auth_identifier")
        if member is None or known is not None:
            return known
        return (await self._members.user(member)).auth_identifier

    async def _done(self, order: EffectOrder, event: Event | None, order_id: str | None) -> Done:
        member = maybe_text(order.request, "member_id")
        points = after = None
        if member is not None:
            reactions = await self._events.reactions(event.id) if event else None
            points = points_in(reactions) if reactions else None
            after = await or_none(self._members.points(member))
        return Done(
            reference=order_id or (event.id if event else None),
            transaction_id=transaction_id(order),
            data={
                "transaction_id": transaction_id(order),
                "member_id": member,
                "event_id": event.id if event else None,
                "order_id": order_id,
                "reported_at": stamp(self._now()),
            },
            points=points,
            points_after=after,
        )

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for its event; Receipts itself cannot be asked (sheet 4)."""
        event = await self._event(order, since)
        return await self._done(order, event, None) if event else None

    async def _event(self, order: EffectOrder, since: datetime) -> Event | None:
        if self._sale_event is None:
            return await self._placed(order, since)
        return await self._events.find(
            self._sale_event, since, lambda event: event.payload.get("operationId") == order.key
        )

    async def _placed(self, order: EffectOrder, since: datetime) -> Event | None:
        """Find the engine's event of our order.

        Raises:
            Unanswerable: orders are listed since then, and one does not say whose it is.
        """
        placed = await self._events.listed(ORDER_PLACED, since)
        named = [(event, transaction_in(event.payload)) for event in placed]
        ours = transaction_id(order)
        found = next((event for event, name in named if name == ours), None)
        if found is None and any(name is None for _, name in named):
            words = "wll's list of orders does not name their transactions"
            raise Unanswerable(words, code="vendor_refused")
        return found

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Take the earned points back by an event; the order itself stays (sheet 4)."""
        member = maybe_text(done.data, "member_id")
        earned = await self.earned(order, done.data, done.points) if member else 0
        if earned <= 0:
            return Done(points=0)
        if self._redeem_event is None:
            raise Refused("no event is set up that takes points back", code="vendor_refused")
        payload: Json = {
            "points": earned,
            "operationId": _undo_name(order),
            "transactionId": transaction_id(order),
            "storeId": self._location,
        }
        event = await self._events.report(self._redeem_event, member, payload)
        return await self._returned(event, member, earned)

    async def _returned(self, event: Event, member: str | None, points: int) -> Done:
        return Done(
            reference=event.id,
            transaction_id=event.id,
            data={"event_id": event.id, "points": points},
            points=-points,
            points_after=await or_none(self._members.points(member or "")),
        )

    async def earned(self, order: EffectOrder, did: Json, points: int | None) -> int:
        """Read what the sale's reactors gave; they may have run after it was reported.

        Args:
            order: The order of the sale's report.
            did: Its `Done.data`.
            points: What was known when it was reported.

        Raises:
            Refused: it is not known.
        """
        event_id = maybe_text(did, "event_id")
        if event_id is None:
            at = maybe_text(did, "reported_at")
            since = datetime.fromisoformat(at) if at else self._now()
            event = await or_none(self._event(order, since))
            event_id = event.id if event else None
        reactions: JsonValue = await self._events.reactions(event_id) if event_id else None
        if reactions is not None:
            return max(points_in(reactions), points or 0)
        if points is None:
            words = "what the sale earned is not known; take it back by hand"
            raise Refused(words, code="vendor_refused")
        return points

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look for the event that took the points back."""
        member = maybe_text(done.data, "member_id")
        if member is None or self._redeem_event is None:
            return Done(points=0)
        event = await self._events.find(
            self._redeem_event,
            since,
            lambda event: event.payload.get("operationId") == _undo_name(order),
        )
        if event is None:
            return None
        return await self._returned(event, member, maybe_int(event.payload, "points") or 0)


def _undo_name(order: EffectOrder) -> str:
    return f"{order.key}!return"


def transaction_in(payload: Json) -> str | None:
    """Read which sale an event is about, if it says so."""
    nested = payload.get("order")
    inner = nested if isinstance(nested, dict) else {}
    return maybe_text(payload, "transactionId") or maybe_text(inner, "transactionId")
