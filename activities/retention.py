"""Deleting what the stores no longer keep, batch by batch."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from temporalio import activity

from tillsaga.domain.ports import Clock
from tillsaga.domain.retention import KEEP_YEARS, Pruned, PruneOrder, kept_since

BATCH = 100


class RetentionBook(Protocol):
    """The records as the retention sees them; each call is one transaction."""

    async def stores(self) -> list[str]:
        """List the stores that have something in the archive."""
        ...

    async def due(self, store_id: str, kept_since: datetime) -> int:
        """Count the checkouts that would be deleted."""
        ...

    async def prune(self, store_id: str, kept_since: datetime, limit: int) -> Pruned:
        """Delete at most `limit` checkouts."""
        ...


class Tidy(Protocol):
    """What tokens stand for, as the retention sees it."""

    async def tidy(self) -> int:
        """Delete what nobody needs any more; answers how much."""
        ...


class RetentionActivities:
    """Goes through all stores. A repetition deletes what is left."""

    def __init__(
        self,
        book: RetentionBook,
        keep_years: Mapping[str, int],
        clock: Clock,
        vault: Tidy,
    ) -> None:
        """Take the records, each store's years, the time, and what tokens stand for."""
        self._vault = vault
        self._book = book
        self._keep_years = keep_years
        self._clock = clock

    @activity.defn(name="prune_archive")
    async def prune(self, order: PruneOrder) -> Pruned:
        """Delete what is older than its store keeps it, or count it."""
        total = _before()
        for store_id in await self._book.stores():
            since = kept_since(self._clock.now(), self._keep_years.get(store_id, KEEP_YEARS))
            if order.dry_run:
                total += Pruned(checkouts=await self._book.due(store_id, since))
                continue
            while (batch := await self._book.prune(store_id, since, BATCH)).checkouts:
                total += batch
                activity.heartbeat(total)
        if not order.dry_run:
            await self._vault.tidy()
        activity.logger.info("archive pruned: %s", total.model_dump_json())
        return total


def _before() -> Pruned:
    """What an attempt before this one had deleted when its worker died."""
    told = activity.info().heartbeat_details
    return Pruned.model_validate(told[0]) if told else Pruned()
