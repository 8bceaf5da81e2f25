"""Keeping Temporal's histories of what has ended, before Temporal deletes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from temporalio import activity

from tillsaga.domain.histories import LATE, ClosedRun, Kept

BATCH = 500


class HistoryBook(Protocol):
    """The records, as they keep histories."""

    async def last_closed(self) -> datetime | None:
        """Say when the youngest run that is kept had ended."""
        ...

    async def unkept(self, runs: Sequence[ClosedRun]) -> list[ClosedRun]:
        """Leave out those that are kept."""
        ...

    async def keep(self, run: ClosedRun, document: str) -> bool:
        """Keep one; False where it is kept, or its checkout's must not be."""
        ...


class Memory(Protocol):
    """Temporal, as far as it remembers."""

    async def closed_since(self, moment: datetime | None) -> list[ClosedRun]:
        """List the runs that have ended since, the oldest first; all without a moment."""
        ...

    async def recall(self, run: ClosedRun) -> str | None:
        """Read a history as JSON; None if it was deleted."""
        ...


class HistoryActivities:
    """Keeps one history after the other. A repetition goes on behind the last one."""

    def __init__(self, memory: Memory, book: HistoryBook) -> None:
        """Take where they are, and where they are kept."""
        self._memory = memory
        self._book = book

    @activity.defn(name="keep_histories")
    async def keep(self) -> Kept:
        """Keep what has ended since the last time."""
        kept = lost = 0
        last = await self._book.last_closed()
        runs = await self._memory.closed_since(last - LATE if last else None)
        for begin in range(0, len(runs), BATCH):
            for run in await self._book.unkept(runs[begin : begin + BATCH]):
                document = await self._memory.recall(run)
                if document is None:
                    lost += 1
                    activity.logger.warning("the history of %s is gone", run.run_id)
                else:
                    kept += await self._book.keep(run, document)
                activity.heartbeat()
        return Kept(kept=kept, lost=lost)
