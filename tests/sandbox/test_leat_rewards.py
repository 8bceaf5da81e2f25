"""Sheet 3.4 rewards and receptions, 3.5 collectable rewards, 3.8 credit receptions."""

from typing import Any

import pytest

from tillsaga.sandbox import world

pytestmark = pytest.mark.asyncio
ANN = {"contact_uuid": world.ANN}
EARN = {"contact_uuid": world.ANN, "shop_uuid": world.SHOP}


async def claim(till: Any, reward: str = world.REWARD_COFFEE) -> Any:
    return await till.ok("POST", "/reward-receptions", reward_uuid=reward, **EARN)


async def collectables(till: Any) -> list[str]:
    return [one["uuid"] for one in await till.ok("GET", "/collectable-rewards", **ANN)]


async def test_3_4_rewards_flatten_their_attributes(till: Any) -> None:
    rewards = {one["uuid"]: one for one in await till.ok("GET", "/rewards")}
    single = await till.ok("GET", f"/rewards/{world.REWARD_COFFEE}")

    assert rewards[world.REWARD_COFFEE]["tillsaga_product_code"] == world.COFFEE
    assert rewards[world.REWARD_COFFEE]["pre_redeemable"]
    assert "pre_redeemable" not in rewards[world.REWARD_DIGITAL]
    assert {"cost_price", "stock", "active"} <= set(single)
    assert not {"id", "type", "pre_redeemable"} & set(single)
    assert await till.refused("GET", "/rewards/nope") == 6003


async def test_3_4_with_a_contact_only_what_it_can_claim_is_listed(till: Any) -> None:
    mine = {one["uuid"] for one in await till.ok("GET", "/rewards", contact_uuid=world.BOB)}

    assert mine == {world.REWARD_TWO_OFF, world.REWARD_ONCE, world.REWARD_DIGITAL}
    assert await till.refused("GET", "/rewards", shop_uuid="nope") == 1008


async def test_3_4_updating_a_reward_takes_attributes_at_top_level(till: Any) -> None:
    path = f"/rewards/{world.REWARD_COFFEE}"
    changed = await till.ok("PUT", path, required_credits=60, tillsaga_category="hot")

    assert (changed["required_credits"], changed["tillsaga_category"]) == (60, "hot")


async def test_3_4_claiming_takes_points_at_once_and_answers_the_balance_after(till: Any) -> None:
    made = await claim(till)

    assert (made["type"], made["credits"]) == ("reward_reception", -50)
    assert made["contact"]["credit_balance"]["balance"] == 70
    assert made["expires_at"] == "2026-03-31T10:00:00+00:00"
    assert made["has_been_collected"] is False
    assert made["reward"]["tillsaga_discount_type"] == "free_item"
    assert await till.points() == 70
    assert made["uuid"] in await collectables(till)


async def test_3_4_a_reward_that_is_not_pre_redeemable_is_collected_at_once(till: Any) -> None:
    made = await claim(till, world.REWARD_TWO_OFF)

    assert (made["expires_at"], made["has_been_collected"]) == (None, True)
    assert made["uuid"] not in await collectables(till)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contact_uuid": "x"}, 55031),
        ({"shop_uuid": "x"}, 1008),
        ({"reward_uuid": "x"}, 6003),
        ({"reward_uuid": world.REWARD_INACTIVE}, 1052),
        ({"reward_uuid": world.REWARD_SOLD_OUT}, 1018),
        ({"reward_uuid": world.REWARD_DINNER}, 1017),
        ({"shop_uuid": None}, 1003),
    ],
)
async def test_3_4_a_refused_claim_takes_nothing(
    till: Any, changes: dict[str, Any], code: int
) -> None:
    body = EARN | {"reward_uuid": world.REWARD_COFFEE} | changes

    assert await till.refused("POST", "/reward-receptions", **body) == code
    assert await till.points() == 120


