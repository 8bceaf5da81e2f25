"""Parts come back: earned points are taken back, spent ones given back (sheet 4).

Both are events that name the refund's own effect, so that one whose answer was lost is found and
never reported twice. Points may fall below zero there (sheet 2.2), so the store's policy decides.
"""

from collections.abc import Callable
from datetime import datetime

from tillsaga.connectors.wll.client import or_none
from tillsaga.connectors.wll.events import Events
from tillsaga.connectors.wll.members import Members
from tillsaga.connectors.wll.operators import Lasting, maybe_int, maybe_text
from tillsaga.connectors.wll.points import PointEvents
from tillsaga.connectors.wll.sales import PostOrder
from tillsaga.connectors.wll.spending import Wallets, concerns_of, shortfall
from tillsaga.connectors.wll.wire import Event
from tillsaga.domain.effects import Concern, Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import Refused

Place = Callable[[EffectOrder], Json]
"""Says where a payload is from."""


class ReturnLines(Lasting):
    """Takes a part of the earned points back; the order itself stays. `request`: see `reversals`.

    `Done.data`: `event_id`, None where nothing was taken; `points` (positive).
    """

    def __init__(
        self,
        members: Members,
        events: Events,
        orders: PostOrder,
        redeem_event: str | None,
        place: Place,
    ) -> None:
        """Take what it needs; `redeem_event` takes points back."""
        self._members = members
        self._events = events
        self._orders = orders
        self._redeem_event = redeem_event
        self._place = place

    async def do(self, order: EffectOrder) -> Done:
        """Report the event, for as many points as the store wants taken back."""
        earned = await self._points(order)
        if earned <= 0:
            return Done(points=0, data={"event_id": None, "points": 0})
        points, concerns = await self._policy(order, earned)
        if points <= 0:
            return Done(points=0, data={"event_id": None, "points": 0}, concerns=concerns)
        member = maybe_text(order.did, "member_id")
        payload: Json = {
            "points": points,
            "operationId": order.key,
            "returnsOperationId": order.whole.key,
            **self._place(order.whole),
        }
        event = await self._events.report(self._type(), member, payload)
        return await self._taken(order, event, points, concerns)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for the event that names this effect."""
        if self._redeem_event is None:
            return None
        event = await self._events.find(
            self._redeem_event, since, lambda event: event.payload.get("operationId") == order.key
        )
        if event is None:
            return None
        # Policy and balance may be others by now: the event says what was taken.
        points = maybe_int(event.payload, "points")
        return await self._taken(
            order, event, await self._points(order) if points is None else points
        )

    async def foresee(self, order: EffectOrder) -> int | None:
        """Say how many points it would take, as a negative number."""
        earned = await self._points(order)
        return -(await self._policy(order, earned))[0] if earned > 0 else 0

    def _type(self) -> str:
        if self._redeem_event is None:
            raise Refused("no event is set up that takes points back", code="vendor_refused")
        return self._redeem_event

    async def _points(self, order: EffectOrder) -> int:
        """How many come back: told, or a share of what the reactors gave after all."""
        told = maybe_int(order.request, "points")
        if told is not None:
            return told
        if maybe_text(order.did, "member_id") is None:
            return 0
        paid = order.request.get("paid")
        sold = maybe_int(paid, "sold")
        if not sold:
            return 0
        earned = await self._orders.earned(order.whole, order.did, None)
        was, now = maybe_int(paid, "before") or 0, maybe_int(paid, "after") or 0
        return earned * now // sold - earned * was // sold

    async def _policy(self, order: EffectOrder, earned: int) -> tuple[int, tuple[Concern, ...]]:
        """Decide on points that the customer has spent already."""
        policy = order.request.get("spent_points")
        if policy not in ("floor", "review"):
            return earned, ()
        balance = await self._members.points(maybe_text(order.did, "member_id") or "")
        if balance >= earned:
            return earned, ()
        if policy == "floor":
            return max(0, balance), ()
        words = f"{earned} points were earned and {balance} are left: nothing was taken back"
        return 0, (Concern(code="points_spent", detail=words),)

    async def _taken(
        self, order: EffectOrder, event: Event, points: int, concerns: tuple[Concern, ...] = ()
    ) -> Done:
        member = maybe_text(order.did, "member_id") or ""
        return Done(
            reference=event.id,
            transaction_id=event.id,
            data={"event_id": event.id, "points": points},
            points=-points,
            points_after=await or_none(self._members.points(member)),
            concerns=concerns,
        )


class RefundPoints(Lasting):
    """Gives a part of the points back that paid. `request`: `points` (see `reversals`).

    `Done.data`: `event_id`, `points`; `shortfall` and `unconfirmed` as in `SpendPoints.undo`.
    """

    def __init__(self, wallets: Wallets, events: Events, types: PointEvents, place: Place) -> None:
        """Take the wallets, the events, their types, and what says where a payload is from."""
        self._wallets = wallets
        self._events = events
        self._types = types
        self._place = place

    async def do(self, order: EffectOrder) -> Done:
        """Report the event, and see in the wallet whether a cap cut it short (trap 9)."""
        points = maybe_int(order.request, "points")
        if points is None:
            raise Refused("it is not known how many points had paid", code="invalid_request")
        if points <= 0:
            return Done(points=0, data={"event_id": None, "points": 0})
        member = order.whole.subject
        before = await self._wallets.balance(member)
        payload: Json = {
            "points": points,
            "operationId": order.key,
            "refundsOperationId": order.whole.key,
            **self._place(order.whole),
        }
        event = await self._events.report(self._types.refund, member, payload)
        if before is None:
            return _given(event, points, None, {})
        due = before + points
        after = await self._wallets.seen(member, lambda balance: balance >= due)
        return _given(event, points, after, shortfall(before, due, after))

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for the event that names this effect."""
        event = await self._events.find(
            self._types.refund, since, lambda event: event.payload.get("operationId") == order.key
        )
        if event is None:
            return None
        points = maybe_int(event.payload, "points") or maybe_int(order.request, "points") or 0
        return _given(event, points, await self._wallets.balance(order.whole.subject), {})


def _given(event: Event, points: int, after: int | None, more: Json) -> Done:
    return Done(
        reference=event.id,
        transaction_id=event.id,
        data={"event_id": event.id, "points": points, **more},
        points=points,
        points_after=after,
        concerns=concerns_of(more),
    )
