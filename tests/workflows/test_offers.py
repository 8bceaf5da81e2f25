"""Offers: held at the vendor, counted in the till's order, refused with the right words."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.finding import effects, moved, offer, tenders, voucher, voucher_id
from tests.support.shop import Checkout, Shop, basket, flat_whites
from tillsaga.domain import messages as m
from tillsaga.domain.discounts import Discount
from tillsaga.sandbox import world

TWO_OFF = f"leat:reward:{world.REWARD_TWO_OFF}"
COFFEE = f"leat:reward:{world.REWARD_COFFEE}"
BIRTHDAY = f"leat:collectable_reward:{world.BIRTHDAY_RECEPTION}"

UNUSABLE = {
    "NO-SUCH-CODE": "code_unknown",
    world.VOUCHER_EXPIRED: "code_expired",
    world.VOUCHER_INACTIVE: "offer_refused",
    world.VOUCHER_DEACTIVATED: "offer_refused",
    world.VOUCHER_REDEEMED: "offer_refused",
    world.VOUCHER_LOCKED: "offer_held",
}


def scan(code: str, **more: Any) -> m.ApplyOffer:
    return m.ApplyOffer(code=code, **more)


async def seed(shop: Shop, **lists: Any) -> dict[str, Any]:
    return dict(await shop.control("POST", "/seed/leat", lists))


async def lock_ends_in(shop: Shop, left: timedelta) -> None:
    """Let locks made now end that soon: the vendor's clock goes behind by the rest of the hour."""
    then = datetime.now(UTC) - timedelta(hours=1) + left
    await shop.control("POST", "/clock", {"now": then.isoformat()})


async def almost_lapsed(shop: Shop, left: timedelta = timedelta(minutes=3)) -> Checkout:
    """A checkout whose voucher is held by a lock that ends soon."""
    await lock_ends_in(shop, left)
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await shop.control("POST", "/clock", {"real": True})
    return checkout


async def somebody_else_locks(shop: Shop, code: str) -> None:
    uuid = voucher_id(await shop.books(), code).rpartition(":")[2]
    headers = {"Authorization": f"Bearer {world.TOKEN}"}
    url = f"/leat/api/v3/oauth/clients/vouchers/{uuid}/lock"
    assert (await shop.http.post(url, headers=headers)).is_success


