"""An outage's queue: drained in order, again by two tills at once, and again with no history."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.gateway import TemporalGateway
from api.services import Services
from tests.api.till import Till
from tests.support.shop import Shop, basket, flat_whites, open_shop
from tests.support.template import template_database
from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.sandbox.loyale import world

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack")]

BILLS, TILLS = 500, 10
PER_BILL = 7 * 6
"""Points for two flat whites at 7.00 together."""
BARCODES = (world.ANN_BARCODE, world.BOB_BARCODE)


def queue() -> list[dict[str, Any]]:
    """Bills of two hours of Ann's and Bob's custom."""
    return [
        {
            "store_id": "ams-1",
            "terminal_id": f"till-{number % TILLS}",
            "basket": basket(flat_whites()),
            "identifiers": [{"type": "card", "value": BARCODES[number % 2]}],
            "mode": "closed_bill",
            "occurred_at": f"2026-03-01T{10 + number // 300}:{number // 5 % 60:02}:00Z",
            "payments": [{"type": "cash", "amount": 7_00, "reference": f"drawer-{number}"}],
        }
        for number in range(BILLS)
    ]


def a_shop(folder: Path, records: str) -> AbstractAsyncContextManager[Shop]:
    """A store with a Temporal server and a vendor that are new, over these records."""
    return open_shop(folder, kinds=("loyale",), skips_time=False, database_url=records)


@asynccontextmanager
async def a_door(shop: Shop) -> AsyncIterator[Till]:
    """The API itself, without the network between."""
    database = shop.wiring.database
    gateway = TemporalGateway(shop.client, shop.queue, shop.wiring.vault)
    services = Services(
        stores=shop.wiring.stores,
        database=database,
        gateway=gateway,
        vault=shop.wiring.vault,
        requests_per_minute=10**6,
    )
    _, secret = await SqlApiKeys(database).create("till", ["pos"], ["ams-1"])
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://till", timeout=60) as http:
        yield Till(http, secret, count(1))


async def drain(till: Till, bills: Sequence[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """Send one bill after another, each with a new key, as a till does that is back online."""
    told = []
    for bill in bills:
        answer = await till.post("/v1/checkouts", bill, key=uuid.uuid4().hex)
        seen = answer.json()
        assert answer.status_code in (200, 201), seen
        told.append((answer.status_code, seen["id"], seen["status"]))
    return told


async def sold(shop: Shop) -> tuple[int, int, int]:
    """How many sales the vendor's books hold, and what Ann and Bob earned."""
    books = await shop.books("loyale")
    ann, bob = (books["customers"][whose]["points"] for whose in (world.ANN, world.BOB))
    return len(books["transactions"]), ann - 7830, bob - 1500


@pytest.mark.timeout(900)
async def test_a_queue_of_bills_is_sold_once_whoever_sends_it(tmp_path: Path) -> None:
    records, bills = tmp_path / "queue.db", queue()
    records.write_bytes(template_database().read_bytes())
    url = f"sqlite:///{records}"
    once = (BILLS, BILLS // 2 * PER_BILL, BILLS // 2 * PER_BILL)

    async with (
        a_shop(tmp_path, url) as shop,
        a_door(shop) as till,
    ):
        lanes = [bills[lane::TILLS] for lane in range(TILLS)]
        first = await asyncio.gather(*(drain(till, lane) for lane in lanes))
        # 200: a worker was too slow, and met what it had written down before.
        told = {(status, end) for lane in first for status, _, end in lane}
        assert told <= {(201, "completed"), (200, "completed")}
        ids = {checkout_id for lane in first for _, checkout_id, _ in lane}
        assert len(ids) == BILLS
        assert await sold(shop) == once

        again = await asyncio.gather(drain(till, bills), drain(till, bills))
        assert {(status, end) for lane in again for status, _, end in lane} == {(200, "completed")}
        assert {checkout_id for lane in again for _, checkout_id, _ in lane} == ids
        assert await sold(shop) == once

    # Another Temporal server, which knows of nothing, and a vendor with books that are empty.
    async with (
        a_shop(tmp_path, url) as shop,
        a_door(shop) as till,
    ):
        late = await drain(till, bills)
        assert {(status, checkout_id in ids, end) for status, checkout_id, end in late} == {
            (200, True, "completed")
        }
        assert await sold(shop) == (0, 0, 0)
