"""Sheet 10, the acceptance cases: one test per row, named after it."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import (
    CARD,
    CASH,
    HEADERS,
    L25,
    L50,
    REDEMPTION,
    SALE,
    STATUS,
    LoyaleTill,
    denied,
    gift,
    line,
    methods,
    moved,
    paid,
    refused,
    returned,
)
from tillsaga.sandbox.loyale import world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


async def test_y1_the_minimal_sale_earns_and_is_received(loyale: Any) -> None:
    """Sheet 10, Y1 [seed]: 25.00 earns 150."""
    reply = await loyale.sale(L25, uniqueId="transaction-demo")

    assert reply["customerId"] == world.ANN
    assert (reply["status"], reply["uniqueId"]) == ("RECEIVED", "transaction-demo")
    assert reply["statusUrl"].endswith("/transaction-demo")
    assert (reply["pointsBefore"], *moved(reply)) == (7830, 150, 0, 7980)
    assert methods(reply) == [("Unspecified", 25)]
    assert await loyale.points() == 7980


async def test_y3_without_scheme_or_key_nothing_is_posted(loyale: Any) -> None:
    """Sheet 10, Y3 and sheet 8: 400 and 401, shape B."""
    body = {"customerBarcode": world.ANN_BARCODE, "lineItems": [L25]}
    no_scheme = {"X-ApiKey": world.API_KEY}
    bad_key = HEADERS | {"X-ApiKey": "wrong"}

    answer = await loyale.http.post(SALE, json=body, headers=no_scheme)
    assert denied(answer, 400) == "BadRequest"
    answer = await loyale.http.post(SALE, json=body, headers=bad_key)
    assert denied(answer, 401) == "Unauthorized"
    assert (await loyale.books())["transactions"] == []


async def test_y5_the_sale_price_counts(loyale: Any) -> None:
    """Sheet 10, Y5: 50.00, not 60.00 and not 42.35."""
    reply = await loyale.sale(L50)

    assert methods(reply) == [("Unspecified", 50)]
    assert reply["pointsEarned"] == 300


async def test_y7_a_single_amount_must_match(loyale: Any) -> None:
    """Sheet 10, Y7."""
    text = refused(await loyale.post(L50, paymentMethods=[paid(CASH, 40.00)]))

    assert text == "Payment methods total 40.00 does not match line items total 50.00"
    assert await loyale.points() == 7830


async def test_y9_two_open_methods_cannot_be_determined(loyale: Any) -> None:
    """Sheet 10, Y9."""
    text = refused(await loyale.post(L50, paymentMethods=[CASH, CARD]))

    assert text == "Payment method amounts cannot be determined"


async def test_y11_an_oversized_redemption_quotes_what_it_needs(loyale: Any) -> None:
    """Sheet 10, Y11 [seed wording]."""
    customer = await loyale.customer(7980)
    sent = {"customerId": customer, "paymentMethods": [paid(REDEMPTION, 50_000)]}
    text = refused(await loyale.post(line(1, 50_000.00), **sent))

    assert text == (
        "Customer does not have enough points for redemption. Required: 5000000 Current: 7980"
    )
    assert await loyale.points(customer) == 7980


async def test_y13_an_open_redemption_takes_what_there_is_and_cash_the_rest(loyale: Any) -> None:
    """Sheet 10, Y13."""
    sent = {"customerId": world.BOB, "paymentMethods": [CASH, REDEMPTION]}
    reply = await loyale.sale(L50, **sent)

    assert methods(reply) == [("Cash", 35), ("Loyale Redemption", 15)]
    assert moved(reply) == (210, 1500, 210)
    assert await loyale.points(world.BOB) == 210


async def test_y15_a_gift_card_pays_its_part(loyale: Any) -> None:
    """Sheet 10, Y15: a simulation leaves 25.00, the sale 15.00."""
    sent = {"paymentMethods": [paid(CASH, 40), gift(10)]}
    await loyale.sale(L50, simulate=True, **sent)
    assert await loyale.card() == 2500

    await loyale.sale(L50, **sent)
    assert await loyale.card() == 1500


async def test_y17_a_coupon_is_used_once(loyale: Any) -> None:
    """Sheet 10, Y17."""
    await loyale.sale(L50, simulate=True, coupons=[world.COUPON])
    assert await loyale.uses() == 1

    await loyale.sale(L50, coupons=[world.COUPON])
    assert (await loyale.books())["coupons"][world.COUPON]["is_used"]
    text = refused(await loyale.post(L50, coupons=[world.COUPON]))
    assert text == f"Coupon not valid: {world.COUPON}"


async def test_y19_an_in_line_return_lowers_the_total(loyale: Any) -> None:
    """Sheet 10, Y19."""
    reply = await loyale.sale(line(2, 10), line(-1, 10))

    assert methods(reply) == [("Unspecified", 10)]
    assert reply["pointsEarned"] == 60


async def test_y21_a_full_return_works_once(loyale: Any) -> None:
    """Sheet 10, Y21 and the seed's sample."""
    customer = await loyale.customer(7980)
    await loyale.sale(L25, customerId=customer, uniqueId="y21", paymentMethods=[CASH])
    reply = await loyale.full("y21")

    assert returned(reply) == (150, 0, 8130, 7980)
    assert methods(reply, "usedPaymentMethods") == [("Cash", 25)]
    assert (reply["returnType"], reply["customerId"]) == ("Full Transaction: y21", customer)
    again = refused(await loyale.back("Full", "y21"), 409)
    assert again == "Transaction already returned"
    assert await loyale.points(customer) == 7980


