"""Every bill is finalised, with codes or without, and the books show just what was sold."""

from typing import Any

from tests.support.books.letstrade import moved, order
from tests.support.letstrade_bill import (
    ALL_SPENT,
    COFFEES,
    bill,
    stages,
    status_of,
    wallet,
    with_codes,
)
from tests.support.shop import Shop, basket
from tillsaga.domain import messages as m
from tillsaga.sandbox.letstrade import world


async def test_a_bill_without_codes_or_customer_is_finalised_after_the_payment(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await shop.open(bill())
    assert await stages(checkout) == [("pivot", "payment"), ("earn", "finalise")]

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert moved(before, await shop.books("letstrade")) == {"orders": 1}


async def test_an_earning_code_alone_is_spent_after_the_payment(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await shop.open(bill())
    await checkout.scan(world.CODE_EARN)
    due = await checkout.ready()
    assert await stages(checkout) == [("pivot", "payment"), ("earn", "finalise")]
    await checkout.pay(due, "authorized")
    assert moved(before, await shop.books("letstrade")) == {}

    seen = await checkout.pay(due)

    assert [o["status"] for o in seen["offers"]] == ["redeemed"]
    spent = {f"points:{world.THANDI}": 100, world.CODE_EARN: "USED", "orders": 1}
    assert moved(before, await shop.books("letstrade")) == spent


async def test_codes_that_redeem_pay_and_earn_are_spent_together_before_the_capture(
    shop: Shop,
) -> None:
    before = await shop.books("letstrade")
    checkout = await with_codes(shop)
    await checkout.scan(world.CODE_EARN)
    due = await checkout.ready()
    assert due == 40_00
    assert await stages(checkout) == [("seal", "finalise"), ("pivot", "payment")]

    seen = await checkout.pay(due, "authorized")

    assert (seen["status"], seen["instruction"]) == ("ready", "capture")
    assert [o["status"] for o in seen["offers"]] == ["redeemed", "redeemed"]
    assert [t["status"] for t in seen["tenders"]] == ["charged"]
    assert await stages(checkout) == [("seal", "finalise"), ("pivot", "payment")]
    spent = ALL_SPENT | {f"points:{world.THANDI}": 100, world.CODE_EARN: "USED"}
    assert moved(before, await shop.books("letstrade")) == spent
    seen = await checkout.pay(due)
    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert moved(before, await shop.books("letstrade")) == spent


async def test_no_code_is_shown_in_full_anywhere(shop: Shop) -> None:
    checkout = await with_codes(shop)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")

    seen = await checkout.pay(due)

    shown = f"{seen} {await checkout.handle.query('plan')} {await checkout.handle.query('receipt')}"
    history = await checkout.handle.fetch_history()
    summaries = [event.user_metadata.summary.data.decode() for event in history.events]
    for code in (world.CODE_TEN, world.CODE_PAY):
        assert code not in shown
        assert code not in " ".join(summaries)
    assert {o["code"] for o in seen["offers"]} == {"****3907"}


async def test_a_code_whose_offer_was_removed_is_not_spent(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await with_codes(shop)
    (offer,) = checkout.view["offers"]
    await checkout.ok("remove_offer", m.RemoveOffer(offer_id=offer["id"]))
    due = await checkout.ready()
    assert due == 50_00
    await checkout.pay(due, "authorized")

    await checkout.pay(due)

    spent = {k: v for k, v in ALL_SPENT.items() if k not in (world.CODE_TEN, world.VOUCHER_TEN)}
    assert moved(before, await shop.books("letstrade")) == spent


async def test_the_tills_own_vouchers_stay_in_what_is_outstanding(shop: Shop) -> None:
    own = [
        {"id": "x1", "title": "Staff", "amount": 5_00},
        {"id": "x2", "title": "Muffin", "amount": 3_00, "sku": world.MUFFIN},
    ]
    checkout = await shop.open(bill(external_vouchers=own))
    await checkout.scan(world.CODE_TEN)
    due = await checkout.ready()
    assert due == 82_00
    await checkout.pay(due, "authorized")

    seen = await checkout.pay(due)

    sent = order(await shop.books("letstrade"), seen)["sent"]
    assert (sent["total"], sent["outstanding_amount"]) == ("100.00", "82.00")
    assert "external_vouchers" not in sent
    assert [voucher["_id"] for voucher in sent["vouchers"]] == [world.VOUCHER_TEN]


async def test_deals_and_product_vouchers_are_passed_back_where_they_stood(shop: Shop) -> None:
    juice = {"line_id": "3", "sku": world.JUICE, "title": "Juice", "unit_amount": 20_00}
    combo = {"line_id": "4", "sku": world.COMBO, "title": "Combo", "unit_amount": 60_00}
    milk = {"line_id": "m", "sku": "OAT", "title": "Oat milk", "unit_amount": 1_00}
    coffees = COFFEES | {"modifiers": [milk], "add_ons": [milk | {"sku": "SHOT"}]}
    checkout = await shop.open(basket(coffees, juice, combo))
    for offer in list(checkout.view["offers"]):
        await checkout.offer(offer["id"])
    await checkout.scan(world.CODE_COFFEE)
    due = await checkout.ready()
    assert due == 154_00 - 5_00 - 15_00 - 35_00

    await checkout.pay(due, "authorized")
    seen = await checkout.pay(due)

    sent: Any = order(await shop.books("letstrade"), seen)["sent"]
    first, second, _ = sent["product_list"]
    assert [v["_id"] for v in first["vouchers"]] == [world.VOUCHER_COFFEE]
    assert (first["condiments"][0]["sku"], first["add_ons"][0]["sku"]) == ("OAT", "SHOT")
    assert second["deal"] == {"_id": world.DEAL_JUICE, "title": "Juicy", "discount": "5.00"}
    assert sent["deals"] == [{"_id": world.DEAL_COMBO, "title": "Combo", "discount": 15}]


async def test_a_subscription_counts_by_itself_and_is_used(shop: Shop) -> None:
    before = await shop.books("letstrade")
    member = {"type": "member_id", "value": world.LERATO, "provider": "letstrade"}
    checkout = await shop.open(bill(), identifiers=[member])
    (offer,) = checkout.view["offers"]
    assert (offer["kind"], offer["title"], offer["status"]) == (
        "subscription",
        "Flat white",
        "applied",
    )
    removal = m.RemoveOffer(offer_id=offer["id"])
    assert await checkout.refused("remove_offer", removal) == "offer_refused"
    due = await checkout.ready()
    assert due == 65_00
    await checkout.pay(due, "authorized")

    await checkout.pay(due)

    used = {world.SUBSCRIPTION: -1, "orders": 1}
    assert moved(before, await shop.books("letstrade")) == used


async def test_what_the_vendor_adds_is_due_and_told_when_the_bill_closes(shop: Shop) -> None:
    await shop.control("POST", "/switches", {"letstrade": {"product_handling_fees": "1.50"}})
    checkout = await shop.open(bill(charges=[{"type": "gratuity", "amount": 5_00}]))
    totals = checkout.view["totals"]
    assert (totals["basket_amount"], totals["fees_amount"]) == (105_00, 1_50)
    await wallet(checkout, world.CODE_WALLET)
    due = await checkout.ready()
    assert due == 66_50
    await checkout.pay(due, "authorized")

    seen = await checkout.pay(due)

    assert (seen["status"], status_of(seen, "finalise")) == ("completed", ["applied"])
    sent = order(await shop.books("letstrade"), seen)["sent"]
    assert (sent["total"], sent["outstanding_amount"]) == ("106.50", "66.50")
    assert (sent["service_fee"], sent["product_handling_fees"]) == ("5.00", "1.50")
