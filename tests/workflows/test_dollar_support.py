"""Terminate, reset and late money around the seal: no vendor's book moves a second time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.dollars import (
    DUE,
    KINDS,
    REDEEMED,
    SOLD,
    SPENT,
    books,
    cases,
    loaded,
    offers,
    tenders,
)
from tests.support.finding import effects
from tests.support.shop import Checkout, Shop, open_shop, payment
from tests.workflows.test_support import archived, current_run, repaired, reset, workflow_tasks
from tillsaga.domain import messages as m
from tillsaga.sandbox import world as leat

SEALED = {"leat": {}, "loyale": SPENT, "koupon": REDEEMED}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=KINDS, skips_time=False) as opened:
        yield opened


async def sealed(shop: Shop) -> Checkout:
    checkout = await loaded(shop)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await shop.wiring.checkouts.note_payment(checkout.id, payment(due, "authorized"), "received")
    return checkout


async def test_a_sealed_checkout_that_was_terminated_is_captured_once(shop: Shop) -> None:
    before = await books(shop)
    checkout = await sealed(shop)
    await checkout.handle.terminate("by mistake")

    start = shop.start_for(checkout.id, resumed=True)
    handle, reply = await shop.with_start(start, "payment", payment(DUE))

    assert (reply.refusal, await handle.result()) == (None, "completed")
    seen = await archived(shop, checkout)
    assert (seen["attention"], effects(seen, "post_transaction")) == ([], ["applied"])
    assert tenders(seen) == [("giftcard", 1_00, "charged"), ("points", 1_00, "charged")]
    assert await before.moved() == SOLD | {"koupon": REDEEMED}


async def test_repair_carries_a_sealed_and_paid_checkout_forward(shop: Shop) -> None:
    before = await books(shop)
    checkout = await sealed(shop)
    await checkout.handle.terminate("by mistake")
    await shop.wiring.checkouts.note_payment(checkout.id, payment(DUE), "received")

    assert await repaired(shop, checkout) == "completed"

    assert cases(await archived(shop, checkout)) == []
    assert await before.moved() == SOLD | {"koupon": REDEEMED}


async def test_resets_of_a_sealed_checkout_meet_the_same_effects(shop: Shop) -> None:
    before = await books(shop)
    checkout = await sealed(shop)
    for n in range(0, len(await workflow_tasks(shop, checkout)), 8):
        tasks, run_id = await workflow_tasks(shop, checkout), await current_run(shop, checkout)
        await reset(shop, checkout, tasks[min(n, len(tasks) - 1)], False, run_id)
        checkout.handle = shop.client.get_workflow_handle(checkout.id)
        await checkout.until(lambda seen: seen["instruction"] == "capture")
        assert await before.moved() == SEALED

    assert (await checkout.pay(DUE))["status"] == "completed"
    assert await before.moved() == SOLD | {"koupon": REDEEMED}


async def test_a_late_capture_after_the_end_sells_without_spending_twice(shop: Shop) -> None:
    before = await books(shop)
    checkout = await sealed(shop)
    await checkout.ok("cancel", m.Cancel(reason="left"))
    await checkout.ended()

    start = shop.start_for(checkout.id, resumed=True)
    handle, reply = await shop.with_start(start, "payment", payment(DUE))

    assert (reply.refusal, await handle.result()) == (None, "completed")
    seen = await archived(shop, checkout)
    assert (cases(seen), effects(seen, "post_transaction")) == ([], ["reversed", "applied"])
    moved = await before.moved()
    assert moved["koupon"] == REDEEMED
    # What the gift card paid is told as paid in another way, and earns as it would have.
    assert moved["loyale"] == SPENT


async def test_what_is_gone_when_late_money_arrives_the_store_bears(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    due = await checkout.ready()
    await checkout.ok("cancel", m.Cancel(reason="left"))
    await checkout.ended()
    await shop.fault("refuse", "transaction.redeem", "koupon", code="ALREADY_REDEEMED")
    text = "Gift card has insufficient value"
    await shop.fault("refuse", "transaction.create", "loyale", code=400, message=text)

    start = shop.start_for(checkout.id, resumed=True)
    handle, reply = await shop.with_start(start, "payment", payment(due))

    assert (reply.refusal, await handle.result()) == (None, "completed")
    seen = await archived(shop, checkout)
    lost = [("offer_lost_after_payment", 1_50), ("tender_lost", 1_00), ("tender_lost", 1_00)]
    assert cases(seen) == lost
    assert (seen["totals"]["due_amount"], offers(seen)["1.50 off cola"]) == (0, ("lost", 1_50))
    moved = await before.moved()
    assert moved["leat"][leat.VOUCHER_COFFEE] == 1
    assert moved["koupon"] == {name: 1 for name in REDEEMED if "/" in name}
