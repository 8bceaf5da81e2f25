"""What stands open, read for those who watch: at most every few seconds, whoever asks how often."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from api.metrics import Metrics
from api.temporal import Gateway, NoAnswer, Queue, Unreachable
from tillsaga.errors import Unavailable
from tillsaga.records.database import Database, utc_now
from tillsaga.records.gauges import SqlGauges
from tillsaga.records.webhooks import SqlDeliveryBook
from tillsaga.stores import StoresFile
from tillsaga.webhooks.endpoints import ConfiguredEndpoints
from workflows.queues import vendor_queue, webhook_queue

FRESH_SECONDS = 10.0
"""How long what was read is told again: less than Prometheus takes between two questions."""

PATIENCE_SECONDS = 2.0
"""How long a question may take; what is not answered in it keeps the last answer."""


class Watch:
    """Reads the records and Temporal's queues into the metrics."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        queues: Sequence[Queue],
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take whom to ask, about which queues, and where the answers go."""
        self._gauges, self._deliveries = SqlGauges(database), SqlDeliveryBook(database)
        self._gateway, self._queues = gateway, queues
        self._metrics = metrics
        self._clock = clock
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """Look, unless somebody has just looked."""
        async with self._looking:
            if self._looked_at is not None and self._clock() - self._looked_at < FRESH_SECONDS:
                return
            records, temporal = await asyncio.gather(self._read_records(), self._ask_temporal())
            self._metrics.note_reachable("records", records)
            self._metrics.note_reachable("temporal", temporal)
            self._looked_at = self._clock()

    async def _read_records(self) -> bool:
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                now = utc_now()
                self._metrics.note_doubts(await self._gauges.doubts(), now)
                self._metrics.note_holds(await self._gauges.holds(), now)
                self._metrics.note_attention(await self._gauges.attention(), now)
                self._metrics.note_backlog(await self._deliveries.backlog(), now)
                return True
        return False

    async def _ask_temporal(self) -> bool:
        with suppress(NoAnswer, Unreachable):
            self._metrics.note_queues(await self._gateway.queues(self._queues, PATIENCE_SECONDS))
            return True
        return False


def queues_of(stores: StoresFile, endpoints: ConfiguredEndpoints, base: str) -> list[Queue]:
    """Name the queues that a worker for these stores works at."""
    kinds = sorted({provider.kind for store in stores.stores for provider in store.providers})
    vendors = [Queue(vendor_queue(kind, base), "activity") for kind in kinds]
    hooks = [Queue(webhook_queue(each.id, base), "activity") for each in endpoints.all]
    return [Queue(base, "workflow"), Queue(base, "activity"), *vendors, *hooks]
