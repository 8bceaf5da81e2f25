"""What stands open at this moment, as numbers for those who watch over it.

Each is one query over a partial index: it costs as much as stands open, and not as was ever sold.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case
from sqlmodel import col, func, or_, select

from tillsaga.domain.model import Instant, Model
from tillsaga.records.attention import SqlAttentionBook
from tillsaga.records.calls import UNSURE
from tillsaga.records.database import Database
from tillsaga.records.tables import Bill, EffectRow

_UNSURE = [state.value for state in UNSURE]


class Standing(Model):
    """How many of something stand open, and since when the oldest one does."""

    name: str
    number: int
    oldest: Instant


class SqlGauges:
    """Counts what the records know."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._attention = SqlAttentionBook(database)

    async def doubts(self) -> list[Standing]:
        """Count the calls whose end is not known, by vendor kind; those under way are among them.

        The age is of the last call: an effect may have waited for days before it was sent.
        """
        undoing = col(EffectRow.undo_state).in_(_UNSURE)
        doing = col(EffectRow.do_state).in_(_UNSURE)
        since: ColumnElement[datetime] = case(
            (undoing, col(EffectRow.undo_last_started_at)), else_=col(EffectRow.do_last_started_at)
        )
        kind = col(EffectRow.kind)
        query = select(kind, func.count(), func.min(since)).group_by(kind).order_by(kind)
        query = query.where(col(EffectRow.open_since).is_not(None), or_(doing, undoing))
        async with self._database.read() as session:
            return _standing(await session.execute(query))

    async def holds(self) -> list[Standing]:
        """Count what is held for checkouts that are not sold, by vendor kind."""
        kind, since = col(EffectRow.kind), col(EffectRow.held_since)
        query = (
            select(kind, func.count(), func.min(since))
            .join(Bill, col(Bill.checkout_id) == col(EffectRow.checkout_id))
            .where(since.is_not(None), col(Bill.status) != "completed")
            .group_by(kind)
            .order_by(kind)
        )
        async with self._database.read() as session:
            return _standing(await session.execute(query))

    async def attention(self) -> list[Standing]:
        """Count the cases that wait for a person, by code."""
        opened: dict[str, list[datetime]] = defaultdict(list)
        for found in await self._attention.open_cases():
            opened[found.case.code].append(found.case.opened_at)
        return [
            Standing(name=code, number=len(times), oldest=min(times))
            for code, times in sorted(opened.items())
        ]


def _standing(rows: Iterable[Any]) -> list[Standing]:
    return [Standing(name=name, number=n, oldest=since) for name, n, since in rows]
