"""Checkouts whose records were restored: nothing that may be paid is undone, the door waits."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.reconciling import found, kept, records_of, tamper, today
from tests.support.shop import Shop, open_shop
from tillsaga.records.restorations import SqlRestorations
from tillsaga.sandbox import world
from worker.restored import begin_after_restore

AN_HOUR = timedelta(hours=1)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


def restorations(shop: Shop, *, later: timedelta = timedelta(0)) -> SqlRestorations:
    return SqlRestorations(shop.wiring.database, lambda: datetime.now(UTC) + later)


async def test_a_silent_checkout_of_the_backup_keeps_what_it_has(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 2_00)
    charged = await shop.books()
    await restorations(shop, later=timedelta(minutes=1)).mark(datetime.now(UTC))

    await shop.env.sleep(AN_HOUR)
    seen = await checkout.until(lambda seen: seen["attention"])

    assert [case["code"] for case in seen["attention"]] == ["payment_unknown"]
    assert seen["status"] == "open"
    assert await shop.books() == charged


async def test_a_till_that_speaks_again_may_fall_silent_again(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 2_00)
    await restorations(shop).mark(datetime.now(UTC))
    await checkout.prepaid(1_00)

    await shop.env.sleep(AN_HOUR)

    assert await checkout.ended() == "expired"
    after = await shop.books()
    assert after["giftcards"].keys() == before["giftcards"].keys()
    card = next(iter(c for c in after["giftcards"].values() if c["hash"] == world.CARD_20))
    assert card["balance"] == 20_00


async def test_a_silent_checkout_that_did_nothing_expires(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await restorations(shop, later=timedelta(minutes=1)).mark(datetime.now(UTC))

    await shop.env.sleep(AN_HOUR)

    assert await checkout.ended() == "expired"


async def test_the_books_since_the_backup_are_compared_before_tills_are_served(
    shop: Shop,
) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.pay(await checkout.ready())
    done = (await records_of(checkout))["charge_giftcard"].do.done
    assert done is not None
    await tamper(shop, "leat", "giftcard_transactions", "delete", str(done.transaction_id))
    await restorations(shop).mark(datetime.now(UTC) - AN_HOUR)

    started = await begin_after_restore(shop.client, shop.wiring.database, shop.queue)
    assert started is not None
    differences = await shop.client.get_workflow_handle(started).result()

    assert differences == 1
    assert found((await kept(shop, today(shop)))["leat"]) == [("missing", "giftcard")]
    assert await restorations(shop).unreconciled() is None
    assert await begin_after_restore(shop.client, shop.wiring.database, shop.queue) is None


async def test_a_vendor_that_cannot_be_read_keeps_no_till_waiting_for_ever(shop: Shop) -> None:
    await shop.fault("maintenance", None, times=None)
    await restorations(shop).mark(datetime.now(UTC) - AN_HOUR)

    started = await begin_after_restore(shop.client, shop.wiring.database, shop.queue)
    assert started is not None
    assert await shop.client.get_workflow_handle(started).result() == 0

    assert await restorations(shop).unreconciled() is None
    assert (await kept(shop, today(shop)))["leat"].unreadable
