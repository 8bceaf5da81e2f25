from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from tests.connectors.letstrade_asks import (
    E1,
    EXPIRED,
    NOW,
    P1,
    R1,
    TEN_OFF,
    UNKNOWN,
    USED,
    Vendor,
    basket,
    config,
    connector,
    offered,
)
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.connectors.letstrade.codes import LIFE
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


# --- redemption and earning codes ---------------------------------------------------------------


async def test_a_redemption_code_is_worth_what_the_vendor_says(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1,] = offered(vouchers=[TEN_OFF])

    offer = await letstrade.find_offer(R1, None, basket())

    assert offer is not None
    assert (offer.kind, offer.code, offer.title) == ("code", R1, "R10 off")
    assert R1 not in offer.id + offer.subject
    assert offer.discount is not None
    assert (offer.discount.type, offer.discount.amount) == ("vendor_computed", 10_00)
    assert (offer.hold, offer.commit, offer.sealed_by_sale) == (None, None, True)
    assert offer.expires_at == NOW + timedelta(minutes=10)
    assert offer.data == {"code": R1, "vouchers": [TEN_OFF]}


async def test_a_code_is_asked_about_beside_the_open_bill(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    external = [{"id": "x-1", "title": "Flyer", "amount": 5_00}]

    await letstrade.find_offer(R1, None, basket(external_vouchers=external))

    bill = vendor.bill("quote")
    assert (bill["uuid"], bill["outstanding"]) == ("basket-0001-scan", "95.00")
    assert "external_vouchers" not in bill


async def test_vouchers_on_products_and_basket_add_up_per_line(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    on_line: Json = {"_id": "v-2", "discount": "20.00", "discounted_price": "15.00"}
    twice: Json = {**on_line, "apply_to": "PRODUCT"}
    vendor.quotes[R1,] = offered(
        {"vouchers": [on_line]}, vouchers=[{**TEN_OFF, "code": None}, twice]
    )

    offer = await letstrade.find_offer(R1, None, basket())

    assert offer is not None
    assert offer.discount is not None
    assert offer.discount.line_amounts == {"1": 26_25, "2": 3_75}
    assert offer.data["line_vouchers"] == {"1": [on_line]}


async def test_a_code_without_a_voucher_for_this_basket_is_worth_nothing(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    offer = await letstrade.find_offer(R1, None, basket())

    assert offer is not None
    assert offer.discount is not None
    assert offer.discount.amount == 0


async def test_an_earning_code_only_makes_the_sale_earn(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    offer = await letstrade.find_offer(E1, None, basket())

    assert offer is not None
    assert (offer.earns_only, offer.sealed_by_sale, offer.discount) == (True, False, None)
    assert offer.data == {"code": E1}


@pytest.mark.parametrize("code", [P1, "48213907", ""])
async def test_what_is_no_such_code_is_not_asked_for(
    letstrade: LetsTrade, vendor: Vendor, code: str
) -> None:
    assert await letstrade.find_offer(code, None, basket()) is None
    assert vendor.calls == []


async def test_another_vendors_code_is_unknown(letstrade: LetsTrade, vendor: Vendor) -> None:
    vendor.quotes["RULE-ANN",] = UNKNOWN

    assert await letstrade.find_offer("RULE-ANN", None, basket()) is None


async def test_a_code_can_be_looked_up_without_a_basket(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    offer = await letstrade.find_offer(R1, None)

    assert offer is not None
    assert offer.discount is None
    bill = vendor.bill("quote")
    assert (bill["total"], bill["outstanding"], bill["product_list"]) == ("0.00", "0.00", [])


@pytest.mark.parametrize(
    ("answer", "code"), [(USED, "offer_refused"), (EXPIRED, "code_expired")], ids=["used", "late"]
)
async def test_a_spent_code_is_refused(
    letstrade: LetsTrade, vendor: Vendor, answer: httpx.Response, code: str
) -> None:
    vendor.quotes[R1,] = answer

    with pytest.raises(Refused) as refused:
        await letstrade.find_offer(R1, None, basket())

    assert refused.value.code == code


async def test_l13_a_code_lives_ten_minutes(vendor: Vendor) -> None:
    clock = [NOW]
    letstrade = LetsTrade(config(), now=lambda: clock[0])
    offer = await letstrade.find_offer(R1, None, basket())
    assert offer is not None

    clock[0] = NOW + LIFE - timedelta(seconds=1)
    assert await letstrade.check_offer(offer) is None
    vendor.quotes[R1,] = EXPIRED
    assert await letstrade.check_offer(offer) == "code_expired"
    clock[0] = NOW + LIFE
    vendor.sent.clear()
    assert await letstrade.check_offer(offer) == "code_expired"
    assert vendor.calls == []
    assert await letstrade.find_offer("R-fresh", None, basket()) is not None
    await letstrade.aclose()


@pytest.mark.parametrize(
    ("answer", "lost"),
    [(offered(), None), (USED, "offer_refused"), (UNKNOWN, "code_unknown")],
    ids=["fine", "used", "unknown"],
)
async def test_an_applied_code_is_checked_again(
    letstrade: LetsTrade, vendor: Vendor, answer: httpx.Response, lost: str | None
) -> None:
    offer = await letstrade.find_offer(R1, None, basket())
    assert offer is not None
    vendor.quotes[R1,] = answer

    assert await letstrade.check_offer(offer) == lost
    assert vendor.bill("quote")["uuid"] != "basket-0001"
