"""The burn and what may go wrong around it: it cannot be taken back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.books import wll as books
from tests.support.finding import effects, offer, tenders
from tests.support.shop import Shop, open_shop, payment
from tests.workflows.wll.asks import (
    BENEFIT,
    REDEEMED,
    VALIDATE,
    burn,
    burn_elsewhere,
    cases,
    covered,
)
from tillsaga.domain import messages as m
from tillsaga.sandbox.wll import world

BOTH_BURNED = {world.BENEFIT: "BURNED", world.REDEEMED: "BURNED"}


async def test_a_voucher_burned_elsewhere_after_ready_reopens_the_sale_without_it(
    shop: Shop,
) -> None:
    before = await shop.books("wll")
    checkout, due = await covered(shop, BENEFIT, REDEEMED, points=1_00)
    await burn_elsewhere(shop, world.REDEEMED_CODE)

    seen = await checkout.pay(due, "authorized")

    assert (seen["status"], seen["instruction"]) == ("open", "void")
    assert [offer(seen, one)["status"] for one in (BENEFIT, REDEEMED)] == ["redeemed", "lost"]
    assert offer(seen, REDEEMED)["refusal"]["detail"] == "the voucher has been used already"
    assert (tenders(seen), seen["totals"]["due_amount"]) == ([("charged", 1_00)], 5_50)
    await checkout.pay(due, "voided")
    assert await checkout.ready() == 5_50
    await checkout.pay(5_50, "authorized", reference="card-2")
    seen = await checkout.pay(5_50, reference="card-2")
    assert (seen["status"], seen["attention"]) == ("completed", [])
    moved = BOTH_BURNED | {world.MEMBER: 6 - 100, "orders": 1, world.SPEND_TYPE: 1}
    assert books.moved(before, await shop.books("wll")) == moved


async def test_a_till_that_repeats_its_payment_is_told_again_to_void_it(one_shop: Shop) -> None:
    checkout, due = await covered(one_shop, REDEEMED)
    await burn_elsewhere(one_shop, world.REDEEMED_CODE)
    told = await checkout.pay(due, "authorized")

    again = await checkout.pay(due, "authorized")

    assert [(seen["status"], seen["instruction"]) for seen in (told, again)] == [
        ("open", "void"),
        ("open", "void"),
    ]
    assert (await checkout.pay(due, "voided"))["instruction"] is None


async def test_a_till_that_falls_silent_after_a_lost_offer_is_before_a_person(
    one_shop: Shop,
) -> None:
    checkout, due = await covered(one_shop, REDEEMED)
    await burn_elsewhere(one_shop, world.REDEEMED_CODE)
    await checkout.pay(due, "authorized")

    await one_shop.env.sleep(16 * 60)

    seen = await checkout.until(lambda seen: seen["attention"])
    assert (seen["status"], cases(seen)) == ("open", [("payment_unknown", None)])


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "late"])
async def test_a_burn_whose_answer_is_lost_is_settled_by_asking(one_shop: Shop, kind: str) -> None:
    before = await one_shop.books("wll")
    checkout, due = await covered(one_shop, BENEFIT)
    await one_shop.fault(kind, VALIDATE, "wll", after=1, delay_ms=100)

    seen = await checkout.pay(due, "authorized")

    assert (seen["instruction"], effects(seen, "burn_voucher")) == ("capture", ["applied"])
    seen = await checkout.pay(due)
    assert (seen["status"], seen["attention"]) == ("completed", [])
    moved = {world.BENEFIT: "BURNED", world.MEMBER: 6, "orders": 1}
    assert books.moved(before, await one_shop.books("wll")) == moved


async def test_a_vendor_that_is_down_when_it_shall_burn_may_be_asked_again(
    one_shop: Shop,
) -> None:
    before = await one_shop.books("wll")
    checkout, due = await covered(one_shop, BENEFIT)
    await one_shop.fault("maintenance", VALIDATE, "wll", times=None)
    seen = await checkout.pay(due, "authorized")
    assert (seen["status"], seen["instruction"]) == ("open", "void")
    away = {"code": "vendor_unavailable", "detail": "the vendor does not answer"}
    assert (offer(seen, BENEFIT)["status"], offer(seen, BENEFIT)["refusal"]) == ("lost", away)
    await one_shop.mend()
    await checkout.pay(due, "voided")

    await checkout.offer(BENEFIT)

    due = await checkout.ready()
    await checkout.pay(due, "authorized", reference="card-2")
    seen = await checkout.pay(due, reference="card-2")
    assert (seen["status"], seen["attention"]) == ("completed", [])
    moved = {world.BENEFIT: "BURNED", world.MEMBER: 6, "orders": 1}
    assert books.moved(before, await one_shop.books("wll")) == moved


@pytest.fixture(params=["honour", "refuse"])
async def hasty_shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop that waits half a second for a lost answer."""
    policy = f"in_doubt: {request.param}, in_doubt_after: 500ms"
    async with open_shop(tmp_path, kinds=("wll",), policy=policy) as opened:
        yield opened


