"""Sheet 3.5: orders of members and others, their errors, and no personal data."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import NOW, ORDER, REWARDS, WllTill, event
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
INVALID, PERSONAL = (400, "VALIDATION_ERROR"), (400, "PII_NOT_ALLOWED")
ITEM = ORDER["items"][0]


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ORDER.items() if key != name}


async def test_an_order_answers_its_id_and_transaction(wll: WllTill) -> None:
    placed = await wll.ok("POST", "/orders", ORDER)

    assert placed == {"id": placed["id"], "transactionId": "tx-000042", "createdAt": NOW}


async def test_a_non_member_order_is_stored_and_earns_nothing(wll: WllTill) -> None:
    """Sheet 3.5: ORDER_PLACED has no subject, no points."""
    await wll.ok("POST", "/orders", without("submitter"))

    books = await wll.books()
    assert [one["user"] for one in books["orders"]] == [None]
    assert [(one["type"], one["subject"]) for one in books["events"]] == [("ORDER_PLACED", None)]
    assert books["reactions"] == []


async def test_a_generous_order_also_gives_a_voucher(wll: WllTill) -> None:
    """Sheet 3.5: reactors award points/vouchers."""
    await wll.ok("POST", "/orders", ORDER | {"total": world.GENEROUS_TOTAL})

    books = await wll.books()
    given = [id for id, one in books["vouchers"].items() if one["origin"] == "reaction"]
    assert [one["type"] for one in books["events"]] == ["ORDER_PLACED", "VOUCHER_GIVEN"]
    assert given[0] in [one["id"] for one in (await wll.wallet())["vouchers"]]
    assert await wll.points() == 600


async def test_an_order_sent_twice_is_two_orders_that_earn_twice(wll: WllTill) -> None:
    """Sheet 1, idempotency key: none; 4: never blind-retry."""
    await wll.ok("POST", "/orders", ORDER)
    await wll.ok("POST", "/orders", ORDER)

    assert len((await wll.books())["orders"]) == 2
    assert await wll.points() == 538


async def test_an_order_is_found_by_the_event_it_raised(wll: WllTill) -> None:
    """Sheet 4: look the operation up."""
    await wll.ok("POST", "/orders", ORDER)
    wanted = '{"type": "ORDER_PLACED", "payload.transactionId": "tx-000042"}'

    found = await wll.ok("GET", "/events", filter=wanted)
    assert [one["payload"]["total"] for one in found] == [1950]


async def test_points_for_an_order_come_after_the_delay(wll: WllTill) -> None:
    await wll.switch(reaction_delay_seconds=2)
    await wll.ok("POST", "/orders", ORDER)
    assert await wll.points() == 500
    await wll.advance(2)

    assert await wll.points() == 519


async def test_required_fields_of_an_order(wll: WllTill) -> None:
    """Sheet 3.5: sandbox schema."""
    for name in ORDER.keys() - {"submitter", "discounts"}:
        assert await wll.refused("POST", "/orders", without(name)) == INVALID, name

    assert (await wll.books())["orders"] == []


async def test_required_fields_of_an_item(wll: WllTill) -> None:
    for name in ("sku", "name", "quantity", "unitPrice", "total"):
        item = {key: value for key, value in ITEM.items() if key != name}
        assert await wll.refused("POST", "/orders", ORDER | {"items": [item]}) == INVALID, name


WRONG: list[dict[str, Any]] = [
    {"total": 19.5},
    {"total": "1950"},
    {"currency": "gbp"},
    {"currency": "EURO"},
    {"placedAt": "yesterday"},
    {"placedAt": "2026-03-01"},
    {"items": []},
    {"items": [ITEM | {"quantity": 0}]},
    {"items": [ITEM | {"unitPrice": 12.25}]},
    {"submitter": {}},
    {"submitter": "auth|m-1001"},
    {"discounts": [{"amount": 500}]},
]


async def test_wrong_values_in_an_order(wll: WllTill) -> None:
    for changed in WRONG:
        assert await wll.refused("POST", "/orders", ORDER | changed) == INVALID, changed


async def test_quantities_may_be_fractions_and_moments_without_them(wll: WllTill) -> None:
    """Sheet 3.5: quantity number > 0; `placedAt` is ISO."""
    items = [ITEM | {"quantity": 0.35}]

    await wll.ok("POST", "/orders", ORDER | {"items": items, "placedAt": "2026-03-01T10:20:00Z"})


async def test_a_submitter_must_be_an_auth_identifier_of_the_tenant(wll: WllTill) -> None:
    for name in ("nobody", world.MEMBER, world.OTHER_MEMBER_AUTH):
        body = ORDER | {"submitter": {"authIdentifier": name}}
        assert await wll.refused("POST", "/orders", body) == (422, "SUBMITTER_NOT_FOUND")

    assert (await wll.books())["orders"] == []


async def test_receipts_may_be_off(wll: WllTill) -> None:
    """Sheet 1: WLL must set up the Receipts service per tenant."""
    await wll.switch(receipts_enabled=False)

    assert await wll.refused("POST", "/orders", {}) == (403, "RECEIPTS_NOT_ENABLED")


async def test_metadata_may_need_a_source(wll: WllTill) -> None:
    """Sheet 3.5: on the sibling `POST /receipts`."""
    await wll.ok("POST", "/orders", ORDER | {"metadata": {}})
    await wll.switch(metadata_source_required=True)

    assert await wll.refused("POST", "/orders", ORDER | {"metadata": {}}) == INVALID
    await wll.ok("POST", "/orders", ORDER)
    await wll.ok("POST", "/orders", ORDER | {"metadata": {"source": "till"}})


@pytest.mark.parametrize(
    "metadata",
    [
        {"email": "x"},
        {"customerName": "x"},
        {"customer": {"first_name": "x"}},
        {"phone-number": "x"},
        {"name": "x"},
        {"note": "ask ann@example.test"},
        {"note": "+31 6 1234 5678"},
        {"note": "020 7946 0958"},
        {"notes": ["fine", "bob@example.test"]},
        {"note": world.MEMBER_PROFILE["familyName"]},
    ],
)
async def test_personal_data_is_refused_in_orders_and_events(
    wll: WllTill, metadata: dict[str, Any]
) -> None:
    """Sheet 3.5 and 5, trap 12: a key or value that looks like name, e-mail or phone."""
    order = ORDER | {"metadata": metadata}

    assert await wll.refused("POST", "/orders", order) == PERSONAL
    assert await wll.refused("POST", "/events", event(points=5, **metadata)) == PERSONAL
    assert (await wll.books())["events"] == []


async def test_numbers_of_the_tills_own_are_not_personal(wll: WllTill) -> None:
    fine: dict[str, Any] = {
        "receipt": "0049000012345",
        "account": "4821075",
        "at": "2026-03-01T10:00:00Z",
        "lane": "0012 345",
        "items": [{"name": "Coffee beans", "sku": "SKU-1"}],
    }

    await wll.ok("POST", "/orders", ORDER | {"metadata": fine})
    await wll.event(points=5, **fine)


async def test_the_test_aid_may_be_off(wll: WllTill) -> None:
    await wll.switch(pii_check=False)

    await wll.ok("POST", "/orders", ORDER | {"metadata": {"email": "ann@example.test"}})


async def test_an_order_goes_to_receipts_only(wll: WllTill) -> None:
    """Sheet 1: two services, two base URLs."""
    headers = {"X-Api-Key": world.API_KEY, "Authorization": f"Bearer {world.TOKEN}"}
    answer = await wll.http.post(f"{REWARDS}/orders", json=ORDER, headers=headers)

    assert answer.status_code == 404
