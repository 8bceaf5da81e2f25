"""Vouchers that a customer picks in Let'sTrade's app, on the open bill."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import appended, coffee, meal, muffin, picked, voucher_state
from tests.support.finding import effects
from tests.support.shop import Checkout, Shop, open_shop
from tests.workflows.test_support import current_run, reset, workflow_tasks
from tillsaga.domain import messages as m
from tillsaga.sandbox.letstrade import world

TEN, COFFEE = world.VOUCHER_TEN, world.VOUCHER_COFFEE


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("letstrade",), max_cached_workflows=cached) as opened:
        yield opened


async def select(shop: Shop, checkout: Checkout, *vouchers: str) -> dict[str, Any]:
    return await checkout.ok("append_offers", await picked(shop, checkout, *vouchers))


async def pay(checkout: Checkout) -> dict[str, Any]:
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    return await checkout.pay(due)


def put(sold: dict[str, Any]) -> m.PutBasket:
    return m.PutBasket.model_validate({"basket": sold})


async def test_picked_vouchers_count_and_are_burned_with_the_bill(shop: Shop) -> None:
    checkout = await shop.open(meal())
    before = checkout.view["version"]

    seen = await select(shop, checkout, TEN, COFFEE)
    assert appended(seen) == {TEN: ("applied", 10_00), COFFEE: ("applied", 35_00)}
    assert (seen["totals"]["due_amount"], seen["version"]) == (55_00, before + 1)

    assert (await pay(checkout))["status"] == "completed"
    [order] = (await shop.books("letstrade"))["orders"].values()
    assert sorted(order["burned"]) == [TEN, COFFEE]
    assert (order["user_id"], order["outstanding_in_cents"], order["codes"]) == (
        world.THANDI,
        55_00,
        [],
    )
    # Passed back as they came, where they belong.
    sent = (await shop.books("letstrade"))["callbacks"][0]["sent"]["vouchers"]
    [line, _] = order["sent"]["product_list"]
    assert [*order["sent"]["vouchers"], *line["vouchers"]] == sent


async def test_the_same_selection_again_changes_nothing(shop: Shop) -> None:
    checkout = await shop.open(meal())
    selection = await picked(shop, checkout, TEN)

    first = await checkout.say("append_offers", selection)
    second = await checkout.say("append_offers", selection)

    assert second.refusal is None
    assert second.answer == first.answer
    assert second.checkout["version"] == first.checkout["version"]
    assert second.checkout["effects"] == first.checkout["effects"]


async def test_a_selection_replaces_the_one_before(shop: Shop) -> None:
    checkout = await shop.open(meal())
    await select(shop, checkout, TEN)

    seen = await select(shop, checkout, COFFEE)
    assert appended(seen) == {TEN: ("released", 0), COFFEE: ("applied", 35_00)}
    assert effects(seen, "reserve") == ["reversed", "applied"]
    assert seen["offers"][0]["refusal"]["code"] == "deselected"

    # A first selection that comes again, after another one, is no repetition.
    seen = await select(shop, checkout, TEN)
    assert appended(seen) == {TEN: ("applied", 10_00), COFFEE: ("released", 0)}
    await pay(checkout)
    assert await voucher_state(shop, TEN) == "BURNED"
    assert await voucher_state(shop, COFFEE) == "AVAILABLE"


async def test_an_empty_selection_takes_everything_off(shop: Shop) -> None:
    checkout = await shop.open(meal())
    await select(shop, checkout, TEN, COFFEE)

    seen = await select(shop, checkout)
    assert appended(seen) == {TEN: ("released", 0), COFFEE: ("released", 0)}
    assert seen["totals"]["due_amount"] == 100_00

    again = await select(shop, checkout)
    assert again["version"] == seen["version"]
    await pay(checkout)
    assert await voucher_state(shop, TEN) == "AVAILABLE"


async def test_a_ready_bill_takes_no_selection_until_it_is_reopened(shop: Shop) -> None:
    checkout = await shop.open(meal())
    selection = await picked(shop, checkout, TEN)
    assert await checkout.ready() == 100_00

    assert await checkout.refused("append_offers", selection) == "state_conflict"
    await checkout.ok("reopen", m.Reopen())
    await checkout.ok("append_offers", selection)

    assert await checkout.ready() == 90_00
    await checkout.pay(90_00, "authorized")
    assert await checkout.refused("append_offers", selection) == "state_conflict"
    assert checkout.view["totals"]["discount_amount"] == 10_00


async def test_a_selection_and_a_ready_at_once_are_taken_one_after_another(shop: Shop) -> None:
    checkout = await shop.open(meal())
    selection = await picked(shop, checkout, TEN)

    appending, freezing = await asyncio.gather(
        checkout.say("append_offers", selection), checkout.say("ready", m.MakeReady())
    )

    due = (await checkout.seen())["totals"]["due_amount"]
    assert freezing.refusal is None
    if appending.refusal is None:
        assert due == 90_00
    else:
        assert (appending.refusal.code, due) == ("state_conflict", 100_00)
    await checkout.pay(due)
    burned = await voucher_state(shop) == "BURNED"
    assert burned == (appending.refusal is None)


async def test_a_selection_waits_for_the_tills_message_in_hand(shop: Shop) -> None:
    sold = meal()
    checkout = await shop.open(sold)
    selection = await picked(shop, checkout, TEN)
    await shop.fault("delay", "offerings.get", "letstrade", delay_ms=500)
    smaller = asyncio.create_task(checkout.say("put_basket", put(meal(muffin(), id=sold["id"]))))
    await until_quoting(shop)

    # By then the bill is another one, and the sums are of the old one.
    assert await checkout.refused("append_offers", selection) == "basket_mismatch"
    assert (await smaller).refusal is None
    assert checkout.view["totals"]["due_amount"] == 30_00


async def until_quoting(shop: Shop) -> None:
    async with asyncio.timeout(10):
        quotes = 0
        while quotes < 2:
            [bill] = (await shop.books("letstrade"))["baskets"].values()
            quotes = bill["quotes"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"uid": None}, "malformed_request"),
        ({"discount_amount": "1e400"}, "malformed_request"),
        ({"vouchers": [{"_id": "v" * 300, "discount": 10}]}, "malformed_request"),
        ({"uid": "another"}, "state_conflict"),
        ({"store_id": world.OTHER_STORE}, "state_conflict"),
        ({"terminal_id": world.OTHER_TERMINAL}, "state_conflict"),
        ({"remaining_amount": "91.00"}, "basket_mismatch"),
        ({"original_amount": "90.00", "remaining_amount": "80.00"}, "basket_mismatch"),
        ({"vouchers": [{"_id": TEN, "discount": 9}]}, "basket_mismatch"),
        ({"vouchers": [{"_id": TEN, "discount": 10, "sku": "TEA-01"}]}, "basket_mismatch"),
    ],
)
async def test_a_selection_that_does_not_fit_changes_nothing(
    shop: Shop, wrong: dict[str, Any], code: str
) -> None:
    checkout = await shop.open(meal())
    seen = await select(shop, checkout, TEN)
    body = (await picked(shop, checkout, TEN)).body

    spoilt = m.AppendOffers(provider="letstrade", body=body | wrong)
    assert await checkout.refused("append_offers", spoilt) == code
    moving = {"expires_at", "updated_at"}
    assert {k: v for k, v in checkout.view.items() if k not in moving} == {
        k: v for k, v in seen.items() if k not in moving
    }


async def test_the_till_may_take_a_picked_voucher_off_and_the_customer_pick_it_again(
    shop: Shop,
) -> None:
    checkout = await shop.open(meal())
    selection = await picked(shop, checkout, TEN)
    await checkout.ok("append_offers", selection)
    offer_id = checkout.view["offers"][0]["id"]

    seen = await checkout.ok("remove_offer", m.RemoveOffer(offer_id=offer_id))
    assert seen["totals"]["due_amount"] == 100_00

    seen = await checkout.ok("append_offers", selection)
    assert seen["totals"]["due_amount"] == 90_00


async def test_the_tills_own_vouchers_are_not_in_the_bill_that_the_app_sees(shop: Shop) -> None:
    own = {"id": "staff-1", "title": "Staff", "amount": 20_00}
    checkout = await shop.open(meal(external_vouchers=[own]))

    seen = await select(shop, checkout, TEN)

    assert seen["totals"]["due_amount"] == 70_00
    await pay(checkout)
    [order] = (await shop.books("letstrade"))["orders"].values()
    assert (order["burned"], order["outstanding_in_cents"]) == ([TEN], 70_00)


# --- with codes -----------------------------------------------------------------------------------


async def test_a_picked_voucher_and_its_code_count_once(shop: Shop) -> None:
    checkout = await shop.open(meal())
    await checkout.scan(world.CODE_TEN)
    seen = await select(shop, checkout, TEN)
    assert seen["totals"]["due_amount"] == 90_00

    other = await shop.open(meal())
    await select(shop, other, TEN)
    assert await other.refused("apply_offer", m.ApplyOffer(code=world.CODE_TEN)) == "offer_refused"
    assert other.view["totals"]["due_amount"] == 90_00


async def test_a_payment_code_pays_what_picked_vouchers_leave(shop: Shop) -> None:
    checkout = await shop.open(meal())
    await select(shop, checkout, TEN)
    wallet = m.AddTender(type="wallet", reference=world.CODE_WALLET)
    seen = await checkout.ok("add_tender", wallet)
    assert seen["totals"]["due_amount"] == 50_00

    await pay(checkout)
    books = await shop.books("letstrade")
    [order] = books["orders"].values()
    assert (order["burned"], order["outstanding_in_cents"]) == ([TEN], 50_00)
    assert books["customers"][world.THANDI]["wallet_in_cents"] == 0


async def test_a_tender_gives_way_to_a_later_selection(shop: Shop) -> None:
    checkout = await shop.open(meal())
    card = m.AddTender(type="wallet", reference=world.CODE_PAY)
    seen = await checkout.ok("add_tender", card)
    assert (seen["totals"]["tender_amount"], seen["totals"]["due_amount"]) == (100_00, 0)

    seen = await select(shop, checkout, TEN)

    assert (seen["totals"]["tender_amount"], seen["totals"]["due_amount"]) == (90_00, 0)
    await pay(checkout)
    customer = (await shop.books("letstrade"))["customers"][world.THANDI]
    assert (customer["wallet_in_cents"], customer["card_charged_in_cents"]) == (0, 50_00)


# --- another basket -------------------------------------------------------------------------------


async def test_picked_vouchers_stay_on_a_basket_that_still_has_their_goods(shop: Shop) -> None:
    sold = meal()
    checkout = await shop.open(sold)
    await select(shop, checkout, TEN, COFFEE)

    moved = meal(muffin(line_id="1"), coffee(1, line_id="7"), id=sold["id"])
    seen = await checkout.ok("put_basket", put(moved))

    assert appended(seen) == {TEN: ("applied", 10_00), COFFEE: ("applied", 35_00)}
    assert [line["discount_amount"] for line in seen["basket"]["lines"]] == [10_00, 35_00]
    await pay(checkout)
    [order] = (await shop.books("letstrade"))["orders"].values()
    assert sorted(order["burned"]) == [TEN, COFFEE]
    [_, line] = order["sent"]["product_list"]
    assert [voucher["_id"] for voucher in line["vouchers"]] == [COFFEE]


@pytest.mark.parametrize("lines", [(muffin(),), (coffee(unit_amount=20_00), muffin())])
async def test_a_picked_voucher_goes_with_its_goods(
    shop: Shop, lines: tuple[dict[str, Any], ...]
) -> None:
    sold = meal()
    checkout = await shop.open(sold)
    await select(shop, checkout, TEN, COFFEE)

    seen = await checkout.ok("put_basket", put(meal(*lines, id=sold["id"])))

    gone = next(offer for offer in seen["offers"] if offer["id"].endswith(COFFEE))
    assert (gone["status"], gone["refusal"]["code"]) == ("released", "no_longer_fits")
    assert appended(seen)[TEN] == ("applied", 10_00)
    await pay(checkout)
    assert await voucher_state(shop, COFFEE) == "AVAILABLE"
    assert await voucher_state(shop, TEN) == "BURNED"


async def test_a_line_that_has_become_another_product_gets_no_voucher_while_the_vendor_is_away(
    shop: Shop,
) -> None:
    sold = meal()
    checkout = await shop.open(sold)
    await select(shop, checkout, COFFEE)
    await shop.fault("error_before", "offerings.get", "letstrade", status=503)

    other = meal(muffin(line_id="1"), id=sold["id"])
    seen = await checkout.ok("put_basket", put(other))

    assert seen["degraded"]
    assert appended(seen) == {COFFEE: ("released", 0)}


async def test_a_selection_is_made_again_for_the_new_basket(shop: Shop) -> None:
    sold = meal()
    checkout = await shop.open(sold)
    await select(shop, checkout, COFFEE)
    await checkout.ok("put_basket", put(meal(muffin(), id=sold["id"])))

    seen = await select(shop, checkout, TEN)

    assert appended(seen) == {COFFEE: ("released", 0), TEN: ("applied", 10_00)}
    assert seen["totals"]["due_amount"] == 20_00


async def test_a_quote_for_a_customer_leaves_what_they_picked(shop: Shop) -> None:
    checkout = await shop.open(meal())
    before = await select(shop, checkout, TEN, COFFEE)

    named = m.Identify(type="member_id", value=world.THANDI, provider="letstrade")
    seen = await checkout.ok("identify", named)

    assert appended(seen) == appended(before)


# --- trouble --------------------------------------------------------------------------------------


async def test_a_voucher_used_elsewhere_meanwhile_reopens_the_bill(shop: Shop) -> None:
    checkout = await shop.open(meal())
    await select(shop, checkout, TEN)
    other = await shop.open(meal())
    await other.scan(world.CODE_TEN)
    await pay(other)

    due = await checkout.ready()
    seen = await checkout.pay(due, "authorized")

    assert (seen["status"], seen["instruction"]) == ("open", "void")
    assert appended(seen)[TEN] == ("lost", 0)
    assert seen["totals"]["due_amount"] == 100_00


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
async def test_a_finalise_whose_answer_was_lost_is_sent_again_and_burns_once(
    shop: Shop, fault: str
) -> None:
    checkout = await shop.open(meal())
    await select(shop, checkout, TEN)
    await shop.fault(fault, "offerings.finalise", "letstrade")

    seen = await pay(checkout)

    assert (seen["status"], seen["attention"]) == ("completed", [])
    [order] = (await shop.books("letstrade"))["orders"].values()
    assert (order["burned"], order["outstanding_in_cents"]) == ([TEN], 90_00)


async def test_a_store_that_rather_refuses_has_a_lost_finalise_looked_at(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",), policy="in_doubt: refuse") as shop:
        checkout = await shop.open(meal())
        await select(shop, checkout, TEN)
        await shop.fault("drop_after", "offerings.finalise", "letstrade")

        seen = await checkout.pay(await checkout.ready(), "authorized")

        # Burned, and nobody can ask: it must not pass for something that did not happen.
        assert await voucher_state(shop) == "BURNED"
        assert effects(seen, "finalise") == ["manual"]
        assert (seen["status"], seen["instruction"]) == ("open", "void")
        assert [item["code"] for item in seen["attention"]] == ["effect_unknown"]


async def test_a_cancelled_bill_leaves_picked_vouchers_to_the_customer(shop: Shop) -> None:
    checkout = await shop.open(meal())
    await select(shop, checkout, TEN)

    seen = await checkout.ok("cancel", m.Cancel(reason="customer left"))

    assert effects(seen, "reserve") == ["reversed"]
    assert await voucher_state(shop) == "AVAILABLE"


async def test_a_reset_keeps_what_the_customer_picked(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",), skips_time=False) as shop:
        checkout = await shop.open(meal())
        await select(shop, checkout, COFFEE)
        await select(shop, checkout, TEN)
        seen = await checkout.seen()
        tasks = await workflow_tasks(shop, checkout)
        for n in range(len(tasks)):
            tasks = await workflow_tasks(shop, checkout)
            run_id = await current_run(shop, checkout)
            await reset(shop, checkout, tasks[min(n, len(tasks) - 1)], False, run_id)
            checkout.handle = shop.client.get_workflow_handle(checkout.id)
            again = await checkout.until(lambda now: appended(now).get(TEN) == ("applied", 10_00))
            assert again["totals"] == seen["totals"]

        await pay(checkout)
        assert await voucher_state(shop, TEN) == "BURNED"
        assert await voucher_state(shop, COFFEE) == "AVAILABLE"
