from datetime import timedelta

import pytest

from tests.connectors.fake_vendor import NOW, Vendor, at, data, no, order
from tillsaga.connectors.leat import Leat
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.errors import Refused

WANTED: Json = {"reward_uuid": "rw-2", "contact_uuid": "c-1"}
CLAIM = order("pre_redeem_reward", "rw-2", WANTED)
COLLECT = order(
    "collect_reward",
    "rw-2",
    {"contact_uuid": "c-1"},
    prior={"pre_redeem_reward": {"reception_uuid": "rr-3"}},
)
RECEPTION: Json = {
    "type": "reward_reception",
    "uuid": "rr-3",
    "credits": -50,
    "contact": {"uuid": "c-1", "credit_balance": {"id": 1, "balance": 70}},
    "reward": {"uuid": "rw-2", "title": "Free coffee"},
    "created_at": at(1),
    "expires_at": at(3600),
    "has_been_collected": False,
}
BACK: Json = {**RECEPTION, "type": "credit_reception", "uuid": "cr-1", "credits": 50}
CLAIMED = Done(
    data={"reception_uuid": "rr-3", "contact_uuid": "c-1", "credits": -50, "created_at": at(1)}
)


async def test_a_claim_spends_the_points_and_keeps_the_reception(
    leat: Leat, vendor: Vendor
) -> None:
    claim = vendor.on("POST reward-receptions", data(RECEPTION, {}))

    done = await leat.operator("pre_redeem_reward").do(CLAIM)

    assert vendor.sent(claim) == {**WANTED, "shop_uuid": "s-1"}
    assert (done.transaction_id, done.points, done.points_after) == ("rr-3", -50, 70)
    assert done.data == CLAIMED.data
    assert done.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("code", [1017, 1018, 1019, 1052, 6003])
async def test_a_refused_claim_says_why(leat: Leat, vendor: Vendor, code: int) -> None:
    vendor.on("POST reward-receptions", no(code))

    with pytest.raises(Refused) as refused:
        await leat.operator("redeem_reward").do(CLAIM)

    assert refused.value.code == "offer_refused"


async def test_a_lost_claim_is_found_by_reward_and_time(leat: Leat, vendor: Vendor) -> None:
    other = {**RECEPTION, "uuid": "rr-4", "reward": {"uuid": "rw-9"}}
    before = {**RECEPTION, "uuid": "rr-1", "created_at": at(-60)}
    listing = vendor.on("GET loyalty-transactions", data([RECEPTION, other, before], {}))

    found = await leat.operator("redeem_reward").find(CLAIM, NOW)

    assert found is not None
    assert found.transaction_id == "rr-3"
    asked = listing.calls.last.request.url.params
    assert (asked["type"], asked["contact_uuid"]) == ("reward_receptions", "c-1")


async def test_another_effects_claim_is_not_taken(
    leat: Leat, vendor: Vendor, mine: set[str]
) -> None:
    mine.add("rr-3")
    elsewhere = {**RECEPTION, "uuid": "rr-8", "shop": {"uuid": "s-2"}}
    vendor.on("GET loyalty-transactions", data([RECEPTION, elsewhere]))

    assert await leat.operator("redeem_reward").find(CLAIM, NOW) is None


@pytest.mark.parametrize(("answer", "transaction"), [(BACK, "cr-1"), (RECEPTION, None)])
async def test_points_come_back_as_a_reception_of_their_own(
    leat: Leat, vendor: Vendor, answer: Json, transaction: str | None
) -> None:
    vendor.on("POST reward-receptions/rr-3/reverse", data(answer))

    undone = await leat.operator("redeem_reward").undo(CLAIM, CLAIMED)

    assert undone.transaction_id == transaction


async def test_a_reversal_is_found_by_the_points_that_came_back(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET collectable-rewards", data([RECEPTION]), data([]), data([]))
    earlier = {**BACK, "created_at": at(0)}
    vendor.on("GET loyalty-transactions", data([earlier]), data([BACK]))
    claim = leat.operator("redeem_reward")

    assert await claim.find_undo(CLAIM, CLAIMED, NOW) is None  # it still waits to be collected
    assert await claim.find_undo(CLAIM, CLAIMED, NOW) is None  # before the claim: not its reversal
    found = await claim.find_undo(CLAIM, CLAIMED, NOW)
    assert found is not None
    assert found.transaction_id == "cr-1"


async def test_a_collected_reward_is_not_given_back(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST reward-receptions/rr-3/reverse", no(1003))

    with pytest.raises(Refused):
        await leat.operator("redeem_reward").undo(CLAIM, CLAIMED)


@pytest.mark.parametrize(
    ("answer", "collection"),
    [
        ({"uuid": "crr-8", "status": "COLLECTED"}, "crr-8"),
        ({**RECEPTION, "has_been_collected": True}, None),
    ],
)
async def test_collecting_answers_an_id_of_its_own_or_an_old_item(
    leat: Leat, vendor: Vendor, answer: Json, collection: str | None
) -> None:
    vendor.on("PUT collectable-rewards/collect/rr-3", data(answer))

    done = await leat.operator("collect_reward").do(COLLECT)

    assert done.transaction_id == collection
    assert done.data["collection_uuid"] == collection


LISTS = {
    "still waiting": ([RECEPTION], [], False),
    "collected": ([], [{**RECEPTION, "has_been_collected": True}], True),
    "gone, not said": ([], [{**RECEPTION, "has_been_collected": None}], True),
    "expired": ([], [{**RECEPTION, "has_been_collected": False, "expires_at": at(-9)}], False),
    "expired, not said": (
        [],
        [{**RECEPTION, "has_been_collected": "", "expires_at": at(-9)}],
        False,
    ),
    "unknown": ([], [], False),
}


@pytest.mark.parametrize(("waiting", "receptions", "collected"), LISTS.values(), ids=LISTS)
async def test_a_lost_collection_shows_by_what_is_no_longer_collectable(
    leat: Leat, vendor: Vendor, waiting: list[Json], receptions: list[Json], collected: bool
) -> None:
    vendor.on("GET collectable-rewards", data([*waiting]))
    vendor.on("GET loyalty-transactions", data([*receptions]))

    found = await leat.operator("collect_reward").find(COLLECT, NOW)

    assert (found is not None) is collected


COLLECTED = Done(data={"collection_uuid": "crr-8"})


async def test_a_collection_is_reversed_by_its_own_id(leat: Leat, vendor: Vendor) -> None:
    reverse = vendor.on("POST collectable-rewards/crr-8/reverse", data({"uuid": "crr-8"}))

    await leat.operator("collect_reward").undo(COLLECT, COLLECTED)

    assert reverse.called


async def test_reversing_a_collection_twice_is_harmless(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST collectable-rewards/crr-8/reverse", no(80300))
    vendor.on("GET collectable-rewards", data([RECEPTION]), data([]))
    collect = leat.operator("collect_reward")

    assert await collect.undo(COLLECT, COLLECTED)
    with pytest.raises(Refused):
        await collect.undo(COLLECT, COLLECTED)


async def test_a_reversed_collection_waits_again(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET collectable-rewards", data([]), data([RECEPTION]))
    collect = leat.operator("collect_reward")

    assert await collect.find_undo(COLLECT, COLLECTED, NOW) is None
    assert await collect.find_undo(COLLECT, COLLECTED, NOW) is not None
