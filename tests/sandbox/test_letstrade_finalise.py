"""Sheet 4: the commit, all or nothing; charges, burns, awards; and the same basket again."""

from typing import Any

import pytest

from tests.sandbox.letstrade_till import COFFEES, FINALISE, MUFFIN, UUID, LetsTradeTill, shop
from tillsaga.sandbox.letstrade import world

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio


async def test_the_reply_has_the_fields_of_the_sheet_and_echoes_lines(shop: LetsTradeTill) -> None:
    """Trap 14: an echo is no proof; a deal nobody offered comes back all the same."""
    deal = {"_id": "d-9", "title": "Mine", "discount": "1.00"}
    lines = [COFFEES | {"deal": deal}, MUFFIN]
    fees = {"service_fee": "2.00", "product_handling_fees": "1.00"}
    reply = await shop.finalise(product_list=lines, outstanding_amount="100.00", deals=[], **fees)

    assert set(reply) == {"client_id", "order_id", "order_code", "basket"}
    assert reply["basket"] == fees | {
        "outstanding_amount": "100.00",
        "product_list": [
            COFFEES | {"vouchers": [], "deal": deal, "condiments": []},
            MUFFIN | {"vouchers": [], "deal": None, "condiments": []},
        ],
        "vouchers": [],
        "deals": [],
    }


async def test_a_basket_goes_from_quoted_or_nothing_to_finalised(shop: LetsTradeTill) -> None:
    await shop.quote()
    assert await shop.basket_state() == "QUOTED"
    await shop.finalise()
    assert await shop.basket_state() == "FINALISED"
    await shop.finalise(uuid="unquoted")

    assert (await shop.books())["baskets"]["unquoted"]["state"] == "FINALISED"


async def test_the_quoted_split_is_what_is_charged(shop: LetsTradeTill) -> None:
    """Sheet 4: finalise names no instruments, so the till keeps the quote's."""
    code = await shop.mint("P")
    voucher = {"id": "x-1", "value": "25.00"}
    quoted = (await shop.quote(code, external_vouchers=[voucher]))["basket"]
    reply = await shop.finalise(code)

    assert (quoted["wallet"]["amount"], quoted["card"]["amount"]) == (40, 35)
    assert await shop.money() == (0, 3500)
    assert reply["basket"]["outstanding_amount"] == "0.00"
    charges = [(e["instrument"], e["amount_in_cents"], e["code"]) for e in await _charges(shop)]
    assert charges == [("wallet", -4000, code), ("card", -3500, code)]


async def _charges(shop: LetsTradeTill) -> Any:
    return next(iter((await shop.books())["orders"].values()))["charges"]


@pytest.mark.parametrize(
    ("outstanding", "wallet", "left"), [("30.00", 1000, "0.00"), (None, 0, "60.00")]
)
async def test_an_unquoted_payment_pays_what_is_outstanding(
    shop: LetsTradeTill, outstanding: str | None, wallet: int, left: str
) -> None:
    code = await shop.mint("P", instruments=["wallet"])
    reply = await shop.finalise(code, outstanding_amount=outstanding)

    assert (await shop.money())[0] == wallet
    assert reply["basket"]["outstanding_amount"] == left


async def test_an_unquoted_voucher_comes_off_before_an_unquoted_payment(
    shop: LetsTradeTill,
) -> None:
    codes = [await shop.ten_off(), await shop.mint("P")]
    await shop.finalise(*codes)

    assert await shop.money() == (0, 5000)


async def test_a_declined_payment_burns_and_awards_nothing(shop: LetsTradeTill) -> None:
    seeded = {"wallet_in_cents": 500, "card": {"declines": True}, "vouchers": [{}]}
    kinds = [{"kind": "R"}, {"kind": "P"}, {"kind": "E"}]
    made = (await shop.seed(customers=[seeded | {"codes": kinds}]))["customers"][0]
    await shop.quote(*made["codes"])
    before = await shop.books()

    refused = await shop.refused(FINALISE, *made["codes"])

    assert refused == (402, "Payment declined")
    assert await shop.books() == before


async def test_a_wallet_drained_since_the_quote_is_declined(shop: LetsTradeTill) -> None:
    """Trap 2: a quote reserves nothing, and the till was told what each would pay."""
    mine, other = await shop.mint("P"), await shop.mint("P", instruments=["wallet"])
    await shop.quote(mine)
    await shop.finalise(other, uuid="another", outstanding_amount="1.00")

    assert await shop.refused(FINALISE, mine) == (402, "Payment declined")
    await shop.quote(mine)
    await shop.finalise(mine)
    assert await shop.money() == (0, 6100)


