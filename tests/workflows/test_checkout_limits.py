"""Limits of one checkout, and guessing at real cards: the vendors' books stay as they were."""

from pathlib import Path

from tests.support.door import open_door
from tests.support.finding import moved, tenders
from tests.support.shop import Checkout, basket, flat_whites, open_shop
from tests.workflows.test_stored_value import giftcard
from tillsaga.domain import messages as m
from tillsaga.sandbox import world


async def why_not(checkout: Checkout, name: str, message: m.TillMessage) -> tuple[str, str]:
    reply = await checkout.say(name, message)
    assert reply.refusal is not None
    return reply.refusal.code, reply.refusal.detail


def card(code: str, amount: int | None = None) -> m.AddTender:
    return m.AddTender(type="giftcard", reference=code, amount=amount)


async def test_a_gift_card_does_not_buy_a_gift_card(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        before = await shop.books()
        checkout = await shop.open(basket(flat_whites(), giftcard(world.CARD_NEW, 15_00)))
        # 7.00 of goods: only those may be paid so.
        code, detail = await why_not(checkout, "add_tender", card(world.CARD_20, 7_01))
        assert code == "limit_exceeded"
        assert "must not be paid by giftcard" in detail
        await checkout.giftcard(world.CARD_20)
        assert tenders(checkout.view) == [("charged", 7_00)]
        assert (await why_not(checkout, "add_tender", card(world.CARD_5)))[0] == "limit_exceeded"
        assert await checkout.ready() == 15_00
        await checkout.pay(15_00)
        after = await shop.books()
    spent = moved(before, after)
    assert spent.pop(world.CARD_20) == -7_00
    assert [*spent.values()] == [15_00]


async def test_a_gift_card_that_joins_a_paid_basket_keeps_it_open(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        checkout = await shop.open(basket(flat_whites()))
        await checkout.giftcard(world.CARD_20, 7_00)
        mixed = basket(
            flat_whites(1), giftcard(world.CARD_NEW, 15_00), id=checkout.view["basket"]["id"]
        )
        await checkout.ok("put_basket", m.PutBasket.model_validate({"basket": mixed}))
        assert (await why_not(checkout, "ready", m.MakeReady()))[0] == "limit_exceeded"
        assert checkout.view["status"] == "open"
        await checkout.ok("remove_tender", m.RemoveTender(tender_id="tnd_1"))
        assert await checkout.ready() == 18_50


async def test_tenders_and_what_they_pay_have_limits(tmp_path: Path) -> None:
    policy = "limits: {tenders: 2, tender_amounts: {giftcard: 400}}"
    async with open_shop(tmp_path, policy=policy) as shop:
        before = await shop.books()
        checkout = await shop.open()
        await checkout.giftcard(world.CARD_20, 3_00)
        assert await why_not(checkout, "add_tender", card(world.CARD_5, 1_01)) == (
            "limit_exceeded",
            "tender_amounts.giftcard is 400",
        )
        await checkout.giftcard(world.CARD_5)
        assert tenders(checkout.view) == [("charged", 3_00), ("charged", 1_00)]
        assert await why_not(checkout, "add_tender", card(world.CARD_SMALL)) == (
            "limit_exceeded",
            "tenders is 2",
        )
        # The same card again is no new tender.
        await checkout.giftcard(world.CARD_5)
        after = await shop.books()
    assert moved(before, after) == {world.CARD_20: -3_00, world.CARD_5: -1_00}


async def test_guessing_at_cards_ends_before_one_is_found(tmp_path: Path) -> None:
    policy = "guesses: {failures: 5, pause: 5m}"
    async with open_shop(tmp_path, policy=policy) as shop, open_door(shop) as till:
        opened = await till.post(
            "/v1/checkouts",
            {"store_id": shop.store.id, "terminal_id": "till-1", "basket": basket()},
        )
        address = opened.headers["Location"]
        before = await shop.books()
        tries = [*(f"HT-GUESS-{number}" for number in range(5)), world.CARD_20]
        codes = []
        for reference in tries:
            tender = {"type": "giftcard", "reference": reference}
            answer = await till.post(f"{address}/tenders", tender)
            codes.append(answer.json().get("code", answer.status_code))
        assert codes == ["card_not_found"] * 5 + ["too_many_guesses"]
        assert moved(before, await shop.books()) == {}
        paid = {"status": "captured", "type": "cash", "amount": 11_50, "reference": "c-1"}
        assert (await till.post(f"{address}/ready", {})).status_code == 200
        done = await till.post(f"{address}/payments", paid)
        assert done.json()["status"] == "completed"