async def test_a_burn_in_doubt_follows_the_stores_policy_and_is_settled_in_the_end(
    hasty_shop: Shop,
) -> None:
    honours = hasty_shop.store.policy.in_doubt == "honour"
    before = await hasty_shop.books("wll")
    checkout, due = await covered(hasty_shop, BENEFIT)
    await hasty_shop.fault("drop_after", VALIDATE, "wll", after=1)
    await hasty_shop.fault("drop_before", "benefit.get", "wll", times=None)

    seen = await checkout.pay(due, "authorized")

    assert ("effect_in_doubt", burn(world.BENEFIT)) in cases(seen)
    assert effects(seen, "burn_voucher") == ["in_doubt"]
    stands = (seen["status"], seen["instruction"], offer(seen, BENEFIT)["status"])
    assert stands == (("ready", "capture", "redeemed") if honours else ("open", "void", "lost"))
    await hasty_shop.mend()
    seen = await checkout.until(lambda seen: effects(seen, "burn_voucher") != ["in_doubt"])
    if honours:
        assert (effects(seen, "burn_voucher"), cases(seen)) == (["applied"], [])
    else:
        assert effects(seen, "burn_voucher") == ["irreversible"]
        assert cases(seen) == [("goodwill", burn(world.BENEFIT))]
        await checkout.pay(due, "voided")
        due = await checkout.ready()
        assert due == 11_50
    await checkout.pay(due, reference="card-2" if not honours else "card-1")
    assert await checkout.ended() == "completed"
    moved = {world.BENEFIT: "BURNED", world.MEMBER: due // 100, "orders": 1}
    assert books.moved(before, await hasty_shop.books("wll")) == moved


@pytest.mark.parametrize("way", ["declined", "cancelled", "stopped"])
async def test_a_sale_that_fails_after_the_burn_is_a_goodwill_case_for_each_voucher(
    shop: Shop, way: str
) -> None:
    before = await shop.books("wll")
    checkout, due = await covered(shop, BENEFIT, REDEEMED, points=1_00)
    await checkout.pay(due, "authorized")

    if way == "declined":
        await checkout.pay(due, "declined", final=True)
    elif way == "cancelled":
        await checkout.ok("cancel", m.Cancel(reason="the customer left"))
    else:
        await checkout.handle.cancel()
        await checkout.becomes("cancelled")

    seen = await checkout.seen()
    goodwill = [("goodwill", burn(one)) for one in (world.BENEFIT, world.REDEEMED)]
    assert (seen["status"], cases(seen)) == ("cancelled", goodwill)
    words = "burn the voucher at wll cannot be undone: 5.00 off"
    assert [(a["detail"], a["amount"]) for a in seen["attention"]] == [(words, 5_00)] * 2
    assert effects(seen, "burn_voucher") == ["irreversible", "irreversible"]
    assert [offer(seen, one)["status"] for one in (BENEFIT, REDEEMED)] == ["redeemed"] * 2
    assert tenders(seen) == [("reversed", 1_00)]
    moved = BOTH_BURNED | {world.SPEND_TYPE: 1, world.REFUND_TYPE: 1}
    assert books.moved(before, await shop.books("wll")) == moved


async def test_a_one_step_till_burns_when_ready_and_the_payment_commits(shop: Shop) -> None:
    before = await shop.books("wll")
    checkout = await shop.open(None, world.MEMBER_ACCOUNT)
    await checkout.offer(BENEFIT)
    seen = await checkout.ok("ready", m.MakeReady(payment_flow="one_step"))
    assert (offer(seen, BENEFIT)["status"], seen["totals"]["due_amount"]) == ("redeemed", 6_50)
    assert books.moved(before, await shop.books("wll")) == {world.BENEFIT: "BURNED"}

    assert (await checkout.pay(6_50))["status"] == "completed"

    moved = {world.BENEFIT: "BURNED", world.MEMBER: 6, "orders": 1}
    assert books.moved(before, await shop.books("wll")) == moved


async def test_a_one_step_till_hears_at_ready_what_could_not_be_burned(one_shop: Shop) -> None:
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)
    await checkout.offer(BENEFIT)
    await one_shop.switch("wll", concurrent_burn="before_burn")

    code = await checkout.refused("ready", m.MakeReady(payment_flow="one_step"))

    assert (code, checkout.view["status"]) == ("offer_lost", "open")
    assert checkout.view["totals"]["due_amount"] == 11_50


