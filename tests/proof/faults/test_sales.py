"""A whole sale with one fault at each call to Leat: the books agree with the records.

The matrix tries each effect by itself; here the workflow around them must settle the rest too.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateStage

from tests.proof.tally import Proof, proof_of_this_run
from tests.support.ledger import changes, expected, held
from tests.support.shop import Checkout, Shop, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.sandbox import world

BEFORE_THE_PAYMENT = [
    "voucher.lock",
    "reward_reception.create",
    "giftcard_transaction.create",
    "prepaid_transaction.create",
]
AFTER_THE_PAYMENT = [
    "voucher.redeem",
    "collectable_reward.collect",
    "order.create_and_process",
]
UNDOS = [
    "voucher.release",
    "reward_reception.reverse",
    "giftcard_transaction.reverse",
    "prepaid_transaction.reverse",
]
FAULTS: dict[str, dict[str, Any]] = {
    "dropped before": {"kind": "drop_before"},
    "dropped after": {"kind": "drop_after"},
    "500 before": {"kind": "error_before", "status": 500},
    "500 after": {"kind": "error_after", "status": 500},
    "429": {"kind": "rate_limited"},
    "maintenance page": {"kind": "maintenance"},
    "page instead of JSON": {"kind": "html_after"},
    "malformed": {"kind": "malformed"},
    "too slow": {"kind": "delay", "delay_ms": 5500},
    "applied late": {"kind": "late", "delay_ms": 100},
}


CACHED = {"cached": 1000, "replayed": 0}
"""How many workflows the worker keeps in memory: none means that each task replays its history."""


def cells(operations: list[str]) -> list[tuple[str, str, str]]:
    """All of them in the long form; in the short one each call and each fault once."""
    faults, modes = list(FAULTS), list(CACHED)
    everything = list(product(operations, faults, modes))
    some = [
        (operations[n % len(operations)], fault, modes[n % len(modes)])
        for n, fault in enumerate(faults)
    ]
    return proof_of_this_run().of(some, everything)


@pytest.fixture
async def shop(tmp_path: Path, mode: str) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, max_cached_workflows=CACHED[mode]) as opened:
        yield opened


async def drive(shop: Shop) -> Checkout:
    """Sell with everything, as a till does that shrugs at refusals and goes on."""
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.say("apply_offer", m.ApplyOffer(code=world.VOUCHER_COFFEE))
    reward = f"leat:reward:{world.REWARD_COFFEE}"
    await checkout.say("apply_offer", m.ApplyOffer(offer_id=reward))
    card = m.AddTender(type="giftcard", reference=world.CARD_20, amount=2_00)
    await checkout.say("add_tender", card)
    await checkout.say("add_tender", m.AddTender(type="prepaid", amount=1_00))
    await checkout.until(lambda seen: all(t["status"] != "in_doubt" for t in seen["tenders"]))
    return checkout


async def ready_once_settled(checkout: Checkout) -> int:
    """Ask again, as a till does, while a charge is still in doubt; answers what is due."""
    async with asyncio.timeout(20):
        while True:
            reply = await checkout.say("ready", m.MakeReady())
            if reply.refusal is None:
                return int(checkout.view["totals"]["due_amount"])
            assert reply.refusal.code == "tender_in_doubt"


@pytest.mark.parametrize(
    ("operation", "fault", "mode"), cells([*BEFORE_THE_PAYMENT, *AFTER_THE_PAYMENT])
)
async def test_a_sale_with_one_fault_is_settled_once(
    shop: Shop, operation: str, fault: str, mode: str, proof: Proof
) -> None:
    with proof.case("Faults in a sale", f"paid: {operation}, {fault}, {mode}"):
        await _sell(shop, operation, fault)


@pytest.mark.parametrize(("operation", "fault", "mode"), cells([*BEFORE_THE_PAYMENT, *UNDOS]))
async def test_an_undo_with_one_fault_leaves_nothing(
    shop: Shop, operation: str, fault: str, mode: str, proof: Proof
) -> None:
    with proof.case("Faults in a sale", f"cancelled: {operation}, {fault}, {mode}"):
        await _cancel(shop, operation, fault)


async def _sell(shop: Shop, operation: str, fault: str) -> None:
    before = await shop.books()
    await shop.fault(**FAULTS[fault], operation=operation)

    checkout = await drive(shop)
    due = await ready_once_settled(checkout)
    await checkout.say("payment", payment(due))
    await checkout.until(lambda seen: seen["status"] == "completed")
    await _settle_lost_locks(shop)

    assert await checkout.ended() == "completed"
    await _books_agree(shop, checkout, before)


async def _cancel(shop: Shop, operation: str, fault: str) -> None:
    before = await shop.books()
    await shop.fault(**FAULTS[fault], operation=operation)

    checkout = await drive(shop)
    cancelling = await checkout.handle.start_update(
        "cancel",
        args=[m.Cancel(reason="left"), m.Context()],
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
    )
    await _settle_lost_locks(shop)
    await cancelling.result()

    assert await checkout.ended() == "cancelled"
    assert changes(before, await shop.books()) == {}
    assert set(held(await shop.books())) <= set(held(before))


async def _settle_lost_locks(shop: Shop) -> None:
    """A lock whose answer was lost ends with its hour."""
    await shop.control("POST", "/clock", {"advance_seconds": 3601})


async def _books_agree(shop: Shop, checkout: Checkout, before: Any) -> None:
    facts = await shop.wiring.checkouts.facts(checkout.id)
    assert facts.ended
    bill = await shop.wiring.checkouts.find(checkout.id)
    assert bill is not None
    assert bill.view is not None
    after = await shop.books()
    assert changes(before, after) == expected(bill.view, world.ANN, after)
    assert bill.view["attention"] == []
    assert len(after["orders"]) == len(before["orders"]) + 1
