"""Single scenes of the connector against the sandbox, over real HTTP."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import JsonValue

from tests.connectors.letstrade_cases import (
    Box,
    Till,
    Trace,
    basket,
    connector,
    member,
    order,
)
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.offers import Identifier
from tillsaga.sandbox.letstrade import world


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def letstrade(shop: Box) -> AsyncIterator[LetsTrade]:
    held = connector(shop)
    yield held
    await held.aclose()


# --- the quote ------------------------------------------------------------------------------------


async def test_l3_a_quote_without_codes_records_no_sale(letstrade: LetsTrade, shop: Box) -> None:
    quote = await letstrade.quote(basket(), None)

    assert (quote.offers, quote.fees_amount) == ((), 0)
    assert shop.rows("baskets")["basket-0001"]["state"] == "QUOTED"
    assert shop.rows("baskets")["basket-0001"]["outstanding_in_cents"] == 100_00
    assert shop.trace() == Trace()


async def test_l5_and_l7_asking_what_codes_are_worth_moves_nothing(
    letstrade: LetsTrade, shop: Box
) -> None:
    whole = await letstrade.find_tender("wallet", world.CODE_PAY, None, basket(), 100_00)
    rest = await letstrade.find_tender("wallet", world.CODE_PAY, None, basket(), 90_00)
    ten = await letstrade.find_offer(world.CODE_TEN, None, basket())

    assert whole is not None
    assert whole.data["split"] == {"wallet": 40_00, "card": 60_00}
    assert rest is not None
    assert rest.data["split"] == {"wallet": 40_00, "card": 50_00}
    assert ten is not None
    assert ten.discount is not None
    assert ten.discount.amount == 10_00
    assert shop.trace() == Trace()


@pytest.mark.parametrize(
    ("amount", "quantity", "left"), [(5_00, "1", 95_00), (10_00, "9", 90_00), (7_77, None, 92_23)]
)
async def test_l11_the_vendor_takes_off_what_the_till_gave(
    letstrade: LetsTrade, shop: Box, amount: int, quantity: str | None, left: int
) -> None:
    voucher = {"id": "x-1", "title": "Flyer", "amount": amount, "sku": world.COFFEE}
    bill = basket(external_vouchers=[voucher | {"quantity": quantity}])

    quote = await letstrade.quote(bill, None)
    await letstrade.operator("finalise").do(order(await Till(letstrade, bill).sell()))

    assert quote.offers == ()
    assert shop.rows("baskets")["basket-0001"]["outstanding_in_cents"] == left
    assert next(iter(shop.rows("orders").values()))["outstanding_in_cents"] == left


async def test_l13_a_code_dies_after_ten_minutes(letstrade: LetsTrade, shop: Box) -> None:
    ten = await Till(letstrade).offer(world.CODE_TEN)
    shop.advance(590)
    assert await letstrade.check_offer(ten) is None

    shop.advance(15)
    lost = (await letstrade.quote(basket(), None, [ten])).offers[0]

    assert await letstrade.check_offer(ten) == "code_expired"
    assert (lost.status, lost.refusal and lost.refusal.code) == ("lost", "code_expired")
    fresh: dict[str, JsonValue] = {"code": "R1", "kind": "R", "user_id": world.THANDI}
    shop.seed(codes=[fresh | {"voucher_id": world.VOUCHER_TEN}])
    assert await letstrade.find_offer("R1", None, basket()) is not None


async def test_codes_of_two_customers_do_not_go_together(letstrade: LetsTrade, shop: Box) -> None:
    other: dict[str, JsonValue] = {"code": "R9", "kind": "R", "user_id": world.PIETER}
    shop.seed(codes=[other | {"voucher_id": world.VOUCHER_PIETER}])
    till = Till(letstrade)

    quote = await letstrade.quote(
        basket(), None, [await till.offer(world.CODE_TEN), await till.offer("R9")]
    )

    assert [offer.status for offer in quote.offers] == ["applied", "lost"]


async def test_deals_and_subscriptions_are_offered(letstrade: LetsTrade, shop: Box) -> None:
    lines = [
        {"line_id": "1", "sku": world.COMBO, "title": "Combo", "unit_amount": 50_00},
        {"line_id": "2", "sku": world.JUICE, "title": "Juice", "unit_amount": 20_00},
        {
            "line_id": "3",
            "sku": world.COFFEE,
            "title": "Flat white",
            "unit_amount": 35_00,
            "provider_ids": {"letstrade": world.COFFEE_PID},
        },
    ]
    bill = basket(lines=lines)

    quote = await letstrade.quote(bill, member(world.LERATO))
    found = {offer.id: offer.discount for offer in quote.offers}

    combo, juice = found["letstrade:deal:d-combo"], found["letstrade:deal:d-juice"]
    coffee = found["letstrade:subscription:sub-coffee"]
    assert combo is not None
    assert juice is not None
    assert coffee is not None
    assert (combo.amount, juice.line_amounts) == (15_00, {"2": 5_00})
    assert coffee.line_amounts == {"3": 35_00}


@pytest.mark.parametrize("amount", [None, 40_00])
async def test_a_deal_that_the_till_did_not_take_lowers_no_tender(
    letstrade: LetsTrade, shop: Box, amount: int | None
) -> None:
    combo = {"line_id": "1", "sku": world.COMBO, "title": "Combo", "unit_amount": 80_00}
    till = Till(letstrade, basket(lines=[combo]))
    sold = await till.sell(pay=world.CODE_PAY, amount=amount)

    await letstrade.operator("finalise").do(order(sold))

    charged = shop.trace().card + 40_00 - shop.trace().wallet
    assert charged == sold.tenders[0].amount
    assert charged + sold.due_amount == 80_00


async def test_an_applied_deal_is_passed_back(letstrade: LetsTrade, shop: Box) -> None:
    combo = {"line_id": "1", "sku": world.COMBO, "title": "Combo", "unit_amount": 80_00}
    bill = basket(lines=[combo])
    deal = (await letstrade.quote(bill, None)).offers[0].model_copy(update={"status": "applied"})
    sold = await Till(letstrade, bill).sell(pay=world.CODE_PAY, offers=(deal,))

    await letstrade.operator("finalise").do(order(sold))

    assert (sold.discount_amount, sold.due_amount) == (15_00, 0)
    assert shop.trace() == Trace(orders=1, wallet=0, card=25_00)


# --- customers ------------------------------------------------------------------------------------


async def test_trap_12_a_customer_is_created_once_and_with_consent_only(
    letstrade: LetsTrade, shop: Box
) -> None:
    before = len(shop.rows("customers"))
    phone = Identifier(type="phone", value="+27 82 999 9999")
    nobody = (await letstrade.identify(phone)).member
    await letstrade.quote(basket(), nobody)
    assert (nobody, len(shop.rows("customers"))) == (None, before)

    agreed = (await letstrade.identify(phone.model_copy(update={"consent": True}))).member
    for _ in range(2):
        await letstrade.quote(basket(), agreed)

    assert len(shop.rows("customers")) == before + 1


async def test_a_known_number_is_not_created(letstrade: LetsTrade, shop: Box) -> None:
    before = len(shop.rows("customers"))
    number = f"{world.CELL_COUNTRY}{world.PIETER_CELL}"
    asked = Identifier(type="phone", value=number, consent=True)

    await letstrade.quote(basket(), (await letstrade.identify(asked)).member)

    assert shop.rows("baskets")["basket-0001"]["user_id"] == world.PIETER
    assert len(shop.rows("customers")) == before
