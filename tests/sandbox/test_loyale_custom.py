"""Sheet 6.4: custom returns."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import (
    CARD,
    CASH,
    L25,
    L50,
    REDEMPTION,
    STATUS,
    LoyaleTill,
    gift,
    line,
    methods,
    paid,
    refused,
    returned,
    told,
)
from tillsaga.sandbox.loyale import world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


async def test_it_deducts_what_the_sale_would_earn(loyale: Any) -> None:
    """Sheet 6.4 [seed example]."""
    reply = told(await loyale.custom(L25))

    assert returned(reply) == (150, 0, 7830, 7680)
    assert (reply["returnType"], reply["customerId"]) == ("Custom", world.ANN)
    assert methods(reply, "usedPaymentMethods") == [("Unspecified", 25)]
    assert await loyale.points() == 7680


async def test_it_uses_the_setup_of_today(loyale: Any) -> None:
    """Sheet 6.4 and trap 12: overrides and rates as they are now."""
    await loyale.seed(schemes=[{"id": world.SCHEME, "gain_rate": "2"}])
    lines = line(1, 10), line(1, 10, categories=[world.NO_POINTS])

    assert told(await loyale.custom(*lines))["pointsDeducted"] == 20


async def test_a_redemption_part_is_readded_whatever_the_balance(loyale: Any) -> None:
    """Sheet 6.4: nothing is taken from points, so nothing has to be there."""
    customer = await loyale.customer(0)
    sent = {"customerBarcode": None, "customerId": customer}
    tenders = [paid(CASH, 40), REDEMPTION]
    reply = told(await loyale.custom(L50, paymentMethods=tenders, **sent))

    assert returned(reply) == (240, 1000, 0, 760)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outletId": None},
        {"outletId": world.OTHER_OUTLET},
        {"lineItems": [line(-1, 5)]},
        {"lineItems": [line(0, 5)]},
        {"lineItems": []},
        {"customerBarcode": "4000000000000"},
        {"paymentMethods": [CASH, CARD]},
        {"paymentMethods": [CASH, REDEMPTION]},
        {"paymentMethods": [paid(CASH, 20)]},
        {"paymentMethods": [gift(25, "4000000000000")]},
        {"paymentMethods": [gift(25, world.GIFT_CARD_BOB)]},
    ],
)
async def test_a_bad_custom_return_is_400(loyale: Any, wrong: dict[str, Any]) -> None:
    """Sheet 6.4: outlet and lines required, quantities positive; else as a sale."""
    refused(await loyale.custom(L25, **wrong))
    assert await loyale.points() == 7830


async def test_a_simulation_books_nothing(loyale: Any) -> None:
    """Sheet 6: `?simulate=true` on every return; the key is not taken."""
    whose = {"customerId": world.ANN, "outletId": world.OUTLET, "uniqueId": "c"}
    body = whose | {"lineItems": [L25]}
    before = await loyale.books()
    told(await loyale.back("Custom", "", body, simulate=True))

    assert await loyale.books() == before
    told(await loyale.back("Custom", "", body))


async def test_its_unique_id_is_a_key(loyale: Any) -> None:
    """Sheet 6, return idempotency, with the policy of sheet 5; it has no status."""
    told(await loyale.custom(L25, uniqueId="c"))
    text = refused(await loyale.custom(L25, uniqueId="c"), 409)
    assert text == "Transaction with unique id 'c' already exists"
    refused(await loyale.post(L25, uniqueId="c"), 409)
    refused(await loyale.send("GET", f"{STATUS}/c"), 404)

    await loyale.sale(L25, uniqueId="t")
    refused(await loyale.custom(L25, uniqueId="t"), 409)
    told(await loyale.custom(L25))
    told(await loyale.custom(L25))
    assert await loyale.points() == 7530


async def test_its_duplicates_are_replayed_under_the_switch(loyale: Any) -> None:
    """Sheet 5, knob `duplicate`."""
    await loyale.switch(duplicate="replay")
    first = told(await loyale.custom(L25, uniqueId="c"))

    assert told(await loyale.custom(L25, uniqueId="c")) == first
    refused(await loyale.custom(L50, uniqueId="c"), 409)
    assert await loyale.points() == 7680


async def test_switch_return_restores_gift_card(loyale: Any) -> None:
    """Sheet 6, knob: a custom return refills the card it names; by default it does not."""
    tenders = {"paymentMethods": [gift(10), CASH]}
    told(await loyale.custom(L25, **tenders))
    assert await loyale.card() == 2500

    await loyale.switch(return_restores_gift_card=True)
    told(await loyale.custom(L25, **tenders))
    assert await loyale.card() == 3500
