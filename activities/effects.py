"""Effects: do and undo, each recorded before and after, never sent twice blindly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from temporalio import activity

from tillsaga.domain import correlation
from tillsaga.domain.effects import OPERATIONS, Done, EffectOrder, Outcome
from tillsaga.domain.ports import (
    CallRecord,
    CallState,
    Clock,
    Connectors,
    EffectBook,
    EffectRecord,
    Operator,
    outcome_of,
)
from tillsaga.errors import (
    AnswerLost,
    InDoubt,
    KeyReused,
    NotSent,
    Refused,
    Repeatable,
    Unanswerable,
    Unavailable,
)

HEARTBEAT = timedelta(seconds=1)
TRIES_WHILE_THE_TILL_WAITS = 3
LONGEST_WAIT_OF_A_TILL = timedelta(seconds=2)


class EffectActivities:
    """What every effect has in common; the vendor's part is its operator."""

    def __init__(self, connectors: Connectors, book: EffectBook, clock: Clock) -> None:
        """Take the vendors, the effect records and the time."""
        self._connectors = connectors
        self._book = book
        self._clock = clock

    async def do(self, order: EffectOrder) -> Outcome:
        """Make the effect happen once; a repeat answers what the record says."""
        try:
            record, new = await self._book.begin(order)
        except KeyReused as reused:
            return Outcome(status="manual", code="key_reused", detail=reused.message)
        except Refused as held:
            return Outcome(status="refused", code=held.code, detail=held.message)
        if new:
            return await self._call(order, attempts=1)
        ended = await self._ended_or_settled(order, record, may_send=True)
        if ended is not None and ended is not _MAYBE:
            return ended
        if not await self._book.calling(order.key, record.do.attempts):
            return _in_doubt_or(order, _overtaken(), Outcome(status="in_doubt"))
        return await self._call(order, record.do.attempts + 1, maybe=ended is _MAYBE)

    async def settle(self, order: EffectOrder) -> Outcome:
        """Ask, without ever sending it again, until it is known whether it happened."""
        record = await self._book.read(order.key)
        if record is None:
            return await self._withdraw(order)
        patient = order.model_copy(update={"patient": True})
        return await self._ended_or_settled(patient, record) or await self._withdraw(order)

    async def undo(self, order: EffectOrder) -> Outcome:
        """Take the effect back, if it happened; harmless when there is nothing to take back."""
        if await self._book.too_late(order):
            words = "the checkout has ended without the run that takes this back"
            return Outcome(status="manual", code="ended", detail=words)
        record = await self._book.read(order.key)
        if record is None:
            return await self._withdraw(order)
        outcome = await self._ended_or_settled(order, record)
        if outcome is None:
            return await self._withdraw(order)
        if outcome.status != "applied" or outcome.done is None:
            return outcome
        return await self._take_back(_with_sale(order, record), outcome.done)

    # --- doing ----------------------------------------------------------------------------------

    async def _call(self, order: EffectOrder, attempts: int, *, maybe: bool = False) -> Outcome:
        """Send it; `maybe`: an attempt before this one may have made it happen."""
        try:
            done = await self._operator(order).do(order)
        except Refused as no:
            await self._book.refused(order.key, no.code, no.message)
            return Outcome(status="refused", code=no.code, detail=no.message, attempts=attempts)
        except NotSent as unsent:
            if maybe:
                await self._book.lost(order.key)
                return _in_doubt_or(order, unsent, _MAYBE)
            await self._book.not_sent(order.key)
            return _again_or(order, unsent, Outcome(status="not_sent", attempts=attempts))
        except AnswerLost:
            await self._book.lost(order.key)
            return await self._ask_at_once(order)
        return await self._note_applied(order, done, attempts)

    async def _ask_at_once(self, order: EffectOrder) -> Outcome:
        record = await self._book.read(order.key)
        if record is None:
            raise InDoubt("the record of the effect is gone")
        ended = await self._ended_or_settled(order, record, may_send=True)
        if ended is _MAYBE:
            return _again(order, _MAYBE)
        return ended or _again(order, Outcome(status="not_sent", attempts=record.do.attempts))

    async def _note_applied(self, order: EffectOrder, done: Done, attempts: int) -> Outcome:
        try:
            await self._book.applied(order.key, done)
        except KeyReused as reused:
            await self._book.manual(order.key, "transaction_reused", reused.message)
            return Outcome(
                status="manual", code="transaction_reused", detail=reused.message, done=done
            )
        return Outcome(status="applied", done=done, attempts=attempts, concerns=done.concerns)

    async def _ended_or_settled(
        self, order: EffectOrder, record: EffectRecord, *, may_send: bool = False
    ) -> Outcome | None:
        """Say how it ended, asking the vendor if need be; None: it surely has not happened.

        With `may_send` it may also be `_MAYBE`: to be sent again, whether it happened or not.
        """
        order = _with_sale(order, record)
        ended = outcome_of(record)
        if ended is not None or (record.do.state is CallState.NOT_SENT and record.do.attempts):
            return ended
        try:
            return await self._ask(order, record, may_send)
        except Unanswerable as never:
            if record.do.state is CallState.NOT_SENT:
                return None  # only restored records made us ask at all
            await self._book.manual(order.key, never.code or "cannot_ask", never.message)
            return Outcome(status="manual", code=never.code or "cannot_ask", detail=never.message)
        except Refused as no:
            # The vendor took it in and has refused it since: a definite no, only later.
            await self._book.refused(order.key, no.code, no.message)
            return Outcome(status="refused", code=no.code, detail=no.message)
        except Unavailable as unknown:
            in_doubt = Outcome(
                status="in_doubt", attempts=record.do.attempts, detail=unknown.message
            )
            return _in_doubt_or(order, unknown, in_doubt)

    async def _ask(
        self, order: EffectOrder, record: EffectRecord, may_send: bool
    ) -> Outcome | None:
        if await self._book.rival(order, self._over_since(order)):
            raise InDoubt("another effect on the same subject must be settled first")
        try:
            found = await self._operator(order).find(order, record.do.started_at)
        except Repeatable:
            if not may_send:
                raise
            self._insist_on_settle_after(order, record.do)
            return _MAYBE
        if found is not None:
            taken_back = await self._taken_back(order, record, found)
            outcome = await self._note_applied(order, found, record.do.attempts)
            if taken_back is None or outcome.status != "applied":
                return outcome
            await self._book.undo_begin(order.key)
            return await self._note_undone(order, found, taken_back)
        self._insist_on_settle_after(order, record.do)
        return None

    def _over_since(self, order: EffectOrder) -> datetime:
        """Say when a call was opened at the earliest that may be under way still."""
        timing = self._connectors.of(order.store_id, order.provider).timing
        return self._clock.now() - timing.http_timeout - timing.settle_after

    async def _taken_back(
        self, order: EffectOrder, record: EffectRecord, found: Done
    ) -> Done | None:
        """What was done before the records were restored may have been undone then as well."""
        if record.do.attempts or not OPERATIONS[order.operation].undo:
            return None
        with suppress(Refused):
            return await self._operator(order).find_undo(order, found, record.do.started_at)
        return None

    def _insist_on_settle_after(self, order: EffectOrder, call: CallRecord) -> None:
        """'Not found' proves nothing before the vendor's longest processing time is over."""
        timing = self._connectors.of(order.store_id, order.provider).timing
        ended = call.last_ended_at or call.last_started_at + timing.http_timeout
        wait = ended + timing.settle_after - self._clock.now()
        if wait > timedelta(0):
            raise InDoubt("too early to tell that it did not happen", retry_after=wait)

    async def _withdraw(self, order: EffectOrder) -> Outcome:
        await self._book.withdrawn(order)
        return Outcome(status="refused", code="withdrawn", detail="it did not happen")

    # --- undoing --------------------------------------------------------------------------------

    async def _take_back(self, order: EffectOrder, done: Done) -> Outcome:
        call, new = await self._book.undo_begin(order.key)
        if not new:
            ended = await self._undo_ended_or_settled(order, done, call)
            if ended is not None:
                return ended
            if not await self._book.undo_calling(order.key, call.attempts):
                return _in_doubt_or(order, _overtaken(), Outcome(status="in_doubt", done=done))
        try:
            undone = await self._operator(order).undo(order, done)
        except Refused as no:
            await self._book.undo_manual(order.key, no.code, no.message)
            return Outcome(status="manual", done=done, code=no.code, detail=no.message)
        except NotSent as unsent:
            await self._book.undo_not_sent(order.key)
            return _again_or(order, unsent, Outcome(status="not_sent", done=done))
        except AnswerLost:
            await self._book.undo_lost(order.key)
            lost, _ = await self._book.undo_begin(order.key)
            ended = await self._undo_ended_or_settled(order, done, lost)
            return ended or _again(order, Outcome(status="not_sent", done=done))
        return await self._note_undone(order, done, undone)

    async def _undo_ended_or_settled(
        self, order: EffectOrder, done: Done, call: CallRecord
    ) -> Outcome | None:
        if call.state is CallState.APPLIED:
            return _reversed(done, call.done)
        if call.state is CallState.MANUAL:
            return Outcome(status="manual", done=done, code=call.code, detail=call.detail)
        if call.state is CallState.NOT_SENT:
            return None
        try:
            found = await self._operator(order).find_undo(order, done, call.started_at)
            if found is not None:
                return await self._note_undone(order, done, found)
            self._insist_on_settle_after(order, call)
        except Refused as never:
            code = never.code or "cannot_ask"
            await self._book.undo_manual(order.key, code, never.message)
            return Outcome(status="manual", done=done, code=code, detail=never.message)
        except Unavailable as unknown:
            return _in_doubt_or(order, unknown, Outcome(status="in_doubt", done=done))
        return None

    async def _note_undone(self, order: EffectOrder, done: Done, undone: Done) -> Outcome:
        await self._book.undone(order.key, undone)
        return _reversed(done, undone)

    def _operator(self, order: EffectOrder) -> Operator:
        if order.operation == "reserve":
            return _RESERVE
        return self._connectors.of(order.store_id, order.provider).operator(order.operation)


