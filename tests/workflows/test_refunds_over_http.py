"""A refund from the door to the vendor's books, long after Temporal has forgotten the sale."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.till import Till, order
from tests.support.door import forget, open_door
from tests.support.finding import moved
from tests.support.shop import Shop, basket, open_shop
from tillsaga.sandbox import world


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


@pytest.fixture
async def till(real_shop: Shop) -> AsyncIterator[Till]:
    async with open_door(real_shop) as opened:
        yield opened


async def sold(shop: Shop, till: Till) -> str:
    """Two flat whites and a cake, a part of it by gift card; Temporal has forgotten it."""
    ann: dict[str, Any] = {"identifiers": [{"type": "card", "value": world.ANN_CARD}]}
    opened = await till.post("/v1/checkouts", order(basket=basket(), store_id=shop.store.id, **ann))
    address = str(opened.headers["Location"])
    card = {"type": "giftcard", "reference": world.CARD_20, "amount": 3_00}
    assert (await till.post(f"{address}/tenders", card)).status_code == 200
    due = (await till.post(f"{address}/ready")).json()["totals"]["due_amount"]
    captured = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
    assert (await till.post(f"{address}/payments", captured)).json()["status"] == "completed"
    handle = shop.client.get_workflow_handle(opened.json()["id"])
    await handle.result()
    await forget(shop, handle.id)
    return address


async def test_a_sale_comes_back_in_two_parts_when_its_history_is_gone(
    real_shop: Shop, till: Till
) -> None:
    before = await real_shop.books()
    address = await sold(real_shop, till)
    coffee = {"refund_id": "r-1", "reason": "cold", "lines": [{"line_id": "1", "quantity": "1"}]}
    rest = {"refund_id": "r-2", "reason": "all of it"}

    foreseen = await till.post(f"{address}/refunds", coffee | {"dry_run": True})
    first = await till.post(f"{address}/refunds", coffee, key="same")
    again = await till.post(f"{address}/refunds", coffee, key="same")
    last = await till.post(f"{address}/refunds", rest)
    more = await till.post(f"{address}/refunds", rest | {"refund_id": "r-3"})

    assert foreseen.status_code == 200
    assert {r["status"] for r in foreseen.json()["reversals"]} == {"planned"}
    assert (first.status_code, first.json()["amount"], first.json()["status"]) == (
        201,
        3_50,
        "completed",
    )
    assert again.json()["refund_id"] == "r-1"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (last.status_code, last.json()["amount"]) == (201, 8_00)
    assert (more.status_code, more.json()["code"]) == (409, "refund_exceeds_sale")
    assert (await till.get("/v1/refunds/r-2")).json()["status"] == "completed"
    listed = (await till.get(f"{address}/refunds")).json()
    assert [(one["refund_id"], one["amount"]) for one in listed["data"]] == [
        ("r-1", 3_50),
        ("r-2", 8_00),
    ]
    assert (await till.get("/v1/refunds/r-9")).json()["code"] == "refund_not_found"
    assert moved(before, await real_shop.books()) == {}


async def test_a_refund_id_stands_for_one_refund(real_shop: Shop, till: Till) -> None:
    address, other = await sold(real_shop, till), await sold(real_shop, till)
    asked = {"refund_id": "r-1", "reason": "cold", "lines": [{"line_id": "1", "quantity": "1"}]}
    assert (await till.post(f"{address}/refunds", asked)).status_code == 201

    same_id = await till.post(f"{other}/refunds", asked)
    unknown = await till.post(
        f"{other}/refunds",
        asked | {"refund_id": "r-2", "lines": [{"line_id": "9", "quantity": "1"}]},
    )

    assert (same_id.status_code, same_id.json()["code"]) == (409, "refund_exists")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "line_not_found")