async def test_3_4_the_claim_limit_counts_claims_that_stand(till: Any) -> None:
    made = await claim(till, world.REWARD_ONCE)
    body = EARN | {"reward_uuid": world.REWARD_ONCE}
    assert await till.refused("POST", "/reward-receptions", **body) == 1019

    await till.ok("POST", f"/reward-receptions/{made['uuid']}/reverse")

    assert (await claim(till, world.REWARD_ONCE))["credits"] == -10


async def test_3_4_reversing_a_claim_is_a_new_credit_reception_once(till: Any) -> None:
    made = await claim(till)
    path = f"/reward-receptions/{made['uuid']}/reverse"
    back = await till.ok("POST", path)

    assert (back["type"], back["credits"]) == ("credit_reception", 50)
    assert back["uuid"] != made["uuid"]
    assert await till.points() == 120
    assert made["uuid"] not in await collectables(till)
    assert await till.refused("POST", path) == 1003
    assert await till.refused("POST", "/reward-receptions/nope/reverse") == 1003
    assert (await till.books())["reward_receptions"][made["uuid"]]["state"] == "REVERSED"


async def test_3_4_stock_goes_down_and_comes_back(till: Any) -> None:
    seeded = await till.seed(rewards=[{"stock": 1, "required_credits": 1}])
    reward = seeded["rewards"][0]["uuid"]
    made = await claim(till, reward)

    assert (await till.books())["rewards"][reward]["stock"] == 0
    await till.ok("POST", f"/reward-receptions/{made['uuid']}/reverse")
    assert (await till.books())["rewards"][reward]["stock"] == 1


async def test_3_5_collect_answers_a_new_uuid_and_its_reversal_takes_that(till: Any) -> None:
    made = await claim(till)
    collected = await till.ok("PUT", f"/collectable-rewards/collect/{made['uuid']}")

    assert collected["status"] == "COLLECTED"
    assert collected["uuid"] != made["uuid"]
    assert made["uuid"] not in await collectables(till)
    again = await till.refused("PUT", f"/collectable-rewards/collect/{made['uuid']}")
    assert again == 80300
    path = f"/collectable-rewards/{collected['uuid']}/reverse"
    assert await till.refused("POST", f"/collectable-rewards/{made['uuid']}/reverse") == 80300
    assert await till.ok("POST", path) == {"uuid": collected["uuid"], "status": "REVERSED"}
    assert made["uuid"] in await collectables(till)
    assert await till.points() == 70
    assert await till.refused("POST", path) == 80300


async def test_5_undoing_a_collected_claim_goes_collection_first(till: Any) -> None:
    made = await claim(till)
    collected = await till.ok("PUT", f"/collectable-rewards/collect/{made['uuid']}")
    path = f"/reward-receptions/{made['uuid']}/reverse"

    assert await till.refused("POST", path) == 1003
    await till.ok("POST", f"/collectable-rewards/{collected['uuid']}/reverse")
    await till.ok("POST", path)
    assert await till.points() == 120


async def test_3_5_an_expired_collectable_vanishes_and_its_points_are_lost(till: Any) -> None:
    made = await claim(till)
    collected = await till.ok("PUT", f"/collectable-rewards/collect/{made['uuid']}")
    await till.advance(2_592_000)

    await till.ok("POST", f"/collectable-rewards/{collected['uuid']}/reverse")

    assert made["uuid"] not in await collectables(till)
    late = await till.refused("PUT", f"/collectable-rewards/collect/{made['uuid']}")
    assert late == 80300
    assert await till.refused("PUT", "/collectable-rewards/collect/nope") == 6003
    assert await till.points() == 70


async def test_3_5_an_older_server_answers_the_item_under_the_claims_uuid(till: Any) -> None:
    await till.switch(old_collect_shape=True)
    path = f"/collectable-rewards/collect/{world.BIRTHDAY_RECEPTION}"
    item = await till.ok("PUT", path)

    assert "status" not in item
    assert (item["uuid"], item["has_been_collected"]) == (world.BIRTHDAY_RECEPTION, True)
    await till.ok("POST", f"/collectable-rewards/{item['uuid']}/reverse")
    assert world.BIRTHDAY_RECEPTION in await collectables(till)


