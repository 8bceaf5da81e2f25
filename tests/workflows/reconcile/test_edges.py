"""Midnight, effects that are still open, and lists that one vendor's server will not show."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, update

from tests.support.reconciling import found, kept, reconcile, records_of, tamper, today
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.domain.reconcile import BusinessDay
from tillsaga.records.reconciliations import SqlReconciliationBook
from tillsaga.records.tables import EffectRow
from tillsaga.sandbox import world
from tillsaga.sandbox.books import stamp


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


async def charged(shop: Shop, *cards: str) -> tuple[Checkout, str]:
    """A sale by gift card, and the charge's id at the vendor."""
    checkout = await shop.open(None, *cards)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.pay(await checkout.ready())
    done = (await records_of(checkout))["charge_giftcard"].do.done
    assert done is not None
    return checkout, str(done.transaction_id)


async def move(shop: Shop, checkout: Checkout, began: datetime, ended: datetime) -> None:
    """Let all that a checkout did have been at another time."""
    times = {"do_started_at": began, "do_last_started_at": began, "do_last_ended_at": ended}
    mine = col(EffectRow.checkout_id) == checkout.id
    async with shop.wiring.database.write() as session:
        await session.execute(update(EffectRow).where(mine).values(times))


async def test_a_charge_over_midnight_belongs_to_the_day_on_which_it_began(shop: Shop) -> None:
    day = BusinessDay(date=today(shop), timezone=shop.store.timezone)
    before = day.date - timedelta(days=1)
    checkout, charge = await charged(shop)
    split = timedelta(milliseconds=300)
    await move(shop, checkout, day.start - split, day.start + split)
    booked = {"created_at": stamp(day.start)}
    await tamper(shop, "leat", "giftcard_transactions", "change", charge, **booked)

    assert found((await reconcile(shop, before))["leat"]) == []
    assert found((await reconcile(shop, day.date))["leat"]) == []
    assert [(await kept(shop, each))["leat"].compared for each in (before, day.date)] == [1, 0]

    # Seen from its entry it is wrong on the next day too; that it is missing is the first day's.
    await tamper(shop, "leat", "giftcard_transactions", "change", charge, amount=-1_00)
    assert found((await reconcile(shop, before))["leat"]) == [("wrong_amount", "giftcard")]
    assert found((await reconcile(shop, day.date))["leat"]) == [("wrong_amount", "giftcard")]
    await tamper(shop, "leat", "giftcard_transactions", "delete", charge)
    assert found((await reconcile(shop, before))["leat"]) == [("missing", "giftcard")]
    assert found((await reconcile(shop, day.date))["leat"]) == []


async def test_an_effect_in_doubt_is_open_and_its_day_is_not_settled(tmp_path: Path) -> None:
    settings = {"leat": {"settle_after": "10m"}}
    async with open_shop(tmp_path, settings=settings, policy="answer_budget: 2s") as shop:
        checkout = await shop.open(None, world.ANN_CARD)
        await shop.fault("drop_before", "giftcard_transaction.create")
        card = m.AddTender(type="giftcard", reference=world.CARD_20, amount=2_00)
        await checkout.say("add_tender", card)
        (record,) = (await records_of(checkout, ended=False)).values()
        assert record.do.state == "in_doubt"

        result = (await reconcile(shop))["leat"]

        assert found(result) == []
        assert result.open_keys == (record.order.key,)
        again = await SqlReconciliationBook(shop.wiring.database).unsettled("ams-1", result.day)
        assert again == [(result.day, "leat")]
        await checkout.handle.terminate("seen enough")


async def test_where_a_list_is_not_shown_what_has_a_name_is_asked_for(shop: Shop) -> None:
    checkout, charge = await charged(shop, world.ANN_CARD)
    order = (await records_of(checkout))["post_order"].do.done
    assert order is not None
    await tamper(shop, "leat", "orders", "delete", str(order.transaction_id))
    await tamper(shop, "leat", "giftcard_transactions", "change", charge, amount=-1_00)
    await shop.fault("refuse", "order.list", code="1003", times=None)

    result = (await reconcile(shop))["leat"]

    assert set(found(result)) == {("missing", "order"), ("wrong_amount", "giftcard")}
    assert [(each.what, each.again) for each in result.unreadable] == [("order", False)]


async def test_a_list_that_is_not_shown_leaves_what_has_no_name_unproved(shop: Shop) -> None:
    _, charge = await charged(shop, world.ANN_CARD)
    await tamper(shop, "leat", "giftcard_transactions", "delete", charge)
    await shop.fault("error_before", "giftcard_transaction.list", times=None)

    result = (await reconcile(shop))["leat"]

    assert found(result) == []
    unread = {(each.what, each.again): each.count for each in result.unreadable}
    assert unread == {("giftcard", True): 1}
    assert not result.settled


async def test_a_vendor_that_asks_for_a_pause_is_given_one(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await charged(shop, world.ANN_CARD)
        await shop.fault("rate_limited", "order.list", retry_after=1)

        result = (await reconcile(shop))["leat"]

    assert found(result) == []
    assert result.unreadable == ()
