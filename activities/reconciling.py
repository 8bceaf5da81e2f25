"""Our effect records compared with the vendors' books, a vendor and a day at a time."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from temporalio import activity

from activities.book_reading import BookReading, Pace
from tillsaga.domain.expecting import is_moving
from tillsaga.domain.matching import Comparison
from tillsaga.domain.ports import (
    BookReader,
    CallState,
    Clock,
    Connectors,
    EffectBook,
    EffectRecord,
    KeepsBooks,
    ReconciliationBook,
)
from tillsaga.domain.reconcile import (
    MOST_KEPT,
    TOLERANCE,
    BusinessDay,
    Claimed,
    Difference,
    Entry,
    Reconciled,
    Unreadable,
    checkout_of,
    tally,
)
from tillsaga.domain.reconcile_orders import (
    Compared,
    CompareOrder,
    ReconciledStore,
    ReconcileOrder,
)
from tillsaga.errors import Refused

CHUNK = 200
"""Checkouts whose records are read at a time."""

LOOK_BACK = timedelta(days=7)
"""How long a day that could not be settled is compared again every night."""

LATEST = timedelta(days=1)
"""How long after the day the lists are read, for what happened late."""

TRIES = 3
CALLS_PER_SECOND = 20.0
"""Where the store sets no `rate_per_second`: less than any vendor's published limit."""

NO_BOOKS = "the vendor has no call that reads its books"
NOT_LISTED = "none of the day's entries is in the vendor's list"

Stores = Callable[[str], ReconciledStore | None]


