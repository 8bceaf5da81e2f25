"""Restores on SQL: that one happened, and what it means for the effects that begin afterwards."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tillsaga.domain.audit import AuditNote
from tillsaga.domain.model import Json
from tillsaga.domain.ports import CallRecord, CallState
from tillsaga.domain.restoring import LostTime, Restoration, lost_time
from tillsaga.records.audit_rows import append
from tillsaga.records.calls import Side
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import table_of
from tillsaga.records.tables import Bill, EffectRow, RestorationRow

SIDES: tuple[Side, ...] = ("do", "undo")
_UNSENT_OR_CALLING = (CallState.NOT_SENT.value, CallState.CALLING.value)


class SqlRestorations:
    """The restores that these records went through."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def mark(self, backed_up_at: datetime) -> Restoration:
        """Note that the records were just restored, and doubt every effect that is open.

        What had surely not been sent may have been since the backup; the vendor is asked first.
        """
        now = self._now()
        row = RestorationRow(backed_up_at=backed_up_at, restored_at=now)
        async with self._database.write() as session:
            session.add(row)
            for side in SIDES:
                await _tell(session, side, backed_up_at, now)
                await session.execute(_doubt(side, now))
        return Restoration(backed_up_at=backed_up_at, restored_at=now)

    async def unreconciled(self) -> Restoration | None:
        """Find what was lost and not yet compared with the vendors' books, over all restores."""
        async with self._database.read() as session:
            waiting = [each for each in await _all(session) if each.reconciled_at is None]
        if not waiting:
            return None
        since = min(each.backed_up_at for each in waiting)
        return waiting[-1].model_copy(update={"backed_up_at": since})

    async def latest(self) -> Restoration | None:
        """Find the last restore."""
        async with self._database.read() as session:
            return next(reversed(await _all(session)), None)

    async def reconciled(self) -> None:
        """Note that the vendors' books were read: tills may be served."""
        waiting = update(RestorationRow).where(col(RestorationRow.reconciled_at).is_(None))
        async with self._database.write() as session:
            await session.execute(waiting.values(reconciled_at=self._now()))


async def lost_to(session: AsyncSession, checkout_id: str, now: datetime) -> LostTime | None:
    """Say when a checkout may have done more than the records know."""
    restorations = await _all(session)
    if not restorations:
        return None
    bill = await session.get(Bill, checkout_id)
    opened, ended = (bill.created_at, bill.ended_at) if bill else (None, None)
    return lost_time(restorations, opened, ended, now)


async def restored_since(session: AsyncSession, opened: datetime | None) -> datetime | None:
    """Say when the records were restored from a backup that had a bill; None: there is no bill."""
    if opened is None:
        return None
    later = [r for r in await _all(session) if r.restored_at > opened]
    return later[-1].restored_at if later else None


def perhaps_called(lost: LostTime) -> CallRecord:
    """Open the call of an effect that may have been done in the lost time: the vendor is asked.

    Of a checkout that was in the backup that is a doubt like any other. One that was opened since
    is most likely new: where its vendor cannot be asked, it is sent.
    """
    return CallRecord(
        state=CallState.IN_DOUBT if lost.known else CallState.NOT_SENT,
        attempts=0,
        started_at=lost.since,
        last_started_at=lost.since,
        last_ended_at=lost.until,
    )


_RESTORATIONS = table_of(RestorationRow)
_ALL = _RESTORATIONS.select().order_by(_RESTORATIONS.c.number)


async def _all(session: AsyncSession) -> list[Restoration]:
    rows = await session.execute(_ALL)
    return [
        Restoration(
            backed_up_at=row.backed_up_at,
            restored_at=row.restored_at,
            reconciled_at=row.reconciled_at,
        )
        for row in rows
    ]


async def _tell(session: AsyncSession, side: Side, backed_up_at: datetime, now: datetime) -> None:
    """Let the audit know whose calls are doubted now."""
    open_now = select(EffectRow).where(_state_of(side).in_(_UNSENT_OR_CALLING))
    in_order = open_now.order_by(EffectRow.checkout_id, col(EffectRow.number))
    for row in await session.scalars(in_order):
        facts: Json = {"effect": row.number, "side": side, "state": CallState.IN_DOUBT.value}
        facts["backed_up_at"] = backed_up_at.isoformat(timespec="seconds")
        note = AuditNote(kind="restored", actor="operator", at=now, facts=facts)
        await append(session, row.checkout_id, note)


def _state_of(side: Side) -> Any:
    return EffectRow.__table__.c[f"{side}_state"]  # type: ignore[attr-defined]


def _doubt(side: Side, now: datetime) -> Any:
    doubted = {f"{side}_state": CallState.IN_DOUBT.value, f"{side}_last_ended_at": now}
    return update(EffectRow).where(_state_of(side).in_(_UNSENT_OR_CALLING)).values(doubted)
