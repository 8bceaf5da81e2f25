from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock, done, order
from tillsaga.domain.reconcile import BusinessDay, Reconciled, Unreadable
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.reconciliations import SqlReconciliationBook

AMSTERDAM = "Europe/Amsterdam"
DAY = date(2026, 3, 1)


@pytest.fixture
def book(database: Database) -> SqlReconciliationBook:
    return SqlReconciliationBook(database)


def on(day: date = DAY) -> BusinessDay:
    return BusinessDay(date=day, timezone=AMSTERDAM)


async def begin(effects: SqlEffectBook, clock: StillClock, at: str, checkout: str) -> str:
    clock.now = datetime.fromisoformat(at)
    begun = order("charge_giftcard", checkout=checkout, amount=1_00)
    await effects.begin(begun)
    await effects.applied(begun.key, done(f"t-{checkout}"))
    return begun.key


async def test_a_days_checkouts_are_those_begun_or_undone_by_the_stores_clocks(
    effects: SqlEffectBook, book: SqlReconciliationBook, clock: StillClock
) -> None:
    await begin(effects, clock, "2026-02-28T23:59:59.999+01:00", "chk_before")
    await begin(effects, clock, "2026-03-01T00:00:00+01:00", "chk_first")
    await begin(effects, clock, "2026-03-01T23:59:59.999+01:00", "chk_last")
    await begin(effects, clock, "2026-03-02T00:00:00+01:00", "chk_after")
    key = await begin(effects, clock, "2026-02-20T12:00:00+01:00", "chk_undone")
    clock.now = NOON
    await effects.undo_begin(key)

    found = await book.checkouts_of("leat", "ams-1", on())

    assert found == ["chk_first", "chk_last", "chk_undone"]
    assert await book.checkouts_of("leat", "ams-2", on()) == []
    assert await book.checkouts_of("wll", "ams-1", on()) == []


async def test_records_come_checkout_by_checkout(
    effects: SqlEffectBook, book: SqlReconciliationBook
) -> None:
    for checkout in ("chk_b", "chk_a"):
        for operation in ("lock_voucher", "redeem_voucher"):
            await effects.begin(order(operation, checkout=checkout, subject=f"v-{checkout}"))

    groups = await book.effects_of("leat", ["chk_a", "chk_b", "chk_c"])

    names = [[(r.order.checkout_id, r.order.operation) for r in group] for group in groups]
    assert names == [
        [("chk_a", "lock_voucher"), ("chk_a", "redeem_voucher")],
        [("chk_b", "lock_voucher"), ("chk_b", "redeem_voucher")],
    ]
    assert await book.effects_of("wll", ["chk_a"]) == []
    assert await book.effects_of("leat", []) == []


def result(day: date = DAY, provider: str = "leat", **more: Any) -> Reconciled:
    fields = {"store_id": "ams-1", "day": day, "provider": provider, "kind": provider}
    return Reconciled.model_validate(fields | {"read_at": NOON} | more)


async def test_the_last_result_of_a_day_replaces_the_one_before(
    book: SqlReconciliationBook,
) -> None:
    down = Unreadable(what="all", count=0, reason="down", again=True)
    await book.save(result(unreadable=(down,)))
    await book.save(result(provider="wll"))
    assert await book.unsettled("ams-1", DAY) == [(DAY, "leat")]
    assert await book.unsettled("ams-1", DAY + timedelta(days=1)) == []
    assert await book.unsettled("ams-2", DAY) == []

    await book.save(result(counts={"missing": 1}))

    assert await book.read("ams-1", DAY) == [result(counts={"missing": 1}), result(provider="wll")]
    assert await book.unsettled("ams-1", DAY) == []


async def test_a_day_is_found_by_indexes(database: Database, backend: str) -> None:
    if backend == "postgresql":
        plan, order_by = "EXPLAIN ", "SET LOCAL enable_seqscan = off"
    else:
        plan, order_by = "EXPLAIN QUERY PLAN ", "SELECT 1"
    asked = "SELECT checkout_id FROM effects WHERE store_id = 'a' AND "
    indexes = {
        "do_started_at > '2026-03-01' AND operation <> 'reserve'": "ix_effects_at_vendors",
        "undo_started_at > '2026-03-01'": "ix_effects_undone",
    }
    for condition, index in indexes.items():
        async with database.read() as session:
            await session.execute(text(order_by))
            rows = await session.execute(text(plan + asked + condition))
            assert index in " ".join(str(row) for row in rows)