async def test_y23_line_items_come_back_one_by_one(loyale: Any) -> None:
    """Sheet 10, Y23."""
    await loyale.sale(L25, uniqueId="y23")
    assert (await loyale.item("y23", 1))["pointsDeducted"] == 30

    too_many = {"sku": "sku-001", "quantity": 5}
    refused(await loyale.back("LineItem", "y23", too_many))
    assert (await loyale.full("y23"))["pointsDeducted"] == 120
    assert await loyale.points() == 7830


async def test_y25_the_same_unique_id_posts_once(loyale: Any) -> None:
    """Sheet 10, Y25."""
    await loyale.sale(L25, uniqueId="y25")
    text = refused(await loyale.post(L25, uniqueId="y25"), 409)

    assert text == "Transaction with unique id 'y25' already exists"
    assert await loyale.points() == 7980


async def test_y25_after_commit_then_drop_the_status_tells(loyale: Any) -> None:
    """Sheet 10, Y25 and sheet 5: 404 before, found after; sent again it is a duplicate."""
    refused(await loyale.send("GET", f"{STATUS}/lost"), 404)
    await loyale.fault("drop_after", "transaction.create")
    with pytest.raises(httpx.RemoteProtocolError):
        await loyale.post(L25, uniqueId="lost")

    found = await loyale.status("lost")
    assert (found["status"], found["pointsEarned"]) == ("COMPLETED", 150)
    refused(await loyale.post(L25, uniqueId="lost"), 409)
    assert await loyale.points() == 7980


async def test_y25_a_failed_sale_ends_where_it_started(loyale: Any) -> None:
    """Sheet 10, Y25: forced FAILED."""
    await loyale.switch(processing_outcome="FAILED")
    sent = {"paymentMethods": [gift(10), paid(REDEMPTION, 5), CASH], "coupons": [world.COUPON]}
    reply = await loyale.sale(L50, uniqueId="bad", **sent)
    assert (reply["status"], *moved(reply)) == ("RECEIVED", 270, 500, 7600)

    found = await loyale.status("bad")
    assert found["status"] == "FAILED"
    assert found["error"]
    assert await loyale.points() == 7830
    assert (await loyale.card(), await loyale.uses()) == (2500, 1)
