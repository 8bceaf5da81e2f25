"""Reconciling by hand and by night."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import ScheduleHandle
from temporalio.service import RPCError

from tests.support.reconciling import kept, records_of, tamper, today
from tests.support.shop import Shop, open_shop
from tests.support.stores import ENVIRON
from tillsaga.cli import run
from tillsaga.sandbox import world
from worker.nightly import RECONCILE, schedule_reconciliation


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """A shop whose records, stores and Temporal the command line finds."""
    async with open_shop(tmp_path, kinds=("leat", "letstrade")) as opened:
        given = {
            "TEMPORAL_ADDRESS": opened.client.service_client.config.target_host,
            "TILLSAGA_CONFIG": str(tmp_path / "stores.yaml"),
            "TILLSAGA_DATABASE_URL": f"sqlite:///{tmp_path / 'records.db'}",
            "TILLSAGA_TASK_QUEUE": opened.queue,
            "COLUMNS": "250",
        }
        for name, value in (given | ENVIRON).items():
            monkeypatch.setenv(name, value)
        yield opened


async def cli(*arguments: str) -> int:
    return await asyncio.to_thread(run, ("reconcile", *arguments))


async def sold(shop: Shop) -> str:
    """A sale by gift card; answers the charge's id at the vendor."""
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.pay(await checkout.ready())
    done = (await records_of(checkout))["charge_giftcard"].do.done
    assert done is not None
    return str(done.transaction_id)


async def test_a_day_that_agrees_ends_with_0_and_one_that_differs_with_1(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    charge, day = await sold(shop), str(today(shop))
    capsys.readouterr()

    assert await cli("--store", shop.store.id, "--date", day) == 0
    said = capsys.readouterr().out
    assert "leat agrees; compared 3 of our effects" in said
    assert "unreadable: all (1): the vendor has no call that reads its books" in said

    await tamper(shop, "leat", "giftcard_transactions", "change", charge, amount=-1_00)
    assert await cli("--store", shop.store.id, "--date", day) == 1
    said = capsys.readouterr().out
    assert "leat differs: 1 wrong_amount" in said
    assert charge in said
    assert world.CARD_20 not in said

    assert await cli("--store", shop.store.id, "--date", day, "--json") == 1
    leat: dict[str, Any] = json.loads(capsys.readouterr().out)[0]
    (difference,) = leat["differences"]
    assert difference["ours"]["amount"] == -2_00
    assert [entry["amount"] for entry in difference["theirs"]] == [-1_00]


async def test_a_vendor_that_does_not_answer_is_no_agreement(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    await sold(shop)
    down = {"vendor": "leat", "kind": "maintenance", "times": None}
    await shop.control("POST", "/faults", down)

    assert await cli("--store", shop.store.id, "--date", str(today(shop))) == 1
    assert "unreadable, for now: giftcard" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ("--store", "nowhere", "--date", "2026-03-01"),
        ("--store", "ams-1", "--date", "yesterday"),
        ("--store", "ams-1", "--date", "2999-01-01"),
        ("--store", "ams-1"),
    ],
)
async def test_wrong_usage_ends_with_2(shop: Shop, wrong: tuple[str, ...]) -> None:
    assert await cli(*wrong) == 2


async def test_a_store_has_a_night_of_its_own_that_can_be_moved_and_switched_off(
    tmp_path: Path,
) -> None:
    async with open_shop(tmp_path, skips_time=False) as shop:
        zones = [(shop.store.id, shop.store.timezone)]
        handle = shop.client.get_schedule_handle(f"{RECONCILE}-{shop.store.id}")

        await schedule_reconciliation(shop.client, shop.queue, zones, time(4))
        assert await hour_of(handle) == 4
        await handle.pause()
        await schedule_reconciliation(shop.client, shop.queue, zones, time(5, 30))
        assert await hour_of(handle) == 5
        assert (await handle.describe()).schedule.state.paused

        await handle.trigger()
        yesterday = today(shop) - timedelta(days=1)
        async with asyncio.timeout(20):
            while not await kept(shop, yesterday):  # noqa: ASYNC110 - the records have no event
                await asyncio.sleep(0.05)

        await schedule_reconciliation(shop.client, shop.queue, zones, None)
        await schedule_reconciliation(shop.client, shop.queue, zones, None)
        with pytest.raises(RPCError, match="not found"):
            await handle.describe()


async def hour_of(handle: ScheduleHandle) -> int:
    """When it runs next, by the clocks of the store."""
    described = await handle.describe()
    assert described.schedule.spec.time_zone_name == "Europe/Amsterdam"
    return described.schedule.spec.calendars[0].hour[0].start
