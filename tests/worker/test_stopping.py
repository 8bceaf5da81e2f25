"""A worker's process that is told to stop: what it has in hand is done once, no message is lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.shop import Shop, open_shop
from tests.support.working import hired, nobody, until
from tillsaga.sandbox import world

CREATE = "giftcard_transaction.create"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop without workers, whose till has time."""
    patient = "answer_budget: 30s"
    async with open_shop(tmp_path, policy=patient, skips_time=False, hire=nobody) as opened:
        yield opened


async def charged(shop: Shop) -> bool:
    """Whether the vendor has charged the card, whoever heard of it."""
    log = (await shop.control("GET", "/requests"))["requests"]
    return any(entry["operation"] == CREATE and entry["applied"] for entry in log)


async def test_what_a_worker_has_in_hand_is_finished_and_nobody_begins_it_again(
    shop: Shop, tmp_path: Path
) -> None:
    async with hired(shop, tmp_path) as first:
        checkout = await shop.open(None, world.ANN_CARD)
        await shop.fault("delay", CREATE, delay_ms=4000)
        charging = asyncio.create_task(checkout.giftcard(world.CARD_20, 2_00))
        await until(lambda: charged(shop))

        first.told_to_stop()

        await until(first.is_draining)
        assert await first.probe("/healthz") == (200, {"status": "ok"})
        async with hired(shop, tmp_path):
            seen = await charging
            code = await first.ended()
            facts = await shop.wiring.checkouts.facts(checkout.id)
    assert [tender["status"] for tender in seen["tenders"]] == ["charged"]
    assert code == 0
    charges = [each.do for each in facts.effects if each.order.operation == "charge_giftcard"]
    assert [(do.state.value, do.attempts) for do in charges] == [("applied", 1)]
    assert (await shop.asked("leat")).count(CREATE) == 1


async def test_a_message_between_two_workers_waits_for_the_next_one(
    shop: Shop, tmp_path: Path
) -> None:
    async with hired(shop, tmp_path) as first:
        checkout = await shop.open(None, world.ANN_CARD)
        first.told_to_stop()
        assert await first.ended() == 0

    charging = asyncio.create_task(checkout.giftcard(world.CARD_20, 2_00))

    async with hired(shop, tmp_path):
        seen = await charging
    assert [tender["amount"] for tender in seen["tenders"]] == [2_00]
    assert (await shop.asked("leat")).count(CREATE) == 1