async def test_a_card_pays_up_to_its_limit_over_all(shop: LetsTradeTill) -> None:
    card = {"card": {"limit_in_cents": 15_000}, "codes": [{}, {}]}
    first, second = (await shop.seed(customers=[card]))["customers"][0]["codes"]
    await shop.finalise(first)

    assert await shop.refused(FINALISE, second, uuid="another") == (402, "Payment declined")


async def test_a_loan_pays_and_is_drawn(shop: LetsTradeTill) -> None:
    await shop.finalise(await shop.mint("P", world.LERATO))

    assert (await shop.customer(world.LERATO))["loan_drawn_in_cents"] == 10_000


async def test_a_payment_code_after_the_quote_pays_what_was_quoted(shop: LetsTradeTill) -> None:
    await shop.quote(external_vouchers=[{"id": "x-1", "value": "80.00"}])
    await shop.finalise(await shop.mint("P"))

    assert await shop.money() == (2000, 0)


async def test_a_subscription_of_the_quote_is_used_up(shop: LetsTradeTill) -> None:
    named = {"_id": world.LERATO}
    assert (await shop.quote(user=named))["basket"]["outstanding_amount"] == "65.00"
    await shop.finalise(user=named)

    assert (await shop.books())["subscriptions"][world.SUBSCRIPTION]["remaining"] == 0
    again = await shop.quote(uuid="another", user=named)
    assert again["basket"]["outstanding_amount"] == "100.00"


async def test_a_code_that_is_sent_burns_though_nothing_was_taken_off(shop: LetsTradeTill) -> None:
    """Trap 8: drop the codes the cashier did not use."""
    await shop.finalise(await shop.ten_off(), outstanding_amount="100.00")

    assert await shop.voucher_state() == "BURNED"


async def test_a_code_that_is_dropped_after_the_quote_burns_nothing(shop: LetsTradeTill) -> None:
    code = await shop.ten_off()
    await shop.quote(code)
    await shop.finalise()

    assert (await shop.voucher_state(), await shop.code_state(code)) == ("AVAILABLE", "ISSUED")


@pytest.mark.parametrize("on_line", [True, False])
async def test_a_voucher_that_was_not_offered_is_409(shop: LetsTradeTill, on_line: bool) -> None:
    await shop.quote(uuid="another")
    mine: Any = [{"_id": world.VOUCHER_TEN, "apply_to": "BASKET", "discount": 10}]
    where = {"product_list": [MUFFIN | {"vouchers": mine}]} if on_line else {"vouchers": mine}

    refused = await shop.refused(FINALISE, await shop.ten_off(), **where)

    assert refused == (409, "Voucher was not offered for this basket")
    assert await shop.voucher_state() == "AVAILABLE"


async def test_external_vouchers_are_not_allowed(shop: LetsTradeTill) -> None:
    refused = await shop.refused(FINALISE, external_vouchers=[])

    assert refused == (400, '"basket.external_vouchers" is not allowed')


async def test_an_external_voucher_that_was_offered_may_be_passed_back(
    shop: LetsTradeTill,
) -> None:
    voucher = {"id": "x-1", "value": "5.00", "sku": world.COFFEE}
    lines = (await shop.quote(external_vouchers=[voucher]))["basket"]["product_list"]
    reply = await shop.finalise(product_list=lines, outstanding_amount="95.00")

    assert reply["basket"]["product_list"] == lines


async def test_the_same_basket_again_is_409_naming_the_order(shop: LetsTradeTill) -> None:
    code = await shop.mint("P")
    first = await shop.finalise(code)
    answer = await shop.ask(FINALISE, (code,))

    # Before the codes are looked at.
    assert (answer.status_code, answer.json()["message"]) == (409, "Basket already finalised")
    ids = {name: first[name] for name in ("order_id", "order_code")}
    assert answer.json()["content"] == ids
    assert await shop.money() == (0, 6000)


async def test_finalise_finds_or_creates_a_customer_too(shop: LetsTradeTill) -> None:
    await shop.finalise(user={"cell_country_code": "+27", "cell_number": world.PIETER_CELL})

    order = next(iter((await shop.books())["orders"].values()))
    assert (order["user_id"], order["uuid"]) == (world.PIETER, UUID)
