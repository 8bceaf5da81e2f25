"""Sheet 8, control plane: faults on Loyale, seeds, books, reset."""

from contextlib import suppress
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import (
    CASH,
    L25,
    OPERATIONS,
    STATUS,
    LoyaleTill,
    denied,
    gift,
    refused,
)
from tillsaga.sandbox.loyale import world
from tillsaga.sandbox.loyale.call import REASONS
from tillsaga.sandbox.loyale.vendor import SWITCHES

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


async def test_the_control_plane_lists_operations_and_switches(loyale: Any) -> None:
    listed = (await loyale.till.control("GET", "/"))["loyale"]

    told = {one["name"]: f"{one['method']} {one['path']}" for one in listed["operations"]}
    assert told == OPERATIONS
    assert set(listed["switches"]) == set(SWITCHES)


@pytest.mark.parametrize("kind", ["error_before", "rate_limited", "maintenance", "drop_before"])
async def test_faults_before_the_effect_leave_no_sale(loyale: Any, kind: str) -> None:
    """Sheet 8, control plane: the status says 404, so it is safe to send again."""
    await loyale.fault(kind, "transaction.create")
    with suppress(httpx.RemoteProtocolError):
        assert not (await loyale.post(L25, uniqueId="t")).is_success

    refused(await loyale.send("GET", f"{STATUS}/t"), 404)
    await loyale.sale(L25, uniqueId="t")


@pytest.mark.parametrize("kind", ["error_after", "html_after", "malformed", "drop_after"])
@pytest.mark.parametrize("returns", [False, True])
async def test_faults_after_the_effect_leave_it_booked(
    loyale: Any, kind: str, returns: bool
) -> None:
    """Sheet 8, control plane: commit-then-drop and its kin."""
    if returns:
        await loyale.sale(L25, uniqueId="t")
    await loyale.fault(kind, "return.full" if returns else "transaction.create")
    with suppress(httpx.RemoteProtocolError):
        await (loyale.back("Full", "t") if returns else loyale.post(L25, uniqueId="t"))

    assert (await loyale.status("t"))["returned"] == ("FULL" if returns else "NONE")
    assert await loyale.points() == (7830 if returns else 7980)


async def test_a_fault_can_spare_simulations(loyale: Any) -> None:
    """`query_regex` of a fault rule is searched in the raw query."""
    await loyale.fault("error_before", "transaction.create", query_regex="^(?!.*simulate=true)")
    await loyale.sale(L25, simulate=True)

    assert (await loyale.post(L25)).status_code == 500
    rule = {"vendor": "loyale", "kind": "drop_after", "query_regex": "("}
    assert (await loyale.http.post("/_sandbox/faults", json=rule)).status_code == 400


async def test_a_fault_can_refuse_for_any_reason(loyale: Any) -> None:
    """Sheet 8, error texts."""
    for reason, (status, _) in REASONS.items():
        await loyale.fault("refuse", "transaction.create", code=reason, message="No.")
        assert refused(await loyale.post(L25), status) == "No."


async def test_a_fault_can_refuse_with_a_status(loyale: Any) -> None:
    """Sheet 1: business statuses in shape A, the others in shape B."""
    for code, shape in ((400, "A"), (403, "B"), (429, "B"), (500, "B")):
        await loyale.fault("refuse", "transaction.create", code=code)
        answer = await loyale.post(L25)
        assert refused(answer, code) if shape == "A" else denied(answer, code)


async def test_a_seeded_customer_comes_with_cards_and_coupons(loyale: Any) -> None:
    """Sheet 8, control plane; barcodes pass the EAN-13 check (sheet 1)."""
    wanted = {"points": 10, "gift_cards": [{"value_in_cents": 700}], "coupons": [{"uses": 2}]}
    made = (await loyale.seed(customers=[wanted]))["customers"][0]
    digits = [int(digit) for digit in made["barcode"]]
    assert sum(digits[::2]) % 10 == -3 * sum(digits[1::2]) % 10

    sent = {"customerBarcode": made["barcode"], "coupons": made["coupons"]}
    tenders = [gift(7, made["gift_cards"][0]), CASH]
    await loyale.sale(L25, paymentMethods=tenders, **sent)
    assert await loyale.card(made["gift_cards"][0]) == 0
    assert await loyale.uses(made["coupons"][0]) == 1


