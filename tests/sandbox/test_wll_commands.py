"""Sheet 3.8: helpful calls outside the seed."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import WllTill, event
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
PURCHASE, ADJUST = "/commands/purchase_reward", "/commands/adjust_points"
GIVE = f"/users/{world.MEMBER}/commands"
PERSONAL = (400, "PII_NOT_ALLOWED")


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


def adjustment(points: int, **more: Any) -> dict[str, Any]:
    return {"points": points, "actorId": world.MEMBER} | more


async def test_a_purchase_takes_the_price_and_issues_a_benefit(wll: WllTill) -> None:
    body = {"rewardId": world.FIVE_OFF, "beneficiaryId": world.MEMBER}
    bought = await wll.ok("POST", PURCHASE, body)

    assert (bought["redeemedAt"], bought["code"]) == (None, None)
    assert await wll.points() == 250
    raised = (await wll.books())["events"][0]
    assert (raised["type"], raised["payload"]["benefitId"]) == ("PURCHASED_REWARD", bought["id"])


async def test_users_buy_for_themselves(wll: WllTill) -> None:
    mine: dict[str, Any] = {"token": world.USER_TOKEN}
    bought = await wll.ok("POST", PURCHASE, {"rewardId": world.FIVE_OFF}, **mine)

    assert bought["owner"] == {"id": world.MEMBER}
    body = {"rewardId": world.FIVE_OFF, "beneficiaryId": world.SECOND}
    assert await wll.refused("POST", PURCHASE, body, **mine) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"beneficiaryId": world.MEMBER}, (400, "VALIDATION_ERROR")),
        ({"rewardId": "none", "beneficiaryId": world.MEMBER}, (404, "REWARD_NOT_FOUND")),
        ({"rewardId": world.FIVE_OFF, "beneficiaryId": "nobody"}, (404, "USER_NOT_FOUND")),
        ({"rewardId": world.FIVE_OFF}, (404, "USER_NOT_FOUND")),
        (
            {"rewardId": world.DEAR, "beneficiaryId": world.MEMBER},
            (403, "INSUFFICIENT_POINTS"),
        ),
    ],
)
async def test_a_purchase_is_refused(
    wll: WllTill, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert await wll.refused("POST", PURCHASE, body) == refusal

    assert await wll.points() == 500


@pytest.mark.parametrize(
    ("points", "impact", "lifetime"),
    [(40, None, 2340), (-40, None, 2300), (40, "NONE", 2300), (40, "EARN", 2340)],
)
async def test_points_are_adjusted_with_an_impact(
    wll: WllTill, points: int, impact: str | None, lifetime: int
) -> None:
    more = {"impactType": impact} if impact else {}
    await wll.ok("POST", ADJUST, adjustment(points, comment="case 7", **more))

    wallet = await wll.wallet()
    assert (wallet["points"], wallet["lifetimePoints"]) == (500 + points, lifetime)
    books = await wll.books()
    assert books["events"][0]["type"] == "POINTS_ADJUSTED"
    assert books["points"][world.MEMBER]["entries"][-1]["origin"] == "manual"


async def test_an_adjustment_may_pass_the_earn_cap_or_be_rejected_by_it(wll: WllTill) -> None:
    """Sheet 5, trap 9: admin adjust with BYPASS."""
    await wll.switch(earn_cap_points=100)
    rejected = adjustment(300, liabilityHandlingPolicy="REJECT_EVENT")
    assert await wll.refused("POST", ADJUST, rejected) == (403, "LIABILITY_REJECTED")
    assert await wll.points() == 500
    await wll.ok("POST", ADJUST, adjustment(300, liabilityHandlingPolicy="BYPASS"))
    assert await wll.points() == 800

    assert (await wll.ok("POST", ADJUST, adjustment(300)))["points"] == 0


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"points": 5}, (400, "VALIDATION_ERROR")),
        (adjustment(5, impactType="MORE"), (400, "VALIDATION_ERROR")),
        (adjustment(5) | {"points": 1.5}, (400, "VALIDATION_ERROR")),
        (adjustment(5) | {"actorId": "nobody"}, (404, "USER_NOT_FOUND")),
        (adjustment(5, comment="for ann@example.test"), PERSONAL),
    ],
)
async def test_an_adjustment_is_refused(
    wll: WllTill, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert await wll.refused("POST", ADJUST, body) == refusal

    assert await wll.points() == 500


async def test_a_replacement_voucher_is_given(wll: WllTill) -> None:
    """Sheet 3.8: `reward.id` and `comment`, on `POST /users/{id}/commands`."""
    body = {"reward": {"id": world.FIVE_OFF}, "comment": "replaces a burned one"}
    given = await wll.ok("POST", GIVE, body)

    assert (await wll.voucher(given["id"]))["status"] == "ISSUED"
    raised = (await wll.books())["events"][0]
    assert (raised["type"], raised["subject"]) == ("VOUCHER_GIVEN", world.MEMBER)


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        (GIVE, {}, (400, "VALIDATION_ERROR")),
        (GIVE, {"reward": {"id": "none"}}, (404, "REWARD_NOT_FOUND")),
        (
            "/users/nobody/commands",
            {"reward": {"id": world.FIVE_OFF}},
            (404, "USER_NOT_FOUND"),
        ),
        (GIVE, {"reward": {"id": world.FIVE_OFF}, "comment": "a@b.test"}, PERSONAL),
    ],
)
async def test_a_voucher_is_not_given(
    wll: WllTill, path: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert await wll.refused("POST", path, body) == refusal


async def test_the_discounts_of_a_reward_and_a_setting_are_public(wll: WllTill) -> None:
    discounts = await wll.ok("GET", f"/rewards/{world.ONE_VENUE}/discounts", token=None)
    setting = await wll.ok("GET", f"/settings/{world.RATE_SETTING}", token=None)

    assert discounts[0]["venues"] == [{"id": world.VENUE}]
    assert setting == {"name": world.RATE_SETTING, "value": world.RATE}
    missing = await wll.refused("GET", "/rewards/none/discounts")
    assert missing == (404, "REWARD_NOT_FOUND")
    assert await wll.refused("GET", "/settings/none") == (404, "SETTING_NOT_FOUND")


async def test_a_refund_that_failed_is_made_good_by_hand(wll: WllTill) -> None:
    """Sheet 4: points refund failed for good."""
    await wll.ok("POST", "/events", event(points=300))
    await wll.ok("POST", ADJUST, adjustment(300, liabilityHandlingPolicy="BYPASS"))

    assert await wll.points() == 500
