"""Sheet 3: what a quote answers, its maths, and the little it does leave behind."""

from typing import Any

import pytest

from tests.sandbox.letstrade_till import (
    COFFEES,
    MUFFIN,
    OFFERINGS,
    UUID,
    LetsTradeTill,
    shop,
)
from tillsaga.sandbox.letstrade import world

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio
ON_PROMOTION = COFFEES | {"on_promotion": True, "promotion_price": "4.00"}


async def test_a_bare_quote_has_the_fields_of_the_sheet(shop: LetsTradeTill) -> None:
    oat = {"pid": "c-9", "title": "Oat milk", "price": "0.00", "quantity": "1"}
    lines = [COFFEES | {"condiments": [oat]}, MUFFIN]
    reply = await shop.quote(product_list=lines, service_fee="2.50")

    assert set(reply) == {"order_id", "order_code", "basket"}
    assert len(reply["order_id"]) == 24
    assert reply["basket"] == {
        "uuid": UUID,
        "outstanding_amount": "100.00",
        "service_fee": "2.50",
        "product_handling_fees": "0.00",
        "product_list": [
            COFFEES | {"vouchers": [], "deal": None, "condiments": [oat]},
            MUFFIN | {"vouchers": [], "deal": None, "condiments": []},
        ],
        "vouchers": [],
        "deals": [],
        "subscriptions": [],
    }


@pytest.mark.parametrize(
    ("line", "more", "discount", "price", "left"),
    [
        (COFFEES, {}, "10.00", "30.00", "90.00"),
        (COFFEES, {"value": "99"}, "70.00", "0.00", "30.00"),
        (COFFEES, {"quantity": "1"}, "5.00", "30.00", "95.00"),
        (ON_PROMOTION, {}, "10.00", "30.00", "90.00"),
        (ON_PROMOTION, {"apply_to_promotion": True}, "8.00", "0.00", "92.00"),
        (COFFEES, {"apply_to_promotion": True}, "10.00", "30.00", "90.00"),
        (COFFEES | {"quantity": "0.333"}, {"value": "1.00"}, "0.33", "34.00", "99.67"),
        (COFFEES | {"quantity": "1.5"}, {"value": "0.03"}, "0.05", "34.97", "99.95"),
    ],
)
async def test_an_external_voucher_on_a_product(
    shop: LetsTradeTill, line: Any, more: Any, discount: str, price: str, left: str
) -> None:
    voucher = {"id": "x-1", "value": "5.00", "sku": world.COFFEE, "title": "Own"} | more
    basket = (await shop.quote(product_list=[line], external_vouchers=[voucher]))["basket"]

    shown = basket["product_list"][0]["vouchers"][0]
    assert shown == {
        "_id": "x-1",
        "code": None,
        "title": "Own",
        "apply_to": "PRODUCT",
        "discount": discount,
        "discounted_price": price,
    }
    assert basket["outstanding_amount"] == left


async def test_an_external_voucher_without_a_sku_is_on_the_basket(shop: LetsTradeTill) -> None:
    five, much = {"id": "x-1", "value": "5.55"}, {"id": "x-2", "value": "500"}
    basket = (await shop.quote(external_vouchers=[five, much]))["basket"]

    # Basket discounts are numbers, capped at what is outstanding.
    assert [one["discount"] for one in basket["vouchers"]] == [5.55, 94.45]
    assert basket["outstanding_amount"] == "0.00"


async def test_an_external_voucher_for_an_unknown_sku_is_ignored(shop: LetsTradeTill) -> None:
    voucher = {"id": "x-1", "value": "5.00", "sku": "NOPE"}

    assert (await shop.quote(external_vouchers=[voucher]))["basket"]["vouchers"] == []


async def test_a_product_voucher_shows_texts_on_its_line(shop: LetsTradeTill) -> None:
    code = await shop.mint("R", voucher_id=world.VOUCHER_COFFEE)
    basket = (await shop.quote(code))["basket"]

    assert basket["vouchers"] == []
    shown = basket["product_list"][0]["vouchers"][0]
    assert (shown["code"], shown["discount"]) == (code, "35.00")
    assert basket["outstanding_amount"] == "65.00"
    without = await shop.quote(code, product_list=[MUFFIN])
    assert without["basket"]["outstanding_amount"] == "100.00"


