"""Sheet 3.4: what a validation tells, and other tills that burn (sheet 5, traps 3 and 19)."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import WllTill, burn, check, redeem
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
BURNED = (403, "VOUCHER_ALREADY_BURNED")


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        (world.REDEEMED_CODE, [("ABSOLUTE", 500)]),
        (world.HALF_COFFEE_CODE, [("PERCENTAGE", 50)]),
        (world.FIXED_TEA_CODE, [("FIXED", 100)]),
        (world.TWO_DISCOUNTS_CODE, [("ABSOLUTE", 100), ("PERCENTAGE", 10)]),
        (world.STRANGE_CODE, [("BUNDLE", 3)]),
    ],
)
async def test_a_validation_tells_the_discounts(
    wll: WllTill, code: str, kinds: list[tuple[str, int]]
) -> None:
    """Sheet 3.4, discount object, and 5, trap 16: a type nobody knows."""
    answer = await wll.ok(*check(code))

    assert [(one["type"], one["value"]) for one in answer["discounts"]] == kinds
    assert "discounts" not in answer["reward"]


async def test_skus_tell_the_product_and_the_tills_articles(wll: WllTill) -> None:
    half = (await wll.ok(*check(world.HALF_COFFEE_CODE)))["discounts"][0]
    article = (await wll.ok(*check(world.TILL_ARTICLE_CODE)))["discounts"][0]

    assert (half["productSku"], half["sku"]) == (world.COFFEE, None)
    assert (article["productSku"], article["sku"]) == (None, "ART-1,ART-2")


async def test_discounts_may_be_an_object_or_sit_in_the_reward(wll: WllTill) -> None:
    """Sheet 3.4: a `discounts` object/array; else `data.reward.discounts`."""
    await wll.switch(discounts="object")
    assert (await wll.ok(*check()))["discounts"]["value"] == 500
    assert len((await wll.ok(*check(world.TWO_DISCOUNTS_CODE)))["discounts"]) == 2
    await wll.switch(discounts="in_reward")
    answer = await wll.ok(*check())

    assert "discounts" not in answer
    assert answer["reward"]["discounts"][0]["value"] == 500


async def test_two_tills_burn_at_once_and_one_wins(wll: WllTill) -> None:
    """Sheet 3.4: exactly one wins."""
    answers = await asyncio.gather(*(wll.ask(*burn()) for _ in range(5)))

    assert sorted(one.status_code for one in answers) == [200, 403, 403, 403, 403]
    raised = [one["type"] for one in (await wll.books())["events"]]
    assert raised == ["BURNED_VOUCHER"]


async def test_another_till_may_burn_right_before(wll: WllTill) -> None:
    """Sheet 5, traps 3 and 19: concurrent burn."""
    await wll.switch(concurrent_burn="before_burn")
    await wll.ok(*check())

    assert await wll.refused(*burn()) == BURNED
    assert (await wll.voucher(world.REDEEMED))["burned_by"] == "another till"
    missing = await wll.refused(*burn("unknown"))
    assert missing == (404, "VOUCHER_CODE_NOT_FOUND")


async def test_another_till_may_burn_right_after_a_check(wll: WllTill) -> None:
    """Sheet 5, trap 3: a check is not a lock."""
    await wll.switch(concurrent_burn="after_check")

    assert (await wll.ok(*check()))["burnedAt"] is None
    assert await wll.refused(*burn()) == BURNED


async def test_a_concurrent_burn_strikes_one_call_by_a_fault_rule(wll: WllTill) -> None:
    shape = {"switches": {"concurrent_burn": "before_burn"}}
    await wll.fault("old_shape", "voucher.validate", **shape)

    assert await wll.refused(*burn()) == BURNED
    await wll.ok(*burn(world.VALIDATED_CODE))


async def test_the_engine_raises_events_that_carry_the_code(wll: WllTill) -> None:
    """Sheet 3.3: REDEEMED_VOUCHER carries the code; 3.4: BURNED_VOUCHER."""
    await wll.ok(*redeem())
    await wll.ok(*burn(world.BENEFIT_CODE))

    raised = [(one["type"], one["payload"]["code"]) for one in (await wll.books())["events"]]
    names = ("REDEEMED_VOUCHER", "BURNED_VOUCHER")
    assert raised == [(name, world.BENEFIT_CODE) for name in names]
