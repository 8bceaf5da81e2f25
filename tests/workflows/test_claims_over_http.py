"""A claim from the door to the vendor's books, long after Temporal has forgotten the sale."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from api.app import create_app
from api.gateway import TemporalGateway
from api.services import Services
from tests.api.till import Till, order
from tests.support.claims import ANNS, ORDER, POINTS
from tests.support.finding import moved
from tests.support.shop import Shop, basket, open_shop
from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.sandbox import world

ANN = {"type": "card", "value": world.ANN_CARD}


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False, policy="answer_budget: 2s") as opened:
        yield opened


@pytest.fixture
async def till(real_shop: Shop) -> AsyncIterator[Till]:
    wiring = real_shop.wiring
    gateway = TemporalGateway(real_shop.client, real_shop.queue)
    services = Services(stores=wiring.stores, database=wiring.database, gateway=gateway)
    _, secret = await SqlApiKeys(wiring.database).create("till", ["pos"], [real_shop.store.id])
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://till") as http:
        yield Till(http, secret, count(1))


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


async def forget(shop: Shop, address: str) -> None:
    """Drop the history, as Temporal does by itself after its retention."""
    handle = shop.client.get_workflow_handle(address.rpartition("/")[2])
    gone = WorkflowExecution(workflow_id=handle.id)
    await shop.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=shop.client.namespace, workflow_execution=gone)
    )
    while await is_known(handle):
        pass


async def is_known(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        await handle.describe()
    except RPCError as missing:
        return missing.status is not RPCStatusCode.NOT_FOUND
    return True


async def test_a_sale_is_claimed_once_when_its_history_is_gone(real_shop: Shop, till: Till) -> None:
    before = await real_shop.books()
    address = await sold(real_shop, till)
    await forget(real_shop, address)
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
