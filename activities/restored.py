"""After a restore: what to compare with the vendors' books before tills are served."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from temporalio import activity

from tillsaga.domain.ports import Clock
from tillsaga.domain.reconcile import BusinessDay
from tillsaga.domain.reconcile_orders import ReconcileOrder
from tillsaga.domain.restoring import Restoration


class RestorationBook(Protocol):
    """The restores that the records went through."""

    async def unreconciled(self) -> Restoration | None:
        """Find what was lost and not yet compared with the vendors' books."""
        ...

    async def reconciled(self) -> None:
        """Note that it was."""
        ...


class RestoredActivities:
    """Plans the comparison, and opens the door after it."""

    def __init__(self, book: RestorationBook, zones: Mapping[str, str], clock: Clock) -> None:
        """Take the restores, each store's time zone, and the time."""
        self._book = book
        self._zones = zones
        self._clock = clock

    @activity.defn(name="plan_after_restore")
    async def plan(self) -> list[ReconcileOrder]:
        """List every store's days since the backup, oldest first; nothing if that is done."""
        restored = await self._book.unreconciled()
        if restored is None:
            return []
        orders = []
        for store_id, zone in self._zones.items():
            day = BusinessDay.of(restored.backed_up_at, zone).date
            today = BusinessDay.of(self._clock.now(), zone).date
            while day <= today:
                orders.append(ReconcileOrder(store_id=store_id, day=day))
                day += timedelta(days=1)
        return orders

    @activity.defn(name="serve_after_restore")
    async def serve(self, differences: int) -> None:
        """Let tills in. What differs stands in the records for people to read."""
        await self._book.reconciled()
        words = "the restored records were compared with the vendors' books: %s differences"
        level = activity.logger.warning if differences else activity.logger.info
        level(words, differences)
