"""Four vendors in one store: asked side by side, and none of them holds the till up."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.books import leat, letstrade, loyale, wll
from tests.support.shop import Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world as leat_world
from tillsaga.sandbox.letstrade import world as letstrade_world
from tillsaga.sandbox.loyale import world as loyale_world
from tillsaga.sandbox.wll import world

KINDS = ("leat", "letstrade", "wll", "loyale")
BOOKS = {"leat": leat, "letstrade": letstrade, "wll": wll, "loyale": loyale}
CARDS = (leat_world.ANN_CARD, world.MEMBER_ACCOUNT, loyale_world.ANN_BARCODE)
THANDI = {"type": "member_id", "value": letstrade_world.THANDI, "provider": "letstrade"}
SHOWN = [{"type": "card", "value": card} for card in CARDS] + [THANDI]
PATIENT = {kind: {"http_timeout": "29s"} for kind in KINDS}
"""Connectors that would wait for longer than any till."""


@pytest.fixture
async def mixed_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=KINDS, settings=PATIENT) as opened:
        yield opened


@pytest.fixture
async def quick_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop whose till wants its answer within four seconds."""
    policy = "answer_budget: 4s"
    async with open_shop(tmp_path, kinds=KINDS, policy=policy, settings=PATIENT) as opened:
        yield opened


async def test_all_vendors_are_asked_side_by_side(mixed_shop: Shop) -> None:
    for vendor in KINDS:
        rule = {"vendor": vendor, "kind": "delay", "delay_ms": 3000}
        await mixed_shop.control("POST", "/faults", rule)

    checkout = await mixed_shop.open(None, identifiers=SHOWN)

    log = (await mixed_shop.control("GET", "/requests"))["requests"]
    first = {vendor: next(e["at"] for e in log if e["vendor"] == vendor) for vendor in KINDS}
    began = sorted(datetime.fromisoformat(at) for at in first.values())
    # One after another they would be at least 9 s apart.
    assert began[-1] - began[0] < timedelta(seconds=6)
    assert checkout.view["degraded"] == []
    assert sorted(each["provider"] for each in checkout.view["members"]) == sorted(KINDS)


@pytest.mark.parametrize("slow", KINDS)
async def test_a_vendor_that_hangs_is_left_out_and_the_others_answer(
    quick_shop: Shop, slow: str
) -> None:
    before = {vendor: await quick_shop.books(vendor) for vendor in KINDS}
    rule = {"vendor": slow, "kind": "hang_before", "delay_ms": 20_000, "times": None}
    await quick_shop.control("POST", "/faults", rule)

    checkout = await quick_shop.open(None, identifiers=SHOWN)

    others = sorted(set(KINDS) - {slow})
    seen = checkout.view
    assert seen["degraded"] == [{"provider": slow, "reason": "vendor_unavailable"}]
    assert sorted(each["provider"] for each in seen["members"]) == others
    sold = await checkout.pay(await checkout.ready())
    assert (sold["status"], sold["attention"]) == ("completed", [])
    await quick_shop.mend()
    assert await checkout.ended() == "completed"
    after = {vendor: await quick_shop.books(vendor) for vendor in KINDS}
    sales = {"leat": "orders", "letstrade": "orders", "wll": "orders", "loyale": "sales"}
    told = {v: BOOKS[v].moved(before[v], after[v]).get(sales[v]) for v in KINDS}
    assert told == dict.fromkeys(KINDS, 1)


async def test_a_cancel_of_a_mixed_checkout_leaves_no_trace_anywhere(mixed_shop: Shop) -> None:
    before = {vendor: await mixed_shop.books(vendor) for vendor in KINDS}
    checkout = await mixed_shop.open(None, identifiers=SHOWN)
    await checkout.points(1_00)
    await checkout.ready()

    await checkout.ok("cancel", m.Cancel(reason="the customer left"))

    assert await checkout.ended() == "cancelled"
    after = {vendor: await mixed_shop.books(vendor) for vendor in KINDS}
    moved = {vendor: BOOKS[vendor].moved(before[vendor], after[vendor]) for vendor in KINDS}
    returned = {world.SPEND_TYPE: 1, world.REFUND_TYPE: 1}
    assert moved == {vendor: {} for vendor in KINDS} | {"wll": returned}
