"""Support over HTTP and on the command line, long after Temporal has forgotten the checkout."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.till import Till, order
from tests.support.door import forget, open_door
from tests.support.finding import moved
from tests.support.shop import Shop, basket, open_shop
from tests.support.stores import ENVIRON
from tillsaga.sandbox import world

REVERSE = "giftcard_transaction.reverse"
KIM = {"actor": "kim", "reason": "the vendor has lifted its block"}


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


@pytest.fixture
async def desk(real_shop: Shop) -> AsyncIterator[Till]:
    async with open_door(real_shop, "pos", "support") as opened:
        yield opened


async def stuck(shop: Shop, till: Till) -> str:
    """A cancelled checkout whose gift card was not given back; Temporal has forgotten it."""
    ann: dict[str, Any] = {"identifiers": [{"type": "card", "value": world.ANN_CARD}]}
    opened = await till.post("/v1/checkouts", order(basket=basket(), store_id=shop.store.id, **ann))
    address = str(opened.headers["Location"])
    card = {"type": "giftcard", "reference": world.CARD_20, "amount": 3_00}
    assert (await till.post(f"{address}/tenders", card)).status_code == 200
    await shop.fault("refuse", REVERSE, code=5006, times=None)
    cancelled = await till.post(f"{address}/cancel", {"reason": "left"})
    assert cancelled.json()["status"] == "cancelled"
    handle = shop.client.get_workflow_handle(opened.json()["id"])
    await handle.result()
    await forget(shop, handle.id)
    return address


async def test_a_case_is_found_looked_at_and_done_again(real_shop: Shop, desk: Till) -> None:
    before = await real_shop.books()
    address = await stuck(real_shop, desk)
    [case] = (await desk.get("/v1/attention")).json()["data"]
    path = f"{address}/attention/{case['id']}"
    held = await real_shop.books()
    await real_shop.control("DELETE", "/requests")

    looked = (await desk.get(path)).json()

    log = (await real_shop.control("GET", "/requests"))["requests"]
    assert {entry["method"] for entry in log} <= {"GET"}
    assert await real_shop.books() == held
    assert (looked["code"], looked["books"]["says"]) == ("undo_failed", "happened")
    assert looked["books"]["reference"] == looked["answered"]["reference"]

    owned = await desk.post(f"{path}/owner", {"owner": "kim"})
    assert owned.json()["attention"][0]["owner"] == "kim"
    assert len((await desk.get("/v1/attention?owner=kim")).json()["data"]) == 1
    await real_shop.mend()
    settled = await desk.post(f"{path}/resolve", KIM | {"action": "retry"}, key="same")
    again = await desk.post(f"{path}/resolve", KIM | {"action": "retry"}, key="same")
    other = await desk.post(f"{path}/resolve", KIM | {"action": "accept_loss"})

    assert (settled.status_code, settled.json()["attention"]) == (200, [])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "attention_settled")
    assert (await desk.get("/v1/attention")).json()["data"] == []
    assert (await desk.get(path)).json()["code"] == "attention_not_found"
    assert moved(before, await real_shop.books()) == {}


async def test_the_vendors_books_say_what_was_taken_back_by_hand(
    real_shop: Shop, desk: Till
) -> None:
    address = await stuck(real_shop, desk)
    path = f"{address}/attention/att_1"
    await real_shop.fault("maintenance", "giftcard_transaction.list", times=None)
    down = (await desk.get(path)).json()["books"]
    assert down["says"] == "unreadable"
    assert down["detail"]

    refused = await desk.post(f"{path}/resolve", KIM | {"action": "forget"})
    done = await desk.post(f"{path}/resolve", KIM | {"action": "settled_by_hand"})

    assert refused.json()["code"] == "invalid_request"
    assert done.json()["attention"] == []


async def test_a_retry_that_outlives_the_budget_goes_on(tmp_path: Path) -> None:
    policy = "answer_budget: 4s"
    async with (
        open_shop(tmp_path, skips_time=False, policy=policy) as shop,
        open_door(shop, "pos", "support") as desk,
    ):
        before = await shop.books()
        address = await stuck(shop, desk)
        await shop.mend()
        await shop.fault("maintenance", REVERSE, times=None)

        said = await desk.post(f"{address}/attention/att_1/resolve", KIM | {"action": "retry"})
        assert said.status_code == 202
        await shop.mend()
        await shop.client.get_workflow_handle(said.json()["id"]).result()

        assert (await desk.get(address)).json()["attention"] == []
        assert moved(before, await shop.books()) == {}


def tillsaga(shop: Shop, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the program as support does."""
    environ = os.environ | ENVIRON
    environ |= {
        "TILLSAGA_CONFIG": str(folder / "stores.yaml"),
        "TILLSAGA_DATABASE_URL": f"sqlite:///{folder / 'records.db'}",
        "TILLSAGA_TASK_QUEUE": shop.queue,
        "TEMPORAL_ADDRESS": shop.client.service_client.config.target_host,
        "COLUMNS": "200",
    }
    return subprocess.run(
        [sys.executable, "-m", "tillsaga.cli", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_queue_is_worked_off_on_the_command_line(
    real_shop: Shop, desk: Till, tmp_path: Path
) -> None:

    async def cli(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return await asyncio.to_thread(tillsaga, real_shop, tmp_path, "attention", *arguments)

    before = await real_shop.books()
    checkout_id = (await stuck(real_shop, desk)).rpartition("/")[2]
    listed = await cli()
    assert listed.returncode == 0, listed.stderr
    assert all(word in listed.stdout for word in (checkout_id, "att_1", "undo_failed"))
    assert (await cli("--store", "elsewhere")).stdout == "nothing waits for a person\n"
    assert '"says": "happened"' in (await cli("show", checkout_id, "att_1")).stdout
    await real_shop.mend()
    word = ("--actor", "kim", "--reason", "unblocked")

    settled = await cli("resolve", checkout_id, "att_1", "--action", "retry", *word)
    other = await cli("resolve", checkout_id, "att_1", "--action", "accept_loss", *word)

    assert (settled.returncode, settled.stdout) == (0, "att_1 is settled\n")
    assert other.returncode == 1
    assert "settled by retry" in other.stderr
    assert moved(before, await real_shop.books()) == {}
