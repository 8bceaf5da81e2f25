"""White Label vouchers: chosen or scanned, activated when applied, burned before the capture."""

from typing import Any

import pytest

from tests.support.books import wll as books
from tests.support.finding import offer
from tests.support.shop import Shop
from tests.workflows.wll.asks import BENEFIT, REDEEMED, burn_elsewhere, covered, stages
from tillsaga.domain import messages as m
from tillsaga.sandbox.wll import world


async def test_an_issued_voucher_is_activated_when_applied_and_burned_when_paid(
    shop: Shop,
) -> None:
    before = await shop.books("wll")
    checkout, due = await covered(shop, BENEFIT)
    after = await shop.books("wll")
    assert books.moved(before, after) == {world.BENEFIT: "VALIDATED"}
    order = [("reserve", "apply"), ("activate_voucher", "apply"), ("burn_voucher", "seal")]
    order += [("payment", "pivot"), ("post_order", "earn")]
    assert (due, await stages(checkout)) == (6_50, order)

    seen = await checkout.pay(due, "authorized")
    assert (seen["instruction"], offer(seen, BENEFIT)["status"]) == ("capture", "redeemed")
    burned = {world.BENEFIT: "BURNED"}
    assert books.moved(before, await shop.books("wll")) == burned
    seen = await checkout.pay(due)

    assert (seen["status"], seen["attention"], seen["degraded"]) == ("completed", [], [])
    assert seen["earned"] == [{"provider": "wll", "points": 6, "balance_after": 506}]
    moved = burned | {world.MEMBER: 6, "orders": 1}
    assert books.moved(before, await shop.books("wll")) == moved
    assert await checkout.ended() == "completed"


@pytest.mark.parametrize("way", ["card", "qr", "member_id"])
async def test_the_member_is_found_by_account_number_and_by_id(one_shop: Shop, way: str) -> None:
    checkout = await one_shop.open()
    value = world.MEMBER if way == "member_id" else world.MEMBER_ACCOUNT
    seen = await checkout.ok("identify", m.Identify.model_validate({"type": way, "value": value}))

    known = {"provider": "wll", "member_id": world.MEMBER, "tier": None}
    assert seen["members"] == [known | {"points": 500, "prepaid_amount": None}]


async def test_a_scanned_code_is_checked_and_never_burned_before_the_payment(
    one_shop: Shop,
) -> None:
    before = await one_shop.books("wll")
    checkout = await one_shop.open()
    seen = await checkout.scan(world.REDEEMED_CODE)
    again = await checkout.scan(world.REDEEMED_CODE)
    await checkout.ready()

    assert (seen["totals"]["due_amount"], again["totals"]["due_amount"]) == (6_50, 6_50)
    assert offer(seen, REDEEMED)["code"] == "****EMED"
    after = await one_shop.books("wll")
    assert books.moved(before, after) == {world.REDEEMED: "VALIDATED"}
    checks = after["vouchers"][world.REDEEMED]["validations"]
    assert {check["sent"]["allowFutureValidation"] for check in checks} == {True}
    assert world.REDEEMED_CODE not in str(checkout.view)


REFUSED = {
    world.BURNED_CODE: "offer_refused",
    world.EXPIRED_CODE: "code_expired",
    world.STRANGE_CODE: "discount_unknown",
    world.OWN_POOL_CODE: "discount_unknown",
    world.HALF_COFFEE_CODE: "offer_refused",  # nothing of this basket
    "NOBODYS": "code_unknown",
}


async def test_a_code_that_cannot_be_used_says_why_and_costs_nothing(one_shop: Shop) -> None:
    before = await one_shop.books("wll")
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)

    said = {
        code: await checkout.refused("apply_offer", m.ApplyOffer(code=code)) for code in REFUSED
    }

    assert said == REFUSED
    assert books.moved(before, await one_shop.books("wll")) == {}


async def test_the_tills_own_codes_are_priced_by_the_store_and_never_sent(one_shop: Shop) -> None:
    before = await one_shop.books("wll")
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)
    seen = await checkout.scan(world.STATIC_CODE)
    assert seen["totals"]["discount_amount"] == 1_00
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await checkout.pay(due)

    asked = set(await one_shop.asked("wll"))
    assert asked.isdisjoint({"voucher.validate", "benefit.redeem", "benefit.get"})
    after = await one_shop.books("wll")
    assert books.moved(before, after) == {world.MEMBER: 10, "orders": 1}
    assert world.STATIC_CODE not in str(books.sent(after))


async def test_a_voucher_of_another_store_cannot_be_used_here(one_shop: Shop) -> None:
    elsewhere = {"id": "a" * 8, "name": "Elsewhere", "discounts": [_only_in("store-99")]}
    voucher = {"reward": "a" * 8, "code": "PROMO-ELSEWHERE", "state": "REDEEMED"}
    await one_shop.control("POST", "/seed/wll", {"rewards": [elsewhere]})
    await one_shop.control("POST", "/seed/wll", {"vouchers": [voucher | {"user": world.MEMBER}]})
    before = await one_shop.books("wll")
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)

    code = await checkout.refused("apply_offer", m.ApplyOffer(code="PROMO-ELSEWHERE"))

    assert code == "offer_refused"
    shown = next(o for o in checkout.view["offers"] if o["title"] == "Elsewhere")
    assert shown["refusal"]["detail"] == "the voucher is not for this store"
    assert (await checkout.scan(world.ONE_VENUE_CODE))["totals"]["discount_amount"] == 2_00
    assert books.moved(before, await one_shop.books("wll")) == {}


def _only_in(venue: str) -> dict[str, Any]:
    return {"type": "ABSOLUTE", "value": 200, "venues": [{"id": venue}]}


async def test_a_voucher_that_another_till_burned_before_ready_is_lost_there(
    one_shop: Shop,
) -> None:
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)
    await checkout.offer(BENEFIT)
    await checkout.offer(REDEEMED)
    for code in (world.BENEFIT_CODE, world.REDEEMED_CODE):
        await burn_elsewhere(one_shop, code)

    assert await checkout.refused("ready", m.MakeReady()) == "offer_lost"

    seen = checkout.view
    assert [offer(seen, one)["status"] for one in (BENEFIT, REDEEMED)] == ["lost", "lost"]
    assert (seen["status"], await checkout.ready()) == ("open", 11_50)


async def test_a_voucher_that_is_let_go_is_free_for_another_till(shop: Shop) -> None:
    checkout = await shop.open(None, world.MEMBER_ACCOUNT)
    await checkout.offer(BENEFIT)
    other = await shop.open(None, world.MEMBER_ACCOUNT)
    take = m.ApplyOffer(offer_id=BENEFIT)
    assert await other.refused("apply_offer", take) == "offer_held"

    seen = await checkout.ok("remove_offer", m.RemoveOffer(offer_id=BENEFIT))

    assert (offer(seen, BENEFIT)["status"], seen["totals"]["discount_amount"]) == ("released", 0)
    await other.offer(BENEFIT)
    assert await checkout.refused("apply_offer", take) == "offer_held"
    due = await other.ready()
    await other.pay(due, "authorized")
    assert (await other.pay(due))["status"] == "completed"
