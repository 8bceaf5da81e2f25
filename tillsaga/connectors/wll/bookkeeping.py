"""White Label Loyalty's books, read for comparing: events by type and time, vouchers by id.

The Receipts service cannot be asked; what it was told shows as the engine's `ORDER_PLACED`.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from tillsaga.connectors.wll.book_claims import (
    ACTIVATION,
    MOVED,
    POINTS,
    SALE,
    VOUCHER,
    claims_of,
    quantities,
)
from tillsaga.connectors.wll.client import NOT_FOUND
from tillsaga.connectors.wll.events import Events
from tillsaga.connectors.wll.operators import maybe_int, maybe_text, text
from tillsaga.connectors.wll.refusals import WllNo, asking
from tillsaga.connectors.wll.sales import ORDER_PLACED, transaction_in
from tillsaga.connectors.wll.settings import WllSettings
from tillsaga.connectors.wll.voucher_offers import Vouchers
from tillsaga.connectors.wll.wire import Event, Now, points_in
from tillsaga.domain.model import Json
from tillsaga.domain.ports import EffectRecord
from tillsaga.domain.reconcile import Claimed, Entry, is_ours

MOST_PAGES = 10_000
CANNOT_ASK = "cannot_ask"
REACTORS = timedelta(minutes=5)
"""A younger event's reactors may not have run yet."""


class WllBooks:
    """Fills the port `BookReader`."""

    ledgers = (POINTS, SALE)

    def __init__(
        self, events: Events, vouchers: Vouchers, settings: WllSettings, location: str, now: Now
    ) -> None:
        """Take the reads, the tenant's event types, the vendor's id of the store, and the time."""
        self._events = events
        self._vouchers = vouchers
        self._settings = settings
        self._location = location
        self._now = now

    def expect(self, records: Sequence[EffectRecord]) -> list[Claimed]:
        """Say what a checkout's records mean for the books."""
        return list(claims_of(records, self._settings.sale_event))

    # --- lists ------------------------------------------------------------------------------------

    async def entries(
        self, ledger: str, since: datetime, until: datetime
    ) -> AsyncIterator[list[Entry]]:
        """List the events that can be ours; a tenant's stores share them."""
        for type_ in self._types(ledger):
            with asking(CANNOT_ASK):
                async for page in self._events.pages(type_, since, MOST_PAGES):
                    events = [e for e in page if e.type == type_ and _between(e, since, until)]
                    for event in filter(self._is_ours, events):
                        yield [await self._entry(event)]
                    yield []

    def _types(self, ledger: str) -> list[str]:
        if ledger == SALE:
            return [self._settings.sale_event or ORDER_PLACED]
        return [type_ for type_ in self._point_types() if type_]

    def _point_types(self) -> tuple[str | None, str | None]:
        return self._settings.redeem_event, self._settings.refund_event

    def _is_ours(self, event: Event) -> bool:
        payload = event.payload
        places = [maybe_text(payload, name) for name in ("storeId", "locationId", "branchId")]
        place = next((place for place in places if place), None)
        return is_ours(_mark(event)) and place in (None, self._location)

    async def _entry(self, event: Event) -> Entry:
        return (
            self._sale(event) if event.type not in self._point_types() else await self._move(event)
        )

    def _sale(self, event: Event) -> Entry:
        told = event.payload
        return Entry(
            ledger=SALE,
            id=event.id,
            mark=_mark(event),
            amount=maybe_int(told, "total"),
            customer=event.subject,
            parts=quantities(told["items"]) if "items" in told else None,
            at=event.at,
        )

    async def _move(self, event: Event) -> Entry:
        points = maybe_int(event.payload, "points")
        way = 1 if event.type == self._settings.refund_event else -1
        return Entry(
            ledger=POINTS,
            id=event.id,
            mark=_mark(event),
            amount=None if points is None else way * points,
            customer=event.subject,
            parts=await self._done(event),
            at=event.at,
        )

    async def _done(self, event: Event) -> dict[str, int] | None:
        """Ask what the reactors made of it; None where they may still run, or none is told."""
        reactions = await self._events.reactions(event.id)
        if reactions is None or (not reactions and self._is_young(event)):
            return None
        return {MOVED: abs(points_in(reactions))}

    def _is_young(self, event: Event) -> bool:
        return event.at is None or self._now() - event.at < REACTORS

    # --- by name ----------------------------------------------------------------------------------

    async def look_up(self, claim: Claimed) -> list[Entry]:
        """Ask for an event or a voucher by its id."""
        with asking(CANNOT_ASK):
            try:
                found = await self._named(claim)
            except WllNo as no:
                if no.status != NOT_FOUND or not no.code:
                    raise
                found = None
        return [found] if found else []

    async def _named(self, claim: Claimed) -> Entry | None:
        known: Json = claim.known
        if claim.ledger in (POINTS, SALE):
            return await self._entry(await self._events.one(text(known, "event_id")))
        benefit = await self._vouchers.benefit(text(known, "benefit"))
        burned = claim.ledger == VOUCHER
        at = benefit.burned_at if burned else benefit.redeemed_at
        if at is None:
            return None
        return Entry(
            ledger=VOUCHER if burned else ACTIVATION,
            id=benefit.id,
            mark=claim.mark,
            amount=1,
            customer=benefit.owner.id if benefit.owner else None,
            at=at if burned else None,
        )


def _mark(event: Event) -> str | None:
    return maybe_text(event.payload, "operationId") or transaction_in(event.payload)


def _between(event: Event, since: datetime, until: datetime) -> bool:
    return event.at is None or since <= event.at <= until
