from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from tests.connectors.loyale_asks import (
    CUSTOMER,
    GIFT_CARD,
    L25,
    NOW,
    POST,
    STATUS,
    Vendor,
    config,
    coupon,
    line,
    no,
    posting,
    receipt,
    sale,
    sold,
)
from tillsaga.connectors.loyale import Loyale
from tillsaga.domain.model import Json
from tillsaga.domain.ports import Operator
from tillsaga.errors import AnswerLost, InDoubt, NotSent, Refused

UNKNOWN = no(404, "Transaction not found")
SPENDING = sale(
    sold(line("1", 50_00), 2_00),
    tenders=[GIFT_CARD],
    offers=[coupon({"1": 2_00})],
    due_amount=38_00,
)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def transaction() -> AsyncIterator[Operator]:
    loyale = Loyale(config())
    yield loyale.operator("post_transaction")
    await loyale.aclose()


# --- do -------------------------------------------------------------------------------------------


async def test_a_transaction_is_named_by_the_checkout(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(POST, receipt())

    done = await transaction.do(posting())

    assert vendor.sent(POST)["uniqueId"] == "chk_1"
    assert (done.transaction_id, done.points, done.points_after) == ("chk_1", 150, 7980)
    assert done.data["payment_methods"] == [{"type": "Unspecified", "amount": 25_00}]


async def test_trap_7_received_is_not_success(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(POST, receipt("RECEIVED", pointsAfter=1))
    vendor.on(STATUS, receipt("PROCESSING", pointsAfter=2), receipt("SOMETHING NEW"), receipt())

    assert (await transaction.do(posting())).points_after == 7980
    assert vendor.count(STATUS) == 3


async def test_trap_7_a_sale_that_fails_later_is_refused(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(POST, receipt("RECEIVED"))
    vendor.on(STATUS, receipt("FAILED", error="Gift card has insufficient value"))

    with pytest.raises(Refused) as refused:
        await transaction.do(posting())

    assert refused.value.code == "insufficient_balance"


async def test_a_sale_that_does_not_end_in_time_is_a_lost_answer() -> None:
    timing = {"http_timeout": timedelta(seconds=0.2)}
    patient = config().model_copy(update={"timing": config().timing.model_copy(update=timing)})
    loyale = Loyale(patient)
    with respx.mock() as router:
        vendor = Vendor(router)
        vendor.on(POST, receipt("RECEIVED"))
        vendor.on(STATUS, receipt("PROCESSING"))
        with pytest.raises(AnswerLost):
            await loyale.operator("post_transaction").do(posting())
        with pytest.raises(InDoubt):
            await loyale.operator("post_transaction").find(posting(), NOW)
    await loyale.aclose()


async def test_trap_1_the_key_goes_to_our_own_host_only(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(POST, receipt("RECEIVED", statusUrl="https://elsewhere.test/steal"))
    vendor.on(STATUS, receipt())

    await transaction.do(posting())

    assert {request.url.host for _, request in vendor.requests} == {"loyale.test"}


async def test_a_status_that_is_not_there_yet_is_asked_for_again(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(POST, receipt("RECEIVED"))
    vendor.on(STATUS, UNKNOWN, receipt())

    assert (await transaction.do(posting())).points == 150


async def test_trouble_with_the_status_is_no_refusal_of_the_sale(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(POST, receipt("RECEIVED"))
    vendor.on(STATUS, no(400))

    with pytest.raises(AnswerLost):
        await transaction.do(posting())


@pytest.mark.parametrize(
    "answer",
    [httpx.ReadTimeout(""), httpx.Response(502), httpx.Response(200), httpx.Response(200, json=[])],
)
async def test_an_unusable_answer_is_a_lost_one(
    transaction: Operator, vendor: Vendor, answer: httpx.Response | Exception
) -> None:
    vendor.on(POST, answer)

    with pytest.raises(AnswerLost):
        await transaction.do(posting())


async def test_without_a_sale_or_a_customer_nothing_is_sent(
    transaction: Operator, vendor: Vendor
) -> None:
    wrongs: list[Json] = [{"sale": None}, {"request": {}}, {"checkout_id": "chk/1"}]
    for wrong in wrongs:
        with pytest.raises(Refused) as refused:
            await transaction.do(posting().model_copy(update=wrong))
        assert refused.value.code == "invalid_request"
    assert not vendor.requests


# --- find -----------------------------------------------------------------------------------------


async def test_a_lost_sale_is_found_by_its_name(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(STATUS, receipt("PROCESSING"), receipt())

    found = await transaction.find(posting(), NOW)

    assert found is not None
    assert (found.transaction_id, found.points) == ("chk_1", 150)


async def test_an_unknown_name_did_not_happen(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(STATUS, UNKNOWN)

    assert await transaction.find(posting(), NOW) is None


@pytest.mark.parametrize(
    "answer", [httpx.Response(404, text="<html>"), httpx.Response(404), httpx.Response(503)]
)
async def test_a_proxys_page_does_not_say_that_it_did_not_happen(
    transaction: Operator, vendor: Vendor, answer: httpx.Response
) -> None:
    vendor.on(STATUS, answer)

    with pytest.raises(NotSent):
        await transaction.find(posting(), NOW)


async def test_a_sale_found_without_its_basket_still_knows_the_gift_card(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(STATUS, receipt(paymentMethods=[{"type": "Loyale Gift Card", "amount": 10.0}]))

    found = await transaction.find(posting(sale=None), NOW)

    assert found is not None
    assert found.data["gift_cards"] == [{"subject": None, "amount": 10_00}]


async def test_no_barcode_is_kept_in_what_is_recorded(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(POST, receipt())

    done = await transaction.do(posting(SPENDING))

    assert "4334603388774" not in done.model_dump_json()
    assert "7652874580312" not in done.model_dump_json()
    assert done.data["customer_id"] == CUSTOMER
    assert L25.checkout_id == done.data["unique_id"]
