"""The effect records on SQL."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import and_, col, or_, select

from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord
from tillsaga.domain.restoring import LostTime
from tillsaga.errors import KeyReused, Refused
from tillsaga.records import claims
from tillsaga.records.audit_rows import answered_again, append, call_moved
from tillsaga.records.calls import (
    OPEN,
    UNSURE,
    Side,
    ended,
    first_call,
    never_called,
    next_call,
    read_call,
    reopened,
    succeeded,
)
from tillsaga.records.database import Database, utc_now
from tillsaga.records.effect_rows import (
    begun,
    effect_record,
    effects_of,
    find,
    lock,
    locked,
    new_row,
    own,
    write,
)
from tillsaga.records.restorations import lost_to, perhaps_called
from tillsaga.records.statements import insert_new, table_of
from tillsaga.records.tables import Bill, EffectRow, TransactionOwner


class SqlEffectBook:
    """Fills the port `EffectBook`. A late answer never overwrites what is settled, except a yes."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def begin(self, order: EffectOrder) -> tuple[EffectRecord, bool]:
        """Open the record before the first call, or read the one that exists."""
        now = self._now()
        async with self._database.write() as session:
            has_ended = order.before_end and await _was_left_behind(session, order)
            lost = await self._lost_to(session, order, now)
            call = perhaps_called(lost) if lost else first_call(now)
            row = await insert_new(session, new_row(order, call, now), "key")
            if row is not None:
                if has_ended:
                    raise Refused("the checkout has ended meanwhile", code="ended")
                await claims.hold(session, row, now)
                await append(session, row.checkout_id, *call_moved(row, "do", None, call, now))
                return effect_record(row), lost is None
            there = effect_record(await locked(session, order.key))
            if there.fingerprint != order.fingerprint:
                raise KeyReused("the effect's key stands for another request", code="key_reused")
            return there, False

    async def too_late(self, order: EffectOrder) -> bool:
        """Say whether the checkout has ended without the run that orders this."""
        if not order.before_end:
            return False
        async with self._database.read() as session:
            return await _was_left_behind(session, order)

    async def read(self, key: str) -> EffectRecord | None:
        """Read one record."""
        async with self._database.read() as session:
            return await find(session, key)

    async def calling(self, key: str, after: int) -> bool:
        """Note that another attempt starts, unless another was faster or it is settled."""
        return await self._call_again(key, "do", after)

    async def not_sent(self, key: str) -> None:
        """Note that the attempt surely did nothing."""
        await self._end(key, "do", CallState.NOT_SENT)

    async def lost(self, key: str) -> None:
        """Note that the attempt ended without a usable answer."""
        await self._end(key, "do", CallState.IN_DOUBT)

    async def applied(self, key: str, done: Done) -> None:
        """Note the yes, also after a withdrawal: then the effect has to be undone.

        A second yes with another transaction keeps the first answer, and owns both transactions.
        """
        await self._succeed(key, "do", done)

    async def refused(self, key: str, code: str, detail: str) -> None:
        """Note the no; a claim of this effect ends."""
        await self._end(key, "do", CallState.REFUSED, code=code, detail=detail)

    async def manual(self, key: str, code: str, detail: str) -> None:
        """Note that nobody but a person can say whether it happened; a claim stays."""
        await self._end(key, "do", CallState.MANUAL, code=code, detail=detail)

    async def withdrawn(self, order: EffectOrder) -> None:
        """Note that it did not happen and must not; an effect that has an end keeps it."""
        now = self._now()
        async with self._database.write() as session:
            call = never_called(now)
            new = await insert_new(session, new_row(order, call, now), "key")
            if new is not None:
                await append(session, new.checkout_id, *call_moved(new, "do", None, call, now))
                return
            row = await locked(session, order.key)
            before = begun(row, "do")
            call = ended(before, CallState.WITHDRAWN, now)
            await write(session, row, "do", call, now)
            await claims.let_go(session, row)
            await append(session, row.checkout_id, *call_moved(row, "do", before, call, now))

    async def undo_begin(self, key: str) -> tuple[CallRecord, bool]:
        """Open the undo before its first call, or read how it stands."""
        now = self._now()
        async with self._database.write() as session:
            row = await locked(session, key)
            there = read_call(row, "undo")
            if there is not None:
                return there, False
            lost = await lost_to(session, row.checkout_id, now)
            doubted = lost is not None and lost.known and row.do_started_at < lost.until
            call = perhaps_called(lost) if lost and doubted else first_call(now)
            await write(session, row, "undo", call, now)
            await append(session, row.checkout_id, *call_moved(row, "undo", None, call, now))
            return call, not doubted

    async def undo_calling(self, key: str, after: int) -> bool:
        """Note that another attempt of the undo starts, unless another was faster."""
        return await self._call_again(key, "undo", after)

    async def undo_not_sent(self, key: str) -> None:
        """Note that the undo's attempt surely did nothing."""
        await self._end(key, "undo", CallState.NOT_SENT)

    async def undo_lost(self, key: str) -> None:
        """Note that the undo's attempt ended without a usable answer."""
        await self._end(key, "undo", CallState.IN_DOUBT)

    async def undone(self, key: str, done: Done) -> None:
        """Note that it was taken back, also after a person was asked to; a claim ends."""
        await self._succeed(key, "undo", done)

    async def undo_manual(self, key: str, code: str, detail: str) -> None:
        """Note that the vendor refuses to take it back: a person must settle it."""
        await self._end(key, "undo", CallState.MANUAL, code=code, detail=detail)

    async def reopen(self, key: str) -> bool:
        """Put what a person should settle back in doubt: its undo, or else its doing.

        Returns:
            False where another checkout has the subject meanwhile, so that a vendor's books would
            not say whose doing they show.
        """
        now = self._now()
        async with self._database.write() as session:
            row = await lock(session, key)
            if row is None:
                return True
            side: Side = "undo" if row.undo_state == CallState.MANUAL else "do"
            if side == "do" and row.do_state == CallState.MANUAL:
                try:
                    await claims.hold(session, row, now)
                except Refused:
                    return False
            before = begun(row, side)
            call = reopened(before)
            await write(session, row, side, call, now)
            await append(session, row.checkout_id, *call_moved(row, side, before, call, now))
            return True

    async def settled_by_person(self, key: str) -> None:
        """Note that nobody waits for the effect any more: a claim that it alone needs ends."""
        async with self._database.write() as session:
            row = await lock(session, key)
            if row is not None:
                await claims.settled(session, row)

    async def of_keys(self, keys: Sequence[str]) -> dict[str, EffectRecord]:
        """Read several records, by key."""
        async with self._database.read() as session:
            rows = await session.scalars(select(EffectRow).where(col(EffectRow.key).in_(keys)))
            return {row.key: effect_record(row) for row in rows}

    async def owner(self, kind: str, transaction_id: str) -> str | None:
        """Say which effect key a vendor transaction belongs to, do or undo."""
        async with self._database.read() as session:
            owner = await session.get(TransactionOwner, (kind, transaction_id))
            return owner.effect_key if owner else None

    async def rival(self, order: EffectOrder, over_since: datetime) -> bool:
        """Say whether another effect on the same subject may own what a find would show.

        Of calls whose processes died with them none is ever noted as ended. The older one is asked
        about first then, as of two in doubt, or both would wait for the other for ever.
        """
        ours = select(EffectRow.number).where(col(EffectRow.key) == order.key).scalar_subquery()
        older = or_(ours.is_(None), col(EffectRow.number) < ours)
        rivals = select(EffectRow.number).where(
            col(EffectRow.open_since).is_not(None),
            col(EffectRow.kind) == order.kind,
            col(EffectRow.subject) == order.subject,
            col(EffectRow.operation) == order.operation,
            col(EffectRow.key) != order.key,
            or_(
                and_(
                    col(EffectRow.do_state) == CallState.CALLING,
                    col(EffectRow.do_last_started_at) >= over_since,
                ),
                and_(col(EffectRow.do_state).in_(UNSURE), older),
            ),
        )
        async with self._database.read() as session:
            return await session.scalar(rivals.limit(1)) is not None

    async def of_checkout(self, checkout_id: str) -> list[EffectRecord]:
        """Read all records of a checkout, oldest first."""
        async with self._database.read() as session:
            return await effects_of(session, checkout_id)

    async def left_open(self, before: datetime, limit: int = 500) -> list[str]:
        """Name checkouts with an effect that has been open since before `before`: for the sweep."""
        old = select(EffectRow.checkout_id).where(col(EffectRow.open_since) < before)
        old = old.order_by(col(EffectRow.open_since)).limit(limit)
        async with self._database.read() as session:
            return list(dict.fromkeys(await session.scalars(old)))

    async def _lost_to(
        self, session: AsyncSession, order: EffectOrder, now: datetime
    ) -> LostTime | None:
        """A reservation is ours alone: no vendor could have done it."""
        if order.operation == "reserve":
            return None
        return await lost_to(session, order.checkout_id, now)

    async def _call_again(self, key: str, side: Side, after: int) -> bool:
        now = self._now()
        async with self._database.write() as session:
            row = await locked(session, key)
            call = begun(row, side)
            if call.attempts != after or call.state not in OPEN:
                return False
            again = next_call(call, now)
            await write(session, row, side, again, now)
            await append(session, row.checkout_id, *call_moved(row, side, call, again, now))
            return True

    async def _end(
        self,
        key: str,
        side: Side,
        state: CallState,
        *,
        code: str | None = None,
        detail: str | None = None,
    ) -> None:
        now = self._now()
        async with self._database.write() as session:
            row = await locked(session, key)
            before = begun(row, side)
            call = ended(before, state, now, code=code, detail=detail)
            await write(session, row, side, call, now)
            if state in (CallState.REFUSED, CallState.WITHDRAWN):
                await claims.let_go(session, row)
            await append(session, row.checkout_id, *call_moved(row, side, before, call, now))

    async def _succeed(self, key: str, side: Side, done: Done) -> None:
        now = self._now()
        async with self._database.write() as session:
            row = await locked(session, key)
            await own(session, row, done)
            given_up = row.do_state in (CallState.REFUSED, CallState.WITHDRAWN)
            before = begun(row, side)
            call = succeeded(before, done, now)
            await write(session, row, side, call, now)
            if row.undo_state == CallState.APPLIED:
                await claims.let_go(session, row)
            else:
                await claims.confirm(session, row, now, given_up=given_up)
            first, second = call.done and call.done.transaction_id, done.transaction_id
            if second is not None and first != second:
                await append(session, row.checkout_id, answered_again(row, side, second, now))
            await append(session, row.checkout_id, *call_moved(row, side, before, call, now))


_BILLS = table_of(Bill)
_END = (
    _BILLS.select()
    .with_only_columns(_BILLS.c.ended_at, _BILLS.c.ended_by)
    .where(_BILLS.c.checkout_id == bindparam("checkout_id"))
    .with_for_update(read=True)
)


async def _was_left_behind(session: AsyncSession, order: EffectOrder) -> bool:
    """Whether another run has ended the checkout; until the transaction is over, none does."""
    found = (await session.execute(_END, {"checkout_id": order.checkout_id})).one_or_none()
    if found is None or found.ended_at is None:
        return False
    return found.ended_by is None or found.ended_by != order.run_id
