"""Reports: analytics, after the completion, and of sales with a redemption only."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import httpx
import pytest
import respx

from tests.connectors.koupon_asks import (
    BARCODE,
    COFFEE,
    COLA,
    LOYALTY,
    NOW,
    PAIR,
    SNACK,
    YES,
    Vendor,
    config,
    failure,
    reporting,
    sale,
    sold_line,
    sold_offer,
)
from tillsaga.connectors.koupon import Koupon
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.domain.ports import Operator
from tillsaga.errors import AnswerLost, NotSent, Refused

ACCEPTED = httpx.Response(200, json={"version": "1", "code": 200, "message": "success"})


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        made = Vendor(router)
        made.says(ACCEPTED)
        yield made


@pytest.fixture
async def report() -> AsyncIterator[Operator]:
    koupon = Koupon(config(), now=lambda: NOW)
    yield koupon.operator("report_sale")
    await koupon.aclose()


async def test_k13_a_sale_is_reported_as_the_sheet_shows_it(
    report: Operator, vendor: Vendor
) -> None:
    """K17 too: total = subTotal - totalDiscounts + tax (trap 15). Amounts have two decimals."""
    done = await report.do(reporting())

    assert done.data == {"posted": True}
    assert vendor.requests[-1].url.path == "/v1/transaction/report"
    assert vendor.requests[-1].content.decode() == (
        '{"timestamp":"2026-03-01T16:41:37Z","currency":"USD","products":[{"index":1,'
        f'"description":"Cola 12 oz","scanCode":"{BARCODE}","price":2.50,"quantity":2,'
        '"discounts":[]}],"summary":{"subTotal":5.00,"totalDiscounts":1.00,"total":4.33},'
        f'"discountAssets":["{LOYALTY}"]}}'
    )


async def test_k15_the_currency_is_always_usd(report: Operator, vendor: Vendor) -> None:
    """Trap 16: another one is refused here."""
    with pytest.raises(Refused) as no:
        await report.do(reporting(sale(sold_offer(PAIR, YES), currency="EUR")))
    assert (no.value.code, vendor.requests) == ("currency_mismatch", [])

    await report.do(reporting())
    assert vendor.body["currency"] == "USD"


async def test_k17_what_cannot_be_written_is_left_out(report: Operator, vendor: Vendor) -> None:
    back = sold_line("2", 1_00, "-1")
    card = sold_line("3", 25_00, type="giftcard_sale", sku=None)
    lines = [back, card]

    await report.do(reporting(sale(sold_offer(PAIR, YES), lines=lines)))

    assert vendor.body["products"] == []


async def test_products_are_told_at_their_price_per_unit(report: Operator, vendor: Vendor) -> None:
    milk = {"line_id": "2a", "sku": "OAT", "title": "Oat milk", "quantity": "2", "unit_amount": 25}
    latte = sold_line("2", 3_00, "2", modifiers=[milk], title='Latte "grande" ü')
    bananas = sold_line("3", 1_99, "0.350")

    await report.do(reporting(sale(sold_offer(PAIR, YES), lines=[COLA, latte, bananas])))

    _, second, third = _products(vendor.body)
    assert second["description"] == 'Latte "grande" ü'
    assert (second["index"], second["scanCode"], second["price"]) == (2, "SKU-2", "3.50")
    assert (third["price"], third["quantity"]) == ("1.99", "0.350")


def _products(body: Json) -> list[Json]:
    products = body["products"]
    assert isinstance(products, list)
    return [product for product in products if isinstance(product, dict)]


async def test_the_tills_own_vouchers_are_discounts(report: Operator, vendor: Vendor) -> None:
    """`subTotal` is gross, `total` is what the customer pays (seed)."""
    own = {"id": "own-1", "title": "Own", "amount": 1_00}
    sold = sale(
        sold_offer(PAIR, YES),
        external_vouchers=[own],
        basket_amount=4_00,
        total_amount=3_33,
    )

    await report.do(reporting(sold))

    summary = vendor.body["summary"]
    assert summary == {"subTotal": "5.00", "totalDiscounts": "2.00", "total": "3.33"}
    assert Decimal("5.00") - Decimal("2.00") + Decimal("0.33") == Decimal("3.33")


async def test_each_asset_is_named_once(report: Operator, vendor: Vendor) -> None:
    snack: Json = {"discount_asset": LOYALTY, "coupon_code": SNACK}
    barcode: Json = {"discount_asset": BARCODE}
    offers = [sold_offer(each, YES) for each in (PAIR, barcode, snack)]

    await report.do(reporting(sale(*offers)))

    assert vendor.body["discountAssets"] == [LOYALTY, BARCODE]


NOTHING = {
    "no offers": [],
    "never redeemed": [sold_offer(PAIR)],
    "another vendor's": [sold_offer({"code": COFFEE}, Done(reference="v-1"), provider="leat")],
}


@pytest.mark.parametrize("offers", NOTHING.values(), ids=NOTHING)
async def test_a_sale_without_a_redemption_is_not_reported(
    report: Operator, vendor: Vendor, offers: list[Json]
) -> None:
    done = await report.do(reporting(sale(*offers)))

    assert (done.data, vendor.requests) == ({"posted": False}, [])


async def test_only_a_sale_can_be_reported(report: Operator, vendor: Vendor) -> None:
    with pytest.raises(Refused):
        await report.do(reporting().model_copy(update={"sale": None}))


ANSWERS = {
    "code as text": httpx.Response(200, json={"version": "1", "code": "200", "message": "success"}),
    "201": httpx.Response(201, json={"version": "1", "code": 201}),
    "no code": httpx.Response(200, json={"version": "1"}),
    "204": httpx.Response(204),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_a_yes_may_be_written_in_many_ways(
    report: Operator, vendor: Vendor, answer: httpx.Response
) -> None:
    vendor.says(answer)

    assert (await report.do(reporting())).data == {"posted": True}


REFUSED = {
    "400": failure(400, "INVALID_TIMESTAMP"),
    "200 with the failure body": failure(200, "MISSING_FIELD"),
    "200 with another code": httpx.Response(200, json={"version": "1", "code": 400}),
    "plain text": httpx.Response(403, text="No Redemptions to Void"),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
async def test_a_refused_report_is_not_sent_again(
    report: Operator, vendor: Vendor, answer: httpx.Response
) -> None:
    vendor.says(answer)

    with pytest.raises(Refused) as no:
        await report.do(reporting())

    assert no.value.code == "vendor_refused"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("late"),
        failure(503, "UNAVAILABLE"),
        httpx.Response(200, json={"code": "500"}),
        httpx.Response(200, text="<html>"),
    ],
)
async def test_a_lost_report_is_sent_again_with_the_same_bytes(
    report: Operator, vendor: Vendor, answer: httpx.Response | Exception
) -> None:
    """Sheet 4: so the receiver can spot doubles."""
    vendor.says(answer, ACCEPTED)

    with pytest.raises(AnswerLost):
        await report.do(reporting())
    assert await report.find(reporting(), NOW) is None
    await report.do(reporting())

    first, second = vendor.requests
    assert first.content == second.content


async def test_an_unsent_report_is_not_lost(report: Operator, vendor: Vendor) -> None:
    vendor.says(failure(401, "TIMESTAMP_EXPIRED"))

    with pytest.raises(NotSent):
        await report.do(reporting())


async def test_a_report_stays(report: Operator, vendor: Vendor) -> None:
    done = Done(data={"posted": True})

    with pytest.raises(Refused):
        await report.undo(reporting(), done)
    assert await report.find_undo(reporting(), done, NOW) is None
    assert vendor.requests == []
