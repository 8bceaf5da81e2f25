"""Two tills want the same thing, or one till says the same thing many times: one of each."""

import asyncio
from typing import Any

from tests.support.finding import effects, moved
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


def dialogue(sold: dict[str, Any]) -> list[tuple[str, Any]]:
    """Ten messages, one of which is refused."""
    cards = (world.CARD_5, world.CARD_20, world.CARD_SMALL)
    codes = (world.VOUCHER_COFFEE, world.VOUCHER_TEN_PERCENT, "NO-SUCH-CODE")
    again = {"store_id": "ams-1", "terminal_id": "till-1", "basket": sold}
    return [
        *(("apply_offer", m.ApplyOffer(code=code)) for code in codes),
        ("apply_offer", m.ApplyOffer(offer_id=f"leat:reward:{world.REWARD_TWO_OFF}")),
        *(("add_tender", m.AddTender(type="giftcard", reference=c, amount=1_00)) for c in cards),
        ("add_tender", m.AddTender(type="prepaid", amount=1_00)),
        ("identify", m.Identify(type="card", value=world.ANN_CARD)),
        ("open", m.OpenCheckout.model_validate(again)),
    ]


async def test_messages_at_the_same_time_are_answered_one_after_another(shop: Shop) -> None:
    before, sold = await shop.books(), basket(flat_whites(4))
    checkout = await shop.open(sold, world.ANN_CARD)

    said = (checkout.say(name, message) for name, message in dialogue(sold))
    replies = await asyncio.gather(*said)

    assert sorted_codes(*replies) == [""] * 9 + ["code_unknown"]
    seen = await checkout.seen()
    assert [e["status"] for e in seen["effects"]] == ["applied"] * 7
    assert seen["version"] == max(int(str(reply.checkout["version"])) for reply in replies)
    cards = dict.fromkeys((world.CARD_5, world.CARD_20, world.CARD_SMALL), -1_00)
    own = {f"prepaid:{world.ANN}": -1_00, f"points:{world.ANN}": -30}
    assert moved(before, await shop.books()) == cards | own


async def test_equal_charges_of_two_tills_are_told_apart_when_answers_are_lost(shop: Shop) -> None:
    before = await shop.books()
    tills = [await shop.open(None, world.ANN_CARD) for _ in range(2)]
    for operation in ("giftcard_transaction.create", "prepaid_transaction.create"):
        await shop.fault("drop_after", operation, times=2)
    card = m.AddTender(type="giftcard", reference=world.CARD_20, amount=2_00)
    for tender in (card, m.AddTender(type="prepaid", amount=2_00)):
        await asyncio.gather(*(till.say("add_tender", tender) for till in tills))
    for till in tills:
        await till.until(lambda seen: {t["status"] for t in seen["tenders"]} == {"charged"})
    twice = {world.CARD_20: -4_00, f"prepaid:{world.ANN}": -4_00}
    assert moved(before, await shop.books()) == twice

    await tills[0].ok("cancel", m.Cancel(reason="left"))

    once = {name: amount // 2 for name, amount in twice.items()}
    assert moved(before, await shop.books()) == once


async def test_a_reward_claimed_at_one_till_is_not_collectable_at_another(shop: Shop) -> None:
    first = await shop.open(None, world.ANN_CARD)
    await first.offer(f"leat:reward:{world.REWARD_COFFEE}")

    second = await shop.open(None, world.ANN_CARD)

    kinds = [offer["id"] for offer in second.view["offers"] if "collectable" in offer["id"]]
    assert (kinds, second.view["members"][0]["points"]) == ([BIRTHDAY], 70)
    await first.ok("cancel", m.Cancel(reason="left"))
    assert (await shop.books())["points"][world.ANN]["balance"] == 120
