"""The basket before the payment: replaced, quoted anew, and what no longer fits let go."""

from typing import Any

from tests.support.finding import effects, moved, offer, tenders, voucher, voucher_id
from tests.support.shop import Checkout, Shop, basket, flat_whites
from tillsaga.domain import messages as m
from tillsaga.sandbox import world

CAKE = {"line_id": "2", "sku": "CAKE", "title": "Cheesecake", "unit_amount": 4_50}


def put(sold: dict[str, Any]) -> m.PutBasket:
    return m.PutBasket.model_validate({"basket": sold})


def reopen(shop: Shop, sold: dict[str, Any]) -> m.OpenCheckout:
    fields = {"store_id": shop.store.id, "terminal_id": "till-1", "basket": sold}
    return m.OpenCheckout.model_validate(fields)


def shown(checkout: Checkout) -> dict[str, Any]:
    """What the till sees of the sale itself."""
    wanted = ("status", "basket", "totals", "members", "offers", "attention", "instruction")
    return {name: checkout.view[name] for name in wanted}


async def with_two_cards(shop: Shop, sold: dict[str, Any]) -> Checkout:
    checkout = await shop.open(sold, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 5_00)
    await checkout.giftcard(world.CARD_5, 5_00)
    return checkout


async def test_a_new_basket_is_priced_anew(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    assert checkout.view["totals"]["discount_amount"] == 1_15

    await checkout.ok("put_basket", put(basket(flat_whites(1), id=sold["id"])))

    assert checkout.view["totals"]["discount_amount"] == 35
    assert checkout.view["totals"]["due_amount"] == 3_15
    assert moved(before, await shop.books()) == {}


async def test_an_offer_that_no_longer_fits_is_released_and_says_why(shop: Shop) -> None:
    sold = basket()
    checkout = await shop.open(sold, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    held = voucher_id(await shop.books(), world.VOUCHER_COFFEE)

    seen = await checkout.ok("put_basket", put(basket(CAKE, id=sold["id"])))

    gone = offer(seen, held)
    assert (gone["status"], gone["refusal"]["code"]) == ("released", "no_longer_fits")
    assert gone["hold_expires_at"] is None
    assert seen["totals"]["due_amount"] == 4_50
    assert voucher(await shop.books(), world.VOUCHER_COFFEE)["status"] == "ACTIVE"


async def test_an_offer_is_offered_again_once_the_basket_fits_again(shop: Shop) -> None:
    sold = basket()
    checkout = await shop.open(sold, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    offer_id = voucher_id(await shop.books(), world.VOUCHER_COFFEE)
    await checkout.ok("put_basket", put(basket(CAKE, id=sold["id"])))

    seen = await checkout.ok("put_basket", put(sold))
    assert offer(seen, offer_id)["status"] == "available"
    await checkout.offer(offer_id)

    assert checkout.view["totals"]["discount_amount"] == 3_50
    assert voucher(await shop.books(), world.VOUCHER_COFFEE)["status"] == "LOCKED"


async def test_charged_tenders_are_reduced_newest_first(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await with_two_cards(shop, sold)

    await checkout.ok("put_basket", put(basket(flat_whites(), id=sold["id"])))

    assert tenders(checkout.view) == [("charged", 5_00), ("reversed", 5_00), ("charged", 2_00)]
    assert checkout.view["totals"]["due_amount"] == 0
    assert effects(checkout.view, "charge_giftcard") == ["applied", "reversed", "applied"]
    moves = moved(before, await shop.books())
    assert moves == {world.CARD_20: -5_00, world.CARD_5: -2_00}


async def test_a_tender_without_room_is_reversed_whole(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await with_two_cards(shop, sold)

    await checkout.ok("put_basket", put(basket(flat_whites(1), id=sold["id"])))

    assert tenders(checkout.view) == [("reversed", 5_00), ("reversed", 5_00), ("charged", 3_50)]
    assert moved(before, await shop.books()) == {world.CARD_20: -3_50}


async def test_a_tender_is_reduced_once_though_its_reversal_is_in_doubt(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold)
    await checkout.giftcard(world.CARD_20)
    await shop.fault("drop_before", "giftcard_transaction.reverse")
    await shop.fault("maintenance", "giftcard_transaction.list")

    await checkout.ok("put_basket", put(basket(flat_whites(1), id=sold["id"])))
    seen = await checkout.until(lambda s: effects(s, "charge_giftcard") == ["reversed", "applied"])

    assert (tenders(seen), seen["attention"]) == ([("reversed", 11_50), ("charged", 3_50)], [])
    assert moved(before, await shop.books()) == {world.CARD_20: -3_50}


async def test_a_refused_reversal_refuses_the_basket_and_all_is_as_before(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.giftcard(world.CARD_20, 8_00)
    stood = shown(checkout)
    await shop.fault("refuse", "giftcard_transaction.reverse", code=5006)

    smaller = put(basket(CAKE, id=sold["id"]))
    assert await checkout.refused("put_basket", smaller) == "tender_exceeds_total"

    assert shown(checkout) == stood
    assert tenders(checkout.view) == [("charged", 8_00)]
    assert effects(checkout.view, "charge_giftcard") == ["applied"]
    assert moved(before, await shop.books()) == {world.CARD_20: -8_00}
    assert voucher(await shop.books(), world.VOUCHER_COFFEE)["status"] == "LOCKED"


async def test_what_was_reduced_before_a_refused_reversal_is_charged_again(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await with_two_cards(shop, sold)
    await shop.fault("refuse", "giftcard_transaction.reverse", code=5006, after=1)

    smaller = put(basket(flat_whites(1), id=sold["id"]))
    assert await checkout.refused("put_basket", smaller) == "tender_exceeds_total"

    assert tenders(checkout.view) == [("charged", 5_00), ("reversed", 5_00), ("charged", 5_00)]
    assert checkout.view["totals"]["due_amount"] == 1_50
    moves = moved(before, await shop.books())
    assert moves == {world.CARD_20: -5_00, world.CARD_5: -5_00}


async def test_a_charge_that_could_not_be_reduced_is_paid_with_and_needs_nobody(
    shop: Shop,
) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold)
    await checkout.giftcard(world.CARD_20, 8_00)
    await shop.fault("refuse", "giftcard_transaction.reverse", code=5006)
    await checkout.refused("put_basket", put(basket(flat_whites(1), id=sold["id"])))

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert moved(before, await shop.books()) == {world.CARD_20: -8_00}


async def test_a_charge_that_could_not_be_reduced_is_still_given_back(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold)
    await checkout.giftcard(world.CARD_20, 8_00)
    await shop.fault("drop_before", "giftcard_transaction.reverse", times=None)
    await shop.fault("drop_before", "giftcard_transaction.list", times=None)
    await shop.fault("drop_before", "giftcard.get", times=None)
    await checkout.say("put_basket", put(basket(flat_whites(1), id=sold["id"])))
    await shop.mend()

    seen = await checkout.ok("cancel", m.Cancel(reason="left"))

    assert (seen["status"], seen["attention"]) == ("cancelled", [])
    assert moved(before, await shop.books()) == {}


async def test_the_basket_is_frozen_once_ready(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold)
    await checkout.ready()
    smaller = basket(flat_whites(1), id=sold["id"])

    assert await checkout.refused("put_basket", put(smaller)) == "basket_frozen"
    assert await checkout.refused("open", reopen(shop, smaller)) == "basket_frozen"
    await checkout.ok("reopen", m.Reopen())
    seen = await checkout.ok("put_basket", put(smaller))

    assert seen["totals"]["basket_amount"] == 3_50
    assert moved(before, await shop.books()) == {}


async def test_a_basket_that_cannot_be_is_refused_and_changes_nothing(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold, world.ANN_CARD)
    stood = shown(checkout)
    back = {**CAKE, "quantity": "-1"}
    wrong = {
        "other money": basket(id=sold["id"], currency="USD"),
        "other sum": basket(id=sold["id"], total_amount=11_49),
        "other id": basket(),
        "only returns": basket(back, id=sold["id"]),
    }
    codes = {why: await checkout.refused("put_basket", put(it)) for why, it in wrong.items()}

    assert codes.pop("other money") == "currency_mismatch"
    assert set(codes.values()) == {"basket_mismatch"}
    assert shown(checkout) == stood
    assert moved(before, await shop.books()) == {}


async def test_the_same_basket_opened_again_is_the_same_checkout(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 2_00)
    stood = shown(checkout)

    reply = await checkout.say("open", reopen(shop, sold))

    assert (reply.status, reply.refusal) == (200, None)
    assert (checkout.view["id"], shown(checkout)) == (checkout.id, stood)
    assert moved(before, await shop.books()) == {world.CARD_20: -2_00}


async def test_other_content_opened_under_the_same_id_replaces_the_basket(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout = await shop.open(sold)
    await checkout.giftcard(world.CARD_20, 5_00)

    reply = await checkout.say("open", reopen(shop, basket(flat_whites(1), id=sold["id"])))

    assert (reply.status, reply.refusal) == (200, None)
    assert checkout.view["totals"]["basket_amount"] == 3_50
    assert moved(before, await shop.books()) == {world.CARD_20: -3_50}


async def test_goods_taken_back_lower_what_is_due_and_take_no_discount(shop: Shop) -> None:
    before = await shop.books()
    back = {**CAKE, "line_id": "9", "quantity": "-1"}
    checkout = await shop.open(basket(flat_whites(4), back), world.ANN_CARD)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)

    lines = {line["line_id"]: line for line in checkout.view["basket"]["lines"]}
    assert (lines["9"]["discount_amount"], lines["9"]["total_amount"]) == (0, -4_50)
    assert await checkout.ready() == 14_00 - 1_40 - 4_50
    seen = await checkout.pay(8_10)

    points = seen["earned"][0]["points"]
    spent = {world.VOUCHER_TEN_PERCENT: 1, f"points:{world.ANN}": points}
    assert moved(before, await shop.books()) == spent
    assert points == 8


async def test_a_checkout_that_could_not_open_still_answers(shop: Shop) -> None:
    before, sold = await shop.books(), basket()
    checkout, reply = await shop.try_open(basket(id=sold["id"], currency="USD"))
    assert reply.refusal is not None
    messages = {
        "identify": m.Identify(type="card", value=world.ANN_CARD),
        "apply_offer": m.ApplyOffer(code=world.VOUCHER_FLYER),
        "add_tender": m.AddTender(type="giftcard", reference=world.CARD_20),
        "ready": m.MakeReady(),
    }
    codes = {await checkout.refused(name, said) for name, said in messages.items()}
    assert codes == {"state_conflict"}

    reply = await checkout.say("open", reopen(shop, sold))

    assert (reply.status, checkout.view["totals"]["due_amount"]) == (201, 11_50)
    assert moved(before, await shop.books()) == {}


async def test_a_vendor_that_is_away_leaves_what_is_held(shop: Shop) -> None:
    sold = basket()
    checkout = await shop.open(sold, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await shop.fault("maintenance", "contact.get", times=None)

    seen = await checkout.ok("put_basket", put(basket(flat_whites(), id=sold["id"])))

    assert seen["degraded"] == [{"provider": "leat", "reason": "vendor_unavailable"}]
    assert (seen["totals"]["discount_amount"], seen["totals"]["due_amount"]) == (3_50, 3_50)
    assert seen["members"][0]["member_id"] == world.ANN
    assert voucher(await shop.books(), world.VOUCHER_COFFEE)["status"] == "LOCKED"
