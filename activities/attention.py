"""What a person's decision needs of the records, and the evidence for it: reads, no effect."""

import asyncio

from temporalio import activity

from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.evidence import BooksAnswer, BooksQuestion, Says
from tillsaga.domain.ports import Clock, Connectors, EffectBook, EffectRecord
from tillsaga.errors import TillsagaError


class AttentionActivities:
    """Opens records again, ends claims, and asks vendors without ever sending anything."""

    def __init__(self, connectors: Connectors, book: EffectBook, clock: Clock) -> None:
        """Take the vendors, the effect records and the time."""
        self._connectors = connectors
        self._book = book
        self._clock = clock

    @activity.defn(name="reopen_effect")
    async def reopen(self, key: str) -> bool:
        """Put what a person should settle back in doubt, so that the vendor is asked first."""
        return await self._book.reopen(key)

    @activity.defn(name="end_settled_claim")
    async def end_claim(self, key: str) -> None:
        """Let others have what nobody waits for any more."""
        await self._book.settled_by_person(key)

    @activity.defn(name="read_vendor_books")
    async def read_books(self, question: BooksQuestion) -> BooksAnswer:
        """Ask the vendor what became of an effect, and of its undo if there was one."""
        record = await self._book.read(question.key)
        if record is None:
            return self._unreadable("nothing was ever sent under this key")
        try:
            async with asyncio.timeout(question.patience.total_seconds()):
                return await self._read(record.order, record)
        except KeyError:
            return self._unreadable("no vendor has a part in it")
        except TimeoutError:
            return self._unreadable("the vendor did not answer in time")
        except TillsagaError as failed:
            return self._unreadable(failed.message)

    async def _read(self, order: EffectOrder, record: EffectRecord) -> BooksAnswer:
        connector = self._connectors.of(order.store_id, order.provider)
        operator = connector.operator(order.operation)
        if record.undo is not None and record.do.done is not None:
            since = record.undo.started_at
            undone = await operator.find_undo(order, record.do.done, since)
            if undone is not None:
                return self._said("taken_back", undone)
        found = await operator.find(order, record.do.started_at)
        return self._said("happened", found) if found else self._said("not_found", Done())

    def _said(self, says: Says, done: Done) -> BooksAnswer:
        return BooksAnswer(
            says=says,
            reference=done.reference,
            points=done.points,
            amount=done.balance_after_amount,
            asked_at=self._clock.now(),
        )

    def _unreadable(self, why: str) -> BooksAnswer:
        return BooksAnswer(says="unreadable", detail=why, asked_at=self._clock.now())
