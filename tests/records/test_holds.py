"""The holds that support sees: what stands or may stand, of checkouts that are not completed."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.records.samples import StillClock, done, open_bill, order, payment, view
from tillsaga.domain.holds import Hold
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.holds import HoldFilter, SqlHoldBook

LATER = timedelta(hours=1)


@pytest.fixture
def holds(database: Database) -> SqlHoldBook:
    return SqlHoldBook(database)


async def held(holds: SqlHoldBook, clock: StillClock, store: str = "ams-1") -> list[Hold]:
    page = await holds.page([store], HoldFilter(before=clock.now + LATER))
    return list(page.holds)


async def locked(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, subject: str = "v-1", basket: str = "b-1"
) -> str:
    """A checkout that has locked a voucher; answers the effect's key."""
    bill = await open_bill(checkouts, basket)
    lock = order("lock_voucher", checkout=bill.checkout_id, subject=subject)
    await effects.begin(lock)
    await effects.applied(lock.key, done(None))
    return lock.key


async def test_a_lock_is_held_until_it_is_undone(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, holds: SqlHoldBook, clock: StillClock
) -> None:
    key = await locked(checkouts, effects)
    clock.move(60)
    [hold] = await held(holds, clock)
    assert (hold.state, hold.checkout_status, hold.not_releasable) == ("held", "open", None)
    assert clock.now - hold.since == timedelta(minutes=1)
    assert f"{hold.checkout_id}/lock_voucher/leat/v-1#1" == key

    await effects.undo_begin(key)
    assert [hold.state for hold in await held(holds, clock)] == ["in_doubt"]
    await effects.undone(key, done(None))
    assert await held(holds, clock) == []


async def test_what_did_not_happen_or_is_for_good_is_not_held(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, holds: SqlHoldBook, clock: StillClock
) -> None:
    bill = await open_bill(checkouts)
    refused = order("lock_voucher", checkout=bill.checkout_id, subject="v-1")
    burnt = order("burn_voucher", checkout=bill.checkout_id, subject="v-2")
    member = order("create_member", checkout=bill.checkout_id, subject="m-1")
    for asked in (refused, burnt, member):
        await effects.begin(asked)
    assert [hold.state for hold in await held(holds, clock)] == ["in_doubt"]
    await effects.refused(refused.key, "no", "no")
    await effects.applied(burnt.key, done("t-1"))
    assert await held(holds, clock) == []


async def test_a_hold_that_was_not_taken_back_names_its_attention(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, holds: SqlHoldBook, clock: StillClock
) -> None:
    key = await locked(checkouts, effects)
    await effects.undo_begin(key)
    await effects.undo_manual(key, "spent", "it is spent")
    checkout_id = key.partition("/")[0]
    item: Json = {"id": "att_7", "effect_id": "lock_voucher:leat:v-1#1"}
    seen: Json = {**view(2, "cancelled"), "attention": [item]}
    await checkouts.save(checkout_id, {}, seen, ended=True)

    [hold] = await held(holds, clock)
    assert (hold.state, hold.attention_id) == ("undo_failed", "att_7")
    assert hold.not_releasable is not None
    assert "att_7" in hold.not_releasable


@pytest.mark.parametrize("status", ["completed", "cancelled"])
async def test_an_ended_checkout_holds_nothing_that_its_policy_kept(
    checkouts: SqlCheckoutBook,
    effects: SqlEffectBook,
    holds: SqlHoldBook,
    clock: StillClock,
    status: str,
) -> None:
    key = await locked(checkouts, effects)
    await checkouts.save(key.partition("/")[0], {}, view(2, status), ended=True)
    assert await held(holds, clock) == []


async def test_a_sale_that_is_still_reported_holds_nothing(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, holds: SqlHoldBook, clock: StillClock
) -> None:
    key = await locked(checkouts, effects)
    await checkouts.remember_view(key.partition("/")[0], view(3, "completed"))
    assert await held(holds, clock) == []


async def test_a_payment_under_way_bars_the_release_and_a_voided_one_does_not(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, holds: SqlHoldBook, clock: StillClock
) -> None:
    checkout_id = (await locked(checkouts, effects)).partition("/")[0]
    await checkouts.note_payment(checkout_id, payment("authorized"), "received")
    assert [hold.not_releasable is None for hold in await held(holds, clock)] == [False]
    await checkouts.note_payment(checkout_id, payment("voided"), "received")
    assert [hold.not_releasable is None for hold in await held(holds, clock)] == [True]


async def test_pages_go_from_the_oldest_to_the_newest_of_the_wanted(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, holds: SqlHoldBook, clock: StillClock
) -> None:
    for number in range(3):
        await locked(checkouts, effects, f"v-{number}", f"b-{number}")
    clock.move(60)
    await locked(checkouts, effects, "v-new", "b-new")
    wanted = HoldFilter(before=clock.now - timedelta(seconds=30))

    first = await holds.page(["ams-1"], wanted, limit=2)
    second = await holds.page(["ams-1"], wanted, limit=2, cursor=first.next_cursor)

    assert [hold.effect.subject for hold in first.holds] == ["v-0", "v-1"]
    assert [hold.effect.subject for hold in second.holds] == ["v-2"]
    assert second.next_cursor is None
    assert await held(holds, clock, "rtm-1") == []
    foreign = HoldFilter(before=clock.now + LATER, provider="koupon")
    assert (await holds.page(["ams-1"], foreign)).holds == ()


async def test_a_cursor_of_another_list_is_refused(holds: SqlHoldBook, clock: StillClock) -> None:
    for cursor in ("nonsense", "MjAyNi0wMy0wMVQxMjowMDowMCswMDowMCBjaGtfYQ=="):
        with pytest.raises(Refusal, match="cursor"):
            await holds.page(["ams-1"], HoldFilter(before=clock.now), cursor=cursor)


async def test_an_effect_id_finds_each_checkout_that_holds_it(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook, holds: SqlHoldBook
) -> None:
    for basket in ("b-1", "b-2"):
        bill = await open_bill(checkouts, basket)
        await effects.begin(order("charge_giftcard", checkout=bill.checkout_id, subject="g_1"))
    named = await holds.named(["ams-1"], "charge_giftcard:leat:g_1#1")
    assert len({hold.checkout_id for hold in named}) == 2
    assert await holds.named(["ams-1"], "charge_giftcard:leat:gx1#1") == []
    assert await holds.exists(named[0].checkout_id, "charge_giftcard:leat:g_1#1")
    assert not await holds.exists(named[0].checkout_id, "charge_giftcard:leat:g_1#2")


async def test_the_list_is_read_by_its_index(
    database: Database, backend: str, checkouts: SqlCheckoutBook, effects: SqlEffectBook
) -> None:
    await locked(checkouts, effects)
    query = "SELECT number FROM effects WHERE store_id = 'ams-1' AND held_since IS NOT NULL"
    explain = "EXPLAIN QUERY PLAN " if backend == "sqlite" else "EXPLAIN "
    async with database.read() as session:
        if backend == "postgresql":
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = str((await session.execute(text(explain + query))).all())
    assert "ix_effects_held" in plan