async def test_3_5_the_list_needs_a_known_contact(till: Any) -> None:
    assert await till.refused("GET", "/collectable-rewards") == 1003
    assert await till.refused("GET", "/collectable-rewards", contact_uuid="x") == 55031


async def test_3_8_credits_go_past_the_rules_and_units_through_them(till: Any) -> None:
    plain = await till.ok("POST", "/credit-receptions", **EARN, credits=12, my_note="till 4")
    units = await till.ok("POST", "/credit-receptions", **EARN, unit_value=12.99)
    taken = await till.ok("POST", "/credit-receptions", **EARN, credits=-5)

    assert (plain["credits"], plain["my_note"]) == (12, "till 4")
    assert (units["credits"], units["unit_value"]) == (12, 12.99)
    assert taken["contact"]["credit_balance"]["balance"] == 120 + 12 + 12 - 5


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 1003),
        ({"credits": 1, "contact_uuid": "x"}, 55031),
        ({"credits": 1, "shop_uuid": "x"}, 1008),
        ({"credits": 1, "unit_name": "visits"}, 60007),
        ({"credits": 1, "contact_identifier_value": "x"}, 60003),
        ({"credits": 1, "contact_identifier_value": world.INACTIVE_CARD}, 60004),
        ({"credits": 100_001}, 1015),
        ({"credits": 1, "pos_transaction_uuid": "x"}, 1027),
        ({"credits": "many"}, 1003),
    ],
)
async def test_3_8_refusals(till: Any, changes: dict[str, Any], code: int) -> None:
    assert await till.refused("POST", "/credit-receptions", **(EARN | changes)) == code


async def test_3_8_reversing_is_single_use_and_may_go_below_zero(till: Any) -> None:
    bob = EARN | {"contact_uuid": world.BOB}
    made = await till.ok("POST", "/credit-receptions", **bob, credits=10)
    await till.ok("POST", "/credit-receptions", **bob, credits=-50)
    path = f"/credit-receptions/{made['uuid']}/reverse"

    assert (await till.ok("POST", path))["credits"] == -10
    assert await till.points(world.BOB) == -10
    assert await till.refused("POST", path) == 1003
    await till.switch(allow_double_credit_reversal=True)
    await till.ok("POST", path)
    assert await till.points(world.BOB) == -20


async def test_3_8_calculate_gives_nothing(till: Any) -> None:
    asked = {"shop_uuid": world.SHOP, "unit_value": "10.99"}

    assert await till.ok("GET", "/credit-receptions/calculate", **asked) == {"credits": 10}
    assert await till.points() == 120


async def test_3_8_loyalty_transactions_list_receptions_in_their_shapes(till: Any) -> None:
    made = await claim(till)
    back = await till.ok("POST", f"/reward-receptions/{made['uuid']}/reverse")
    rewards = await till.ok("GET", "/loyalty-transactions", type="reward_receptions", **ANN)
    credits = await till.ok("GET", "/loyalty-transactions", type="credit_receptions", **ANN)

    assert rewards[0]["uuid"] == made["uuid"]
    assert credits[0]["uuid"] == back["uuid"]
    assert await till.refused("GET", "/loyalty-transactions", type="all") == 1003


async def test_3_13_a_pos_transaction_is_linked_once(till: Any) -> None:
    path = "/leat/api/v3/register/pos-transactions"
    ticket = await till.ok("POST", path, amount_in_cents=1000)
    body = EARN | {"credits": 1, "pos_transaction_uuid": ticket["uuid"]}

    await till.ok("POST", "/credit-receptions", **body)
    assert await till.refused("POST", "/credit-receptions", **body) == 6001
