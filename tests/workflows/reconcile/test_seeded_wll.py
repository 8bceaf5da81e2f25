"""Every kind of mismatch at White Label, all found in one run, and nothing else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.reconciling import by_checkout, reconcile, records_of, tamper
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.domain.ports import CallRecord
from tillsaga.sandbox.wll import world

LATER = (datetime.now(UTC) + timedelta(hours=3)).isoformat(timespec="milliseconds")
SAY = {
    "points": ("spend_points", "operationId"),
    "sale": ("post_order", "transactionId"),
}


@pytest.fixture(params=["orders", "events"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    """A tenant that reports its sales as orders, and one that reports them as events."""
    events = {"receipts_base_url": None, "sale_event": world.SALE_TYPE}
    settings = {"wll": events if request.param == "events" else {}}
    async with open_shop(tmp_path, kinds=("wll",), settings=settings) as opened:
        yield opened


async def shown(shop: Shop) -> Checkout:
    user = {"points": 500, "vouchers": [{"reward": world.FIVE_OFF}]}
    made = (await shop.control("POST", "/seed/wll", {"users": [user]}))["users"][0]
    checkout = await shop.open(None, made["account_number"])
    await checkout.offer(f"wll:voucher:{made['vouchers'][0]['id']}")
    await checkout.points(1_00)
    return checkout


async def sold(shop: Shop) -> tuple[Checkout, dict[str, str]]:
    """A sale with points and a voucher; answers the vendor's ids by operation."""
    checkout = await shown(shop)
    await checkout.pay(await checkout.ready())
    records = await records_of(checkout)
    ids = {name: event_of(each.do) for name, each in records.items()}
    return checkout, ids | {"burn_voucher": records["burn_voucher"].order.subject}


def event_of(call: CallRecord) -> str:
    assert call.done is not None
    return str(call.done.data.get("event_id"))


async def test_what_white_label_books_otherwise_is_found(shop: Shop) -> None:
    seeded: dict[str, set[tuple[str, str]]] = {}

    async def seed(
        kind: str, ledger: str, do: str, operation: str, table: str = "events", **values: Any
    ) -> None:
        checkout, ids = await sold(shop)
        await tamper(shop, "wll", table, do, ids[operation], **values)
        seeded[checkout.id] = {(kind, ledger)}

    for ledger, (operation, named) in SAY.items():
        less: dict[str, Any] = {"points": {"points": 50}, "sale": {"total": 1_00}}[ledger]
        nobody = {"operationId": f"chk_NOBODY{ledger}/x", named: f"chk_NOBODY{ledger}/x"}
        await seed("missing", ledger, "delete", operation)
        await seed("wrong_amount", ledger, "change", operation, payload=less)
        await seed("wrong_customer", ledger, "change", operation, subject=world.SECOND)
        await seed("late", ledger, "change", operation, created_at=LATER)
        await seed("extra", ledger, "add", operation)
        _, ids = await sold(shop)
        await tamper(shop, "wll", "events", "add", ids[operation], payload=nobody)
        seeded[f"chk_NOBODY{ledger}"] = {("extra", ledger)}
    items = [{"sku": "CAKE", "quantity": 1}]
    await seed("partial", "sale", "change", "post_order", payload={"items": items})
    await seed("partial", "points", "change", "spend_points", table="reactions", granted=-60)
    await seed("missing", "voucher", "change", "burn_voucher", table="benefits", burned_at=None)
    owner = {"user": world.SECOND}
    await seed("wrong_customer", "voucher", "change", "burn_voucher", table="benefits", **owner)
    await seed("late", "voucher", "change", "burn_voucher", table="benefits", burned_at=LATER)

    result = (await reconcile(shop))["wll"]

    assert by_checkout(result) == seeded
    assert result.unreadable == ()


async def test_points_that_came_back_in_part_or_not_at_all_are_found(shop: Shop) -> None:
    seeded = {}
    for kind in ("partial", "missing"):
        checkout = await shown(shop)
        await checkout.ok("cancel", m.Cancel(reason="customer left"))
        assert await checkout.ended() == "cancelled"
        undo = (await records_of(checkout))["spend_points"].undo
        assert undo is not None
        if kind == "partial":
            await tamper(shop, "wll", "reactions", "change", event_of(undo), granted=40)
        else:
            await tamper(shop, "wll", "events", "delete", event_of(undo))
        seeded[checkout.id] = {(kind, "points")}

    assert by_checkout((await reconcile(shop))["wll"]) == seeded
