"""A key is lost while a checkout is open: docs/runbooks/lost-encryption-key.md, done."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.support.ledger import changes
from tests.support.shop import Shop, open_shop
from tests.support.working import hired, nobody, process_environ, until
from tillsaga.keyring import new_key
from tillsaga.sandbox import world

pytestmark = pytest.mark.timeout(300)

LOST, NEW = new_key("lost"), new_key("new")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop whose till is given up soon; its own connection still has the key, to look on."""
    policy = "abandon_after: 5s"
    async with open_shop(
        tmp_path, policy=policy, skips_time=False, keys=LOST, hire=nobody
    ) as opened:
        yield opened


async def tillsaga(shop: Shop, folder: Path, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tillsaga.cli", *arguments),
        env=process_environ(shop, folder) | {"TILLSAGA_ENCRYPTION_KEYS": NEW},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_what_was_charged_is_taken_back_from_the_records_alone(
    shop: Shop, tmp_path: Path
) -> None:
    before = await shop.books()
    async with hired(shop, tmp_path, TILLSAGA_ENCRYPTION_KEYS=LOST):
        checkout = await shop.open(None, world.ANN_CARD)
        await checkout.giftcard(world.CARD_20, 2_00)
    assert changes(before, await shop.books())

    async with hired(shop, tmp_path, TILLSAGA_ENCRYPTION_KEYS=NEW) as worker:

        async def is_stuck() -> bool:
            return "needs the key 'lost'" in worker.log.read_text()

        await until(is_stuck)
        await checkout.handle.terminate("the key is lost")
        values = await tillsaga(shop, tmp_path, "db", "forget-key", "lost")

        async def has_ended() -> bool:
            await tillsaga(shop, tmp_path, "sweep")  # finds what is older than a minute
            bill = await shop.wiring.checkouts.find(checkout.id)
            return bill is not None and bill.ended_at is not None

        await until(has_ended, seconds=150)
        described = await shop.client.get_workflow_handle(checkout.id).describe()

    assert int(values) >= 1
    assert described.status is WorkflowExecutionStatus.COMPLETED
    assert "giftcards" not in "".join(changes(before, await shop.books()))
