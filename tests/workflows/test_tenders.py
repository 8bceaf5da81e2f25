"""Stored value that pays a part: charged at once, once, and never more than is there or due."""

from typing import Any

from tests.support.finding import effects, moved, tenders
from tests.support.ledger import changes, expected
from tests.support.shop import Checkout, Shop, basket, flat_whites
from tillsaga.domain import messages as m
from tillsaga.sandbox import world


def card(code: str, amount: int | None = None) -> m.AddTender:
    return m.AddTender(type="giftcard", reference=code, amount=amount)


WRONG = {
    card(world.CARD_5, 5_01): "insufficient_balance",
    card(world.CARD_20, 11_51): "tender_exceeds_total",
    card(world.CARD_NEW): "insufficient_balance",
    card("NO-SUCH-CARD"): "card_not_found",
    card(world.CARD_INACTIVE): "tender_refused",
    card(world.CARD_EXPIRED): "tender_refused",
    m.AddTender(type="prepaid"): "member_required",
    m.AddTender(type="prepaid", reference="nobody"): "member_not_found",
    m.AddTender(type="points"): "tender_refused",
    m.AddTender(type="wallet", reference="P-1"): "tender_refused",
}


async def why_not(checkout: Checkout, message: m.AddTender) -> tuple[str, str]:
    """Add a tender that must be refused; answers code and detail."""
    reply = await checkout.say("add_tender", message)
    assert reply.refusal is not None
    return reply.refusal.code, reply.refusal.detail


async def remove(checkout: Checkout, number: int) -> Any:
    return await checkout.ok("remove_tender", m.RemoveTender(tender_id=f"tnd_{number}"))


