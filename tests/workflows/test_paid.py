from tests.support.shop import Shop
from tillsaga.sandbox import world


async def test_a_checkout_with_everything_is_settled_once(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    assert checkout.view["members"][0]["points"] == 120

    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.offer(f"leat:reward:{world.REWARD_TWO_OFF}")
    await checkout.giftcard(world.CARD_5)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    seen = await checkout.pay(due)

    assert seen["status"] == "completed"
    assert await checkout.ended() == "completed"
    assert seen["totals"]["due_amount"] == 0
