"""The sheet's acceptance cases, as far as a connector can show them against written answers.

The same cases against a vendor that calculates are in `test_loyale_contract*.py`.
"""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from tests.connectors.loyale_asks import (
    CARD,
    COUPON,
    FULL,
    GIFT_CARD,
    L25,
    L50,
    MEMBER,
    NOW,
    POST,
    SIMULATE,
    STATUS,
    Vendor,
    basket,
    config,
    coupon,
    line,
    no,
    platform_no,
    posting,
    receipt,
    returned,
    sale,
    sold,
    tender,
)
from tillsaga.connectors.loyale import Loyale
from tillsaga.connectors.loyale.refusals import LoyaleNo
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.domain.ports import Operator
from tillsaga.errors import AnswerLost, NotSent, Refused

DUPLICATE = no(409, "Transaction with unique id 'chk_1' already exists")


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def loyale() -> AsyncIterator[Loyale]:
    connector = Loyale(config())
    yield connector
    await connector.aclose()


@pytest.fixture
def transaction(loyale: Loyale) -> Operator:
    return loyale.operator("post_transaction")


def first_line(body: Json) -> Json:
    lines = body["lineItems"]
    assert isinstance(lines, list)
    assert isinstance(lines[0], dict)
    return lines[0]


async def test_y1_a_sale_of_25_earns_150(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(POST, receipt("RECEIVED"))
    vendor.on(STATUS, receipt())

    done = await transaction.do(posting(L25))

    assert (done.points, done.data["points_redeemed"], done.points_after) == (150, 0, 7980)
    assert vendor.sent(POST)["paymentMethods"] == [{"type": "Unspecified", "amount": 25.0}]
    assert done.reference == vendor.sent(POST)["uniqueId"]


@pytest.mark.parametrize("answer", [platform_no(401), platform_no(403)])
async def test_y3_without_a_valid_key_nothing_is_posted(
    transaction: Operator, vendor: Vendor, answer: httpx.Response
) -> None:
    vendor.on(POST, answer)

    with pytest.raises(NotSent):
        await transaction.do(posting(L25))


async def test_y5_the_sale_price_makes_the_total(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(POST, receipt(pointsEarned=300))

    await transaction.do(posting(L50))

    item = first_line(vendor.sent(POST))
    assert (item["quantity"], item["unitPrice"], item["unitSalePrice"]) == (5, 12.0, 10.0)
    assert vendor.sent(POST)["paymentMethods"] == [{"type": "Unspecified", "amount": 50.0}]


async def test_y7_a_mismatch_is_refused_and_never_sent(
    transaction: Operator, vendor: Vendor
) -> None:
    short = L50.model_copy(update={"payments": sale(payments=[_cash(40_00)]).payments})
    vendor.on(POST, no(400, "Payment methods total 40 does not match line items total 50"))

    with pytest.raises(Refused) as refused:
        await transaction.do(posting(short))

    assert refused.value.code == "vendor_refused"
    assert vendor.sent(POST)["paymentMethods"] == [{"type": "Unspecified", "amount": 50.0}]


async def test_y9_no_amount_is_left_open(transaction: Operator, vendor: Vendor) -> None:
    two = L50.model_copy(update={"payments": sale(payments=[_cash(20_00), _card(30_00)]).payments})
    vendor.on(POST, no(400, "Payment method amounts cannot be determined"))

    with pytest.raises(Refused):
        await transaction.do(posting(two))

    assert vendor.sent(POST)["paymentMethods"] == [
        {"type": "Cash", "amount": 20.0},
        {"type": "Card", "amount": 30.0},
    ]


def _cash(amount: int) -> Json:
    return {"type": "cash", "amount": amount}


def _card(amount: int) -> Json:
    return {"type": "card", "amount": amount}


async def test_y11_too_few_points_are_refused_with_both_figures(
    transaction: Operator, vendor: Vendor
) -> None:
    words = "Customer does not have enough points for redemption."
    vendor.on(POST, no(400, f"{words} Required: 5000000 Current: 7980"))
    all_points = [tender("points", 50_000_00)]
    big = sale(sold(line("1", 50_000_00)), tenders=all_points, due_amount=0)

    with pytest.raises(Refused, match="5000000 are needed, 7980 are there") as refused:
        await transaction.do(posting(big))

    assert refused.value.code == "insufficient_balance"


async def test_y13_points_that_do_not_cover_pay_what_they_can(
    loyale: Loyale, vendor: Vendor
) -> None:
    split = [{"type": "Loyale Redemption", "amount": 15.00}, {"type": "Cash", "amount": 35.00}]
    vendor.on(SIMULATE, receipt("SIMULATED", pointsRedeemed=1500, paymentMethods=split))

    found = await loyale.find_tender("points", None, MEMBER, basket(), 50_00)

    assert found is not None
    assert (found.available_amount, found.points) == (15_00, 1500)


async def test_y15_a_gift_card_pays_by_its_barcode(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(POST, receipt())
    paid = {"tenders": [GIFT_CARD], "due_amount": 40_00, "payments": [_cash(40_00)]}

    await transaction.do(posting(sale(*L50.lines, **paid)))

    assert vendor.sent(POST)["paymentMethods"] == [
        {"type": "Cash", "amount": 40.0},
        {"type": "Loyale Gift Card", "amount": 10.0, "reference": CARD},
    ]


async def test_y17_a_coupon_is_used_once(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(POST, receipt(), no(400, f"Coupon not valid: {COUPON}"))
    cheaper = sale(sold(line("1", 50_00), 2_00), offers=[coupon({"1": 2_00})])

    await transaction.do(posting(cheaper))
    with pytest.raises(Refused) as refused:
        await transaction.do(posting(cheaper, generation=2))

    assert [vendor.sent(POST, n)["coupons"] for n in (0, 1)] == [[COUPON], [COUPON]]
    assert refused.value.code == "offer_refused"


async def test_y19_goods_taken_back_lower_the_total(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(POST, receipt(pointsEarned=60))

    await transaction.do(posting(sale(sold(line("1", 10_00, "2")), sold(line("2", 10_00, "-1")))))

    assert vendor.sent(POST)["paymentMethods"] == [{"type": "Unspecified", "amount": 10.0}]


async def test_y21_a_sale_is_returned_once(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(STATUS, receipt(), receipt(), receipt(returned="FULL"))
    vendor.on(FULL, returned(), no(409, "Transaction already returned"))

    undone = await transaction.undo(posting(), Done())
    again = await transaction.undo(posting(), Done())

    assert (undone.data["points_deducted"], undone.points_after) == (150, 7980)
    assert undone.data["payment_methods"] == [{"type": "Cash", "amount": 25_00}]
    assert again.data["points_deducted"] == 150


async def test_y23_units_are_returned_until_none_is_left(loyale: Loyale, vendor: Vendor) -> None:
    call = "POST api/transaction/return/lineitem/chk_1"
    vendor.on(call, returned(pointsDeducted=30), no(400, "More than bought"))
    vendor.on(FULL, returned(pointsDeducted=120))

    assert (await loyale.returns.line_item("chk_1", "SKU-1", 1)).points_deducted == 30
    with pytest.raises(LoyaleNo):
        await loyale.returns.line_item("chk_1", "SKU-1", 5)
    assert (await loyale.returns.full("chk_1")).points_deducted == 120


async def test_y25_a_duplicate_is_adopted(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(POST, DUPLICATE)
    vendor.on(STATUS, receipt("PROCESSING"), receipt())

    done = await transaction.do(posting())

    assert (done.transaction_id, done.points) == ("chk_1", 150)
    assert vendor.count(POST) == 1


@pytest.mark.parametrize("status", [httpx.Response(503), no(404), no(400)])
async def test_y25_a_duplicate_that_cannot_be_read_leaves_a_doubt(
    transaction: Operator, vendor: Vendor, status: httpx.Response
) -> None:
    vendor.on(POST, DUPLICATE)
    vendor.on(STATUS, status)

    with pytest.raises(AnswerLost):
        await transaction.do(posting())


async def test_y25_a_dropped_answer_is_found_by_its_status(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(POST, httpx.RemoteProtocolError(""))
    vendor.on(STATUS, receipt())

    with pytest.raises(AnswerLost):
        await transaction.do(posting())
    found = await transaction.find(posting(), NOW)

    assert found is not None
    assert found.points == 150


async def test_y25_a_failed_sale_is_refused_however_it_is_learnt(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(POST, receipt("RECEIVED"))
    vendor.on(STATUS, receipt("FAILED"))

    with pytest.raises(Refused):
        await transaction.do(posting())
    with pytest.raises(Refused):
        await transaction.find(posting(), NOW)
