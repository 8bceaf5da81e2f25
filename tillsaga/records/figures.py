"""Figures for the people who watch over checkouts: each is one query over an index.

Times are counted by quarters of an hour, which every time zone's hours and days are made of.
Checkouts count at the moment at which they were opened.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, distinct, extract, func, literal_column, select, text
from sqlalchemy.orm import Mapped
from sqlmodel import col

from tillsaga.domain.model import Instant, Model
from tillsaga.domain.ports import CallState
from tillsaga.records.calls import OPEN
from tillsaga.records.database import Database
from tillsaga.records.tables import AT_VENDORS, AuditEntryRow, Bill, EffectRow

QUARTER_SECONDS = 900


class Span(Model):
    """A stretch of time: from its start until before its end."""

    start: Instant
    end: Instant


class Outcome(Model):
    """How many of the checkouts opened in the quarter from `at` on have a status now."""

    at: Instant
    status: str
    checkouts: int


class VendorCalls(Model):
    """What was asked of a vendor; `repeats` are calls beyond the first of each do and undo."""

    provider: str
    effects: int
    repeats: int
    undone: int
    refused: int
    unsettled: int


class Compensations(Model):
    """Of the checkouts opened in a quarter that asked a vendor for anything, how many took back."""

    at: Instant
    checkouts: int
    compensated: int


class SqlFigureBook:
    """Counts what the records know, for some stores and some time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def outcomes(self, store_ids: Sequence[str], span: Span) -> list[Outcome]:
        """Count checkouts by status."""
        at, status = _quarter(), col(Bill.status)
        query = select(at, status, func.count()).where(*_opened(store_ids, span))
        async with self._database.read() as session:
            rows = await session.execute(query.group_by(at, status).order_by(at))
            return [Outcome(at=_time(at), status=word, checkouts=n) for at, word, n in rows]

    async def waits(self, store_ids: Sequence[str], span: Span) -> list[float]:
        """List for how many seconds tills waited for offers, from the bill's row to the answer.

        A bill that was sold already has no offers, and one opened again is not counted again.
        """
        query = (
            select(col(Bill.created_at), func.min(col(AuditEntryRow.at)))
            .join(AuditEntryRow, col(AuditEntryRow.checkout_id) == col(Bill.checkout_id))
            .where(
                *_opened(store_ids, span),
                col(AuditEntryRow.kind) == "answer",
                fact("message") == "open",
                fact("status") == "open",
            )
            .group_by(col(Bill.checkout_id), col(Bill.created_at))
        )
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        return sorted(max(0.0, (then - opened).total_seconds()) for opened, then in rows)

    async def vendor_calls(self, store_ids: Sequence[str], span: Span) -> list[VendorCalls]:
        """Count effects and repeated calls by vendor, by the time at which an effect began."""
        row = EffectRow
        repeats = _beyond_first(col(row.do_attempts)) + _beyond_first(col(row.undo_attempts))
        unsettled = [state.value for state in (*OPEN, CallState.MANUAL)]
        query = (
            select(
                col(row.provider),
                func.count(),
                func.sum(repeats),
                _count_if(col(row.undo_state) == CallState.APPLIED.value),
                _count_if(col(row.do_state) == CallState.REFUSED.value),
                _count_if(
                    col(row.do_state).in_(unsettled)
                    | func.coalesce(col(row.undo_state), "").in_(unsettled)
                ),
            )
            .where(
                col(row.store_id).in_(store_ids),
                col(row.do_started_at) >= span.start,
                col(row.do_started_at) < span.end,
                text(AT_VENDORS),
            )
            .group_by(col(row.provider))
            .order_by(col(row.provider))
        )
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        return [
            VendorCalls.model_validate(dict(zip(VendorCalls.model_fields, row, strict=True)))
            for row in rows
        ]

    async def compensations(self, store_ids: Sequence[str], span: Span) -> list[Compensations]:
        """Count checkouts that asked vendors for something, and those that took some of it back."""
        at, mine = _quarter(), col(Bill.checkout_id)
        undone = case((col(EffectRow.undo_state).is_not(None), mine))
        query = (
            select(at, func.count(distinct(mine)), func.count(distinct(undone)))
            .join(EffectRow, col(EffectRow.checkout_id) == mine)
            .where(*_opened(store_ids, span), text(AT_VENDORS))
        )
        async with self._database.read() as session:
            rows = await session.execute(query.group_by(at).order_by(at))
            return [Compensations(at=_time(a), checkouts=n, compensated=k) for a, n, k in rows]


def fact(name: str) -> ColumnElement[str]:
    """One of an audit entry's facts, as text."""
    facts: Any = col(AuditEntryRow.facts)
    text_of: ColumnElement[str] = facts[name].as_string()
    return text_of


def _opened(store_ids: Sequence[str], span: Span) -> tuple[ColumnElement[bool], ...]:
    at = col(Bill.created_at)
    return col(Bill.store_id).in_(store_ids), at >= span.start, at < span.end


def _quarter() -> ColumnElement[int]:
    """The quarter of an hour in which a bill was opened, in seconds since 1970."""
    # Both databases know the epoch, one of them with a fraction: the remainder has it too.
    seconds = extract("epoch", col(Bill.created_at))
    # Written out: PostgreSQL groups by an expression only if it is sure that it is the same one.
    quarter: ColumnElement[int] = literal_column(str(QUARTER_SECONDS))
    return seconds - seconds % quarter


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _beyond_first(attempts: Mapped[int] | Mapped[int | None]) -> ColumnElement[int]:
    known = func.coalesce(attempts, 0)
    return case((known > 1, known - 1), else_=0)


def _count_if(holds: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((holds, 1), else_=0))
