"""Support's hands after the burn: a reset, a terminate, and a `Repair` never burn again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.books import wll as books
from tests.support.finding import effects
from tests.support.shop import Shop, open_shop, payment
from tests.workflows.test_support import (
    archived,
    current_run,
    repaired,
    reset,
    workflow_tasks,
)
from tests.workflows.wll.asks import BENEFIT, burn, cases, covered
from tillsaga.domain import messages as m
from tillsaga.sandbox.wll import world

SOLD = {world.BENEFIT: "BURNED", world.MEMBER: 6 - 100, world.SPEND_TYPE: 1, "orders": 1}


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("wll",), skips_time=False) as opened:
        yield opened


async def test_a_reset_of_a_sealed_checkout_meets_the_same_burn(real_shop: Shop) -> None:
    before = await real_shop.books("wll")
    checkout, due = await covered(real_shop, BENEFIT, points=1_00)
    await checkout.pay(due, "authorized")
    sealed = await real_shop.books("wll")
    for n in range(len(await workflow_tasks(real_shop, checkout))):
        tasks = await workflow_tasks(real_shop, checkout)
        task, run_id = tasks[min(n, len(tasks) - 1)], await current_run(real_shop, checkout)
        await reset(real_shop, checkout, task, exclude_updates=False, run_id=run_id)
        checkout.handle = real_shop.client.get_workflow_handle(checkout.id)
        await checkout.until(lambda seen: seen["instruction"] == "capture")
        assert books.moved(sealed, await real_shop.books("wll")) == {}

    seen = await checkout.pay(due)

    assert (seen["status"], effects(seen, "burn_voucher")) == ("completed", ["applied"])
    assert await checkout.ended() == "completed"
    assert books.moved(before, await real_shop.books("wll")) == SOLD


@pytest.mark.parametrize("status", ["authorized", "captured"])
async def test_a_sealed_checkout_that_was_terminated_is_carried_forward(
    real_shop: Shop, status: str
) -> None:
    before = await real_shop.books("wll")
    checkout, due = await covered(real_shop, BENEFIT, points=1_00)
    await checkout.pay(due, "authorized")
    await checkout.handle.terminate("by mistake")

    if status == "authorized":
        start = real_shop.start_for(checkout.id, resumed=True)
        handle, reply = await real_shop.with_start(start, "payment", payment(due))
        assert reply.refusal is None
        assert await handle.result() == "completed"
    else:
        await real_shop.wiring.checkouts.note_payment(checkout.id, payment(due), "received")
        assert await repaired(real_shop, checkout) == "completed"

    seen = await archived(real_shop, checkout)
    assert (effects(seen, "burn_voucher"), seen["attention"]) == (["applied"], [])
    assert books.moved(before, await real_shop.books("wll")) == SOLD


async def test_a_sealed_checkout_that_was_terminated_can_still_be_cancelled(
    real_shop: Shop,
) -> None:
    before = await real_shop.books("wll")
    checkout, due = await covered(real_shop, BENEFIT, points=1_00)
    await checkout.pay(due, "authorized")
    await checkout.handle.terminate("by mistake")

    start = real_shop.start_for(checkout.id, resumed=True)
    handle, reply = await real_shop.with_start(start, "cancel", m.Cancel(reason="left"))

    assert reply.refusal is None
    assert await handle.result() == "cancelled"
    seen = await archived(real_shop, checkout)
    assert (seen["status"], cases(seen)) == ("cancelled", [("goodwill", burn(world.BENEFIT))])
    moved = {world.BENEFIT: "BURNED", world.SPEND_TYPE: 1, world.REFUND_TYPE: 1}
    assert books.moved(before, await real_shop.books("wll")) == moved
