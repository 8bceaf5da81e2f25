from collections.abc import AsyncIterator, Iterator

import pytest
import respx
from pydantic import JsonValue

from tests.connectors.letstrade_asks import (
    R1,
    USER,
    Vendor,
    basket,
    connector,
    offered,
)
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member, Offer

ANN = Member(provider="loyalty", member_id=USER, data={"user": {"_id": USER}})
DEAL: Json = {"_id": "d-1", "title": "Two for one", "discount": "35.00"}
SUBSCRIPTION: Json = {
    "redemption_id": "s-1",
    "product_pid": "p-501",
    "product_title": "Flat white",
    "discount": 35,
}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def letstrade(vendor: Vendor) -> AsyncIterator[LetsTrade]:
    held = connector()
    yield held
    await held.aclose()


async def found(letstrade: LetsTrade, code: str = R1) -> Offer:
    offer = await letstrade.find_offer(code, None, basket())
    assert offer is not None
    return offer


# --- the bill ---------------------------------------------------------------------------------


async def test_l3_a_bill_without_codes_is_quoted_and_always_finalised(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    quote = await letstrade.quote(basket(), None)

    assert (quote.offers, quote.fees_amount) == ((), 0)
    assert quote.earn is not None
    assert (quote.earn.operation, quote.earn.subject) == ("finalise", "basket-0001")
    assert quote.earn.request == {}
    body = vendor.last("quote")
    assert (body["store_id"], body["terminal_id"], body["code"]) == ("S-014", "T2", [])
    assert vendor.calls == ["quote"]


async def test_l9_a_quote_says_what_is_outstanding(letstrade: LetsTrade, vendor: Vendor) -> None:
    await letstrade.quote(basket(), None)

    assert vendor.bill("quote") == {
        "uuid": "basket-0001",
        "total": "100.00",
        "outstanding": "100.00",
        "product_list": [
            {
                "sku": "FW-350",
                "pid": "p-501",
                "title": "Flat white",
                "quantity": "2",
                "price": "35.00",
            },
            {
                "sku": "MUF-01",
                "pid": "MUF-01",
                "title": "Muffin",
                "quantity": "1",
                "price": "30.00",
            },
        ],
    }


async def test_a_requote_leaves_the_finalise_step_as_it_is(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    first = await letstrade.quote(basket(), ANN)
    vendor.quotes[()] = offered(order_id="another", product_handling_fees="1.00")
    second = await letstrade.quote(basket(), ANN)

    assert first.earn == second.earn
    assert first.earn is not None
    assert first.earn.request == {"user": {"_id": USER}}


@pytest.mark.parametrize(
    ("amount", "quantity", "told"),
    [
        (5_00, "1", {"value": "5.00", "sku": "FW-350", "quantity": "1"}),
        (10_00, "9", {"value": "5.00", "sku": "FW-350", "quantity": "2"}),
        (10_00, None, {"value": "5.00", "sku": "FW-350", "quantity": "2"}),
        (5_01, None, {"value": "5.01"}),
        (80_00, None, {"value": "80.00"}),
    ],
)
async def test_l11_an_external_voucher_takes_off_exactly_its_amount(
    letstrade: LetsTrade, vendor: Vendor, amount: int, quantity: str | None, told: Json
) -> None:
    voucher = {"id": "x-1", "title": "Flyer", "amount": amount, "sku": "FW-350"}
    bill = basket(external_vouchers=[voucher | {"quantity": quantity}])

    await letstrade.quote(bill, None)

    sent = vendor.bill("quote")
    listed = sent["external_vouchers"]
    assert isinstance(listed, list)
    assert isinstance(listed[0], dict)
    listed[0].pop("apply_to_promotion", None)
    assert listed == [{"id": "x-1", "title": "Flyer", **told}]
    assert sent["outstanding"] == "100.00"


async def test_an_external_voucher_that_comes_back_is_no_offer(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    voucher = {"id": "x-1", "title": "Flyer", "amount": 5_00, "sku": "FW-350", "quantity": "1"}
    vendor.quotes[()] = offered({"vouchers": [{"id": "x-1", "discount": "5.00"}]})

    quote = await letstrade.quote(basket(external_vouchers=[voucher]), None)

    assert quote.offers == ()


async def test_charges_tax_modifiers_and_promotions_are_told(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    milk = {
        "line_id": "1a",
        "sku": "OAT",
        "title": "Oat milk",
        "unit_amount": 5_00,
        "modifiers": [{"line_id": "1b", "sku": "HOT", "title": "Hot", "unit_amount": 0}],
    }
    cup = {"line_id": "1c", "sku": "CUP", "title": "Cup", "unit_amount": 2_00}
    line = {
        "line_id": "1",
        "sku": "FW",
        "title": "Flat white",
        "unit_amount": 30_00,
        "regular_unit_amount": 35_00,
        "on_promotion": True,
        "barcode": "600",
        "modifiers": [milk],
        "add_ons": [cup],
    }
    charges = [{"type": "gratuity", "amount": 3_00}, {"type": "delivery", "amount": 4_00}]
    vendor.quotes[()] = offered(service_fee="3.00")

    quote = await letstrade.quote(basket(lines=[line], charges=charges, tax_amount=1_00), None)

    sent = vendor.bill("quote")
    assert (sent["total"], sent["outstanding"]) == ("44.00", "44.00")
    assert (sent["vat"], sent["sub_total"]) == ("1.00", "36.00")
    assert (sent["service_fee"], sent["delivery_fee"]) == ("3.00", "4.00")
    assert quote.fees_amount == 0
    products = sent["product_list"]
    assert isinstance(products, list)
    product = products[0]
    assert isinstance(product, dict)
    assert (product["price"], product["promotion_price"]) == ("35.00", "30.00")
    assert (product["on_promotion"], product["barcode"]) == (True, "600")
    assert [_named(each) for each in _list(product, "condiments")] == ["OAT", "HOT"]
    assert [_named(each) for each in _list(product, "add_ons")] == ["CUP"]


def _list(thing: Json, name: str) -> list[JsonValue]:
    listed = thing[name]
    assert isinstance(listed, list)
    return listed


def _named(thing: JsonValue) -> JsonValue:
    assert isinstance(thing, dict)
    return thing["sku"]


async def test_stored_value_and_returns_are_no_products(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    card = {"line_id": "7", "type": "giftcard_sale", "title": "Card", "unit_amount": 50_00}
    back = {
        "line_id": "8",
        "sku": "MUF-01",
        "title": "Muffin",
        "quantity": "-1",
        "unit_amount": 30_00,
    }
    coffee = {"line_id": "1", "sku": "FW-350", "title": "Flat white", "unit_amount": 35_00}

    quote = await letstrade.quote(basket(lines=[coffee, card, back]), None)
    nothing = await letstrade.quote(basket(lines=[card]), None)

    sent = vendor.bill("quote")
    assert (sent["total"], sent["outstanding"]) == ("35.00", "5.00")
    assert [_named(each) for each in _list(sent, "product_list")] == ["FW-350"]
    assert quote.earn is not None
    assert nothing.earn is None


async def test_the_vendors_fees_are_added_to_the_bill(letstrade: LetsTrade, vendor: Vendor) -> None:
    vendor.quotes[()] = offered(service_fee="2.50", product_handling_fees=1)

    assert (await letstrade.quote(basket(), None)).fees_amount == 3_50
