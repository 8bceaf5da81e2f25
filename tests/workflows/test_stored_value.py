"""Gift cards and top-ups sold: promised before the payment, delivered after it, once."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.finding import effects, moved
from tests.support.shop import Shop, basket, flat_whites
from tillsaga.domain import messages as m
from tillsaga.sandbox import world

UNSELLABLE = {
    world.CARD_5: "card_already_sold",
    world.CARD_DIGITAL: "card_refused",
    world.CARD_DIGITAL_NEW: "card_refused",
    world.CARD_INACTIVE: "card_refused",
    "NO-SUCH-CARD": "card_not_found",
}


def giftcard(code: str | None = None, amount: int = 15_00, **more: Any) -> dict[str, Any]:
    """A line that sells a gift card; without a code a digital one."""
    line = {"line_id": "g", "type": "giftcard_sale", "title": "Gift card", "unit_amount": amount}
    return line | ({"reference": code} if code else {}) | more


def top_up(amount: int = 20_00, **more: Any) -> dict[str, Any]:
    """A line that tops prepaid credit up."""
    line = {"line_id": "t", "type": "prepaid_topup", "title": "Top-up", "unit_amount": amount}
    return line | more


def put(*lines: dict[str, Any], of: dict[str, Any]) -> m.PutBasket:
    return m.PutBasket.model_validate({"basket": basket(*lines, id=of["id"])})


async def refusal(shop: Shop, lines: Sequence[dict[str, Any]], *cards: str) -> str:
    """Open with lines that cannot be sold; answers the code."""
    _, reply = await shop.try_open(basket(*lines), *cards)
    assert reply.refusal is not None
    return reply.refusal.code


def digital(before: Any, after: Any) -> list[dict[str, Any]]:
    """The cards that were created."""
    return [card for uuid, card in after["giftcards"].items() if uuid not in before["giftcards"]]


async def test_a_card_is_loaded_after_the_payment_and_not_before(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(basket(giftcard(world.CARD_NEW)))
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    assert (due, moved(before, await shop.books())) == (15_00, {})

    seen = await checkout.pay(due)

    assert (seen["status"], effects(seen, "load_giftcard")) == ("completed", ["applied"])
    assert seen["basket"]["lines"][0]["reference"] == "****RD-1"
    assert moved(before, await shop.books()) == {world.CARD_NEW: 15_00}


async def test_nothing_is_loaded_when_the_payment_is_declined(shop: Shop) -> None:
    before, sold = await shop.books(), [giftcard(world.CARD_NEW), giftcard(line_id="d"), top_up()]
    checkout = await shop.open(basket(*sold), world.ANN_CARD)

    seen = await checkout.pay(await checkout.ready(), "declined", final=True)

    assert (seen["status"], effects(seen, "reserve")) == ("cancelled", ["reversed"])
    after = await shop.books()
    assert (moved(before, after), digital(before, after)) == ({}, [])
    assert await checkout.ended() == "cancelled"
    await shop.open(basket(giftcard(world.CARD_NEW)))


async def test_what_cannot_be_sold_is_refused_before_anything_is_promised(shop: Shop) -> None:
    before = await shop.books()
    assert {code: await refusal(shop, [giftcard(code)]) for code in UNSELLABLE} == UNSELLABLE
    assert await refusal(shop, [giftcard(world.CARD_NEW, 500_01)]) == "card_refused"
    twice = [giftcard(world.CARD_NEW), giftcard(world.CARD_NEW, line_id="h")]
    assert await refusal(shop, twice) == "card_already_sold"
    assert await refusal(shop, [top_up()]) == "member_required"
    assert await refusal(shop, [top_up(reference="nobody")]) == "member_not_found"

    await shop.open(basket(giftcard(world.CARD_NEW)))
    assert moved(before, await shop.books()) == {}


async def test_a_digital_card_is_created_loaded_and_mailed_to_who_agreed(shop: Shop) -> None:
    before = await shop.books()
    gift = giftcard(recipient={"email": "kim@example.test", "consent": True})
    silent = giftcard(line_id="h", recipient={"email": "lee@example.test", "consent": False})
    checkout = await shop.open(basket(gift, silent))
    assert digital(before, await shop.books()) == []

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], seen["attention"]) == ("completed", [])
    after = await shop.books()
    made = [(card["type"], card["balance"]) for card in digital(before, after)]
    assert made == [("DIGITAL", 15_00)] * 2
    assert [mail["address"] for mail in after["emails"]] == ["kim@example.test"]
    assert "lee@example.test" not in str(after["contacts"])


async def test_a_mail_that_fails_does_not_hold_the_sale_up(shop: Shop) -> None:
    before = await shop.books()
    await shop.fault("refuse", "giftcard.send_by_email", code=6007)
    gift = giftcard(recipient={"email": "kim@example.test", "consent": True})
    checkout = await shop.open(basket(gift))

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], effects(seen, "load_giftcard")) == ("completed", ["applied"])
    assert [a["code"] for a in seen["attention"]] == ["delivery_failed"]
    after = await shop.books()
    assert ([c["balance"] for c in digital(before, after)], after["emails"]) == ([15_00], [])


async def test_credit_is_topped_up_for_the_member_or_whom_the_line_names(shop: Shop) -> None:
    before = await shop.books()
    bobs = top_up(5_00, line_id="b", reference=world.BOB_CARD)
    checkout = await shop.open(basket(top_up(), bobs), world.ANN_CARD)

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], effects(seen, "topup_prepaid")) == ("completed", ["applied"] * 2)
    tops = {f"prepaid:{world.ANN}": 20_00, f"prepaid:{world.BOB}": 5_00}
    assert moved(before, await shop.books()) == tops


async def test_sold_value_takes_no_discount_and_stands_in_the_order(shop: Shop) -> None:
    sold = [giftcard(world.CARD_NEW), top_up(), giftcard(line_id="d"), flat_whites()]
    checkout = await shop.open(basket(*sold), world.ANN_CARD)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    assert [ln["discount_amount"] for ln in checkout.view["basket"]["lines"]] == [0, 0, 0, 70]

    seen = await checkout.pay(await checkout.ready())

    assert seen["earned"][0]["points"] == 6  # of the 6.30 for the drinks
    references = {e["operation"]: e["reference"] for e in seen["effects"]}
    (order,) = (await shop.books())["orders"].values()
    results = [line["result"] for line in order["sent"]["line_items"] if "result" in line]
    assert [r["type"].partition("_")[0] for r in results] == ["GIFTCARD", "PREPAID", "GIFTCARD"]
    assert results[1]["uuid"] == references["topup_prepaid"]
    assert len({result["uuid"] for result in results}) == 3


async def test_a_load_refused_after_the_payment_goes_to_a_person(shop: Shop) -> None:
    before = await shop.books()
    await shop.fault("refuse", "giftcard_transaction.create", code=5008)
    checkout = await shop.open(basket(giftcard(world.CARD_NEW), flat_whites()))

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], effects(seen, "load_giftcard")) == ("completed", ["refused"])
    items = [(a["code"], a["amount"], a["effect_id"]) for a in seen["attention"]]
    load = next(e["id"] for e in seen["effects"] if e["operation"] == "load_giftcard")
    assert items == [("delivery_failed", 15_00, load)]
    assert moved(before, await shop.books()) == {}


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_deliveries_whose_answers_are_lost_are_made_once(shop: Shop, kind: str) -> None:
    before = await shop.books()
    sold = basket(giftcard(world.CARD_NEW), top_up())
    checkout = await shop.open(sold, world.ANN_CARD)
    due = await checkout.ready()
    for operation in ("giftcard_transaction.create", "prepaid_transaction.create"):
        await shop.fault(kind, operation)

    await checkout.say(
        "payment", m.PaymentReport(status="captured", type="card", amount=due, reference="card-1")
    )
    seen = await checkout.becomes("completed")

    assert seen["attention"] == []
    loaded = {world.CARD_NEW: 15_00, f"prepaid:{world.ANN}": 20_00}
    assert moved(before, await shop.books()) == loaded


async def test_another_card_on_the_same_line_frees_the_first(shop: Shop) -> None:
    made = await shop.control("POST", "/seed/leat", {"giftcards": [{}]})
    other, before = made["giftcards"][0]["hash"], await shop.books()
    sold = basket(giftcard(world.CARD_NEW))
    checkout = await shop.open(sold)
    await checkout.ok("put_basket", put(giftcard(other), of=sold))

    assert await refusal(shop, [giftcard(other)]) == "card_already_sold"
    await shop.open(basket(giftcard(world.CARD_NEW)))
    await checkout.pay(await checkout.ready())

    assert moved(before, await shop.books()) == {other: 15_00}


async def test_a_card_is_never_sold_for_another_while_the_vendor_is_away(shop: Shop) -> None:
    made = await shop.control("POST", "/seed/leat", {"giftcards": [{}]})
    other, before = made["giftcards"][0]["hash"], await shop.books()
    sold = basket(giftcard(world.CARD_NEW))
    checkout = await shop.open(sold)
    await shop.fault("maintenance", "giftcard.find")

    swapped = put(giftcard(other), of=sold)
    assert await checkout.refused("put_basket", swapped) == "vendor_unavailable"
    await checkout.pay(await checkout.ready())

    assert moved(before, await shop.books()) == {world.CARD_NEW: 15_00}


async def test_a_refused_basket_leaves_no_card_reserved(shop: Shop) -> None:
    made = await shop.control("POST", "/seed/leat", {"giftcards": [{}, {}]})
    first, second = (card["hash"] for card in made["giftcards"])
    sold = basket(giftcard(world.CARD_NEW))
    await shop.open(sold)
    taken = giftcard(world.CARD_NEW, line_id="z")

    assert await refusal(shop, [giftcard(first), taken]) == "card_already_sold"
    till = await shop.open(drinks := basket(flat_whites()))
    message = put(giftcard(second), taken, of=drinks)
    assert await till.refused("put_basket", message) == "card_already_sold"

    seen = (await shop.open(basket(giftcard(first), giftcard(second, line_id="h")))).view
    assert effects(seen, "reserve") == ["applied"] * 2