async def test_cash_burns_at_once_and_collects_what_a_lost_voucher_no_longer_saves(
    shop: Shop,
) -> None:
    before = await shop.books("wll")
    checkout, due = await covered(shop, BENEFIT)
    await shop.switch("wll", concurrent_burn="before_burn")

    seen = await checkout.pay(due, type="cash", reference="cash-1")

    assert (seen["status"], seen["instruction"]) == ("ready", "collect")
    assert (offer(seen, BENEFIT)["status"], seen["totals"]["due_amount"]) == ("lost", 5_00)
    seen = await checkout.pay(5_00, type="cash", reference="cash-2")
    assert (seen["status"], seen["instruction"], seen["attention"]) == ("completed", None, [])
    moved = {world.BENEFIT: "BURNED", world.MEMBER: 11, "orders": 1}
    assert books.moved(before, await shop.books("wll")) == moved


async def test_cash_is_given_back_where_the_customer_does_not_pay_more(one_shop: Shop) -> None:
    checkout, due = await covered(one_shop, BENEFIT)
    await one_shop.switch("wll", concurrent_burn="before_burn")
    await checkout.pay(due, type="cash", reference="cash-1")

    seen = await checkout.ok("cancel", m.Cancel(reason="too dear"))

    assert (seen["status"], seen["instruction"]) == ("cancelled", "refund")
    assert [(g["type"], g["amount"]) for g in seen["give_back"]] == [("cash", due)]
    assert seen["attention"] == []


async def test_a_late_payment_burns_the_voucher_after_all(shop: Shop) -> None:
    before = await shop.books("wll")
    checkout, due = await covered(shop, BENEFIT, points=1_00)
    await shop.env.sleep(16 * 60)
    await checkout.becomes("expired")
    assert books.balance(await shop.books("wll"), world.MEMBER) == 500

    start = shop.start_for(checkout.id, resumed=True)
    handle, reply = await shop.with_start(start, "payment", payment(due))

    assert reply.refusal is None
    assert await handle.result() == "completed"
    moved = {world.BENEFIT: "BURNED", world.MEMBER: 6 - 100, "orders": 1}
    moved |= {world.SPEND_TYPE: 2, world.REFUND_TYPE: 1}
    assert books.moved(before, await shop.books("wll")) == moved


@pytest.mark.parametrize("offer_id", [BENEFIT, REDEEMED])
async def test_a_late_sale_stands_though_its_voucher_is_gone(one_shop: Shop, offer_id: str) -> None:
    checkout, due = await covered(one_shop, offer_id)
    await one_shop.env.sleep(16 * 60)
    await checkout.becomes("expired")
    code = world.BENEFIT_CODE if offer_id == BENEFIT else world.REDEEMED_CODE
    await burn_elsewhere(one_shop, code)

    start = one_shop.start_for(checkout.id, resumed=True)
    handle, reply = await one_shop.with_start(start, "payment", payment(due))

    seen: Any = reply.checkout
    assert (seen["status"], seen["instruction"]) == ("completed", None)
    assert [(a["code"], a["amount"]) for a in seen["attention"]] == [
        ("offer_lost_after_payment", 5_00)
    ]
    assert (offer(seen, offer_id)["status"], seen["totals"]["due_amount"]) == ("lost", 0)
    assert await handle.result() == "completed"


async def test_a_late_payment_uses_the_voucher_that_was_burned_for_it(one_shop: Shop) -> None:
    checkout, due = await covered(one_shop, BENEFIT)
    await checkout.pay(due, "authorized")
    await checkout.pay(due, "declined", final=True)
    assert await checkout.ended() == "cancelled"

    start = one_shop.start_for(checkout.id, resumed=True)
    handle, reply = await one_shop.with_start(start, "payment", payment(due))

    seen: Any = reply.checkout
    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert effects(seen, "burn_voucher") == ["applied"]
    assert await handle.result() == "completed"