async def test_deals_are_everybodys_on_the_product_or_the_basket(shop: LetsTradeTill) -> None:
    juice = {"sku": world.JUICE, "pid": world.JUICE_PID, "quantity": "2", "price": "20.00"}
    combo = {"sku": world.COMBO, "pid": world.COMBO_PID, "quantity": "1", "price": "60.00"}
    basket = (await shop.quote(product_list=[juice, combo]))["basket"]

    juicy = {"_id": world.DEAL_JUICE, "title": "Juicy", "discount": "10.00"}
    assert basket["product_list"][0]["deal"] == juicy
    assert basket["deals"] == [{"_id": world.DEAL_COMBO, "title": "Combo", "discount": 15}]
    assert basket["outstanding_amount"] == "75.00"


async def test_a_subscription_is_applied_to_the_cheapest_product(shop: LetsTradeTill) -> None:
    tea = {"sku": world.TEA, "pid": world.TEA_PID, "quantity": "1", "price": "30.00"}
    named = {"_id": world.LERATO}
    basket = (await shop.quote(product_list=[COFFEES, tea | {"title": "Tea"}], user=named))[
        "basket"
    ]

    taken = {"redemption_id": world.SUBSCRIPTION}
    assert basket["product_list"][1]["subscription"] == taken | {"discount": "30.00"}
    product = {"product_pid": world.TEA_PID, "product_title": "Tea", "discount": 30}
    assert basket["subscriptions"] == [taken | product]
    assert "subscription" not in basket["product_list"][0]
    assert basket["outstanding_amount"] == "70.00"


@pytest.mark.parametrize(
    ("user", "instruments", "outstanding", "paid", "left"),
    [
        (world.THANDI, ["wallet"], "100.00", {"wallet": 40}, "60.00"),
        (world.THANDI, ["card"], "100.00", {"card": 100}, "0.00"),
        (world.THANDI, None, "30.00", {"wallet": 30, "card": 0}, "0.00"),
        (world.LERATO, None, "250.00", {"loan": 200}, "50.00"),
    ],
)
async def test_a_payment_code_names_each_instrument_it_brought(
    shop: LetsTradeTill, user: str, instruments: Any, outstanding: str, paid: Any, left: str
) -> None:
    code = await shop.mint("P", user, instruments=instruments)
    basket = (await shop.quote(code, outstanding=outstanding, product_list=[MUFFIN]))["basket"]

    shown = {n: basket[n]["amount"] for n in ("wallet", "card", "loan") if n in basket}
    assert shown == paid
    assert basket["outstanding_amount"] == left


async def test_a_cell_number_finds_or_creates_a_customer(shop: LetsTradeTill) -> None:
    """Trap 12: even on a mere quote."""
    cell = {"cell_country_code": world.CELL_COUNTRY, "cell_number": "829999999"}
    for _ in range(2):
        await shop.quote(user=cell | {"name": "Zanele", "email": "z@example.test"})
    made = [c for c in (await shop.books())["customers"].values() if c["origin"] == "till"]
    assert [(one["name"], one["cell_number"]) for one in made] == [("Zanele", "829999999")]

    await shop.quote(user=cell | {"cell_number": world.PIETER_CELL})
    assert (await shop.books())["baskets"][UUID]["user_id"] == world.PIETER
    assert len((await shop.books())["customers"]) == 5


async def test_a_codes_user_outranks_the_tills(shop: LetsTradeTill) -> None:
    """Trap 11; and nobody is created for a cell number that is not looked at."""
    await shop.quote(await shop.ten_off(), user={"cell_number": "829999999"})

    books = await shop.books()
    assert books["baskets"][UUID]["user_id"] == world.THANDI
    assert len(books["customers"]) == 4


async def test_a_user_without_id_or_number_is_nobody(shop: LetsTradeTill) -> None:
    await shop.quote(user={"email": "nobody@example.test"})

    assert (await shop.books())["baskets"][UUID]["user_id"] is None


async def test_the_last_quote_of_a_basket_wins_under_one_order_id(shop: LetsTradeTill) -> None:
    first = await shop.quote()
    second = await shop.quote(await shop.ten_off(), outstanding="50.00")

    kept = (await shop.books())["baskets"][UUID]
    assert first["order_id"] == second["order_id"] == kept["order_id"]
    assert (kept["state"], kept["quotes"]) == ("QUOTED", 2)
    assert kept["outstanding_in_cents"] == 4000


async def test_a_finalised_basket_can_be_quoted_but_keeps_its_end(shop: LetsTradeTill) -> None:
    """Sheet 2: FINALISED is the end; trap 4: a bill without codes cannot be probed."""
    await shop.finalise()
    await shop.quote()

    assert (await shop.basket_state()) == "FINALISED"
    assert (await shop.refused(OFFERINGS, uuid=None))[0] == 400
