"""Sheet 3: the points maths."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import CASH, L50, LoyaleTill, gift, line, paid
from tillsaga.sandbox.loyale import world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


@pytest.mark.parametrize(
    ("tags", "points"),
    [
        ({}, 60),
        ({"categories": [world.NO_POINTS]}, 0),
        ({"promotions": [world.DOUBLE_POINTS]}, 120),
        ({"vendor": world.HOUSE_BRAND}, 90),
        ({"vendor": world.HOUSE_BRAND, "promotions": [world.DOUBLE_POINTS]}, 120),
        ({"vendor": world.HOUSE_BRAND, "categories": [world.NO_POINTS]}, 0),
        ({"categories": ["Other"], "promotions": ["10%Off"], "vendor": "Other"}, 60),
    ],
)
async def test_overrides_set_the_rate_of_a_line(
    loyale: Any, tags: dict[str, Any], points: int
) -> None:
    """Sheet 3, point overrides: 0 wins, else the first configured."""
    assert (await loyale.sale(line(1, 10, **tags)))["pointsEarned"] == points


async def test_points_are_shared_over_what_may_earn_and_rounded_down(loyale: Any) -> None:
    """Sheet 3, formula: (60 + 0) x 13.33 / 20 = 39.99."""
    lines = line(1, 10), line(1, 10, categories=[world.NO_POINTS])
    cash = paid(CASH, 6.67) | {"awardsPoints": False}
    reply = await loyale.sale(*lines, paymentMethods=[cash, {"type": "Card"}])

    assert reply["pointsEarned"] == 39


@pytest.mark.parametrize(
    ("rounding", "points"), [("None", 63), ("Nearest", 66), ("Up", 66), ("Down", 60)]
)
async def test_the_schemes_rounding_is_of_money(loyale: Any, rounding: str, points: int) -> None:
    """Sheet 3, rounding: of the currency amount first; 10.50 is the tie."""
    await loyale.seed(schemes=[{"id": world.SCHEME, "rounding": rounding}])

    assert (await loyale.sale(line(1, 10.50)))["pointsEarned"] == points


async def test_switch_gift_card_earns(loyale: Any) -> None:
    """Sheet 3, knob `gift_card_earns`; `awardsPoints` false still wins."""
    sent = {"paymentMethods": [gift(10), CASH]}
    assert (await loyale.sale(L50, simulate=True, **sent))["pointsEarned"] == 300
    without = {"paymentMethods": [gift(10) | {"awardsPoints": False}, CASH]}
    assert (await loyale.sale(L50, simulate=True, **without))["pointsEarned"] == 240

    await loyale.switch(gift_card_earns=False)
    assert (await loyale.sale(L50, simulate=True, **sent))["pointsEarned"] == 240