class Reserve:
    """The operator of `reserve`: the live claim in the records is all there is to it."""

    async def do(self, order: EffectOrder) -> Done:
        """The claim was made when the record was begun."""
        return Done(reference=order.subject)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """The record is there, so the claim is."""
        return Done(reference=order.subject)

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """The claim ends when the record says so."""
        return Done(reference=order.subject)

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Ending a claim twice is harmless."""
        return Done(reference=order.subject)


_RESERVE = Reserve()
_MAYBE = Outcome(status="in_doubt", detail="it may have happened; it is sent again")


def _with_sale(order: EffectOrder, record: EffectRecord) -> EffectOrder:
    """Ask about the sale that was sent, where only the doing needed to be told of it."""
    if order.sale is not None:
        return order
    return order.model_copy(update={"sale": record.order.sale})


def _reversed(done: Done, undone: Done | None) -> Outcome:
    if undone is None:
        return Outcome(status="reversed", done=done)
    return Outcome(
        status="reversed",
        done=done,
        reversed_by=undone.reference,
        concerns=undone.concerns,
        undone_points=undone.points,
        balance_after_amount=undone.balance_after_amount,
    )


def _again(order: EffectOrder, give_up: Outcome) -> Outcome:
    """Nothing more can be asked: whoever is patient sends it again, with the next attempt."""
    if order.patient:
        raise InDoubt(give_up.detail or "it did not happen; it is sent again")
    return give_up


def _again_or(order: EffectOrder, unsent: NotSent, give_up: Outcome) -> Outcome:
    """Let Temporal try again, unless a till is waiting and has waited enough."""
    wait = unsent.next_retry_delay or timedelta(0)
    tried = activity.info().attempt >= TRIES_WHILE_THE_TILL_WAITS
    if not order.patient and (tried or wait > LONGEST_WAIT_OF_A_TILL):
        return give_up
    raise unsent


def _overtaken() -> InDoubt:
    """Another attempt has begun since this one looked: of a run that was reset or terminated."""
    return InDoubt("another attempt is under way")


def _in_doubt_or(order: EffectOrder, unknown: Unavailable, in_doubt: Outcome) -> Outcome:
    """Let Temporal ask again; a waiting till hears of the doubt instead."""
    if not order.patient:
        return in_doubt
    raise unknown


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """Tell Temporal that the process lives, so that a killed worker is noticed in seconds."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT.total_seconds())
            activity.heartbeat()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


Work = Callable[[EffectOrder], Awaitable[Outcome]]


def effect_activities(effects: EffectActivities) -> list[Callable[..., object]]:
    """Make one activity per declared operation and per undo, named for who reads the history."""
    named: dict[str, Work] = {"settle_effect": effects.settle}
    for operation in OPERATIONS.values():
        named[operation.name] = effects.do
        if operation.undo:
            named[operation.undo] = effects.undo
    return [_activity(name, work) for name, work in named.items()]


def _activity(name: str, work: Work) -> Callable[..., object]:
    @activity.defn(name=name)
    async def run(order: EffectOrder) -> Outcome:
        correlation.begin(order.key)
        async with heartbeating():
            return await work(order)

    return run
