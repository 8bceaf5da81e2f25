"""Sheet 10: one test per acceptance case, named after its row."""

from typing import Any

import httpx
import pytest

from tests.sandbox.letstrade_till import (
    FINALISE,
    OFFERINGS,
    REFUND,
    TEN_OFF,
    UUID,
    LetsTradeTill,
    basket_b,
    refusal,
    shop,
)
from tillsaga.sandbox.letstrade import world

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio


async def test_l1_offerings_without_authorization_are_401_and_leave_no_state(
    shop: LetsTradeTill,
) -> None:
    body = {"store_id": world.STORE, "terminal_id": world.TERMINAL}
    sent = body | {"basket": basket_b(outstanding="100.00", user={"cell_number": "1"})}
    before = await shop.books()

    for token in (None, "somebody-else"):
        answer = await shop.post(OFFERINGS, sent, token)
        assert refusal(answer) == (401, "Unauthorized")

    assert await shop.books() == before


async def test_l3_offerings_for_the_qr_print_take_nothing_off_and_record_no_sale(
    shop: LetsTradeTill,
) -> None:
    answer = await shop.ask(OFFERINGS, None)
    basket = answer.json()["basket"]

    assert basket["outstanding_amount"] == "100.00"
    assert basket["vouchers"] == []
    assert {"card", "wallet", "loan"}.isdisjoint(basket)
    assert (await shop.books())["orders"] == {}


async def test_l5_a_payment_code_simulates_wallet_40_and_card_60(shop: LetsTradeTill) -> None:
    basket = (await shop.quote(await shop.mint("P")))["basket"]

    assert (basket["wallet"], basket["card"]) == ({"amount": 40.0}, {"amount": 60.0})
    assert basket["outstanding_amount"] == "0.00"
    assert await shop.money() == (4000, 0)


async def test_l7_a_voucher_comes_off_before_the_payment(shop: LetsTradeTill) -> None:
    redeem = await shop.ten_off()
    basket = (await shop.quote(redeem, await shop.mint("P")))["basket"]

    assert basket["vouchers"] == [{"_id": world.VOUCHER_TEN, "code": redeem} | TEN_OFF]
    assert (basket["wallet"]["amount"], basket["card"]["amount"]) == (40, 50)
    assert basket["outstanding_amount"] == "0.00"


async def test_l9_offerings_without_outstanding_are_400_naming_the_field(
    shop: LetsTradeTill,
) -> None:
    refused = await shop.refused(OFFERINGS, outstanding=None)

    assert refused == (400, '"basket.outstanding" is required')


@pytest.mark.parametrize(
    ("quantity", "discount", "left"), [("1", "5.00", "95.00"), ("9", "10.00", "90.00")]
)
async def test_l11_an_external_voucher_discounts_so_many_units_capped_at_the_line(
    shop: LetsTradeTill, quantity: str, discount: str, left: str
) -> None:
    voucher = {"id": "x-1", "value": "5.00", "sku": world.COFFEE, "quantity": quantity}
    basket = (await shop.quote(external_vouchers=[voucher]))["basket"]

    assert basket["outstanding_amount"] == left
    assert basket["product_list"][0]["vouchers"][0]["discount"] == discount


async def test_l13_a_code_lives_ten_minutes(shop: LetsTradeTill) -> None:
    redeem = await shop.ten_off()
    await shop.advance(9 * 60 + 59)
    assert (await shop.quote(redeem))["basket"]["outstanding_amount"] == "90.00"
    await shop.advance(1)

    for path in (OFFERINGS, FINALISE):
        assert await shop.refused(path, redeem) == (410, "Code has expired")
    fresh = await shop.ten_off()
    assert (await shop.quote(fresh))["basket"]["outstanding_amount"] == "90.00"


async def test_l15_finalise_charges_burns_and_stores_the_order(shop: LetsTradeTill) -> None:
    codes = [await shop.ten_off(), await shop.mint("P")]
    quoted = await shop.quote(*codes)
    vouchers = quoted["basket"]["vouchers"]
    reply = await shop.finalise(*codes, outstanding_amount="0.00", vouchers=vouchers)

    assert reply["basket"]["outstanding_amount"] == "0.00"
    assert reply["order_id"] == quoted["order_id"]
    assert await shop.money() == (0, 5000)
    assert await shop.voucher_state() == "BURNED"
    books = await shop.books()
    assert [books["codes"][code]["state"] for code in codes] == ["USED", "USED"]
    order = books["orders"][reply["order_id"]]
    assert (order["uuid"], order["user_id"], order["status"]) == (UUID, world.THANDI, "ORDERED")


async def test_l17_an_anonymous_bill_without_codes_is_finalised_too(shop: LetsTradeTill) -> None:
    reply = await shop.finalise()

    assert reply["client_id"] == world.CLIENT_ID
    order = (await shop.books())["orders"][reply["order_id"]]
    assert (order["user_id"], order["charges"], order["total_in_cents"]) == (None, [], 10_000)


async def test_l19_finalise_without_products_is_400(shop: LetsTradeTill) -> None:
    status, message = await shop.refused(FINALISE, product_list=[])

    assert (status, message[:21]) == (400, '"basket.product_list"')


async def test_l21_only_basket_vouchers_come_back_from_finalise(shop: LetsTradeTill) -> None:
    coffee = await shop.mint("R", voucher_id=world.VOUCHER_COFFEE)
    codes = [await shop.ten_off(), coffee]
    basket = (await shop.quote(*codes))["basket"]
    ten, free = basket["vouchers"][0], basket["product_list"][0]["vouchers"][0]
    reply = await shop.finalise(*codes, outstanding_amount="55.00", vouchers=[ten, free])

    assert free["apply_to"] == "PRODUCT"
    assert reply["basket"]["vouchers"] == [ten]


async def test_l23_a_finalise_whose_answer_is_lost_has_committed(live: Any) -> None:
    shop = LetsTradeTill(live)
    codes = [await shop.ten_off(), await shop.mint("P")]
    await shop.quote(*codes)
    await shop.fault("drop_after", "offerings.finalise")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await shop.ask(FINALISE, tuple(codes), outstanding_amount="0.00")

    # Trap 4: the quote with the same codes tells.
    assert await shop.refused(OFFERINGS, *codes) == (409, "Code already used")
    assert await shop.money() == (0, 5000)


async def test_l25_a_refund_is_501_while_it_is_announced_only(shop: LetsTradeTill) -> None:
    order = (await shop.finalise())["order_id"]
    answer = await shop.post(REFUND, {"order_id": order})

    assert refusal(answer) == (501, "Refund API is not available yet")
    assert answer.json()["content"] is None
    assert (await shop.books())["orders"][order]["status"] == "ORDERED"
