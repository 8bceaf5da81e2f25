"""Sheet 3.2: reporting a sale, for analytics only."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.koupon_till import NOON, REPORT, KouponTill, barcode, complaint
from tillsaga.sandbox.koupon import world

pytestmark = pytest.mark.asyncio
PRODUCT: dict[str, Any] = {
    "index": 1,
    "description": "Cola 12 oz",
    "scanCode": "0049000012345",
    "price": 2.50,
    "quantity": 2,
    "discounts": [],
}
SALE: dict[str, Any] = {
    "timestamp": "2026-03-01T16:41:37Z",
    "currency": "USD",
    "products": [PRODUCT],
    "summary": {"subTotal": 5.00, "totalDiscounts": 1.00, "total": 4.33},
    "discountAssets": [world.LOYALTY],
}
BARE: dict[str, Any] = {"timestamp": "2026-03-01T16:41:37Z", "discountAssets": [world.LOYALTY]}
NO_PRICES: tuple[Any, ...] = (0.1 + 0.2, "2.505", "1e2", "1_0", "two", True, [], 10**20, "\u0662")

STORED: dict[str, Any] = {
    "identifier": world.IDENTIFIER,
    "store_id": None,
    "signed_at": NOON,
    "created_at": "2026-03-01T10:00:00+00:00",
    "timestamp": "2026-03-01T16:41:37+00:00",
    "currency": "USD",
    "products": [
        {
            "index": 1,
            "description": "Cola 12 oz",
            "scan_code": "0049000012345",
            "price_in_cents": 2_50,
            "quantity": 2,
            "discounts": [],
        }
    ],
    "summary": {
        "sub_total_in_cents": 5_00,
        "total_discounts_in_cents": 1_00,
        "total_in_cents": 4_33,
    },
    "discount_assets": [world.BARCODE, world.LOYALTY],
    "duplicate_of": None,
}
"""The sale in the books, with the barcode beside the card."""


@pytest_asyncio.fixture
async def koupon(till: Any) -> KouponTill:
    return KouponTill(till)


async def stored(koupon: Any) -> Any:
    return (await koupon.books())["reports"]


def with_product(**fields: Any) -> dict[str, Any]:
    return SALE | {"products": [PRODUCT | fields]}


def with_summary(**fields: Any) -> dict[str, Any]:
    return SALE | {"summary": SALE["summary"] | fields}


def without(name: str, values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


async def test_k13_a_report_is_stored_and_leaves_stock_unchanged(koupon: Any) -> None:
    """Sheet 6, K13: of a sale in which that barcode was redeemed; money in cents."""
    await koupon.results(barcode())
    before = await koupon.books()
    answer = await koupon.report(SALE | {"discountAssets": [world.BARCODE, world.LOYALTY]})

    assert answer.status_code == 200
    assert answer.json() == {"version": "1", "code": 200, "message": "success"}
    after = await koupon.books()
    for part in ("barcodes", "accounts", "redeem_calls"):
        assert after[part] == before[part]
    (report,) = after["reports"]
    assert report.pop("id")
    assert report == STORED


async def test_reporting_alone_redeems_nothing(koupon: Any) -> None:
    """Sheet 5, trap 13: the offer stays usable."""
    assert (await koupon.report(BARE | {"discountAssets": [world.BARCODE]})).status_code == 200

    assert await koupon.left(world.BARCODE) == 1


async def test_k15_a_report_without_currency_is_in_dollars_and_euros_are_refused(
    koupon: Any,
) -> None:
    """Sheet 6, K15."""
    assert (await koupon.report(without("currency", SALE))).status_code == 200
    assert (await stored(koupon))[0]["currency"] == "USD"
    for other in ("EUR", "usd", ""):
        assert complaint(await koupon.report(SALE | {"currency": other})) == "UNSUPPORTED_CURRENCY"
    assert len(await stored(koupon)) == 1


async def test_k17_tax_and_left_out_parts_are_accepted(koupon: Any) -> None:
    """Sheet 6, K17: total = subTotal - totalDiscounts + tax; summary and products optional."""
    summary = {"subTotal": "5.00", "totalDiscounts": 1, "total": 4.33}
    for body in (SALE | {"summary": summary}, without("summary", without("products", SALE)), BARE):
        assert (await koupon.report(body)).status_code == 200

    first, *others = await stored(koupon)
    assert list(first["summary"].values()) == [5_00, 1_00, 4_33]
    assert [(one["summary"], one["products"]) for one in others] == [(None, [])] * 2


async def test_discounts_in_the_summary_and_of_products_are_optional(koupon: Any) -> None:
    """Sheet 3.2: `discounts` is in the sample only."""
    body = SALE | {
        "products": [without("discounts", PRODUCT)],
        "summary": {"subTotal": 5, "total": 5},
    }
    assert (await koupon.report(body)).status_code == 200

    (report,) = await stored(koupon)
    assert report["summary"]["total_discounts_in_cents"] is None
    assert report["products"][0]["discounts"] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"index": "007"}, ("index", 7)),
        ({"quantity": 0}, ("quantity", 0)),
        ({"quantity": 0.35}, ("quantity", "0.35")),
        ({"price": "2.5"}, ("price_in_cents", 2_50)),
        ({"price": -0.10}, ("price_in_cents", -10)),
        ({"price": 1e3}, ("price_in_cents", 1000_00)),
        ({"discounts": [{"amount": 0.1}]}, ("discounts", [{"amount": "0.1"}])),
    ],
)
async def test_numbers_are_read_without_floats(koupon: Any, sent: Any, kept: Any) -> None:
    """Sheet 1: Amounts, `Digits`, `NonNegNumber`."""
    assert (await koupon.report(with_product(**sent))).status_code == 200

    assert (await stored(koupon))[0]["products"][0][kept[0]] == kept[1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "INVALID_REQUEST"),
        (b'{"timestamp":1e99999999999999999999}', "INVALID_REQUEST"),
        (without("timestamp", SALE), "MISSING_FIELD"),
        *[
            (SALE | {"timestamp": moment}, "INVALID_TIMESTAMP")
            for moment in (
                *(1772383297, "2026-03-01", "2026-03-01T16:41:37", "2026-02-30T16:41:37Z"),
                *("2026-03-01T16:41:37+01:00", "yesterday"),
            )
        ],
        (without("discountAssets", SALE), "MISSING_FIELD"),
        (SALE | {"discountAssets": []}, "MISSING_FIELD"),
        (SALE | {"discountAssets": [""]}, "MISSING_FIELD"),
        (SALE | {"discountAssets": [49000012345]}, "INVALID_REQUEST"),
        (SALE | {"discountAssets": world.LOYALTY}, "INVALID_REQUEST"),
        (SALE | {"products": {}}, "INVALID_REQUEST"),
        *[
            (SALE | {"products": [without(name, PRODUCT)]}, "MISSING_FIELD")
            for name in ("index", "description", "scanCode", "price", "quantity")
        ],
        (with_product(index=-1), "INVALID_REQUEST"),
        (with_product(index="a"), "INVALID_REQUEST"),
        (with_product(scanCode=49000012345), "INVALID_REQUEST"),
        (with_product(quantity=-1), "INVALID_REQUEST"),
        (with_product(quantity="2"), "INVALID_REQUEST"),
        (with_product(discounts={}), "INVALID_REQUEST"),
        *[(with_product(price=price), "INVALID_AMOUNT") for price in NO_PRICES],
        (SALE | {"summary": []}, "INVALID_REQUEST"),
        (SALE | {"summary": {"total": 1}}, "MISSING_FIELD"),
        (SALE | {"summary": {"subTotal": 1}}, "MISSING_FIELD"),
        (with_summary(total=4.333), "INVALID_AMOUNT"),
        (with_summary(totalDiscounts="free"), "INVALID_AMOUNT"),
    ],
)
async def test_a_faulty_report_is_400_and_not_stored(koupon: Any, body: Any, code: str) -> None:
    """Sheet 3.2: failures."""
    assert complaint(await koupon.report(body)) == code

    assert await stored(koupon) == []


@pytest.mark.parametrize("moment", ["2026-03-01T16:41:37.5Z", "2026-03-01T16:41:37+00:00"])
async def test_a_moment_in_utc_may_be_written_otherwise(koupon: Any, moment: str) -> None:
    assert (await koupon.report(BARE | {"timestamp": moment})).status_code == 200

    assert (await stored(koupon))[0]["timestamp"] == "2026-03-01T16:41:37+00:00"


async def test_a_report_sent_twice_is_stored_twice_and_flagged(koupon: Any) -> None:
    """Sheet 4: byte-identical bodies are doubles; another timestamp is another sale."""
    for body in (SALE, SALE, SALE | {"timestamp": "2026-03-01T16:41:38Z"}):
        await koupon.report(body)
    first, double, other = await stored(koupon)

    assert double["duplicate_of"] == first["id"]
    assert first["duplicate_of"] is other["duplicate_of"] is None


async def test_the_store_is_kept(koupon: Any) -> None:
    """Sheet 3.3: `storeId` as a signed parameter, on report too."""
    await koupon.send(koupon.signed(REPORT, storeId="1042"), SALE)

    assert (await stored(koupon))[0]["store_id"] == "1042"


async def test_a_report_needs_a_signature(koupon: Any) -> None:
    """Sheet 1: signed URL on every call."""
    assert complaint(await koupon.send(REPORT, SALE), 401) == "SIGNATURE_MISSING"
    assert await stored(koupon) == []
