"""A claim from the door to the vendor's books, long after Temporal has forgotten the sale."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.till import Till, order
from tests.support.claims import ANNS, ORDER, POINTS
from tests.support.door import forget, open_door
from tests.support.finding import moved
from tests.support.shop import Shop, basket, open_shop
from tillsaga.sandbox import world

ANN = {"type": "card", "value": world.ANN_CARD}


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False, policy="answer_budget: 2s") as opened:
        yield opened


@pytest.fixture
async def till(real_shop: Shop) -> AsyncIterator[Till]:
    async with open_door(real_shop) as opened:
        yield opened


async def sold(shop: Shop, till: Till) -> str:
    """Sell to nobody, and wait until the archive has it."""
    opened = await till.post("/v1/checkouts", order(basket=basket(), store_id=shop.store.id))
    address = str(opened.headers["Location"])
    ready = await till.post(f"{address}/ready")
    due = ready.json()["totals"]["due_amount"]
    card = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
    paid = await till.post(f"{address}/payments", card)
    assert paid.json()["status"] == "completed"
    await shop.client.get_workflow_handle(opened.json()["id"]).result()
    return address


async def test_a_sale_is_claimed_once_when_its_history_is_gone(real_shop: Shop, till: Till) -> None:
    before = await real_shop.books()
    address = await sold(real_shop, till)
    await forget(real_shop, address.rpartition("/")[2])
    printed = (await till.get(f"{address}/receipt")).json()
    assert printed["claim_link"]

    first = await till.post(f"{address}/claims", ANN, key="same")
    again = await till.post(f"{address}/claims", ANN, key="same")
    anew = await till.post(f"{address}/claims", ANN)
    other = await till.post(f"{address}/claims", {**ANN, "value": world.BOB_CARD})

    assert [answer.status_code for answer in (first, again, anew)] == [200] * 3
    assert first.json() == again.json() == anew.json() == (await till.get(address)).json()
    assert first.headers["ETag"] == f'"{first.json()["version"]}"'
    assert (other.status_code, other.json()["code"]) == (409, "already_claimed")
    receipt = (await till.get(f"{address}/receipt")).json()
    assert (receipt["claim_link"], receipt["earned"][0]["points"]) == (None, POINTS)
    paper = (await till.get(f"{address}/receipt", Accept="text/plain")).text
    assert f"Points earned (leat) {POINTS:>19}" in paper
    assert "Scan to collect" not in paper
    assert moved(before, await real_shop.books()) == ANNS


async def test_a_slow_vendor_does_not_hold_the_till(real_shop: Shop, till: Till) -> None:
    before = await real_shop.books()
    address = await sold(real_shop, till)
    await real_shop.fault("hang_before", ORDER, delay_ms=4000)

    answer = await till.post(f"{address}/claims", ANN, key="same")

    assert (answer.status_code, answer.json()["status"]) == (202, "completed")
    checkout_id = address.rpartition("/")[2]
    await real_shop.client.get_workflow_handle(f"claim-{checkout_id}").result()
    again = await till.post(f"{address}/claims", ANN, key="same")
    assert (again.json()["earned"], again.headers["Idempotency-Replayed"]) == (
        [{"provider": "leat", "points": POINTS, "balance_after": 120 + POINTS}],
        "true",
    )
    assert moved(before, await real_shop.books()) == ANNS
