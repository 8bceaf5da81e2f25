"""What a store no longer keeps is deleted whole; a tombstone keeps the basket's id."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock, done, open_bill, order, payment, view
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.histories import ClosedRun
from tillsaga.domain.model import Json
from tillsaga.domain.retention import kept_since
from tillsaga.domain.webhooks import Endpoint, Event
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.histories import SqlHistories
from tillsaga.records.keys import SqlKeyBook
from tillsaga.records.refunds import SqlRefundBook
from tillsaga.records.retention import SqlRetention
from tillsaga.records.tables import Row
from tillsaga.records.webhooks import SqlDeliveryBook

YEAR = timedelta(days=366).total_seconds()


@pytest.fixture
def retention(database: Database, clock: StillClock) -> SqlRetention:
    return SqlRetention(database, clock)


class Sales:
    """Sells baskets with one effect, one payment, one refund and one key each."""

    def __init__(self, database: Database, clock: StillClock) -> None:
        self.checkouts = SqlCheckoutBook(database, clock)
        self.effects = SqlEffectBook(database, clock)
        self.refunds = SqlRefundBook(database, clock)
        self.keys = SqlKeyBook(database, clock)

    async def sell(self, basket: str, *, attention: bool = False) -> EffectOrder:
        """Sell and archive; answers the effect."""
        bill = await open_bill(self.checkouts, basket)
        asked = order(checkout=bill.checkout_id, subject=f"v-{basket}")
        await self.effects.begin(asked)
        await self.effects.applied(asked.key, done(f"t-{basket}"))
        await self.checkouts.note_payment(bill.checkout_id, payment(), "accepted")
        await self.refunds.note("ams-1", f"r-{basket}", bill.checkout_id)
        await self.keys.claim("key_1", f"k-{basket}", "POST /x", "f", bill.checkout_id)
        await SqlDeliveryBook(self.checkouts._database).note(
            Event(
                type="checkout.completed",
                store_id="ams-1",
                checkout_id=bill.checkout_id,
                version=2,
                at=NOON,
                data={},
            ),
            [Endpoint(id="whe_1", url="https://pos.example/hooks", config="c")],
        )
        seen = view(2, "completed", attention=attention)
        run = ClosedRun(run_id=f"run-{basket}", workflow_id=bill.checkout_id, closed_at=NOON)
        await SqlHistories(self.checkouts._database).keep(run, "{}")
        await self.checkouts.save(bill.checkout_id, {"id": "x"}, seen, ended=True)
        return asked


@pytest.fixture
def sales(database: Database, clock: StillClock) -> Sales:
    return Sales(database, clock)


async def left(database: Database) -> dict[str, int]:
    """How many rows each table has that belongs to checkouts."""
    tables = [name for name in Row.metadata.tables if name != "api_keys"]
    async with database.read() as session:
        counts = {
            name: (await session.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one()
            for name in tables
        }
    return {name: count for name, count in counts.items() if count}


async def test_everything_of_an_old_sale_goes_but_its_identity(
    retention: SqlRetention, sales: Sales, database: Database, clock: StillClock
) -> None:
    await sales.sell("basket-1")
    clock.move(2 * YEAR)
    since = kept_since(clock.now, 1)
    assert await retention.stores() == ["ams-1"]
    assert await retention.due("ams-1", since) == 1

    pruned = await retention.prune("ams-1", since, 10)

    assert pruned.model_dump(exclude={"claims"}) == {
        "checkouts": 1,
        "effects": 1,
        "payments": 1,
        "refunds": 1,
        "idempotency_keys": 1,
        "histories": 1,
    }
    assert await left(database) == {"bills": 1, "audit_chains": 1, "audit_entries": 1}
    tomb = await sales.checkouts.latest("ams-1", "basket-1")
    assert tomb is not None
    assert (tomb.status, tomb.view, tomb.pruned_at) == ("completed", None, clock.now)
    assert (await sales.checkouts.facts(tomb.checkout_id)).state is None
    assert (await retention.prune("ams-1", since, 10)).checkouts == 0


async def test_the_young_the_open_and_the_foreign_stay(
    retention: SqlRetention, sales: Sales, database: Database, clock: StillClock
) -> None:
    await sales.sell("basket-1", attention=True)
    in_doubt = await sales.sell("basket-2")
    await sales.effects.undo_begin(in_doubt.key)
    woken = await sales.sell("basket-3")
    state: Json = {"id": "x"}
    await sales.checkouts.save(woken.checkout_id, state, view(3, "completed"), ended=False)
    await open_bill(sales.checkouts, "basket-4")
    clock.move(2 * YEAR)
    await sales.sell("basket-5")
    before = await left(database)

    for store in ("ams-1", "rtm-1"):
        assert (await retention.prune(store, kept_since(clock.now, 1), 10)).checkouts == 0
    assert await left(database) == before


async def test_what_moved_in_the_kept_time_keeps_its_whole_sale(
    retention: SqlRetention, sales: Sales, clock: StillClock
) -> None:
    refunded, claimed = await sales.sell("basket-1"), await sales.sell("basket-2")
    clock.move(2 * YEAR)
    await sales.refunds.note("ams-1", "r-late", refunded.checkout_id)
    earned = order("post_order", checkout=claimed.checkout_id, subject="late")
    await sales.effects.begin(earned)
    await sales.effects.applied(earned.key, done("t-late"))
    assert await retention.due("ams-1", kept_since(clock.now, 1)) == 0

    clock.move(2 * YEAR)
    assert await retention.due("ams-1", kept_since(clock.now, 1)) == 2


async def test_a_batch_takes_the_oldest_and_no_more_than_its_limit(
    retention: SqlRetention, sales: Sales, clock: StillClock
) -> None:
    for number in range(3):
        await sales.sell(f"basket-{number}")
        clock.move(60)
    clock.move(2 * YEAR)
    since = kept_since(clock.now, 1)

    assert (await retention.prune("ams-1", since, 2)).checkouts == 2
    kept = await sales.checkouts.latest("ams-1", "basket-2")
    assert kept is not None
    assert kept.pruned_at is None
    assert (await retention.prune("ams-1", since, 2)).checkouts == 1


def test_years_are_counted_by_the_calendar() -> None:
    assert kept_since(NOON, 10) == NOON.replace(year=2016)
    assert kept_since(NOON, 100) == NOON.replace(year=1926)
