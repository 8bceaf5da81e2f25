"""Points as payment: an event takes them, another gives them back (sheet 3.6, seed)."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from tillsaga.connectors.wll.client import or_none
from tillsaga.connectors.wll.events import Events
from tillsaga.connectors.wll.members import Members
from tillsaga.connectors.wll.operators import maybe_int
from tillsaga.connectors.wll.points import Pending, PointEvents, Rate
from tillsaga.connectors.wll.refusals import WllNo
from tillsaga.connectors.wll.wire import Event
from tillsaga.domain.effects import Concern, Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import NotSent, Refused, Unanswerable

LOOKS = (0.0, 0.1, 0.3)
"""Seconds to wait before each look at the wallet: reactors run after the answer (trap 5)."""


class Wallets:
    """Looks at wallets, which lag behind the events."""

    def __init__(self, members: Members) -> None:
        """Take the reads about members."""
        self._members = members

    async def balance(self, wll_id: str) -> int | None:
        """Read the points; None where they cannot be read now."""
        return await or_none(self._members.points(wll_id))

    async def seen(self, wll_id: str, settled: Callable[[int], bool]) -> int | None:
        """Look at the wallet until it shows the event, a few times at most."""
        balance = None
        for pause in LOOKS:
            await asyncio.sleep(pause)
            balance = await self.balance(wll_id)
            if balance is None or settled(balance):
                break
        return balance


class SpendPoints:
    """Takes a customer's points. The event names the effect, so that it is found again.

    `Done.data`: `event_id`, `operation_id`, `points` (positive), `overdrawn` where another till
    made the balance fall below zero (sheet 2.2). `Done.points` is negative.
    """

    def __init__(
        self,
        members: Members,
        events: Events,
        pending: Pending,
        rate: Rate,
        types: PointEvents,
        place: Callable[[EffectOrder], Json],
    ) -> None:
        """Take the reads, the rate, the event types, and what says where a payload is from."""
        self._members = members
        self._wallets = Wallets(members)
        self._events = events
        self._pending = pending
        self._rate = rate
        self._types = types
        self._place = place

    async def do(self, order: EffectOrder) -> Done:
        """Look at the balance, since the vendor does not (trap 4), then take the points."""
        points = self._points(order)
        self._pending.forget(order.key)  # asked again: then it surely has not happened
        before = await self._members.points(order.subject)
        free = before - self._pending.of(order.subject, before)
        if not 0 < points <= free:
            raise Refused(f"{max(free, 0)} points are available", code="insufficient_balance")
        payload: Json = {"points": points, "operationId": order.key, **self._place(order)}
        event = await self._take(order, payload, points, before)
        after = await self._wallets.seen(order.subject, lambda balance: balance <= before - points)
        if after is not None and after <= before - points:
            self._pending.forget(order.key)
        return self._spent(order, event, points, after)

    async def _take(self, order: EffectOrder, payload: Json, points: int, before: int) -> Event:
        """Report it; where the answer is lost, the points count as gone until they are seen."""
        self._pending.note(order.key, order.subject, points, before)
        try:
            return await self._events.report(self._types.redeem, order.subject, payload)
        except (NotSent, WllNo):
            self._pending.forget(order.key)
            raise

    def _points(self, order: EffectOrder) -> int:
        if order.amount is None or order.amount <= 0:
            raise Refused("there is no amount to pay", code="invalid_request")
        return self._rate.points(order.amount)

    def _spent(self, order: EffectOrder, event: Event, points: int, after: int | None) -> Done:
        data: Json = {"event_id": event.id, "operation_id": order.key, "points": points}
        concerns: tuple[Concern, ...] = ()
        if after is not None and after < 0:
            data["overdrawn"] = -after
            words = f"another till spent at the same time: the customer has {after} points"
            concerns = (Concern(code="vendor_mismatch", detail=words),)
        return Done(
            reference=event.id,
            transaction_id=event.id,
            data=data,
            points=-points,
            points_after=after,
            balance_after_amount=None if after is None else self._rate.amount(after),
            concerns=concerns,
        )

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for the event that names this effect."""
        event = await self._named(order, self._types.redeem, since, "operationId")
        if event is None:
            return None
        points = maybe_int(event.payload, "points") or self._points(order)
        return self._spent(order, event, points, await self._wallets.balance(order.subject))

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Give the points back, once; a cap may cut them short (trap 9).

        `data`: `event_id`, `points`, and `shortfall` where the wallet shows less than it should;
        `unconfirmed` with it where it shows no change, which a slow reactor explains as well.
        """
        points = maybe_int(done.data, "points") or self._points(order)
        before = await self._wallets.balance(order.subject)
        payload: Json = {
            "points": points,
            "operationId": f"{order.key}!refund",
            "refundsOperationId": order.key,
            **self._place(order),
        }
        event = await self._events.report(self._types.refund, order.subject, payload)
        self._pending.forget(order.key)
        if before is None:
            return self._given(event, points, None, {})
        due = before + points
        after = await self._wallets.seen(order.subject, lambda balance: balance >= due)
        return self._given(event, points, after, shortfall(before, due, after))

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look for the refund that names this effect."""
        event = await self._named(order, self._types.refund, since, "refundsOperationId")
        if event is None:
            return None
        points = maybe_int(event.payload, "points") or self._points(order)
        return self._given(event, points, await self._wallets.balance(order.subject), {})

    def _given(self, event: Event, points: int, after: int | None, more: Json) -> Done:
        return Done(
            reference=event.id,
            transaction_id=event.id,
            data={"event_id": event.id, "points": points, **more},
            points=points,
            points_after=after,
            balance_after_amount=None if after is None else self._rate.amount(after),
            concerns=concerns_of(more),
        )

    async def _named(
        self, order: EffectOrder, type_: str, since: datetime, name: str
    ) -> Event | None:
        try:
            return await self._events.find(
                type_, since, lambda event: event.payload.get(name) == order.key
            )
        except WllNo:
            balance = await self._wallets.balance(order.subject)
        # A balance alone proves nothing, as others earn and spend too; a person may judge it.
        hint = "" if balance is None else f"; the customer now has {balance} points"
        raise Unanswerable(f"wll does not list its events{hint}", code="tender_refused")


def concerns_of(more: Json) -> tuple[Concern, ...]:
    """Put before a person what is missing in the wallet."""
    if "shortfall" not in more:
        return ()
    perhaps = ", unless its reactor is late" if more.get("unconfirmed") else ""
    words = f"the wallet shows {more['shortfall']} points less than were given back{perhaps}"
    return (Concern(code="vendor_mismatch", detail=words),)


def shortfall(before: int, due: int, after: int | None) -> Json:
    """Say by how many points a wallet shows less than it should (trap 9)."""
    if after is None or after >= due:
        return {}
    short: Json = {"shortfall": due - after}
    if after <= before:
        short["unconfirmed"] = True
    return short
