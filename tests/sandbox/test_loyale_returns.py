"""Sheet 6: returns in full and by line item."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import (
    CASH,
    L25,
    L50,
    REDEMPTION,
    LoyaleTill,
    gift,
    line,
    methods,
    paid,
    refused,
    returned,
)
from tillsaga.sandbox.loyale import world

pytestmark = pytest.mark.asyncio
MIXED = {"paymentMethods": [paid(CASH, 20), paid(REDEMPTION, 20), gift(10)]}
"""Of 50.00: earns 180, takes 2000 points and 10.00 of the card."""


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


async def test_a_full_return_gives_redeemed_points_back(loyale: Any) -> None:
    """Sheet 6.2."""
    await loyale.sale(L50, uniqueId="t", **MIXED)
    reply = await loyale.full("t")

    assert returned(reply) == (180, 2000, 6010, 7830)
    paid_with = [("Cash", 20), ("Loyale Redemption", 20), ("Loyale Gift Card", 10)]
    assert methods(reply, "usedPaymentMethods") == paid_with
    assert (await loyale.status("t"))["returned"] == "FULL"


async def test_a_simulated_return_tells_and_does_nothing(loyale: Any) -> None:
    """Sheet 6: `?simulate=true` on every return."""
    await loyale.sale(L25, uniqueId="t")
    before = await loyale.books()
    whole = await loyale.full("t", simulate=True)
    part = await loyale.item("t", 1, simulate=True)

    assert await loyale.books() == before
    assert (whole["pointsDeducted"], part["pointsDeducted"]) == (150, 30)
    await loyale.full("t")
    refused(await loyale.back("Full", "t", simulate=True), 409)


async def test_line_items_are_shares_and_the_last_takes_the_remainder(loyale: Any) -> None:
    """Sheet 6.3: 60 points and 1 redeemed over 3 x 3.37, floored, closing exactly."""
    await loyale.sale(line(3, 3.37), uniqueId="t", paymentMethods=[paid(REDEMPTION, 0.01), CASH])
    replies = [await loyale.item("t", 1) for _ in range(3)]

    assert [one["pointsDeducted"] for one in replies] == [20, 20, 20]
    assert [one["pointsReadded"] for one in replies] == [0, 0, 1]
    assert replies[0]["returnType"] == "Line Item: t"
    back = [sum(amount for _, amount in methods(one, "usedPaymentMethods")) for one in replies]
    assert [str(amount) for amount in back] == ["3.37", "3.37", "3.37"]
    assert await loyale.points() == 7830


async def test_a_line_item_is_split_over_the_methods(loyale: Any) -> None:
    """Sheet 6.3: a fifth of everything."""
    await loyale.sale(L50, uniqueId="t", **MIXED)
    reply = await loyale.item("t", 1)

    assert returned(reply)[:2] == (36, 400)
    assert [amount for _, amount in methods(reply, "usedPaymentMethods")] == [4, 4, 2]
    assert (await loyale.status("t"))["returned"] == "PARTIAL"


async def test_full_after_line_items_is_the_remainder(loyale: Any) -> None:
    """Sheet 6, errors: and after the last line item nothing is left."""
    await loyale.sale(L50, uniqueId="t", **MIXED)
    await loyale.item("t", 2)
    reply = await loyale.full("t")

    assert returned(reply)[:2] == (108, 1200)
    assert [amount for _, amount in methods(reply, "usedPaymentMethods")] == [12, 12, 6]
    assert await loyale.points() == 7830
    await loyale.sale(L25, uniqueId="u")
    await loyale.item("u", 5)
    assert (await loyale.status("u"))["returned"] == "FULL"
    refused(await loyale.back("Full", "u"), 409)
    refused(await loyale.back("LineItem", "u", {"sku": "sku-001", "quantity": 1}), 409)


async def test_a_repeated_line_item_return_is_a_second_return(loyale: Any) -> None:
    """Sheet 6, return idempotency: there is no key."""
    await loyale.sale(L25, uniqueId="t")
    for after in (7950, 7920):
        assert (await loyale.item("t", 1))["pointsAfter"] == after


async def test_the_earliest_line_of_an_article_comes_back_first(loyale: Any) -> None:
    """Trap 11: two lines with one sku at different prices."""
    await loyale.sale(line(1, 10), line(2, 20), line(1, 1, "other"), uniqueId="t")

    assert (await loyale.item("t", 2))["pointsDeducted"] == 180
    assert (await loyale.item("t", 1))["pointsDeducted"] == 120
    assert (await loyale.item("t", 1, "other"))["pointsDeducted"] == 6


@pytest.mark.parametrize(
    "body",
    [
        {"sku": "nope", "quantity": 1},
        {"sku": "sku-001", "quantity": 0},
        {"sku": "sku-001", "quantity": -1},
        {"sku": "sku-001", "quantity": 6},
        {"sku": "sku-001"},
        {"quantity": 1},
        None,
    ],
)
async def test_a_bad_line_item_return_is_400(loyale: Any, body: Any) -> None:
    """Sheet 6, errors."""
    await loyale.sale(L25, uniqueId="t")

    refused(await loyale.back("LineItem", "t", body))
    assert await loyale.points() == 7980


async def test_an_in_line_return_cannot_be_returned_but_caps_the_rest(loyale: Any) -> None:
    """Sheet 6.1 and 6.3: 2 x 10 - 1 x 10 gives back no more than its 10.00 and 60 points."""
    await loyale.sale(line(2, 10), line(-1, 10, "old"), uniqueId="t")

    refused(await loyale.back("LineItem", "t", {"sku": "old", "quantity": 1}))
    assert (await loyale.item("t", 2))["pointsDeducted"] == 60
    assert await loyale.points() == 7830


async def test_an_unknown_sale_cannot_be_returned(loyale: Any) -> None:
    """Sheet 6, errors; trap 1: a stray brace is part of the id."""
    await loyale.sale(L25, uniqueId="t")
    for unique_id in ("nope", "t}"):
        text = refused(await loyale.back("Full", unique_id), 404)
        assert text == "Transaction not found"
    refused(await loyale.back("LineItem", "nope", {"sku": "a", "quantity": 1}), 404)


async def test_only_a_completed_sale_can_be_returned(loyale: Any) -> None:
    """Sheet 6, errors: 409 while RECEIVED or PROCESSING, and when FAILED."""
    item = {"sku": "sku-001", "quantity": 1}
    await loyale.switch(processing_seconds=10, processing_outcome="FAILED")
    await loyale.sale(L25, uniqueId="t")
    for seconds in (0, 5, 5):
        await loyale.till.advance(seconds)
        assert refused(await loyale.back("Full", "t"), 409) == "Transaction is not completed"
        refused(await loyale.back("LineItem", "t", item), 409)
    assert await loyale.state("t") == "FAILED"


async def test_figures_are_of_the_original_sale(loyale: Any) -> None:
    """Trap 12: rates of today play no part."""
    await loyale.sale(L50, uniqueId="t", **MIXED)
    await loyale.seed(schemes=[{"id": world.SCHEME, "gain_rate": "1", "redemption_rate": "10"}])

    assert returned(await loyale.full("t")) == (180, 2000, 6010, 7830)


async def test_switch_overdraft(loyale: Any) -> None:
    """Sheet 6, knob `overdraft`: by default the balance goes negative."""
    customer = await loyale.customer(0)
    await loyale.sale(L25, customerId=customer, uniqueId="t")
    await loyale.seed(adjustments=[{"customer_id": customer, "points": -100}])
    await loyale.switch(overdraft="reject")
    refused(await loyale.back("Full", "t"))
    assert await loyale.points(customer) == 50

    await loyale.switch(overdraft="allow")
    assert (await loyale.full("t"))["pointsAfter"] == -100


async def test_a_return_leaves_gift_card_and_coupon_as_they_are(loyale: Any) -> None:
    """Sheet 6: not documented, so the default is the strict reading."""
    await loyale.sale(L50, uniqueId="t", coupons=[world.COUPON], **MIXED)
    await loyale.full("t")

    assert (await loyale.card(), await loyale.uses()) == (1500, 0)


async def test_switch_return_restores_gift_card(loyale: Any) -> None:
    """Sheet 6, knob: each return gives back its share."""
    await loyale.switch(return_restores_gift_card=True)
    await loyale.sale(L50, uniqueId="t", coupons=[world.COUPON], **MIXED)
    await loyale.item("t", 1)
    assert await loyale.card() == 1700

    await loyale.full("t")
    assert (await loyale.card(), await loyale.uses()) == (2500, 0)


async def test_switch_return_restores_coupon(loyale: Any) -> None:
    """Sheet 6, knob: once nothing of the sale is left."""
    await loyale.switch(return_restores_coupon=True)
    twice = [world.COUPON_TWICE, world.COUPON_TWICE]
    await loyale.sale(L50, uniqueId="t", coupons=twice, **MIXED)
    await loyale.item("t", 4)
    assert await loyale.uses(world.COUPON_TWICE) == 0

    await loyale.item("t", 1)
    assert (await loyale.uses(world.COUPON_TWICE), await loyale.card()) == (2, 1500)
