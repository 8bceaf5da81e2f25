from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from tests.connectors.loyale_asks import (
    BASE,
    CUSTOMER,
    L50,
    NOW,
    OUTLET,
    POST,
    SCHEME,
    STATUS,
    Vendor,
    config,
    no,
    platform_no,
    posting,
    receipt,
    returned,
    sale,
    sold,
)
from tests.connectors.loyale_asks import line as line_of
from tillsaga.connectors.loyale import Loyale
from tillsaga.connectors.loyale.items import items_of
from tillsaga.connectors.loyale.payments import Part
from tillsaga.connectors.loyale.refusals import LoyaleNo
from tillsaga.connectors.loyale.returns import Returns
from tillsaga.connectors.loyale.wire import Receipt
from tillsaga.errors import AnswerLost, NotSent, Refused, TillsagaError, Unanswerable

ID = "11111111-2222-4333-8444-555555555555"
LINE_ITEM = "POST api/transaction/return/lineitem/chk_1"
CUSTOM = "POST api/transaction/return/custom"


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def loyale() -> AsyncIterator[Loyale]:
    connector = Loyale(config(base_url=f"{BASE}/"))
    yield connector
    await connector.aclose()


@pytest.fixture
def returns(loyale: Loyale) -> Returns:
    return loyale.returns


# --- headers, numbers, settings -------------------------------------------------------------------


async def test_every_call_shows_scheme_and_key(loyale: Loyale, vendor: Vendor) -> None:
    vendor.on(POST, receipt("RECEIVED"))
    vendor.on(STATUS, receipt())

    await loyale.operator("post_transaction").do(posting())

    for _, request in vendor.requests:
        assert (request.headers["X-Scheme"], request.headers["X-ApiKey"]) == (SCHEME, "k3y")
        assert "Authorization" not in request.headers


async def test_trap_20_numbers_go_out_as_their_shortest_digits(
    loyale: Loyale, vendor: Vendor
) -> None:
    vendor.on(POST, receipt())
    awkward = sale(sold(line_of("1", 10, "3")), sold(line_of("2", 20_00, "3"), 7_00))

    await loyale.operator("post_transaction").do(posting(awkward))

    raw = vendor.raw(POST)
    assert b'"unitSalePrice":0.1}' in raw
    assert b'"unitSalePrice":17.67}' in raw
    assert b'"amount":53.3}' in raw


def test_numbers_come_in_as_decimals() -> None:
    read = Receipt.model_validate(
        {"customerId": ID, "paymentMethods": [{"type": "Cash", "amount": 8.47}], "new": 1}
    )

    assert str(read.payment_methods[0].amount) == "8.47"


def test_an_unknown_setting_shows_at_the_start() -> None:
    with pytest.raises(ValueError, match="outlets"):
        Loyale(config(outlets=[OUTLET]))


# --- errors (trap 16: two shapes) -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "failure", "code"),
    [
        (no(400, "Payment methods total 40 does not match"), Refused, "vendor_refused"),
        (no(400, "Coupon not valid: 7652874580312"), Refused, "offer_refused"),
        (no(400, "Gift card not found"), Refused, "tender_refused"),
        (no(400, "Gift card has insufficient value"), Refused, "insufficient_balance"),
        (no(400, "Customer not found"), Refused, "member_not_found"),
        (no(400, "Outlet not found"), Refused, "vendor_refused"),
        (no(422, "Whatever"), Refused, "vendor_refused"),
        (platform_no(400), Refused, "vendor_refused"),
        (platform_no(401), NotSent, ""),
        (httpx.Response(403), NotSent, ""),
        (httpx.Response(429, headers={"Retry-After": "7"}), NotSent, ""),
        (platform_no(404), AnswerLost, ""),
        (httpx.Response(400), AnswerLost, ""),
        (httpx.Response(400, text="<html>"), AnswerLost, ""),
        (no(500), AnswerLost, ""),
        (platform_no(500), AnswerLost, ""),
        (httpx.ConnectError(""), NotSent, ""),
        (httpx.ReadError(""), AnswerLost, ""),
    ],
)
async def test_trap_16_every_answer_has_a_name(
    loyale: Loyale,
    vendor: Vendor,
    answer: httpx.Response | Exception,
    failure: type[TillsagaError],
    code: str,
) -> None:
    vendor.on(POST, answer)

    with pytest.raises(failure) as raised:
        await loyale.operator("post_transaction").do(posting())

    assert (type(raised.value), raised.value.code) == (failure, code)
    assert "7652874580312" not in str(raised.value)


async def test_a_no_to_a_question_is_no_answer(loyale: Loyale, vendor: Vendor) -> None:
    vendor.on(STATUS, no(400))

    with pytest.raises(Unanswerable):
        await loyale.operator("post_transaction").find(posting(), NOW)


# --- returns for refunds --------------------------------------------------------------------------


async def test_units_of_a_line_are_returned_by_sku(returns: Returns, vendor: Vendor) -> None:
    vendor.on(LINE_ITEM, returned(returnType="Line Item: chk_1", pointsDeducted=30))

    back = await returns.line_item("chk_1", "SKU-1", 1)

    assert vendor.sent(LINE_ITEM) == {"sku": "SKU-1", "quantity": 1}
    assert (back.points_deducted, back.return_type) == (30, "Line Item: chk_1")


async def test_a_custom_return_names_customer_outlet_goods_and_itself(
    returns: Returns, vendor: Vendor
) -> None:
    vendor.on(CUSTOM, returned(returnType="Custom"))

    await returns.custom(CUSTOMER, "rf_1", items_of(L50, "loyalty"), [Part("Cash", 50_00)])

    sent = vendor.sent(CUSTOM)
    assert (sent["customerId"], sent["outletId"], sent["uniqueId"]) == (CUSTOMER, OUTLET, "rf_1")
    assert str(sent["lineItems"]).count("'quantity': 5") == 1
    assert sent["paymentMethods"] == [{"type": "Cash", "amount": 50.0}]


async def test_a_return_can_be_simulated(returns: Returns, vendor: Vendor) -> None:
    for call in (LINE_ITEM, CUSTOM):
        vendor.on(f"{call}?simulate", returned())

    await returns.line_item("chk_1", "SKU-1", 1, simulate=True)
    await returns.custom(CUSTOMER, "rf_1", items_of(L50, "loyalty"), simulate=True)

    assert [call for call, _ in vendor.requests] == [f"{LINE_ITEM}?simulate", f"{CUSTOM}?simulate"]


async def test_trap_10_a_lost_return_is_told_from_a_refused_one(
    returns: Returns, vendor: Vendor
) -> None:
    vendor.on(LINE_ITEM, httpx.ReadTimeout(""), no(400))

    with pytest.raises(AnswerLost):
        await returns.line_item("chk_1", "SKU-1", 1)
    with pytest.raises(LoyaleNo):
        await returns.line_item("chk_1", "SKU-1", 1)


async def test_trap_9_an_id_is_quoted_in_a_path(returns: Returns, vendor: Vendor) -> None:
    call = "POST api/transaction/return/full/a b/c"
    vendor.on(call, returned())

    await returns.full("a b/c")

    assert vendor.requests[-1][1].url.raw_path.endswith(b"/Full/a%20b%2Fc")
