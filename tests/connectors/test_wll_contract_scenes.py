"""Acceptance cases and traps of White Label Loyalty, connector and sandbox together."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from tests.connectors.sandbox_server import Control
from tests.connectors.wll_asks import basket, sale
from tests.connectors.wll_cases import (
    Box,
    activate,
    burn_redeemed,
    connector,
    member,
    now,
    offer,
    order,
    post,
    spend,
)
from tillsaga.connectors.wll import Wll
from tillsaga.domain.discounts import Discount
from tillsaga.domain.offers import Identifier
from tillsaga.errors import Refused
from tillsaga.sandbox.wll import world


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def wll(shop: Box) -> AsyncIterator[Wll]:
    held = connector(shop)
    yield held
    await held.aclose()


async def test_w3_the_wallet_shows_points_and_the_issued_voucher(wll: Wll) -> None:
    quoted = await wll.quote(basket(), await member(wll))

    assert quoted.member is not None
    assert quoted.member.points == 500
    offers = {each.subject: each for each in quoted.offers}
    assert offers[world.BENEFIT].hold is not None
    assert offers[world.BENEFIT].discount == Discount(type="absolute", amount=5_00)
    assert not {world.BURNED, world.EXPIRED, world.GIFT_CARD_BENEFIT} & set(offers)
    assert offers[world.REDEEMED_LONG_AGO].status == "available"


async def test_the_worlds_vouchers_are_worth_what_they_say(wll: Wll) -> None:
    quoted = await wll.quote(basket(), await member(wll))

    worth = {each.code: each.discount for each in quoted.offers if each.code}
    tea = Discount(type="fixed_price", amount=1_00, skus=(world.TEA,))
    assert worth[world.FIXED_TEA_CODE] == tea
    assert worth[world.ONE_VENUE_CODE] == Discount(type="absolute", amount=2_00)
    half = worth[world.HALF_COFFEE_CODE]
    assert half is not None
    assert (half.type, half.percent, half.skus) == ("percentage", Decimal(50), (world.COFFEE,))
    for unknown in (world.TWO_DISCOUNTS_CODE, world.TILL_ARTICLE_CODE, world.STRANGE_CODE):
        assert worth[unknown] is None


async def test_trap_15_static_and_pool_codes_are_not_sent(wll: Wll, shop: Box) -> None:
    ann = await member(wll)

    for code in (world.STATIC_CODE, world.OWN_POOL_CODE):
        found = await wll.find_offer(code, ann)
        assert found is not None
        assert (found.status, found.commit) == ("refused", None)
    assert shop.asked("voucher.validate") == 0


async def test_a_restricted_customer_gets_nothing(wll: Wll) -> None:
    found = await wll.identify(Identifier(type="member_id", value=world.NO_AUTH))

    assert found.member is None


async def test_w5_activating_twice_is_done_once(wll: Wll, shop: Box) -> None:
    asked = await activate(wll)
    activating = wll.operator("activate_voucher")

    first, second = await activating.do(asked), await activating.do(asked)

    assert first.data == second.data
    assert first.data["code"] == world.BENEFIT_CODE
    assert shop.voucher(world.BENEFIT) == "REDEEMED"


@pytest.mark.parametrize("when", ["before_burn", "after_check"])
async def test_trap_3_one_of_two_tills_burns(wll: Wll, shop: Box, when: str) -> None:
    asked = await burn_redeemed(wll)
    shop.switch(concurrent_burn=when)

    with pytest.raises(Refused) as refused:
        await wll.operator("burn_voucher").do(asked)

    assert refused.value.code == "offer_refused"


@pytest.mark.parametrize("code", [world.BURNED_CODE, world.POOL_CODE])
async def test_a_code_that_cannot_be_used_is_refused(wll: Wll, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await wll.find_offer(code, None)

    assert refused.value.code == "offer_refused"


async def test_a_check_at_ready_sees_a_burn_elsewhere(wll: Wll) -> None:
    held = await offer(wll, world.REDEEMED)
    assert await wll.check_offer(held) is None

    await wll.operator("burn_voucher").do(order(held.commit))

    assert await wll.check_offer(held) == "offer_refused"


async def test_w11_over_redemption_reaches_no_event(wll: Wll, shop: Box) -> None:
    asked = (await spend(wll)).model_copy(update={"amount": 10_00})

    with pytest.raises(Refused) as refused:
        await wll.operator("spend_points").do(asked)

    assert refused.value.code == "insufficient_balance"
    assert shop.asked("event.report") == 0


async def test_w13_points_come_back_once_and_name_what_they_refund(wll: Wll, shop: Box) -> None:
    asked = await spend(wll)
    spending = wll.operator("spend_points")

    await spending.undo(asked, await spending.do(asked))

    (taken,), (given,) = shop.events(world.SPEND_TYPE), shop.events(world.REFUND_TYPE)
    assert taken["payload"]["points"] == given["payload"]["points"] == 300
    assert given["payload"]["refundsOperationId"] == asked.key
    assert shop.points() == 500


async def test_trap_5_a_slow_reactor_lets_nobody_spend_twice(wll: Wll, shop: Box) -> None:
    shop.switch(reaction_delay_seconds=60)
    asked = await spend(wll)
    again = asked.model_copy(update={"generation": 2})
    spending = wll.operator("spend_points")

    answers = await asyncio.gather(spending.do(asked), spending.do(again), return_exceptions=True)

    assert [type(answer) for answer in answers].count(Refused) == 1
    assert len(shop.events(world.SPEND_TYPE)) == 1


async def test_trap_9_a_cap_that_cuts_the_refund_is_told(wll: Wll, shop: Box) -> None:
    asked = await spend(wll)
    spending = wll.operator("spend_points")
    done = await spending.do(asked)
    shop.switch(earn_cap_points=250)

    undone = await spending.undo(asked, done)

    assert undone.data["shortfall"] == 50
    assert shop.points() == 450


@pytest.mark.parametrize("path", ["commands", "events"])
async def test_the_dry_run_answers_at_either_address(wll: Wll, shop: Box, path: str) -> None:
    shop.switch(test_reaction_path=path)

    assert (await spend(wll)).operation == "spend_points"


async def test_trap_8_without_a_reactor_for_refunds_points_do_not_pay(shop: Box) -> None:
    held = connector(shop, refund_event=world.IDLE_TYPE)

    with pytest.raises(Refused) as refused:
        await spend(held)

    assert refused.value.code == "tender_refused"
    await held.aclose()


async def test_w17_a_members_order_earns(wll: Wll, shop: Box) -> None:
    done = await wll.operator("post_order").do(await post(wll))

    (placed,) = shop.books()["orders"]
    assert placed["transaction_id"] == "chk_1"
    assert (done.points, done.points_after) == (19, 519)
    assert shop.asked("event.report") == 0


async def test_w19_a_tenant_without_receipts_gets_an_event(shop: Box) -> None:
    shop.switch(receipts_enabled=False)
    held = connector(shop, sale_event=world.SALE_TYPE)

    done = await held.operator("post_order").do(await post(held))

    assert (done.points, shop.asked("order.place")) == (19, 0)
    await held.aclose()


async def test_trap_11_a_sale_of_nobody_is_reported_and_found(wll: Wll, shop: Box) -> None:
    asked = order((await wll.quote(basket(), None)).earn, sale=sale())
    since = now()
    shop.fault("order.place", "drop_after", times=1)

    with pytest.raises(Exception, match="no answer"):
        await wll.operator("post_order").do(asked)

    assert await wll.operator("post_order").find(asked, since) is not None
    assert shop.points() == 500


async def test_points_that_come_late_are_taken_back_all_the_same(wll: Wll, shop: Box) -> None:
    shop.switch(reaction_delay_seconds=60)
    asked = await post(wll)
    posting = wll.operator("post_order")
    done = await posting.do(asked)
    assert done.points is None
    shop.advance(61)
    shop.switch(reaction_delay_seconds=0)

    undone = await posting.undo(asked, done)

    assert undone.points == -19
    assert shop.points() == 500


@pytest.mark.parametrize("shape", ["list", "object", "in_reward"])
async def test_discounts_of_a_check_may_have_any_shape(wll: Wll, shop: Box, shape: str) -> None:
    shop.switch(discounts=shape)

    found = await wll.find_offer(world.REDEEMED_CODE, None)

    assert found is not None
    assert found.discount == Discount(type="absolute", amount=5_00)


async def test_a_receipts_service_that_wants_a_source_gets_one(wll: Wll, shop: Box) -> None:
    shop.switch(metadata_source_required=True, code_set_on="issue")

    assert (await wll.operator("post_order").do(await post(wll))).reference is not None
