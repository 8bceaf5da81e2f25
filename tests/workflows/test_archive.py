"""The archive has the whole sale, and keeps it for as long as its store wants."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio.client import ScheduleActionStartWorkflow

from tests.api.till import order
from tests.support.door import forget, open_door
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop
from tillsaga.domain.checkout import Checkout as State
from tillsaga.domain.ports import Facts
from tillsaga.domain.receipt import receipt
from tillsaga.domain.recovery import restored
from tillsaga.domain.refund_amounts import refund_of
from tillsaga.domain.refunds import RefundRequest
from tillsaga.domain.retention import Pruned, PruneOrder
from tillsaga.domain.reversals import reversals_of
from tillsaga.domain.view import view
from tillsaga.records.database import utc_now
from tillsaga.sandbox import world
from worker.temporal import RETENTION, schedule_retention
from workflows.retention import RetentionWorkflow

GROWN_UP = 11


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


async def sold(shop: Shop) -> Checkout:
    card = {"line_id": "g", "type": "giftcard_sale", "title": "Gift card", "unit_amount": 10_00}
    checkout = await shop.open(
        basket(flat_whites(), card | {"reference": world.CARD_NEW}), world.ANN_CARD
    )
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


def planned(state: State) -> list[dict[str, Any]]:
    """What a full refund would take back."""
    request = RefundRequest(refund_id="r-1", reason="all")
    refund = refund_of(state, [], request, state.created_at)
    return [r.model_dump(mode="json") for r in reversals_of(state, [], refund)]


async def test_the_archive_alone_tells_the_whole_sale(shop: Shop) -> None:
    checkout = await sold(shop)
    facts = await shop.wiring.checkouts.facts(checkout.id)
    bill = await shop.wiring.checkouts.find(checkout.id)
    assert bill is not None
    assert facts.state is not None
    known: Any = facts.state

    alone = restored(shop.start_for(checkout.id), Facts(ended=True, state=facts.state))
    with_rows = restored(shop.start_for(checkout.id), facts)

    assert view(alone) == view(with_rows) == bill.view
    assert {**receipt(alone), "receipt": None} == {**known["receipt"], "receipt": None}
    rows = {r.order.effect_id: r for r in facts.effects}
    assert rows.keys() == {effect.id for effect in alone.effects}
    for effect in alone.effects:
        record = rows[effect.id]
        outcome = effect.outcome
        assert outcome is not None
        assert outcome.done == record.do.done
        assert effect.request == record.order.request
    assert [p.reference for p in alone.payments] == [f.reference for f in facts.payments]
    assert planned(alone) == planned(with_rows) != []


async def test_the_rows_alone_tell_what_each_vendor_has_done(shop: Shop) -> None:
    checkout = await sold(shop)
    facts = await shop.wiring.checkouts.facts(checkout.id)
    archived = restored(shop.start_for(checkout.id), facts)

    rebuilt = restored(
        shop.start_for(checkout.id), facts.model_copy(update={"state": None, "ended": False})
    )

    def told(state: State) -> dict[str, Any]:
        return {e.id: (e.status, e.amount, e.done) for e in state.effects}

    assert told(rebuilt) == told(archived)


async def age(shop: Shop, checkout_id: str, years: int) -> None:
    """Make a sale as old as if it had been made then."""
    then = utc_now().replace(year=utc_now().year - years, day=1)
    columns = {
        "bills": ("created_at", "saved_at", "ended_at"),
        "archive": ("ended_at",),
        "effects": ("do_started_at", "do_last_started_at", "do_last_ended_at"),
    }
    async with shop.wiring.database.write() as session:
        for table, names in columns.items():
            changes = ", ".join(f"{name} = :then" for name in names)
            said = text(f"UPDATE {table} SET {changes} WHERE checkout_id = :id")
            stored = then.replace(tzinfo=None).isoformat(sep=" ")
            await session.execute(said, {"then": stored, "id": checkout_id})


async def prune(shop: Shop, *, dry_run: bool = False) -> Pruned:
    return await shop.client.execute_workflow(
        RetentionWorkflow.run,
        PruneOrder(dry_run=dry_run),
        id=f"retention-{uuid4()}",
        task_queue=shop.queue,
    )


async def test_what_the_store_no_longer_keeps_is_deleted_and_never_sold_again(
    real_shop: Shop,
) -> None:
    bill = basket(flat_whites(1))
    body = order(basket=bill, store_id=real_shop.store.id)
    async with open_door(real_shop) as till:
        opened = await till.post("/v1/checkouts", body)
        address = opened.headers["Location"]
        assert (await till.post(f"{address}/ready")).status_code == 200
        captured = {"status": "captured", "type": "card", "amount": 3_50, "reference": "card-1"}
        paid = await till.post(f"{address}/payments", captured)
        assert paid.json()["status"] == "completed"
        checkout_id = opened.json()["id"]
        await real_shop.client.get_workflow_handle(checkout_id).result()
        await forget(real_shop, checkout_id)
        await age(real_shop, checkout_id, GROWN_UP - 2)
        assert (await prune(real_shop)).checkouts == 0
        await age(real_shop, checkout_id, GROWN_UP)
        assert (await prune(real_shop, dry_run=True)).checkouts == 1
        assert (await till.get(address)).status_code == 200

    assert (await prune(real_shop)).checkouts == 1

    async with open_door(real_shop) as till:
        again = await till.post("/v1/checkouts", body)
        assert (again.status_code, again.json()["code"]) == (409, "basket_frozen")
        gone = await till.get(address)
        assert (gone.status_code, gone.json()["code"]) == (404, "checkout_not_found")
        refund = {"refund_id": "r-1", "reason": "after all"}
        refused = await till.post(f"{address}/refunds", refund)
        assert (refused.status_code, refused.json()["code"]) == (404, "checkout_not_found")


async def test_the_retention_is_scheduled_once(real_shop: Shop) -> None:
    for _ in range(2):
        await schedule_retention(real_shop.client, real_shop.queue)

    known = await real_shop.client.get_schedule_handle(RETENTION).describe()

    assert isinstance(known.schedule.action, ScheduleActionStartWorkflow)
    assert known.schedule.action.workflow == "Retention"
    assert [str(each.every) for each in known.schedule.spec.intervals] == ["1 day, 0:00:00"]
