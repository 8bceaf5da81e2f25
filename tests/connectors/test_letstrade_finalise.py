from collections.abc import AsyncIterator, Iterator

import pytest
import respx

from tests.connectors.letstrade_asks import (
    COVERS,
    E1,
    ORDER,
    P1,
    R1,
    R1_P1,
    R2,
    TEN_OFF,
    USER,
    Vendor,
    basket,
    code_offer,
    connector,
    finalised,
    no,
    offered,
    order,
    sale,
)
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import Refused


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def letstrade(vendor: Vendor) -> AsyncIterator[LetsTrade]:
    held = connector()
    yield held
    await held.aclose()


async def finalise(letstrade: LetsTrade, asked: EffectOrder) -> Done:
    return await letstrade.operator("finalise").do(asked)


async def test_l15_a_bill_with_codes_is_checked_and_finalised(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1, P1] = COVERS
    vendor.finals = [finalised()]

    done = await finalise(letstrade, order(sale(**R1_P1)))

    assert vendor.calls == ["quote", "finalise"]
    assert vendor.bill("quote")["uuid"] == "basket-0001"
    assert vendor.bill("quote")["outstanding"] == "100.00"
    body, bill = vendor.last("finalise"), vendor.bill("finalise")
    assert (body["store_id"], body["terminal_id"], body["code"]) == ("S-014", "T2", [R1, P1])
    assert (bill["uuid"], bill["total"], bill["outstanding_amount"]) == (
        "basket-0001",
        "100.00",
        "0.00",
    )
    assert (bill["vouchers"], bill["deals"], bill["discount"]) == ([TEN_OFF], [], "10.00")
    assert (done.reference, done.transaction_id) == ("LT-8QK2", ORDER)
    assert done.data == {
        "uuid": "basket-0001",
        "terminal_id": "T2",
        "codes": [R1, P1],
        "order_id": ORDER,
        "order_code": "LT-8QK2",
        "client_id": "689000000000000000000001",
        "outstanding_amount": 0,
        "split": {"wallet": 40_00, "card": 50_00},
    }


async def test_l17_a_bill_without_codes_or_customer_is_finalised_too(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.finals = [finalised()]

    await finalise(letstrade, order(sale()))

    assert vendor.calls == ["finalise"]
    bill = vendor.bill("finalise")
    assert (vendor.last("finalise")["code"], bill["outstanding_amount"]) == ([], "100.00")
    assert "user" not in bill


async def test_a_customer_is_named_unless_a_code_says_who(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    user: Json = {"user": {"_id": USER}}
    vendor.finals = [finalised(), finalised()]

    await finalise(letstrade, order(sale(), user))
    assert vendor.bill("finalise")["user"] == {"_id": USER}
    await finalise(letstrade, order(sale(offers=(code_offer(E1, 0),)), user))

    assert "user" not in vendor.bill("finalise")
    assert vendor.last("finalise")["code"] == [E1]


async def test_l19_a_bill_without_goods_is_refused_by_the_vendor(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    card = {"line_id": "7", "type": "giftcard_sale", "title": "Card", "unit_amount": 50_00}
    vendor.finals = [no(400, '"basket.product_list" must contain at least 1 item')]

    with pytest.raises(Refused) as refused:
        await finalise(letstrade, order(sale(basket(lines=[card]))))

    assert refused.value.code == "vendor_refused"
    assert vendor.bill("finalise")["product_list"] == []


async def test_l21_a_product_voucher_missing_from_the_reply_means_nothing(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    product = {**TEN_OFF, "_id": "v-2", "apply_to": "PRODUCT", "discount": 5}
    both = code_offer(vouchers=[TEN_OFF, product])
    vendor.quotes[R1,] = offered(vouchers=[TEN_OFF, product], outstanding_amount="0")
    echo: Json = {"outstanding_amount": "85.00", "vouchers": [TEN_OFF]}
    vendor.finals = [finalised(basket=echo)]

    done = await finalise(letstrade, order(sale(offers=(both,), due_amount=85_00)))

    assert vendor.bill("finalise")["vouchers"] == [TEN_OFF, product]
    assert done.data["outstanding_amount"] == 85_00


async def test_vouchers_and_deals_of_products_are_passed_back_there(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    voucher: Json = {"_id": "v-3", "discount": "5.00", "discounted_price": 30}
    deal: Json = {"_id": "d-1", "title": "Two for one", "discount": "35.00"}
    offers = (
        code_offer(R1, 5_00, line_vouchers={"1": [voucher]}),
        code_offer(R1, 35_00, line_deals={"1": [deal]}) | {"data": {"line_deals": {"1": [deal]}}},
    )
    vendor.quotes[R1,] = offered({"vouchers": [voucher]})
    vendor.finals = [finalised()]

    await finalise(letstrade, order(sale(offers=offers)))

    products = vendor.bill("finalise")["product_list"]
    assert isinstance(products, list)
    assert [_kept(each) for each in products] == [([voucher], deal), ([], None)]


def _kept(product: object) -> tuple[object, object]:
    assert isinstance(product, dict)
    return product["vouchers"], product["deal"]


async def test_a_code_that_saves_nothing_is_not_burned(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    unused = code_offer(R2, 0, vouchers=[{**TEN_OFF, "_id": "v-2"}])
    vendor.quotes[R1,] = offered(vouchers=[TEN_OFF])
    vendor.finals = [finalised()]

    await finalise(letstrade, order(sale(offers=(code_offer(), unused))))

    assert vendor.last("finalise")["code"] == [R1]
    assert vendor.bill("finalise")["vouchers"] == [TEN_OFF]


async def test_external_vouchers_stay_in_the_amounts_only(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    external = [{"id": "x-1", "title": "Flyer", "amount": 5_00}]
    vendor.finals = [finalised()]

    await finalise(letstrade, order(sale(basket(external_vouchers=external))))

    bill = vendor.bill("finalise")
    assert "external_vouchers" not in bill
    assert (bill["outstanding_amount"], bill["discount"]) == ("95.00", "5.00")


async def test_fees_stored_value_and_other_vendors_are_in_the_sums(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    card = {"line_id": "7", "type": "giftcard_sale", "title": "Card", "unit_amount": 50_00}
    coffee = {"line_id": "1", "sku": "FW-350", "title": "Flat white", "unit_amount": 35_00}
    tip = {"type": "gratuity", "amount": 2_00}
    giftcard = {
        "type": "giftcard",
        "provider": "leat",
        "amount": 10_00,
        "transaction_id": "gt-1",
    }
    bill = basket(lines=[coffee, card], charges=[tip])
    vendor.finals = [finalised()]

    # 87.00 on the bill, 1.00 of fees, 10.00 from a gift card.
    await finalise(letstrade, order(sale(bill, tenders=(giftcard,), due_amount=78_00)))

    sent = vendor.bill("finalise")
    assert (sent["total"], sent["outstanding_amount"]) == ("38.00", "28.00")
    assert (sent["product_handling_fees"], sent["service_fee"]) == ("1.00", "2.00")
    assert vendor.last("finalise")["code"] == []
