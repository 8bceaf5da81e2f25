"""A sold gift card or top-up comes back and has been spent: what the store's policy says."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.finding import effects, moved
from tests.support.refunding import body, codes, give_back, lines, refusal
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world

POLICIES = ("refuse", "take_what_is_left", "review")
CARD, TOP_UP = "1", "2"


@pytest.fixture(params=POLICIES)
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    policy = f"spent_value_on_refund: {request.param}"
    async with open_shop(tmp_path, policy=policy) as opened:
        yield opened


@pytest.fixture(params=POLICIES[1:])
async def taking(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    policy = f"spent_value_on_refund: {request.param}"
    async with open_shop(tmp_path, policy=policy) as opened:
        yield opened


def policy_of(shop: Shop) -> str:
    return shop.store.policy.spent_value_on_refund


async def sell_value(shop: Shop) -> Checkout:
    """A card with 25.00, a top-up of 30.00 to 25.00 of credit, and two flat whites."""
    card = {"line_id": CARD, "type": "giftcard_sale", "title": "Card", "unit_amount": 25_00}
    credit = {"line_id": TOP_UP, "type": "prepaid_topup", "title": "Top", "unit_amount": 30_00}
    goods = basket(card | {"reference": world.CARD_NEW}, credit, flat_whites(line_id="3"))
    checkout = await shop.open(goods, world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


async def spend(shop: Shop, line_id: str, amount: int) -> None:
    """Somebody pays with what was sold, and takes the goods."""
    other = await charge(shop, line_id, amount)
    assert (await other.pay(await other.ready()))["status"] == "completed"


async def charge(shop: Shop, line_id: str, amount: int) -> Checkout:
    """Somebody is about to pay with what was sold."""
    meal = {"line_id": "1", "sku": "X", "title": "Dinner", "unit_amount": 60_00}
    other = await shop.open(basket(meal), world.ANN_CARD)
    if line_id == CARD:
        await other.giftcard(world.CARD_NEW, amount)
    else:
        await other.prepaid(amount)
    return other


def held(books: Any, line_id: str) -> int:
    """What is on the card, or the customer's account."""
    if line_id == TOP_UP:
        return int(books["prepaid"][world.ANN]["balance"])
    cards = {card["hash"]: int(card["balance"]) for card in books["giftcards"].values()}
    return cards[world.CARD_NEW]


SPENT = {CARD: 5_00, TOP_UP: 30_00}
"""20.00 of the card's 25.00 are left then, and 25.00 of the top-up's 30.00."""
LOADED = {CARD: 25_00, TOP_UP: 30_00}


@pytest.mark.parametrize("line_id", [CARD, TOP_UP])
async def test_value_that_was_spent_follows_the_stores_policy(shop: Shop, line_id: str) -> None:
    before = await shop.books()
    checkout = await sell_value(shop)
    await spend(shop, line_id, SPENT[line_id])
    books = await shop.books()
    left = LOADED[line_id] - 5_00

    asked = lines([(line_id, "1")])
    foreseen = await give_back(checkout, "r-1", dry_run=True, **asked)
    assert await shop.books() == books
    reply = await give_back(checkout, "r-1", **asked)

    account = {CARD: world.CARD_NEW, TOP_UP: f"prepaid:{world.ANN}"}[line_id]
    if policy_of(shop) == "refuse":
        assert [refusal(foreseen), refusal(reply)] == ["sold_value_spent"] * 2
        assert str(left) in str(reply.refusal and reply.refusal.detail)
        assert await shop.books() == books
        return
    assert moved(before, await shop.books()).get(account) == {CARD: None, TOP_UP: -25_00}[line_id]
    paid = LOADED[line_id] if policy_of(shop) == "review" else left
    assert [body(r)["amount"] for r in (foreseen, reply)] == [paid] * 2
    assert [g["amount"] for g in body(reply)["give_back"]] == [paid]
    reviewed = ("attention", ["sold_value_spent"])
    expected = reviewed if policy_of(shop) == "review" else ("completed", [])
    assert (body(reply)["status"], codes(reply)) == expected
    assert [a["amount"] for a in body(reply)["attention"]] == [5_00] * len(codes(reply))


async def test_value_that_is_all_spent_pays_nothing_back(shop: Shop) -> None:
    checkout = await sell_value(shop)
    await spend(shop, CARD, 25_00)

    reply = await give_back(checkout, "r-1", **lines([(CARD, "1")]))

    if policy_of(shop) == "review":
        assert (body(reply)["status"], codes(reply)) == ("attention", ["sold_value_spent"])
        assert body(reply)["attention"][0]["amount"] == 25_00
    else:
        assert refusal(reply) == "sold_value_spent"


