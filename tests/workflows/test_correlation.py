"""Whoever reads a vendor's log finds all calls for an effect, and learns nothing else by it."""

from pathlib import Path

from tests.support.shop import open_shop
from tillsaga.domain.correlation import correlation_id
from tillsaga.domain.effects import effect_key
from tillsaga.sandbox import world


async def test_every_call_for_an_effect_says_which_one(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        checkout = await shop.open(None, world.ANN_CARD)
        seen = await checkout.giftcard(world.CARD_20, 5_00)
        log = (await shop.control("GET", "/requests"))["requests"]

    [effect] = seen["effects"]
    expected = correlation_id(effect_key(checkout.id, effect["id"]))
    charges = [e for e in log if e["operation"] == "giftcard_transaction.create"]
    assert [charge["correlation"] for charge in charges] == [expected]
    assert log[0]["correlation"] is None, "looking a customer up is for no effect"
    assert checkout.id not in expected
