"""Records deleted or erased, goods without their sale, and sold value that was spent meanwhile."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, delete, update

from tests.support.reconciling import found, reconcile, records_of
from tests.support.refunding import body, give_back
from tests.support.shop import Checkout, Shop, basket, open_shop
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.erasure import EraseMember
from tillsaga.records.database import utc_now
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.erasures import SqlErasureBook
from tillsaga.records.tables import Bill, EffectRow, TransactionOwner
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

KINDS = ("leat", "wll", "loyale")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    policy = "spent_value_on_refund: take_what_is_left"
    async with open_shop(tmp_path, kinds=KINDS, policy=policy) as opened:
        yield opened


async def sold(shop: Shop) -> Checkout:
    cards = (world.ANN_CARD, wll.MEMBER_ACCOUNT, loyale.ANN_BARCODE)
    checkout = await shop.open(None, *cards)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.prepaid(1_00)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    await checkout.offer(f"leat:reward:{world.REWARD_TWO_OFF}")
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


async def test_deleted_records_leave_no_extra_entries(shop: Shop) -> None:
    checkout = await sold(shop)
    mine = col(EffectRow.checkout_id) == checkout.id
    async with shop.wiring.database.write() as session:
        await session.execute(delete(TransactionOwner))
        await session.execute(delete(EffectRow).where(mine))
        bill = update(Bill).where(col(Bill.checkout_id) == checkout.id)
        await session.execute(bill.values(pruned_at=utc_now()))

    results = await reconcile(shop)

    assert {name: found(result) for name, result in results.items()} == {k: [] for k in KINDS}


async def test_an_erased_customer_is_no_wrong_customer(shop: Shop) -> None:
    checkout = await sold(shop)
    book = SqlErasureBook(shop.wiring.database)
    for provider, member in (("leat", world.ANN), ("wll", wll.MEMBER), ("loyale", loyale.ANN)):
        order = EraseMember(provider=provider, member_id=member)
        await book.begin(f"e-{provider}", [shop.store.id], order, "dora")
        batch = await book.erase(f"e-{provider}", "", 10)
        assert batch.erased.checkouts == 1
    asked = [record.order.request for record in (await records_of(checkout)).values()]
    assert world.ANN not in str(asked)

    results = await reconcile(shop)

    assert {name: found(result) for name, result in results.items()} == {k: [] for k in KINDS}
    assert results["leat"].compared > 2
    reasons = {each.reason for each in results["leat"].unreadable}
    assert reasons == {"the customer's data was erased"}


async def test_what_was_taken_for_goods_without_their_sale_agrees(shop: Shop) -> None:
    sale = (await records_of(await sold(shop)))["post_order"].order.sale
    assert sale is not None
    book = SqlEffectBook(shop.wiring.database)
    await shop.wiring.checkouts.open_bill("ams-1", "ret-1", "f", "till-1", lambda _: "chk_RETURN1")
    for kind, member in (("leat", world.ANN), ("wll", wll.MEMBER)):
        order = EffectOrder(
            checkout_id="chk_RETURN1",
            store_id="ams-1",
            provider=kind,
            kind=kind,
            operation="return_goods",
            subject=member,
            request={"points": 5},
            sale=sale,
        )
        operator = shop.wiring.vendors.of("ams-1", kind).operator("return_goods")
        await book.begin(order)
        await book.applied(order.key, await operator.do(order))

    results = await reconcile(shop)

    assert {name: found(result) for name, result in results.items()} == {k: [] for k in KINDS}


async def test_sold_value_that_comes_back_spent_agrees(shop: Shop) -> None:
    card = {"line_id": "1", "type": "giftcard_sale", "title": "Card", "unit_amount": 25_00}
    credit = {"line_id": "2", "type": "prepaid_topup", "title": "Top", "unit_amount": 30_00}
    checkout = await shop.open(basket(card | {"reference": world.CARD_NEW}, credit), world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    meal = {"line_id": "1", "sku": "X", "title": "Dinner", "unit_amount": 60_00}
    other = await shop.open(basket(meal), world.ANN_CARD)
    await other.giftcard(world.CARD_NEW, 5_00)
    await other.prepaid(30_00)
    await other.pay(await other.ready())
    await other.ended()
    assert body(await give_back(checkout, "r-1"))["amount"] == 45_00

    result = (await reconcile(shop))["leat"]

    assert found(result) == []
    operations = (await records_of(checkout, ended=False)).keys()
    assert {"take_from_giftcard", "take_from_prepaid"} <= operations