async def test_an_offer_is_held_by_its_id_or_by_its_code(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.offer(voucher_id(before, world.VOUCHER_COFFEE))
    await checkout.scan(world.VOUCHER_TEN_PERCENT)

    assert [e["operation"] for e in checkout.view["effects"]] == ["lock_voucher"] * 2
    held = offer(checkout.view, voucher_id(before, world.VOUCHER_COFFEE))
    assert (held["status"], held["saving_amount"], held["code"]) == ("held", 3_50, "****-ANN")
    books = await shop.books()
    ends = voucher(books, world.VOUCHER_COFFEE)["system_release_at"]
    assert datetime.fromisoformat(held["hold_expires_at"]) == datetime.fromisoformat(ends)
    assert voucher(books, world.VOUCHER_TEN_PERCENT)["status"] == "LOCKED"
    assert moved(before, books) == {}


async def test_what_is_scanned_twice_is_held_once(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.scan(world.VOUCHER_COFFEE)
    seen = await checkout.offer(voucher_id(await shop.books(), world.VOUCHER_COFFEE))

    assert effects(seen, "lock_voucher") == ["applied"]
    assert seen["totals"]["discount_amount"] == 3_50


async def test_codes_that_cannot_be_used_are_refused_each_with_its_reason(shop: Shop) -> None:
    before = await shop.books()
    anns, bobs = await shop.open(None, world.ANN_CARD), await shop.open(None, world.BOB_CARD)
    codes = {code: await anns.refused("apply_offer", scan(code)) for code in UNUSABLE}

    assert codes == UNUSABLE
    assert await bobs.refused("apply_offer", scan(world.VOUCHER_COFFEE)) == "offer_refused"
    missing = m.ApplyOffer(offer_id="leat:voucher:none")
    assert await anns.refused("apply_offer", missing) == "offer_not_found"
    assert [c.view["totals"]["discount_amount"] for c in (anns, bobs)] == [0, 0]
    assert (await shop.books())["vouchers"] == before["vouchers"]


async def test_a_flyer_needs_a_member_and_is_redeemed_for_them(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    assert await checkout.refused("apply_offer", scan(world.VOUCHER_FLYER)) == "member_required"

    await checkout.identify(world.BOB_CARD)
    await checkout.scan(world.VOUCHER_FLYER)
    seen = await checkout.pay(await checkout.ready())

    after = await shop.books()
    assert voucher(after, world.VOUCHER_FLYER)["contact"] == world.BOB
    points = seen["earned"][0]["points"]
    assert moved(before, after) == {world.VOUCHER_FLYER: 1, f"points:{world.BOB}": points}


async def test_a_rule_is_worth_what_the_store_says(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)

    seen = await checkout.scan(world.VOUCHER_RULE_ID)

    priced = offer(seen, voucher_id(before, world.VOUCHER_RULE_ID))
    assert (priced["discount"]["title"], priced["saving_amount"]) == ("1.00 off coffee", 1_00)
    assert voucher(await shop.books(), world.VOUCHER_RULE_ID)["status"] == "LOCKED"


async def test_what_nobody_can_price_is_refused_unless_the_till_can(shop: Shop) -> None:
    rule = {"tillsaga_discount_rule_id": "NO-SUCH-RULE"}
    made = await seed(shop, vouchers=[{"contact_uuid": world.ANN, "attributes": rule}])
    code, before = made["vouchers"][0]["code"], await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    assert await checkout.refused("apply_offer", scan(code)) == "discount_unknown"
    assert moved(before, await shop.books()) == {}
    assert voucher(await shop.books(), code)["status"] == "ACTIVE"

    own = Discount(type="absolute", amount=1_25)
    await checkout.ok("apply_offer", scan(code, discount=own))
    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], seen["totals"]["discount_amount"]) == ("completed", 1_25)
    assert moved(before, await shop.books())[code] == 1


async def test_a_reward_that_the_vendor_refuses_costs_nothing(shop: Shop) -> None:
    off = {"tillsaga_discount_type": "absolute_discount", "tillsaga_discount_value": 1}
    rewards = [{"required_credits": cost, "attributes": off} for cost in (10, 10, 500)]
    made = await seed(shop, rewards=rewards)
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    uuids = [reward["uuid"] for reward in made["rewards"]]
    assert offer(checkout.view, f"leat:reward:{uuids[2]}")["missing_points"] == 380
    for code in (1018, 1052):  # sold out, switched off since they were listed
        await shop.fault("refuse", "reward_reception.create", code=code)

    refused = [m.ApplyOffer(offer_id=f"leat:reward:{uuid}") for uuid in uuids]
    assert {await checkout.refused("apply_offer", one) for one in refused} == {"offer_refused"}

    assert offer(checkout.view, f"leat:reward:{uuids[0]}")["refusal"]["code"] == "offer_refused"
    assert moved(before, await shop.books()) == {}
    assert checkout.view["totals"]["discount_amount"] == 0


async def test_rewards_that_nobody_can_have_are_not_offered(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    for reward in (world.REWARD_INACTIVE, world.REWARD_SOLD_OUT):
        wanted = m.ApplyOffer(offer_id=f"leat:reward:{reward}")
        assert await checkout.refused("apply_offer", wanted) == "offer_not_found"
    dinner = m.ApplyOffer(offer_id=f"leat:reward:{world.REWARD_DINNER}")
    assert await checkout.refused("apply_offer", dinner) == "discount_unknown"
    assert (await shop.books())["points"][world.ANN]["balance"] == 120


async def test_a_reward_is_redeemed_at_once_and_reversed_on_a_cancel(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.offer(TWO_OFF)
    assert moved(before, await shop.books()) == {f"points:{world.ANN}": -30}

    seen = await checkout.ok("cancel", m.Cancel(reason="left"))

    assert (offer(seen, TWO_OFF)["status"], seen["attention"]) == ("reversed", [])
    assert effects(seen, "redeem_reward") == ["reversed"]
    assert moved(before, await shop.books()) == {}


async def test_a_birthday_reward_counts_now_and_is_collected_with_the_payment(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.offer(BIRTHDAY)
    assert offer(checkout.view, BIRTHDAY)["status"] == "applied"
    receptions = (await shop.books())["reward_receptions"]
    assert receptions[world.BIRTHDAY_RECEPTION]["state"] == "COLLECTABLE"

    seen = await checkout.pay(await checkout.ready())

    assert (offer(seen, BIRTHDAY)["status"], seen["totals"]["paid_amount"]) == ("redeemed", 8_00)
    receptions = (await shop.books())["reward_receptions"]
    assert receptions[world.BIRTHDAY_RECEPTION]["state"] == "COLLECTED"


async def test_an_offer_that_takes_nothing_off_is_refused(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(basket(flat_whites(2)), world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    nothing = [
        scan(world.VOUCHER_FIVE_OFF),  # from 10.00
        m.ApplyOffer(offer_id=BIRTHDAY, quantity=2),
        scan(world.VOUCHER_TEN_PERCENT, discount=Discount(type="absolute", amount=0)),
        scan(world.VOUCHER_TEN_PERCENT, discount=Discount(type="free_item", skus=("TEA",))),
    ]
    codes = {await checkout.refused("apply_offer", one) for one in nothing}

    assert codes == {"offer_refused"}
    assert effects(checkout.view, "lock_voucher") == ["applied"]
    assert moved(before, await shop.books()) == {}


async def test_offers_stack_in_the_tills_order_to_the_cent(shop: Shop) -> None:
    sold = basket(flat_whites(3), {**flat_whites(1), "line_id": "2", "unit_amount": 3_33})
    checkout = await shop.open(sold, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    await checkout.scan(world.VOUCHER_FIVE_OFF)
    seen = await checkout.offer(TWO_OFF)

    savings = [o["saving_amount"] for o in seen["offers"] if o["saving_amount"]]
    assert sorted(savings) == [1_38, 2_00, 5_00]  # a tenth of 13.83, rounded half up
    lines = seen["basket"]["lines"]
    assert sum(line["discount_amount"] for line in lines) == seen["totals"]["discount_amount"]
    assert sum(line["total_amount"] for line in lines) == 13_83 - 8_38

    ten = voucher_id(await shop.books(), world.VOUCHER_TEN_PERCENT)
    await checkout.ok("remove_offer", m.RemoveOffer(offer_id=ten))
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    assert offer(checkout.view, ten)["saving_amount"] == 68  # of the 6.83 that are left
    assert await checkout.ready() == 13_83 - 5_00 - 2_00 - 68


async def test_an_offer_is_removed_once_however_often_the_till_says_so(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    held = voucher_id(before, world.VOUCHER_COFFEE)
    await checkout.offer(held)
    for _ in range(2):
        seen = await checkout.ok("remove_offer", m.RemoveOffer(offer_id=held))
        assert (offer(seen, held)["status"], offer(seen, held)["refusal"]) == ("released", None)
    unknown = m.RemoveOffer(offer_id="leat:voucher:none")
    assert await checkout.refused("remove_offer", unknown) == "offer_not_found"
    assert voucher(await shop.books(), world.VOUCHER_COFFEE)["status"] == "ACTIVE"

    await checkout.offer(held)
    assert effects(checkout.view, "lock_voucher") == ["reversed", "applied"]


async def test_a_hold_near_its_end_is_taken_again_by_a_heartbeat(shop: Shop) -> None:
    checkout = await almost_lapsed(shop)

    await checkout.handle.signal("heartbeat", m.Heartbeat())

    seen = await checkout.until(lambda s: effects(s, "lock_voucher") == ["reversed", "applied"])
    assert seen["totals"]["discount_amount"] == 3_50
    ends = voucher(await shop.books(), world.VOUCHER_COFFEE)["system_release_at"]
    assert datetime.fromisoformat(ends) > datetime.now(UTC) + timedelta(minutes=50)


async def test_a_hold_near_its_end_is_taken_again_before_the_payment(shop: Shop) -> None:
    before = await shop.books()
    checkout = await almost_lapsed(shop, left=timedelta(seconds=-1))
    assert voucher(await shop.books(), world.VOUCHER_COFFEE)["status"] == "ACTIVE"

    seen = await checkout.pay(await checkout.ready())

    assert effects(seen, "lock_voucher") == ["reversed", "applied"]
    assert (seen["status"], seen["totals"]["paid_amount"]) == ("completed", 8_00)
    assert moved(before, await shop.books())[world.VOUCHER_COFFEE] == 1


async def test_a_hold_that_was_lost_is_told_and_the_rest_stays(shop: Shop) -> None:
    before = await shop.books()
    checkout = await almost_lapsed(shop, left=timedelta(seconds=-1))
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    await somebody_else_locks(shop, world.VOUCHER_COFFEE)

    assert await checkout.refused("ready", m.MakeReady()) == "offer_lost"

    lost = offer(checkout.view, voucher_id(before, world.VOUCHER_COFFEE))
    assert (lost["status"], lost["refusal"]["code"]) == ("lost", "offer_lost")
    assert (checkout.view["status"], tenders(checkout.view)) == ("open", [("charged", 2_00)])
    assert await checkout.ready() == 11_50 - 1_15 - 2_00
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}


async def test_a_reward_collected_elsewhere_is_lost_before_the_payment(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.offer(BIRTHDAY)
    url = f"/leat/api/v3/oauth/clients/collectable-rewards/collect/{world.BIRTHDAY_RECEPTION}"
    headers = {"Authorization": f"Bearer {world.TOKEN}"}
    assert (await shop.http.put(url, headers=headers)).is_success

    assert await checkout.refused("ready", m.MakeReady()) == "offer_lost"

    assert offer(checkout.view, BIRTHDAY)["status"] == "lost"
    assert effects(checkout.view, "reserve") == ["reversed"]
    assert await checkout.ready() == 11_50


async def test_a_hold_lost_while_the_till_takes_the_payment_reopens_the_checkout(
    shop: Shop,
) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await lock_ends_in(shop, timedelta(seconds=-1))
    await checkout.scan(world.VOUCHER_COFFEE)
    assert await checkout.ready() == 8_00
    await shop.control("POST", "/clock", {"real": True})
    await somebody_else_locks(shop, world.VOUCHER_COFFEE)

    await checkout.handle.signal("heartbeat", m.Heartbeat())

    seen = await checkout.until(lambda s: s["status"] == "open")
    assert seen["totals"]["due_amount"] == 11_50
    assert await checkout.ready() == 11_50
    assert (await checkout.pay(11_50))["attention"] == []
