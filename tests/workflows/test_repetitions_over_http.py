"""A request that comes again long after: the runs that came since neither repeat nor forget it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.till import Till, order
from tests.support.door import open_door
from tests.support.shop import Shop, basket, open_shop

CAPTURED = {"status": "captured", "type": "card", "amount": 11_50, "reference": "card-1"}


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


@pytest.fixture
async def till(real_shop: Shop) -> AsyncIterator[Till]:
    async with open_door(real_shop) as opened:
        yield opened


async def sold(shop: Shop, till: Till) -> str:
    """A sale of 11.50 whose first run has ended."""
    wanted = order(basket=basket(), store_id=shop.store.id)
    opened = await till.post("/v1/checkouts", wanted, key="open")
    address = str(opened.headers["Location"])
    await till.post(f"{address}/ready", key="ready")
    paid = await till.post(f"{address}/payments", CAPTURED, key="paid")
    assert paid.json()["status"] == "completed"
    await ended(shop, address)
    return address


async def ended(shop: Shop, address: str) -> None:
    """Wait for the end of the checkout's latest run."""
    await shop.client.get_workflow_handle(address.rpartition("/")[2]).result()


async def corrected(shop: Shop, till: Till, address: str, type_: str) -> Any:
    """Say how it was paid, each time in a run of its own."""
    said = CAPTURED | {"type": type_, "reason": f"it was {type_}"}
    answer = await till.post(f"{address}/payments/pay_1/correct", said, key=type_)
    await ended(shop, address)
    return answer


async def test_a_correction_that_comes_again_does_not_undo_a_later_one(
    real_shop: Shop, till: Till
) -> None:
    address = await sold(real_shop, till)
    first = await corrected(real_shop, till, address, "cash")
    await corrected(real_shop, till, address, "voucher")

    again = await corrected(real_shop, till, address, "cash")

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    seen = (await till.get(address)).json()
    assert [payment["type"] for payment in seen["payments"]] == ["voucher"]


async def test_what_an_earlier_run_answered_is_answered_again(real_shop: Shop, till: Till) -> None:
    address = await sold(real_shop, till)
    ready = await till.post(f"{address}/ready", key="ready")
    await corrected(real_shop, till, address, "cash")

    again = await till.post(f"{address}/ready", key="ready")

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert (again.status_code, again.content) == (200, ready.content)
