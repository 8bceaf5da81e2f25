"""Reconciling a test shop's day: running it, tampering with the books, reading what came of it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from tests.support.shop import Checkout, Shop
from tillsaga.domain.ports import EffectRecord
from tillsaga.domain.reconcile import BusinessDay, Reconciled, checkout_of
from tillsaga.domain.reconcile_orders import ReconcileOrder
from tillsaga.records.reconciliations import SqlReconciliationBook
from workflows.reconcile import ReconcileWorkflow


def today(shop: Shop) -> date:
    """The store's day of now."""
    return BusinessDay.of(datetime.now(UTC), shop.store.timezone).date


async def reconcile(shop: Shop, day: date | None = None) -> dict[str, Reconciled]:
    """Compare a day, today's without one; answers what was kept, by provider."""
    day = day or today(shop)
    await _run(shop, day)
    return await kept(shop, day)


async def reconcile_at_night(shop: Shop) -> None:
    """Compare what the schedule would: yesterday, and what is not settled."""
    await _run(shop, None)


async def _run(shop: Shop, day: date | None) -> None:
    await shop.client.execute_workflow(
        ReconcileWorkflow.run,
        ReconcileOrder(store_id=shop.store.id, day=day),
        id=f"reconcile-{uuid4()}",
        task_queue=shop.queue,
    )


async def kept(shop: Shop, day: date) -> dict[str, Reconciled]:
    """What the records have of a day."""
    results = await SqlReconciliationBook(shop.wiring.database).read(shop.store.id, day)
    return {result.provider: result for result in results}


async def tamper(shop: Shop, vendor: str, ledger: str, do: str, entry: str, **values: Any) -> None:
    """Do to one entry of a vendor's books what should never happen to it."""
    wanted = {"ledger": ledger, "do": do, "id": entry, "values": values}
    await shop.control("POST", f"/tamper/{vendor}", [wanted])


def found(result: Reconciled) -> list[tuple[str, str]]:
    """Each difference's kind and ledger."""
    return [(each.kind, each.ledger) for each in result.differences]


def by_checkout(result: Reconciled) -> dict[str, set[tuple[str, str]]]:
    """Each difference by the checkout that its record or its mark names, else by its ledger."""
    found: dict[str, set[tuple[str, str]]] = {}
    for each in result.differences:
        marks = [entry.mark or entry.ledger for entry in each.theirs]
        name = checkout_of(each.ours.key if each.ours else marks[0])
        found.setdefault(name, set()).add((each.kind, each.ledger))
    return found


async def records_of(checkout: Checkout, *, ended: bool = True) -> dict[str, EffectRecord]:
    """The effect records of a checkout, by operation."""
    if ended:
        await checkout.ended()
    facts = await checkout.shop.wiring.checkouts.facts(checkout.id)
    return {record.order.operation: record for record in facts.effects}
