"""Sheet 2 and 4: the sale's fields, its simulation, coupons."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import (
    CASH,
    L25,
    L50,
    REDEMPTION,
    SALE,
    LoyaleTill,
    line,
    moved,
    refused,
)
from tillsaga.sandbox.loyale import world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


async def test_a_simulation_reckons_alike_and_does_nothing(loyale: Any) -> None:
    """Sheet 2, simulated reply: the id is echoed but not reserved."""
    sent = {"uniqueId": "s-1", "paymentMethods": [CASH, REDEMPTION], "coupons": [world.COUPON]}
    before = await loyale.books()
    simulated = await loyale.sale(L50, simulate=True, **sent)
    assert await loyale.books() == before

    real = await loyale.sale(L50, **sent)
    assert (simulated.pop("status"), real.pop("status")) == ("SIMULATED", "RECEIVED")
    assert simulated.pop("statusUrl") is None
    assert real.pop("statusUrl")
    assert simulated == real


async def test_without_an_id_the_vendor_makes_64_hex_characters(loyale: Any) -> None:
    """Sheet 1, ids; a simulation has nothing to make one for."""
    assert len(bytes.fromhex((await loyale.sale(L25))["uniqueId"])) == 32
    assert (await loyale.sale(L25, simulate=True))["uniqueId"] is None


async def test_the_customer_is_named_by_id_or_barcode(loyale: Any) -> None:
    """Sheet 2: either; both must agree; GUIDs in any case."""
    both = {"customerBarcode": world.BOB_BARCODE, "customerId": world.BOB.upper()}
    assert (await loyale.sale(L25, **both))["customerId"] == world.BOB

    refused(await loyale.post(L25, **(both | {"customerId": world.ANN})))
    refused(await loyale.post(L25, customerId=None))
    unknown = {"customerBarcode": "4000000000000"}, {"customerId": "no guid"}
    for fields in unknown:
        assert refused(await loyale.post(L25, **fields)) == "Customer not found"


async def test_a_customer_on_hold_buys_nothing(loyale: Any) -> None:
    """Sheet 2, errors."""
    assert refused(await loyale.post(L25, customerId=world.DORA)) == "Customer is on hold"


async def test_the_outlet_is_optional_but_must_exist(loyale: Any) -> None:
    """Sheet 2: malformed, unknown or another scheme's is 400."""
    await loyale.sale(L25, outletId=None)

    for outlet in ("shop 7", world.ANN, world.OTHER_OUTLET):
        assert refused(await loyale.post(L25, outletId=outlet)) == "Outlet not found"


@pytest.mark.parametrize(
    "wrong",
    [
        {"lineItems": []},
        {"lineItems": None},
        {"lineItems": [{"sku": "a", "unitPrice": 1}]},
        {"lineItems": [{"quantity": "5", "unitPrice": 1}]},
        {"lineItems": [{"quantity": True, "unitPrice": 1}]},
        {"lineItems": [{"quantity": 1, "unitPrice": 1e30}]},
        {"date": "yesterday"},
        {"date": 5},
        {"uniqueId": 7},
        {"coupons": world.COUPON},
        {"pos": "till 2"},
    ],
)
async def test_bad_request_data_is_400(loyale: Any, wrong: dict[str, Any]) -> None:
    """Sheet 1, HTTP codes and error shape A."""
    refused(await loyale.post(L25, **wrong))


async def test_a_line_needs_a_price(loyale: Any) -> None:
    """Sheet 2: the sale price, else the unit price, else 400."""
    assert refused(await loyale.post({"quantity": 1, "sku": "a"})) == "Line item price missing"
    free = {"quantity": 1, "unitPrice": 9.0, "unitSalePrice": 0}
    assert (await loyale.sale(free))["pointsEarned"] == 0


async def test_lines_are_rounded_half_up_one_by_one(loyale: Any) -> None:
    """Sheet 2: T is the sum of rounded lines; here twice 0.5 x 0.25 = 0.125 → 0.13."""
    await loyale.sale(line(0.5, 0.25), line(0.5, 0.25))

    assert (await loyale.books())["transactions"][0]["total"] == 26


async def test_all_optional_fields_are_kept(loyale: Any) -> None:
    """Sheet 2: the receipt number is saved; the date is the till's, or now."""
    sent = {
        "date": "2024-09-09T12:54:54.601Z",
        "description": "Sale Transaction",
        "receiptNumber": "12345",
        "pos": {"id": "POS001", "type": "Terminal App"},
    }
    await loyale.sale(L50, **sent)
    await loyale.sale(L50)
    kept, plain = (await loyale.books())["transactions"]

    assert (kept["date"], kept["receipt_number"]) == ("2024-09-09T12:54:54+00:00", "12345")
    assert (kept["pos"], kept["description"]) == (sent["pos"], sent["description"])
    assert plain["date"] == "2026-03-01T10:00:00+00:00"


async def test_in_line_returns_must_leave_points_not_money(loyale: Any) -> None:
    """Sheet 6.1 and trap 14: money positive, points negative; and the lone fragment."""
    text = "Overall points must be greater than or equal to 0"
    lines = line(1, 30, categories=[world.NO_POINTS]), line(-1, 10)

    assert refused(await loyale.post(*lines)) == text
    assert refused(await loyale.post(line(-5, 10))) == text
    assert moved(await loyale.sale(line(1, 10), line(-1, 10))) == (0, 0, 7830)


@pytest.mark.parametrize(
    "barcode",
    ["4000000000000", world.COUPON_BOB, world.COUPON_EXPIRED, world.COUPON_SOON, world.COUPON_USED],
)
async def test_a_bad_coupon_refuses_the_sale(loyale: Any, barcode: str) -> None:
    """Sheet 4, coupons: unknown, foreign, expired or used up; nothing else is consumed."""
    text = refused(await loyale.post(L50, coupons=[world.COUPON, barcode]))

    assert text == f"Coupon not valid: {barcode}"
    assert await loyale.uses() == 1


async def test_every_mention_of_a_coupon_takes_a_use(loyale: Any) -> None:
    """Sheet 4, coupons: commit decrements `usesLeft`."""
    refused(await loyale.post(L50, coupons=[world.COUPON, world.COUPON]))
    await loyale.sale(L50, coupons=[world.COUPON_TWICE, world.COUPON_TWICE])

    assert await loyale.uses(world.COUPON_TWICE) == 0


async def test_bodies_are_json_without_comments(loyale: Any) -> None:
    """Sheet 1: content type and trap of the seed's `//` comments."""
    for body in (b'{"lineItems": [] // none\n}', b"[]", b"", b'{"a": NaN}', b'{"a": "\\ud800"}'):
        answer = await loyale.http.post(SALE, content=body, headers=loyale.headers)
        refused(answer)
    refused(await loyale.http.post(SALE, data={"customerId": "x"}, headers=loyale.headers))
