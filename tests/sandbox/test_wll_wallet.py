"""Sheet 3.1, 3.2 and 3.8: members, wallets and reading benefits."""

import json
from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import NOW, WllTill, burn, event, redeem
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
USER = f"/users/{world.MEMBER}"


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


@pytest.mark.parametrize("name", [world.MEMBER, world.MEMBER_ACCOUNT])
async def test_a_member_is_found_by_wll_id_or_account_number(wll: WllTill, name: str) -> None:
    """Sheet 3.1: path id."""
    user = await wll.ok("GET", f"/users/{name}")

    assert user["id"] == world.MEMBER
    assert (user["accountNumber"], user["authIdentifier"]) == (
        world.MEMBER_ACCOUNT,
        world.MEMBER_AUTH,
    )
    assert (user["isRestricted"], user["flags"]) == (False, {})
    assert user["profile"] == world.MEMBER_PROFILE
    assert user["createdAt"].endswith("Z")


@pytest.mark.parametrize("name", ["nobody", world.MEMBER_AUTH, "0000000"])
@pytest.mark.parametrize("path", ["/users/{}", "/users/{}/wallet"])
async def test_nobody_is_found_by_anything_else(wll: WllTill, name: str, path: str) -> None:
    assert await wll.refused("GET", path.format(name)) == (404, "USER_NOT_FOUND")


async def test_an_auth_identifier_may_be_missing_and_a_user_restricted(wll: WllTill) -> None:
    user = await wll.ok("GET", f"/users/{world.NO_AUTH}")

    assert (user["authIdentifier"], user["isRestricted"]) == (None, True)


async def test_a_wallet_shows_the_five_fields(wll: WllTill) -> None:
    """Sheet 3.2: field names; `locale` is allowed."""
    wallet = await wll.ok("GET", f"{USER}/wallet", locale="nl")
    numbers = ("points", "lifetimePoints", "loyaltyCost")

    assert [wallet[name] for name in numbers] == [500, 2300, 1500]
    assert wallet["tier"] is None
    assert (await wll.wallet(world.SECOND))["tier"] == {"name": "Silver"}


async def test_a_voucher_shows_its_benefit_reward_and_code(wll: WllTill) -> None:
    """Sheet 3.2 and 5, trap 14: `burnedAt` on the benefit, `validatedAt` in the code."""
    listed = {one["id"]: one for one in (await wll.wallet())["vouchers"]}
    issued, redeemed = listed[world.BENEFIT], listed[world.REDEEMED]

    assert issued["code"] is None
    assert issued["owner"] == {"id": world.MEMBER}
    discount = {"type": "ABSOLUTE", "value": 500, "sku": None, "productSku": None, "venues": []}
    assert issued["reward"]["discounts"] == [discount]
    assert issued["reward"]["codeType"] == "OTP"
    assert set(redeemed["code"]) == {"id", "value", "validatedAt"}
    assert redeemed["burnedAt"] is None


async def test_burned_vouchers_and_gift_cards_are_not_in_the_wallet(wll: WllTill) -> None:
    """Sheet 3.2: `GET /benefits` lists all."""
    in_wallet = {one["id"] for one in (await wll.wallet())["vouchers"]}
    listed = {one["id"]: one for one in await wll.ok("GET", "/benefits")}

    assert not in_wallet & {world.BURNED, world.GIFT_CARD_BENEFIT}
    assert listed[world.BURNED]["burnedAt"]
    assert listed[world.GIFT_CARD_BENEFIT]["type"] == "GIFT_CARD"
    await wll.ok(*burn())
    assert world.REDEEMED not in {one["id"] for one in (await wll.wallet())["vouchers"]}


@pytest.mark.parametrize("shown", [True, False])
async def test_expired_vouchers_may_appear(wll: WllTill, shown: bool) -> None:
    """Sheet 3.2: expired may appear."""
    await wll.switch(expired_in_wallet=shown)
    listed = {one["id"] for one in (await wll.wallet())["vouchers"]}

    assert (world.EXPIRED in listed) is shown
    assert world.REDEEMED_LONG_AGO in listed


async def test_an_issued_benefit_expires_by_the_clock(wll: WllTill) -> None:
    """Sheet 2.1: EXPIRED once now is past `expiresAt`."""
    made = await wll.seed(vouchers=[{"user": world.SECOND, "expires_at": NOW}])
    benefit = made["vouchers"][0]["id"]

    assert (await wll.voucher(benefit))["status"] == "ISSUED"
    await wll.advance(1)
    assert (await wll.voucher(benefit))["status"] == "EXPIRED"
    assert await wll.refused(*redeem(benefit)) == (403, "BENEFIT_EXPIRED")


async def test_a_one_time_code_may_be_there_from_the_start(wll: WllTill) -> None:
    """Sheet 2.1: one page says at creation, another on redeem."""
    await wll.switch(code_set_on="issue")
    listed = {one["id"]: one for one in (await wll.wallet())["vouchers"]}

    assert listed[world.BENEFIT]["code"]["value"] == world.BENEFIT_CODE


async def test_one_benefit_is_read_in_every_state(wll: WllTill) -> None:
    """Sheet 3.8: `GET /benefits/{id}`, as after a burn of unknown outcome."""
    assert (await wll.ok("GET", f"/benefits/{world.BURNED}"))["burnedAt"]
    assert (await wll.ok("GET", f"/benefits/{world.BENEFIT}"))["redeemedAt"] is None
    assert await wll.refused("GET", "/benefits/none") == (404, "BENEFIT_NOT_FOUND")


async def test_redeemable_leaves_the_unredeemed(wll: WllTill) -> None:
    """Sheet 3.8: `?redeemable=true` filters unredeemed."""
    listed = {one["id"] for one in await wll.ok("GET", "/benefits", redeemable="true")}

    assert world.BENEFIT in listed
    assert not listed & {world.REDEEMED, world.BURNED, world.EXPIRED}


async def test_lists_have_limit_skip_order_and_filter(wll: WllTill) -> None:
    """Sheet 1, list params."""
    for points in (1, 2, 3):
        await wll.event(points=points, operationId=f"op-{points}")

    async def listed(**query: Any) -> list[int]:
        return [one["payload"]["points"] for one in await wll.ok("GET", "/events", **query)]

    assert await listed() == [1, 2, 3]
    assert await listed(order="DESC", limit=2) == [3, 2]
    assert await listed(skip=1, limit=1) == [2]
    wanted = {"type": world.SPEND_TYPE, "payload.operationId": "op-2"}
    assert await listed(filter=json.dumps(wanted)) == [2]
    assert await listed(filter=json.dumps({"type": "OTHER"})) == []


WRONG: list[dict[str, Any]] = [
    {"limit": 0},
    {"limit": 1001},
    {"skip": -1},
    {"order": "UP"},
    {"filter": "{"},
    {"filter": "[]"},
]


async def test_wrong_list_params_are_400(wll: WllTill) -> None:
    for query in WRONG:
        assert await wll.refused("GET", "/events", **query) == (400, "VALIDATION_ERROR"), query


async def test_points_come_and_go_in_the_wallet_with_the_lifetime(wll: WllTill) -> None:
    """Sheet 2.2: the balance is the sum; what is earned counts for life."""
    await wll.event(points=100)
    await wll.ok("POST", "/events", event(world.REFUND_TYPE, points=30))

    wallet = await wll.wallet()
    assert (wallet["points"], wallet["lifetimePoints"]) == (430, 2330)
