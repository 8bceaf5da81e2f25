"""Two tills want the same thing, or one till says the same thing many times: one of each."""

import asyncio
from typing import Any

from tests.support.finding import effects, moved, voucher
from tests.support.shop import Shop, basket, flat_whites
from tillsaga.domain import messages as m
from tillsaga.domain.view import Reply
from tillsaga.sandbox import world

BIRTHDAY = f"leat:collectable_reward:{world.BIRTHDAY_RECEPTION}"


def sale() -> dict[str, Any]:
    card = {"line_id": "g", "type": "giftcard_sale", "title": "Gift card", "unit_amount": 10_00}
    return basket({**card, "reference": world.CARD_NEW})


def sorted_codes(*replies: Reply) -> list[str]:
    """Each reply's refusal code, the granted one first."""
    return sorted(reply.refusal.code if reply.refusal else "" for reply in replies)


async def test_a_voucher_is_held_by_one_till_and_then_by_the_other(shop: Shop) -> None:
    before = await shop.books()
    tills = [await shop.open(None, world.ANN_CARD) for _ in range(2)]
    scan = m.ApplyOffer(code=world.VOUCHER_COFFEE)
    replies = await asyncio.gather(*(till.say("apply_offer", scan) for till in tills))
    assert sorted_codes(*replies) == ["", "offer_held"]
    winner, loser = sorted(tills, key=lambda till: -till.view["totals"]["discount_amount"])

    held = next(o["id"] for o in winner.view["offers"] if o["status"] == "held")
    await winner.ok("remove_offer", m.RemoveOffer(offer_id=held))
    await loser.scan(world.VOUCHER_COFFEE)
    assert await winner.refused("apply_offer", scan) == "offer_held"
    seen = await loser.pay(await loser.ready())

    points = seen["earned"][0]["points"]
    spent = {world.VOUCHER_COFFEE: 1, f"points:{world.ANN}": points}
    assert moved(before, await shop.books()) == spent


async def test_a_card_is_sold_by_one_till(shop: Shop) -> None:
    before = await shop.books()
    (one, first), (other, second) = await asyncio.gather(*(shop.try_open(sale()) for _ in "12"))
    assert sorted_codes(first, second) == ["", "card_already_sold"]

    seller = one if first.refusal is None else other
    await seller.pay(await seller.ready())
    assert await seller.ended() == "completed"
    _, third = await shop.try_open(sale())

    assert sorted_codes(third) == ["card_already_sold"]
    assert moved(before, await shop.books()) == {world.CARD_NEW: 10_00}


async def test_a_collectable_reward_is_taken_by_one_till(shop: Shop) -> None:
    tills = [await shop.open(None, world.ANN_CARD) for _ in range(2)]
    apply = m.ApplyOffer(offer_id=BIRTHDAY)
    replies = await asyncio.gather(*(till.say("apply_offer", apply) for till in tills))
    assert sorted_codes(*replies) == ["", "offer_held"]

    winner, loser = sorted(tills, key=lambda till: -till.view["totals"]["discount_amount"])
    await winner.ok("cancel", m.Cancel(reason="left"))
    await loser.offer(BIRTHDAY)
    await loser.pay(await loser.ready())

    reception = (await shop.books())["reward_receptions"][world.BIRTHDAY_RECEPTION]
    assert (reception["state"], len(reception["collections"])) == ("COLLECTED", 1)


async def test_the_same_message_many_times_has_one_effect(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    tender = m.AddTender(type="giftcard", reference=world.CARD_20, amount=2_00)

    same = (checkout.say("add_tender", tender, update_id="key-1") for _ in range(20))
    replies = await asyncio.gather(*same)

    assert {reply.checkout["version"] for reply in replies} == {2}
    assert effects(await checkout.seen(), "charge_giftcard") == ["applied"]
    moves = (await shop.books())["giftcards"].values()
    assert [len(c["transactions"]) for c in moves if c["hash"] == world.CARD_20] == [2]
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}


async def test_messages_at_the_same_time_are_answered_one_after_another(shop: Shop) -> None:
    before, sold = await shop.books(), basket(flat_whites(4))
    checkout = await shop.open(sold, world.ANN_CARD)
    said: list[tuple[str, Any]] = [
        ("apply_offer", m.ApplyOffer(code=world.VOUCHER_COFFEE)),
        ("apply_offer", m.ApplyOffer(code=world.VOUCHER_TEN_PERCENT)),
        ("apply_offer", m.ApplyOffer(offer_id=f"leat:reward:{world.REWARD_TWO_OFF}")),
        ("apply_offer", m.ApplyOffer(code="NO-SUCH-CODE")),
        ("add_tender", m.AddTender(type="giftcard", reference=world.CARD_5, amount=1_00)),
        ("add_tender", m.AddTender(type="giftcard", reference=world.CARD_20, amount=1_00)),
        ("add_tender", m.AddTender(type="prepaid", amount=1_00)),
        ("add_tender", m.AddTender(type="giftcard", reference=world.CARD_SMALL, amount=1_00)),
        ("identify", m.Identify(type="card", value=world.ANN_CARD)),
        (
            "open",
            m.OpenCheckout.model_validate(
                {"store_id": "ams-1", "terminal_id": "t", "basket": sold}
            ),
        ),
    ]
    replies = await asyncio.gather(*(checkout.say(name, message) for name, message in said))

    assert [r.refusal.code for r in replies if r.refusal] == ["code_unknown"]
    versions = [int(str(reply.checkout["version"])) for reply in replies]
    assert len(set(versions[:8])) >= 7
    seen = await checkout.seen()
    assert seen["version"] == max(versions)
    assert sum(effect["status"] == "applied" for effect in seen["effects"]) == 7
    cards = dict.fromkeys((world.CARD_5, world.CARD_20, world.CARD_SMALL), -1_00)
    own = {f"prepaid:{world.ANN}": -1_00, f"points:{world.ANN}": -30}
    after = await shop.books()
    assert moved(before, after) == cards | own
    assert voucher(after, world.VOUCHER_COFFEE)["status"] == "LOCKED"
