"""What stands open, as both databases count it."""

from datetime import timedelta

import pytest

from tests.records.samples import StillClock, done, open_bill, order, view
from tillsaga.domain.model import Json
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.gauges import SqlGauges


@pytest.fixture
def gauges(database: Database) -> SqlGauges:
    return SqlGauges(database)


async def test_a_doubt_is_as_old_as_its_last_call(
    gauges: SqlGauges, effects: SqlEffectBook, clock: StillClock
) -> None:
    late = order("finalise", subject="b-1")
    await effects.begin(late)
    await effects.not_sent(late.key)
    assert await gauges.doubts() == [], "what was not sent is not doubted"

    clock.move(3600)
    await effects.calling(late.key, 1)
    await effects.lost(late.key)
    clock.move(60)

    [doubt] = await gauges.doubts()
    assert (doubt.name, doubt.number) == (late.kind, 1)
    assert clock.now - doubt.oldest == timedelta(minutes=1)
    await effects.applied(late.key, done("t-1"))
    assert await gauges.doubts() == []


async def test_an_undo_may_be_in_doubt_as_well(
    gauges: SqlGauges, effects: SqlEffectBook, clock: StillClock
) -> None:
    lock = order("lock_voucher", subject="v-1")
    await effects.begin(lock)
    await effects.applied(lock.key, done(None))
    clock.move(600)
    await effects.undo_begin(lock.key)
    await effects.undo_lost(lock.key)

    [doubt] = await gauges.doubts()

    assert clock.now - doubt.oldest == timedelta(0)


async def test_what_a_sale_has_used_up_is_held_no_more(
    gauges: SqlGauges, checkouts: SqlCheckoutBook, effects: SqlEffectBook, clock: StillClock
) -> None:
    bill = await open_bill(checkouts)
    for subject in ("v-1", "v-2"):
        lock = order("lock_voucher", checkout=bill.checkout_id, subject=subject)
        await effects.begin(lock)
        await effects.applied(lock.key, done(None))
        clock.move(60)

    [held] = await gauges.holds()
    assert (held.name, held.number) == ("leat", 2)
    assert clock.now - held.oldest == timedelta(minutes=2)
    await checkouts.remember_view(bill.checkout_id, view(2, "completed"))
    assert await gauges.holds() == []


async def test_open_cases_are_counted_by_what_they_are(
    gauges: SqlGauges, checkouts: SqlCheckoutBook
) -> None:
    opened = {"a": "2026-03-01T10:00:00Z", "b": "2026-03-01T09:00:00Z"}
    for basket, at in opened.items():
        bill = await open_bill(checkouts, basket)
        item: Json = {"id": "att_1", "code": "undo_failed", "detail": "no", "opened_at": at}
        seen: Json = {**view(2, "cancelled"), "attention": [item]}
        await checkouts.remember_view(bill.checkout_id, seen)

    [case] = await gauges.attention()

    assert (case.name, case.number) == ("undo_failed", 2)
    assert case.oldest.isoformat() == "2026-03-01T09:00:00+00:00"
