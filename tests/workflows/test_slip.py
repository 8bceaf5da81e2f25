"""From the printed bill to the burned voucher: slip, app, callback, payment, all over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.receipts import as_qr
from tests.api.till import Till
from tests.support.app import appended, meal, voucher_state
from tests.support.door import open_door
from tests.support.shop import Shop, open_shop
from tillsaga.sandbox.letstrade import world

CALLBACK = "/v1/callbacks/letstrade/append-vouchers"
TEN, COFFEE = world.VOUCHER_TEN, world.VOUCHER_COFFEE


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("letstrade",)) as opened:
        yield opened


@pytest.fixture
async def till(shop: Shop) -> AsyncIterator[Till]:
    async with open_door(shop) as opened:
        yield opened


async def opened(till: Till, sold: dict[str, Any] | None = None) -> str:
    """Open a checkout; answers its address."""
    body = {"store_id": "ams-1", "terminal_id": "till-1", "basket": sold or meal()}
    answer = await till.post("/v1/checkouts", body)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def said(till: Till, address: str, operation: str, **body: Any) -> dict[str, Any]:
    answer = await till.post(f"{address}/{operation}", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def select(shop: Shop, till: Till, slip: dict[str, Any], *vouchers: str, **more: Any) -> Any:
    """Scan the slip in the app and pick; the vendor calls the API."""
    picked = {
        "url": f"{till.http.base_url}{CALLBACK}",
        "transaction_id": slip["transaction_id"],
        "voucher_ids": list(vouchers),
    }
    return await shop.control("POST", "/letstrade/append-vouchers", picked | more)


async def slip_of(till: Till, address: str) -> dict[str, Any]:
    return dict(json.loads((await till.get(f"{address}/receipt")).json()["slip"]))


async def test_a_customer_scans_the_bill_picks_vouchers_and_pays_less(
    shop: Shop, till: Till
) -> None:
    sold = meal()
    address = await opened(till, sold)
    slip = await slip_of(till, address)
    assert slip == {
        "store_id": world.STORE,
        "terminal_id": world.TERMINAL,
        "transaction_id": sold["id"],
    }

    outcome = await select(shop, till, slip, TEN, COFFEE)
    assert (outcome["status"], outcome["answer"]["content"]["remaining_amount"]) == (200, "55.00")
    paper = (await till.get(f"{address}/receipt", Accept="text/plain")).text
    assert "R10 OFF / V-1" in paper
    assert "To pay" in paper
    assert "55.00" in paper

    due = (await said(till, address, "ready"))["totals"]["due_amount"]
    assert due == 55_00
    paid = {"type": "card", "amount": due, "reference": "card-1"}
    seen = await said(till, address, "payments", status="authorized", **paid)
    assert seen["instruction"] == "capture"
    seen = await said(till, address, "payments", status="captured", **paid)

    assert seen["status"] == "completed"
    [order] = (await shop.books("letstrade"))["orders"].values()
    assert (sorted(order["burned"]), order["outstanding_in_cents"]) == ([TEN, COFFEE], 55_00)
    receipt = (await till.get(f"{address}/receipt")).json()
    assert receipt["slip"] is None
    late = await post(till, outcome["sent"])
    assert (late.status_code, late.json()["success"]) == (409, False)


async def post(till: Till, body: Any, secret: str | None = world.CALLBACK_SECRET) -> Any:
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return await till.http.post(CALLBACK, json=body, headers=headers)


async def test_the_slip_comes_as_a_picture_and_as_text(till: Till) -> None:
    address = await opened(till)
    text = (await till.get(f"{address}/receipt")).json()["slip"]

    picture = await till.get(f"{address}/receipt", Accept="image/svg+xml")
    paper = (await till.get(f"{address}/receipt", Accept="text/plain")).text

    assert picture.content == as_qr(text)
    assert text in paper.replace("\n", "")
    await said(till, address, "ready")
    assert (await till.get(f"{address}/receipt")).json()["slip"] == text
    await said(till, address, "cancel", reason="customer left")
    assert (await till.get(f"{address}/receipt")).status_code == 409


async def test_a_bill_that_the_vendor_was_not_told_of_has_no_slip(shop: Shop, till: Till) -> None:
    await shop.fault("error_before", "offerings.get", "letstrade", status=503)
    address = await opened(till)
    assert (await till.get(f"{address}/receipt")).json()["code"] == "receipt_not_ready"

    again = await till.send("PUT", f"{address}/basket", {"basket": meal(id=await basket_id(till))})
    assert again.status_code == 200, again.text
    assert (await slip_of(till, address))["store_id"] == world.STORE


async def basket_id(till: Till) -> str:
    [one] = (await till.get("/v1/checkouts?store_id=ams-1")).json()["data"]
    return str(one["basket"]["id"])


async def test_a_selection_wakes_the_tills_event_stream(shop: Shop, till: Till) -> None:
    address = await opened(till)
    before = (await till.get(address)).json()["version"]
    headers = {"Authorization": f"Bearer {till.secret}", "Last-Event-ID": str(before)}
    async with till.http.stream("GET", f"{address}/events", headers=headers) as stream:
        await select(shop, till, await slip_of(till, address), TEN)
        async with asyncio.timeout(10):
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    break

    seen = json.loads(line.removeprefix("data:"))
    assert (seen["version"], appended(seen)) == (before + 1, {TEN: ("applied", 10_00)})


async def test_what_the_vendor_says_is_answered_in_its_own_words(shop: Shop, till: Till) -> None:
    address = await opened(till)
    sent = (await select(shop, till, await slip_of(till, address), TEN))["sent"]

    async def status(body: Any, secret: str | None = world.CALLBACK_SECRET) -> int:
        answer = await post(till, body, secret)
        envelope = answer.json()
        assert envelope["success"] is (answer.status_code == 200)
        assert "content" in envelope
        assert "R10" not in answer.text
        return int(answer.status_code)

    assert await status(sent) == 200
    assert await status(sent, "wrong") == 401
    assert await status(sent, None) == 401
    assert await status(sent | {"vouchers": "R10"}) == 400
    assert await status(sent | {"discount_amount": "R10"}) == 400
    assert await status(sent | {"transaction_id": "basket-unknown"}) == 404
    assert await status(sent | {"store_id": world.OTHER_STORE}) == 409
    assert await status(sent | {"uid": "another"}) == 409
    assert await status(sent | {"remaining_amount": "91.00"}) == 422
    assert await status(sent | {"unknown": 1}) == 200
    assert appended((await till.get(address)).json()) == {TEN: ("applied", 10_00)}
    await said(till, address, "ready")
    assert await status(sent) == 409
    await said(till, address, "cancel", reason="customer left")
    assert await status(sent) == 409
    assert await voucher_state(shop) == "AVAILABLE"