async def test_schemes_keys_outlets_and_overrides_are_seeded(loyale: Any) -> None:
    """Sheet 8, control plane: a scheme of one's own, with its rates."""
    made = (await loyale.seed(schemes=[{"gain_rate": "10", "rounding": "Up"}]))["schemes"][0]
    mine = {"scheme_id": made["id"]}
    override = mine | {"kind": "vendor", "value": "V", "rate": "1"}
    lists = {"api_keys": [mine], "outlets": [mine], "overrides": [override], "customers": [mine]}
    seeded = await loyale.seed(**lists)
    key, customer = seeded["api_keys"][0]["key"], seeded["customers"][0]["id"]
    loyale.headers = {"X-Scheme": made["id"].upper(), "X-ApiKey": key}

    sent = {"customerId": customer, "outletId": seeded["outlets"][0]["id"]}
    assert (await loyale.sale(L25, **sent))["pointsEarned"] == 250
    assert (await loyale.sale(L25 | {"vendor": "V"}, **sent))["pointsEarned"] == 25


async def test_an_adjustment_changes_balance_and_hold(loyale: Any) -> None:
    """Trap 6: a simulation can be stale a second later."""
    adjusted = {"customer_id": world.BOB, "points": -1400, "on_hold": True}

    answer = await loyale.seed(adjustments=[adjusted])
    assert answer["adjustments"] == [{"id": world.BOB, "points": 100}]
    refused(await loyale.post(L25, customerId=world.BOB))


@pytest.mark.parametrize(
    "wrong",
    [
        {"customers": [{"id": world.ANN}]},
        {"customers": [{"barcode": world.ANN_BARCODE}]},
        {"customers": [{"colour": "red"}]},
        {"gift_cards": [{"customer_id": world.SCHEME}]},
        {"coupons": [{"to": "soon"}]},
        {"schemes": [{"rounding": "Bankers"}]},
        {"api_keys": [{"scheme_id": world.ANN}]},
    ],
)
async def test_a_wrong_seed_is_refused_and_adds_nothing(loyale: Any, wrong: Any) -> None:
    before = await loyale.books()

    answer = await loyale.http.post("/_sandbox/seed/loyale", json={"customers": [{}]} | wrong)
    assert answer.status_code == 400
    assert await loyale.books() == before


async def test_the_books_compare_per_customer_and_per_code(loyale: Any) -> None:
    """Money is in cents; every move names the unique id it belongs to."""
    sent = {"uniqueId": "t", "coupons": [world.COUPON], "paymentMethods": [gift(10), CASH]}
    await loyale.sale(L25, **sent)
    await loyale.item("t", 1)
    books = await loyale.books()

    entries = books["customers"][world.ANN]["entries"]
    told = [(one["kind"], one["amount"], one["unique_id"]) for one in entries]
    assert told == [("opening", 7830, None), ("earn", 150, "t"), ("return_deduct", -30, "t")]
    assert books["gift_cards"][world.GIFT_CARD]["entries"][-1]["amount"] == -1000
    assert books["coupons"][world.COUPON]["entries"][-1]["unique_id"] == "t"
    [sale], [back] = books["transactions"], books["returns"]
    assert (sale["state"], sale["returned"], sale["total"]) == ("COMPLETED", "PARTIAL", 2500)
    assert sale["payment_methods"][0]["reference"] == world.GIFT_CARD
    assert (back["kind"], back["sale"], back["amount"]) == ("Line Item", "t", 500)


async def test_a_reset_goes_back_to_the_documented_world(loyale: Any) -> None:
    """Clears switches too."""
    await loyale.switch(duplicate="replay")
    before = (await loyale.books())["customers"][world.ANN]["points"]
    await loyale.sale(L25, uniqueId="t")
    await loyale.till.control("POST", "/reset")

    assert await loyale.points() == before
    assert (await loyale.till.control("GET", "/switches"))["loyale"]["duplicate"] == "reject"
    await loyale.sale(L25, uniqueId="t")