class ReconcileActivities:
    """Plans, compares and keeps. Everything here only reads at the vendors."""

    def __init__(
        self,
        connectors: Connectors,
        effects: EffectBook,
        book: ReconciliationBook,
        stores: Stores,
        clock: Clock,
    ) -> None:
        """Take the vendors, the records, what is known of stores, and the time."""
        self._connectors = connectors
        self._effects = effects
        self._book = book
        self._stores = stores
        self._clock = clock

    @activity.defn(name="plan_reconciliation")
    async def plan(self, order: ReconcileOrder) -> list[CompareOrder]:
        """List what to compare: a day, or yesterday and what is not settled of the week before.

        Raises:
            Refused: `store_not_found`.
        """
        store = self._stores(order.store_id)
        if store is None:
            raise Refused("the store is not known", code="store_not_found")
        today = BusinessDay.of(self._clock.now(), store.timezone).date
        day = order.day or today - timedelta(days=1)
        wanted = [(day, provider) for provider in store.providers]
        if order.day is None:
            wanted += await self._book.unsettled(order.store_id, day - LOOK_BACK)
        return [
            CompareOrder(
                store_id=order.store_id,
                provider=provider,
                kind=store.providers[provider],
                per_second=store.rates.get(provider),
                day=BusinessDay(date=each, timezone=store.timezone),
            )
            for each, provider in dict.fromkeys(wanted)
            if provider in store.providers
        ]

    @activity.defn(name="compare_books")
    async def compare(self, order: CompareOrder) -> Compared:
        """Compare one vendor's books of one day and keep the result."""
        reader = _reader(self._connectors.of(order.store_id, order.provider))
        if reader is None:
            return await self._keep(await self._without_books(order))
        last_try = activity.info().attempt >= TRIES
        pace = Pace(order.per_second or CALLS_PER_SECOND, activity.heartbeat)
        reading = BookReading(reader, pace, last_try)
        return await self._keep(await self._compare(order, reader, reading))

    @activity.defn(name="note_unread_books")
    async def note_unread(self, order: CompareOrder) -> Compared:
        """Keep that a vendor's books could not be read at all."""
        silent = Unreadable(what="all", count=0, reason="nobody could ask the vendor", again=True)
        return await self._keep(self._result(order, unreadable=(silent,)))

    # --- comparing --------------------------------------------------------------------------------

    async def _compare(
        self, order: CompareOrder, reader: BookReader, reading: BookReading
    ) -> Reconciled:
        began = self._clock.now()
        ours = await self._claims(order, reader)
        until = max((claim.until for claim in ours), default=order.day.end)
        await reading.lists(order.day.start - TOLERANCE, max(until, order.day.end) + LATEST)

        unproved = await reading.names(Comparison(ours, reading.entries).unseen())
        pulled, strangers = await self._known(order, reader, Comparison(ours, reading.entries))
        everything = [*ours, *pulled]
        met = Comparison(everything, reading.entries)
        unproved |= reading.hidden([claim for claim in met.unmatched() if claim in ours])
        unproved |= _unlisted(met, reading)

        provable = [claim for claim in everything if claim.key not in unproved]
        elsewhere = {claim.key for claim in pulled}
        differences = Comparison(provable, reading.entries).differences(elsewhere, strangers)
        differences, moved = await self._still(order, differences, began)
        for claim in ours:
            if claim.state == "unreadable":
                reading.note(claim.ledger, claim.reason or "")
        open_keys = {claim.key for claim in ours if claim.state == "open"} | moved
        return self._result(
            order,
            compared=sum(c.state in ("done", "not_done") for c in ours if c.key not in unproved),
            read=len(reading.entries),
            counts=tally(differences),
            differences=tuple(differences[:MOST_KEPT]),
            open=len(open_keys),
            open_keys=tuple(sorted(open_keys)[:MOST_KEPT]),
            unreadable=tuple(reading.unreadable),
        )

    async def _claims(self, order: CompareOrder, reader: BookReader) -> list[Claimed]:
        checkouts = await self._book.checkouts_of(order.provider, order.store_id, order.day)
        claims: list[Claimed] = []
        for start in range(0, len(checkouts), CHUNK):
            activity.heartbeat()
            chunk = await self._book.effects_of(order.kind, checkouts[start : start + CHUNK])
            for records in chunk:
                own = [r for r in records if r.order.provider == order.provider]
                claims += [
                    claim
                    for claim in reader.expect(own)
                    if any(order.day.has(moment) for moment in claim.moments)
                ]
        return claims

    async def _known(
        self,
        order: CompareOrder,
        reader: BookReader,
        met: Comparison,
    ) -> tuple[list[Claimed], list[Entry]]:
        """Find the records of entries that no claim of the day has; the rest stays strange."""
        strange = met.strangers(order.day)
        owners = [await self._owner(order, entry) for entry in strange]
        names = sorted({owner for owner in owners if owner})
        gone = await self._book.pruned(names)
        strange = [e for e, owner in zip(strange, owners, strict=True) if owner not in gone]
        records = await self._book.effects_of(order.kind, names)
        claims = [claim for each in records for claim in reader.expect(each)]
        pulled = [claim for claim in claims if not met.has(claim)]
        return pulled, Comparison(pulled, strange).left

    async def _owner(self, order: CompareOrder, entry: Entry) -> str | None:
        if entry.mark is not None:
            return checkout_of(entry.mark)
        key = await self._effects.owner(order.kind, entry.id) if entry.id else None
        return checkout_of(key) if key else None

    async def _still(
        self, order: CompareOrder, differences: list[Difference], began: datetime
    ) -> tuple[list[Difference], set[str]]:
        """Leave out what moved while it was read: it is compared again."""
        names = {name for each in differences if (name := _checkout(each))}
        chunk = await self._book.effects_of(order.kind, sorted(names))
        moving = {
            r.order.checkout_id for records in chunk if _moved(records, began) for r in records
        }
        still = [each for each in differences if _checkout(each) not in moving]
        return still, {r.order.key for rs in chunk for r in rs if r.order.checkout_id in moving}

    async def _without_books(self, order: CompareOrder) -> Reconciled:
        names = await self._book.checkouts_of(order.provider, order.store_id, order.day)
        count = 0
        for start in range(0, len(names), CHUNK):
            for records in await self._book.effects_of(order.kind, names[start : start + CHUNK]):
                count += sum(_is_in(record, order) for record in records)
        unread = Unreadable(what="all", count=count, reason=NO_BOOKS)
        return self._result(order, unreadable=(unread,))

    # --- the result -------------------------------------------------------------------------------

    def _result(self, order: CompareOrder, **more: object) -> Reconciled:
        fields: dict[str, object] = {
            "store_id": order.store_id,
            "day": order.day.date,
            "provider": order.provider,
            "kind": order.kind,
            "read_at": self._clock.now(),
        }
        return Reconciled.model_validate(fields | more)

    async def _keep(self, result: Reconciled) -> Compared:
        await self._book.save(result)
        names = {"store": result.store_id, "provider": result.provider}
        meter = activity.metric_meter().with_additional_attributes(names)
        meter.create_gauge("tillsaga_reconcile_differences").set(result.different)
        if result.different:
            words = "%s's books of %s differ from the records of %s: %s"
            told = (result.provider, result.day, result.store_id, result.counts)
            activity.logger.warning(words, *told)
        return Compared(
            day=result.day,
            provider=result.provider,
            differences=result.different,
            unreadable=sum(each.count for each in result.unreadable),
            again=any(each.again for each in result.unreadable),
        )


def _reader(connector: object) -> BookReader | None:
    return connector.books if isinstance(connector, KeepsBooks) else None


def _unlisted(met: Comparison, reading: BookReading) -> set[str]:
    """Doubt the list where it shows nothing of several entries, and need not show them."""
    doubtful = met.unlisted()
    for claim in doubtful:
        reading.note(claim.ledger, NOT_LISTED)
    return {claim.key for claim in doubtful}


def _checkout(difference: Difference) -> str | None:
    if difference.ours is not None:
        return checkout_of(difference.ours.key)
    marks = [entry.mark for entry in difference.theirs if entry.mark]
    return checkout_of(marks[0]) if marks else None


def _moved(records: Sequence[EffectRecord], began: datetime) -> bool:
    calls = [call for record in records for call in (record.do, record.undo) if call]
    return any(call.last_started_at >= began for call in calls) or is_moving(records)


def _is_in(record: EffectRecord, order: CompareOrder) -> bool:
    happened = record.do.state is CallState.APPLIED and record.order.operation != "reserve"
    here = record.order.provider == order.provider
    return happened and here and order.day.has(record.do.started_at)
