"""Erasing a member from the records, page by page."""

from typing import Protocol

from temporalio import activity

from tillsaga.domain.erasure import Erased, ErasedBatch, Erasure
from tillsaga.domain.model import Model

PAGE = 500


class ErasureBook(Protocol):
    """The records as the erasure sees them."""

    async def erase(self, erasure_id: str, after: str, limit: int) -> ErasedBatch:
        """Look at the next `limit` checkouts and erase in those that have the member."""
        ...

    async def finish(self, erasure_id: str, erased: Erased) -> Erasure:
        """Write down what came of it, and forget whom it was about."""
        ...


class _Progress(Model):
    """How far an attempt has come."""

    after: str = ""
    erased: Erased = Erased()


class ErasureActivities:
    """Goes through all checkouts. A repetition finds nothing in those that are erased."""

    def __init__(self, book: ErasureBook) -> None:
        """Take the records."""
        self._book = book

    @activity.defn(name="erase_member")
    async def erase(self, erasure_id: str) -> Erasure:
        """Erase; whom is read from the records, since a history must not say it."""
        progress = _before()
        while True:
            batch = await self._book.erase(erasure_id, progress.after, PAGE)
            total = progress.erased + batch.erased
            if batch.after is None:
                return await self._book.finish(erasure_id, total)
            progress = _Progress(after=batch.after, erased=total)
            activity.heartbeat(progress)


def _before() -> _Progress:
    """Where an attempt before this one was when its worker died."""
    told = activity.info().heartbeat_details
    return _Progress.model_validate(told[0]) if told else _Progress()