async def test_a_card_pays_what_is_asked_or_all_that_is_due_or_all_it_has(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    await checkout.giftcard(world.CARD_20, 4_00)  # a part
    await checkout.giftcard(world.CARD_5)  # its whole balance
    await checkout.giftcard(world.CARD_SMALL)  # the rest of the bill

    seen = checkout.view
    assert tenders(seen) == [("charged", 4_00), ("charged", 5_00), ("charged", 2_50)]
    assert [t["balance_after_amount"] for t in seen["tenders"]] == [16_00, 0, 7_50]
    assert [t["reference"] for t in seen["tenders"]] == ["****3ABC", "****6DEF", "****CARD"]
    assert await checkout.ready() == 0
    after = await shop.books()
    spent = {world.CARD_20: -4_00, world.CARD_5: -5_00, world.CARD_SMALL: -2_50}
    assert moved(before, after) == spent
    assert changes(before, after) == expected(seen, world.ANN, after)


async def test_what_the_cards_leave_is_due(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_5)
    await checkout.prepaid(1_50)
    assert await checkout.ready() == 5_00

    seen = await checkout.pay(5_00)

    assert (seen["status"], seen["totals"]["tender_amount"]) == ("completed", 6_50)
    after = await shop.books()
    assert changes(before, after) == expected(seen, world.ANN, after)


async def test_the_same_card_again_is_the_same_tender(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    await checkout.giftcard(world.CARD_20, 3_00)
    for amount in (3_00, None):
        await checkout.giftcard(world.CARD_20, amount)
    assert await checkout.refused("add_tender", card(world.CARD_20, 2_00)) == "tender_exists"

    assert tenders(checkout.view) == [("charged", 3_00)]
    assert moved(before, await shop.books()) == {world.CARD_20: -3_00}


async def test_tenders_that_cannot_pay_are_refused_and_nothing_is_charged(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    codes = {message: (await why_not(checkout, message))[0] for message in WRONG}

    assert codes == WRONG
    assert (await why_not(checkout, card(world.CARD_5, 5_01)))[1] == "500 is available"
    assert (tenders(checkout.view), checkout.view["effects"]) == ([], [])
    assert moved(before, await shop.books()) == {}


async def test_nothing_more_is_charged_when_nothing_is_due(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(basket(flat_whites(1)))
    await checkout.giftcard(world.CARD_20)

    assert await checkout.refused("add_tender", card(world.CARD_5)) == "nothing_due"
    await checkout.giftcard(world.CARD_20)  # the tender that is there

    assert moved(before, await shop.books()) == {world.CARD_20: -3_50}


async def test_prepaid_credit_pays_for_its_member_or_by_reference(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.BOB_CARD)
    assert (await why_not(checkout, m.AddTender(type="prepaid")))[1] == "0 is available"

    anns = m.AddTender(type="prepaid", reference=world.ANN_CARD, amount=4_00)
    seen = await checkout.ok("add_tender", anns)

    assert seen["tenders"][0]["balance_after_amount"] == 21_00
    assert moved(before, await shop.books()) == {f"prepaid:{world.ANN}": -4_00}


async def test_a_tender_removed_and_added_again_is_the_next_generation(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    await checkout.giftcard(world.CARD_20, 3_00)
    for _ in range(2):
        await remove(checkout, 1)
    assert moved(before, await shop.books()) == {}
    unknown = m.RemoveTender(tender_id="tnd_9")
    assert await checkout.refused("remove_tender", unknown) == "tender_not_found"

    await checkout.giftcard(world.CARD_20, 2_00)

    ids = [effect["id"].rpartition("#")[2] for effect in checkout.view["effects"]]
    assert (ids, effects(checkout.view, "charge_giftcard")) == (["1", "2"], ["reversed", "applied"])
    assert tenders(checkout.view) == [("reversed", 3_00), ("charged", 2_00)]
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}


async def test_a_tender_that_a_later_offer_leaves_no_room_for_is_reduced(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20)

    seen = await checkout.scan(world.VOUCHER_COFFEE)

    assert tenders(seen) == [("reversed", 11_50), ("charged", 8_00)]
    assert (seen["totals"]["discount_amount"], seen["totals"]["due_amount"]) == (3_50, 0)
    assert moved(before, await shop.books()) == {world.CARD_20: -8_00}


async def test_an_offer_is_refused_when_a_tender_cannot_be_reduced_for_it(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20)
    await shop.fault("refuse", "giftcard_transaction.reverse", code=5006)

    message = m.ApplyOffer(code=world.VOUCHER_COFFEE)
    assert await checkout.refused("apply_offer", message) == "tender_exceeds_total"

    seen = checkout.view
    assert (tenders(seen), seen["totals"]["discount_amount"]) == ([("charged", 11_50)], 0)
    assert (effects(seen, "lock_voucher"), seen["attention"]) == (["reversed"], [])
    assert moved(before, await shop.books()) == {world.CARD_20: -11_50}


async def test_a_charge_whose_answer_is_lost_is_found_at_once(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    await shop.fault("drop_after", "giftcard_transaction.create")

    reply = await checkout.say("add_tender", card(world.CARD_20, 2_00))

    assert (reply.status, reply.refusal, tenders(checkout.view)) == (200, None, [("charged", 2_00)])
    assert checkout.view["tenders"][0]["balance_after_amount"] == 18_00
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}


async def in_doubt(shop: Shop, kind: str) -> Checkout:
    """A checkout with a charge of which nobody can say yet whether it happened."""
    checkout = await shop.open()
    await shop.fault(kind, "giftcard_transaction.create")
    await shop.fault("maintenance", "giftcard_transaction.list", times=None)
    reply = await checkout.say("add_tender", card(world.CARD_20, 2_00))
    assert (reply.status, checkout.view["instruction"]) == (202, "wait")
    assert tenders(checkout.view) == [("in_doubt", 2_00)]
    return checkout


async def test_a_charge_in_doubt_is_waited_for_and_then_charged(shop: Shop) -> None:
    before = await shop.books()
    checkout = await in_doubt(shop, "drop_after")
    assert await checkout.refused("ready", m.MakeReady()) == "tender_in_doubt"
    await shop.mend()

    seen = await checkout.until(lambda s: tenders(s) == [("charged", 2_00)])

    assert (seen["instruction"], seen["tenders"][0]["balance_after_amount"]) == (None, 18_00)
    await checkout.giftcard(world.CARD_20, 2_00)
    assert await checkout.ready() == 9_50
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}


async def test_a_charge_that_never_happened_is_refused_and_may_be_tried_again(shop: Shop) -> None:
    before = await shop.books()
    checkout = await in_doubt(shop, "drop_before")
    await shop.mend()

    seen = await checkout.until(lambda s: tenders(s) == [("refused", 2_00)])
    assert (seen["instruction"], moved(before, await shop.books())) == (None, {})
    await checkout.giftcard(world.CARD_20, 2_00)

    assert effects(checkout.view, "charge_giftcard") == ["refused", "applied"]
    assert await checkout.ready() == 9_50
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}


async def test_a_tender_removed_while_in_doubt_leaves_nothing(shop: Shop) -> None:
    before = await shop.books()
    checkout = await in_doubt(shop, "drop_after")
    await remove(checkout, 1)
    await shop.mend()

    await checkout.until(lambda s: effects(s, "charge_giftcard") == ["reversed"])

    assert tenders(checkout.view) == [("reversed", 2_00)]
    assert await checkout.ready() == 11_50
    assert moved(before, await shop.books()) == {}


async def test_what_the_card_cannot_pay_before_a_charge_is_back_the_till_collects(
    shop: Shop,
) -> None:
    """The smaller charge was refused, and the smaller basket with it."""
    before, opened = await shop.books(), basket()
    checkout = await shop.open(opened)
    await checkout.giftcard(world.CARD_20, 11_50)
    await shop.fault("drop_before", "giftcard_transaction.reverse")
    await shop.fault("maintenance", "giftcard_transaction.list", times=None)

    cheaper = {"line_id": "2", "sku": "CAKE", "title": "Cheesecake", "unit_amount": 2_50}
    fewer = opened | {"lines": [flat_whites(), cheaper]}
    seen = await checkout.ok("put_basket", m.PutBasket.model_validate({"basket": fewer}))

    assert tenders(seen) == [("reversed", 11_50), ("refused", 9_50)]
    assert seen["totals"]["due_amount"] == 9_50
    again = card(world.CARD_20, 9_50)
    assert await checkout.refused("add_tender", again) == "vendor_unavailable"
    await shop.mend()
    await checkout.until(lambda s: effects(s, "charge_giftcard") == ["reversed", "refused"])
    await checkout.ok("add_tender", again)
    assert moved(before, await shop.books()) == {world.CARD_20: -9_50}


async def test_a_vendor_that_is_away_refuses_for_now_and_charges_nothing(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    await shop.fault("rate_limited", "giftcard_transaction.create", retry_after=9)
    tender = card(world.CARD_20, 2_00)
    assert await checkout.refused("add_tender", tender) == "vendor_unavailable"
    await shop.fault("maintenance", "giftcard.find")
    assert await checkout.refused("add_tender", tender) == "vendor_unavailable"

    await checkout.giftcard(world.CARD_20, 2_00)

    assert tenders(checkout.view) == [("refused", 2_00), ("charged", 2_00)]
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}


async def test_a_refused_reversal_keeps_the_tender_and_a_cancel_tells_a_person(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    await checkout.giftcard(world.CARD_20, 2_00)
    await shop.fault("refuse", "giftcard_transaction.reverse", code=5006)
    message = m.RemoveTender(tender_id="tnd_1")
    assert await checkout.refused("remove_tender", message) == "tender_refused"
    assert (tenders(checkout.view), checkout.view["attention"]) == ([("charged", 2_00)], [])

    seen = await checkout.ok("cancel", m.Cancel(reason="left"))

    assert [(a["code"], a["amount"]) for a in seen["attention"]] == [("undo_failed", 2_00)]
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}