async def test_the_rest_of_the_sale_comes_back_to_the_cent(taking: Shop) -> None:
    before = await taking.books()
    checkout = await sell_value(taking)
    await spend(taking, CARD, 25_00)

    coffee = await give_back(checkout, "r-1", **lines([("3", "1")]))
    rest = await give_back(checkout, "r-2")
    more = await give_back(checkout, "r-3")

    review = policy_of(taking) == "review"
    amounts = [body(reply)["amount"] for reply in (coffee, rest)]
    assert amounts == [3_50, 58_50 if review else 33_50]
    card = next(line for line in body(rest)["lines"] if line["line_id"] == CARD)
    assert card["amount"] == (25_00 if review else 0)
    assert card.get("withheld_amount", 0) == (0 if review else 25_00)
    assert refusal(more) == "refund_exceeds_sale"
    the_dinners = {f"points:{world.ANN}": 60}
    assert moved(before, await taking.books()) == the_dinners


async def test_what_was_not_spent_comes_back_whole_under_every_policy(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sell_value(shop)

    reply = await give_back(checkout, "r-1")

    assert (body(reply)["status"], body(reply)["amount"]) == ("completed", 62_00)
    assert moved(before, await shop.books()) == {}


async def test_value_that_was_spent_and_given_back_comes_back_whole(shop: Shop) -> None:
    checkout = await sell_value(shop)
    other = await charge(shop, CARD, 5_00)
    await other.ok("cancel", m.Cancel(reason="customer left"))

    reply = await give_back(checkout, "r-1", **lines([(CARD, "1")]))

    assert (body(reply)["status"], body(reply)["amount"]) == ("completed", 25_00)


async def test_two_top_ups_of_one_account_are_not_promised_twice(shop: Shop) -> None:
    top_ups = [
        {"line_id": i, "type": "prepaid_topup", "title": "Top", "unit_amount": 20_00} for i in "12"
    ]
    checkout = await shop.open(basket(*top_ups), world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    await spend(shop, TOP_UP, 60_00 - 25_00)

    reply = await give_back(checkout, "r-1")

    if policy_of(shop) == "refuse":
        assert refusal(reply) == "sold_value_spent"
        return
    assert held(await shop.books(), TOP_UP) == 0
    paid = {"review": 40_00, "take_what_is_left": 30_00}[policy_of(shop)]
    assert body(reply)["amount"] == paid


# --- between our look and the vendor's answer -----------------------------------------------------

UNLOAD = {CARD: "giftcard_transaction.reverse", TOP_UP: "prepaid_transaction.reverse"}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("line_id", [CARD, TOP_UP])
async def test_value_spent_after_our_look_is_a_case_with_the_amount(
    tmp_path: Path, policy: str, line_id: str
) -> None:
    """The till has been promised all of it: what is there is taken, the rest is a person's."""
    policy = f"spent_value_on_refund: {policy}, answer_budget: 3s"
    async with open_shop(tmp_path, policy=policy) as shop:
        checkout = await sell_value(shop)
        if line_id == TOP_UP:
            await spend(shop, TOP_UP, 25_00)
        await shop.fault("maintenance", UNLOAD[line_id], times=None)
        pending = await give_back(checkout, "r-1", **lines([(line_id, "1")]))
        assert (body(pending)["status"], body(pending)["amount"]) == ("pending", LOADED[line_id])

        await spend(shop, line_id, 5_00)
        await shop.mend()
        assert await checkout.ended() == "completed"
        reply = await give_back(checkout, "r-1", **lines([(line_id, "1")]))

        assert (body(reply)["status"], codes(reply)) == ("attention", ["sold_value_spent"])
        assert [a["amount"] for a in body(reply)["attention"]] == [5_00]
        assert body(reply)["amount"] == LOADED[line_id]
        assert held(await shop.books(), line_id) == 0
        taken = {CARD: "take_from_giftcard", TOP_UP: "take_from_prepaid"}[line_id]
        assert effects(checkout.view, taken) == ["applied"]


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "maintenance"])
@pytest.mark.parametrize("line_id", [CARD, TOP_UP])
async def test_what_is_left_is_taken_once_whatever_answer_is_lost(
    taking: Shop, line_id: str, kind: str
) -> None:
    checkout = await sell_value(taking)
    await spend(taking, line_id, SPENT[line_id])
    call = {CARD: "giftcard_transaction.create", TOP_UP: "prepaid_transaction.create"}[line_id]
    await taking.fault(kind, call)

    reply = await give_back(checkout, "r-1", **lines([(line_id, "1")]))
    assert await checkout.ended() == "completed"

    again = await give_back(checkout, "r-1", **lines([(line_id, "1")]))
    assert body(again)["amount"] == body(reply)["amount"]
    assert body(again)["status"] in ("completed", "attention")
    assert held(await taking.books(), line_id) == 0


async def test_a_vendor_that_does_not_say_what_is_left_is_waited_for_only_by_a_person(
    shop: Shop,
) -> None:
    checkout = await sell_value(shop)
    await shop.fault("maintenance", "giftcard.get", times=None)

    reply: Any = await give_back(checkout, "r-1", **lines([(CARD, "1")]))

    if policy_of(shop) != "review":
        assert refusal(reply) == "vendor_unavailable"
        assert effects(checkout.view, "load_giftcard") == ["applied"]
        await shop.mend()
        reply = await give_back(checkout, "r-1", **lines([(CARD, "1")]))
    assert body(reply)["status"] == "completed"
