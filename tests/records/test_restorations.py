"""What restored records doubt: everything that the lost time may have done."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.records.samples import NOON, StillClock, done, open_bill, order, view
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.ports import CallState
from tillsaga.domain.restoring import REPEATED_FOR, may_be_paid
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.restorations import SqlRestorations

CHARGE = "charge_giftcard"
Make = Callable[[str], EffectOrder]


@pytest.fixture
def restorations(database: Database, clock: StillClock) -> SqlRestorations:
    return SqlRestorations(database, clock)


async def charge(checkouts: SqlCheckoutBook, subject: str = "gc-1") -> EffectOrder:
    bill = await open_bill(checkouts)
    return order(CHARGE, checkout=bill.checkout_id, subject=subject, amount=5_00)


async def test_what_had_surely_not_been_sent_may_have_been_since(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    restorations: SqlRestorations,
    clock: StillClock,
) -> None:
    asked = await charge(checkouts)
    await effects.begin(asked)
    await effects.not_sent(asked.key)

    clock.move(3600)
    await restorations.mark(NOON)

    record = await effects.read(asked.key)
    assert record is not None
    assert (record.do.state, record.do.attempts) == (CallState.IN_DOUBT, 1)
    assert record.do.last_ended_at == clock.now


async def test_an_undo_that_had_not_been_sent_is_doubted_too(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    restorations: SqlRestorations,
    clock: StillClock,
) -> None:
    asked = await charge(checkouts)
    await effects.begin(asked)
    await effects.applied(asked.key, done())
    await effects.undo_begin(asked.key)
    await effects.undo_not_sent(asked.key)

    clock.move(3600)
    await restorations.mark(NOON)

    record = await effects.read(asked.key)
    assert record is not None
    assert record.undo is not None
    assert (record.do.state, record.undo.state) == (CallState.APPLIED, CallState.IN_DOUBT)


async def test_a_checkout_of_the_backup_asks_before_its_first_call_and_its_first_undo(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    restorations: SqlRestorations,
    clock: StillClock,
) -> None:
    stands = await charge(checkouts)
    await effects.begin(stands)
    await effects.applied(stands.key, done())
    clock.move(3600)
    await restorations.mark(NOON)
    # However long ago: nobody has told this checkout yet how it ended.
    clock.move(3 * REPEATED_FOR.total_seconds())

    record, is_new = await effects.begin(await charge(checkouts, "gc-2"))
    undo, undo_is_new = await effects.undo_begin(stands.key)

    assert (is_new, undo_is_new) == (False, False)
    assert record.do.state is undo.state is CallState.IN_DOUBT
    assert record.do.attempts == undo.attempts == 0
    assert record.do.started_at == undo.started_at == NOON
    assert record.do.last_ended_at == NOON + timedelta(hours=1)


async def test_the_call_that_follows_the_doubt_is_the_first_one(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    restorations: SqlRestorations,
    clock: StillClock,
) -> None:
    asked = await charge(checkouts)
    clock.move(3600)
    await restorations.mark(NOON)
    await effects.begin(asked)

    sent_at = clock.move(60)
    assert await effects.calling(asked.key, 0)

    record = await effects.read(asked.key)
    assert record is not None
    assert (record.do.state, record.do.attempts) == (CallState.CALLING, 1)
    assert record.do.started_at == sent_at


async def test_a_bill_that_is_opened_again_asks_but_is_no_doubt(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    restorations: SqlRestorations,
    clock: StillClock,
) -> None:
    await restorations.mark(NOON - timedelta(hours=1))
    clock.move(60)

    record, is_new = await effects.begin(await charge(checkouts))

    assert not is_new
    assert (record.do.state, record.do.attempts) == (CallState.NOT_SENT, 0)


async def test_a_day_later_new_bills_and_ended_ones_are_as_ever(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    restorations: SqlRestorations,
    clock: StillClock,
) -> None:
    ended = await charge(checkouts)
    await checkouts.save(ended.checkout_id, {}, view(1, "completed"), ended=True)
    clock.move(3600)
    await restorations.mark(NOON)
    clock.move(REPEATED_FOR.total_seconds())
    fresh = await open_bill(checkouts, "basket-2")

    for asked in (ended, order(CHARGE, checkout=fresh.checkout_id, subject="gc-9")):
        _, is_new = await effects.begin(asked)
        assert is_new


async def test_a_reservation_is_ours_alone(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    restorations: SqlRestorations,
    clock: StillClock,
) -> None:
    bill = await open_bill(checkouts)
    clock.move(60)
    await restorations.mark(NOON)

    _, is_new = await effects.begin(order("reserve", checkout=bill.checkout_id))

    assert is_new


async def test_the_facts_say_that_a_checkout_was_restored(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    restorations: SqlRestorations,
    clock: StillClock,
) -> None:
    asked = await charge(checkouts)
    await effects.begin(asked)
    assert (await checkouts.facts(asked.checkout_id)).restored_at is None
    restored_at = clock.move(60)
    await restorations.mark(NOON)

    facts = await checkouts.facts(asked.checkout_id)

    assert facts.restored_at == restored_at
    assert may_be_paid(facts, NOON)
    assert not may_be_paid(facts, restored_at)
    await effects.refused(asked.key, "no", "no")
    assert not may_be_paid(await checkouts.facts(asked.checkout_id), NOON)


async def test_it_waits_for_the_books_since_the_oldest_backup(
    restorations: SqlRestorations, clock: StillClock
) -> None:
    assert await restorations.unreconciled() is None
    await restorations.mark(NOON - timedelta(hours=5))
    clock.move(60)
    last = await restorations.mark(NOON - timedelta(hours=1))

    waiting = await restorations.unreconciled()
    assert waiting is not None
    assert (waiting.backed_up_at, waiting.restored_at) == (
        NOON - timedelta(hours=5),
        last.restored_at,
    )
    await restorations.reconciled()
    assert await restorations.unreconciled() is None
    latest = await restorations.latest()
    assert latest is not None
    assert latest.reconciled_at is not None
