"""Record one history per shape of run: `python -m tests.support.record [shape...]`.

Only for a change of shape that is meant, before a release; what is in production must replay.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from starlette.responses import Response
from temporalio.client import WorkflowFailureError

from tests.support.claims import claim, sold
from tests.support.desk import resolve
from tests.support.door import open_door
from tests.support.letstrade_bill import with_codes
from tests.support.receiver import Answering, Receiver, open_receiver
from tests.support.refunding import give_back, lines, sell
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.domain.effects import effect_key
from tillsaga.domain.evidence import BooksQuestion
from tillsaga.domain.reads import LookUpOrder, ScanOrder
from tillsaga.domain.reconcile_orders import ReconcileOrder
from tillsaga.domain.retention import PruneOrder
from tillsaga.records.restorations import SqlRestorations
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll
from worker.restored import begin_after_restore
from workflows.repair import RepairWorkflow

HISTORIES = Path(__file__).parent.parent / "histories"


async def _gathered(shop: Shop, *cards: str) -> Checkout:
    checkout = await shop.open(None, *(cards or (world.ANN_CARD,)))
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")
    await checkout.giftcard(world.CARD_20, 2_00)
    return checkout


async def paid(shop: Shop) -> Checkout:
    checkout = await _gathered(shop)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await checkout.pay(due)
    return checkout


async def split(shop: Shop) -> Checkout:
    checkout = await shop.open()
    due = await checkout.ready()
    await checkout.pay(3_00, reference="cash", type="cash", final=False)
    await checkout.pay(due - 3_00)
    return checkout


async def declined(shop: Shop) -> Checkout:
    checkout = await _gathered(shop)
    due = await checkout.ready()
    await checkout.pay(due, "declined", final=True)
    return checkout


async def cancelled(shop: Shop) -> Checkout:
    checkout = await _gathered(shop)
    await checkout.ok("cancel", m.Cancel(reason="customer left"))
    return checkout


async def cancelled_from_outside(shop: Shop) -> Checkout:
    checkout = await _gathered(shop)
    await checkout.handle.cancel()
    return checkout


async def expired(shop: Shop) -> Checkout:
    return await _gathered(shop)


async def changed(shop: Shop) -> Checkout:
    """Nearly every message once."""
    checkout = await shop.open()
    await checkout.identify()
    await checkout.prepaid(1_00)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    smaller = basket(flat_whites(1), id=checkout.view["basket"]["id"])
    await checkout.ok("put_basket", m.PutBasket.model_validate({"basket": smaller}))
    await checkout.ok("remove_offer", m.RemoveOffer(offer_id=checkout.view["offers"][0]["id"]))
    await checkout.ok("remove_tender", m.RemoveTender(tender_id="tnd_1"))
    await checkout.ready()
    await checkout.ok("reopen", m.Reopen())
    await checkout.handle.signal("heartbeat", m.Heartbeat())
    due = await checkout.ready()
    await checkout.refused("payment", payment(due + 1, "authorized"))
    await checkout.pay(due)
    return checkout


async def sold_cards(shop: Shop) -> Checkout:
    lines = [
        {"line_id": "1", "type": "giftcard_sale", "title": "Card", "unit_amount": 25_00}
        | {"reference": world.CARD_NEW},
        {"line_id": "2", "type": "prepaid_topup", "title": "Top-up", "unit_amount": 10_00},
    ]
    checkout = await shop.open(basket(*lines), world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    return checkout


async def charge_in_doubt(shop: Shop) -> Checkout:
    checkout = await shop.open(None, world.ANN_CARD)
    await shop.fault("drop_before", "giftcard_transaction.create")
    card = m.AddTender(type="giftcard", reference=world.CARD_20, amount=2_00)
    await checkout.say("add_tender", card)
    await checkout.until(lambda seen: seen["tenders"][0]["status"] == "refused")
    await checkout.pay(await checkout.ready())
    return checkout


async def late(shop: Shop) -> Checkout:
    checkout = await declined(shop)
    await checkout.ended()
    start = shop.start_for(checkout.id, resumed=True)
    checkout.handle, _ = await shop.with_start(start, "payment", payment(2_50, reference="late"))
    return checkout


async def repaired(shop: Shop) -> Checkout:
    checkout = await _gathered(shop)
    await checkout.handle.terminate("recorded")
    start = shop.start_for(checkout.id)
    await shop.client.execute_workflow(
        RepairWorkflow.run, start, id=f"repair-{checkout.id}", task_queue=shop.queue
    )
    return checkout


async def mixed(shop: Shop) -> Checkout:
    """Coupons and points are spent between the authorisation and the capture."""
    checkout = await shop.open(basket(currency="USD"), world.ANN_CARD, loyale.ANN_BARCODE)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.scan(koupon.BARCODE)
    await checkout.ok("add_tender", m.AddTender(type="points", amount=1_00))
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await checkout.pay(due)
    return checkout


async def goodwill(shop: Shop) -> Checkout:
    """A coupon is spent for good, and then the card is declined."""
    checkout = await shop.open(basket(currency="USD"), world.ANN_CARD)
    await checkout.scan(koupon.BARCODE)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await checkout.pay(due, "declined", final=True)
    return checkout


async def finalised(shop: Shop) -> Checkout:
    """A redemption code and a payment code, whose finalise loses its answer."""
    checkout = await with_codes(shop)
    due = await checkout.ready()
    await shop.fault("drop_after", "offerings.finalise", "letstrade")
    await checkout.pay(due, "authorized")
    await checkout.until(lambda seen: seen["instruction"] == "capture")
    await checkout.pay(due)
    return checkout


async def told_later(shop: Shop) -> Checkout:
    """White Label is down from the first basket to the capture."""
    down = {"vendor": "wll", "kind": "maintenance", "times": None}
    await shop.control("POST", "/faults", down)
    checkout = await shop.open(None, world.ANN_CARD, wll.MEMBER_ACCOUNT)
    await checkout.pay(await checkout.ready())
    await shop.mend()
    return checkout


async def closed(shop: Shop) -> Checkout:
    """A bill that is paid already, with a voucher that its till has given."""
    given = [{"code": world.VOUCHER_COFFEE, "discount_amount": 3_50}]
    return await shop.open(None, world.ANN_CARD, mode="closed_bill", offers=given)


async def claimed(shop: Shop) -> Checkout:
    """Somebody claims the points of a sale that nobody was identified for."""
    checkout = await sold(shop)
    await claim(shop, checkout)
    checkout.id = f"claim-{checkout.id}"
    return checkout


async def refunded(shop: Shop) -> Checkout:
    """A line comes back, to all that had paid."""
    checkout = await sell(shop)
    await give_back(checkout, "r-1", tender_order="pro_rata", **lines([("2", "1")]))
    return checkout


async def exchanged(shop: Shop) -> Checkout:
    """The goods that come back are worth more than those that are sold."""
    back = {"line_id": "3", "sku": "BEANS", "title": "Beans", "unit_amount": 15_00}
    checkout = await shop.open(basket(flat_whites(1), back | {"quantity": "-1"}), world.ANN_CARD)
    await checkout.ready()
    await checkout.pay(0, type="none")
    return checkout


async def settled(shop: Shop) -> Checkout:
    """A coupon cannot come back, and a person says what becomes of it."""
    checkout = await shop.open(basket(currency="USD"), world.ANN_CARD)
    await checkout.scan(koupon.BARCODE)
    await checkout.pay(await checkout.ready())
    await checkout.ended()
    await give_back(checkout, "r-1")
    await resolve(checkout, "accept_loss")
    return checkout


async def returned(shop: Shop) -> Checkout:
    """Goods come back without their sale."""
    coffee = {"line_id": "1", "sku": "FW", "title": "Flat white", "unit_amount": 3_50}
    asked = {
        "refund_id": "ret-1",
        "store_id": shop.store.id,
        "terminal_id": "till-1",
        "currency": "EUR",
        "lines": [coffee],
        "identifiers": [{"type": "card", "value": world.ANN_CARD}],
        "reason": "no receipt",
        "approved_by": "m-3",
    }
    async with open_door(shop) as till:
        refund = (await till.post("/v1/refunds", asked)).json()
    return Checkout(shop, shop.client.get_workflow_handle(refund["checkout_id"]))


def _named(shop: Shop, workflow_id: str) -> Checkout:
    return Checkout(shop, shop.client.get_workflow_handle(workflow_id))


async def _run(shop: Shop, workflow: str, *order: Any) -> Checkout:
    """Run one of the workflows that no till speaks to."""
    await shop.client.execute_workflow(
        workflow, args=order, id=workflow.lower(), task_queue=shop.queue
    )
    return _named(shop, workflow.lower())


async def given_back(shop: Shop) -> Checkout:
    """A refund that wakes a sale up, as the door does it."""
    checkout = await sell(shop)
    async with open_door(shop) as till:
        refund = {"refund_id": "r-1", "reason": "cold", **lines([("2", "1")])}
        await till.post(f"/v1/checkouts/{checkout.id}/refunds", refund)
    return _named(shop, checkout.id)


async def decided(shop: Shop) -> Checkout:
    """A person's word wakes up what had ended, as the door does it."""
    checkout = await goodwill(shop)
    await checkout.ended()
    item = (await checkout.seen())["attention"][0]["id"]
    word = {"action": "accept_loss", "actor": "kim", "reason": "asked the vendor"}
    async with open_door(shop, "support") as till:
        await till.post(f"/v1/checkouts/{checkout.id}/attention/{item}/resolve", word)
    return _named(shop, checkout.id)


async def told_by_hand(shop: Shop) -> Checkout:
    """The same word, given in Temporal's own pages."""
    checkout = await goodwill(shop)
    await checkout.ended()
    item = (await checkout.seen())["attention"][0]["id"]
    word = {"action": "accept_loss", "actor": "kim", "reason": "asked the vendor"}
    return await _run(shop, "ResolveAttention", {"checkout_id": checkout.id, "item": item, **word})


async def repair(shop: Shop) -> Checkout:
    """The repair itself, of a checkout that was terminated."""
    return _named(shop, f"repair-{(await repaired(shop)).id}")


async def swept(shop: Shop) -> Checkout:
    """The sweep finds it."""
    checkout = await _gathered(shop)
    await checkout.handle.terminate("recorded")
    with patch("activities.sweep.SETTLED", timedelta(0)):
        return await _run(shop, "Sweep")


async def reconciled(shop: Shop) -> Checkout:
    """A day of two vendors."""
    await sold(shop, world.ANN_CARD)
    today = datetime.now(ZoneInfo(shop.store.timezone)).date()
    return await _run(shop, "Reconcile", ReconcileOrder(store_id=shop.store.id, day=today))


async def restored(shop: Shop) -> Checkout:
    """Records come out of a backup, and are compared before tills are served."""
    await sold(shop, world.ANN_CARD)
    await SqlRestorations(shop.wiring.database).mark(datetime.now(UTC) - timedelta(hours=1))
    started = await begin_after_restore(shop.client, shop.wiring.database, shop.queue)
    return _named(shop, str(started))


async def erased(shop: Shop) -> Checkout:
    """A customer's data goes."""
    await sold(shop, world.ANN_CARD)
    who = {"provider": "leat", "member_id": world.ANN}
    async with open_door(shop, "admin") as till:
        answer = await till.post("/v1/members/erase", who)
    return _named(shop, f"erase-{answer.json()['id']}")


async def pruned(shop: Shop) -> Checkout:
    """What is kept no longer is counted."""
    return await _run(shop, "Retention", PruneOrder(dry_run=True))


async def audited(shop: Shop) -> Checkout:
    """A day of the audit is closed."""
    await sold(shop, world.ANN_CARD)
    return await _run(shop, "AuditRoot")


async def kept(shop: Shop) -> Checkout:
    """The history of a sale is kept."""
    await sold(shop, world.ANN_CARD)
    return await _run(shop, "KeepHistories")


async def looked_up(shop: Shop) -> Checkout:
    """What is on a gift card."""
    order = LookUpOrder(
        store_id=shop.store.id, providers=("leat",), kind="giftcard", value=world.CARD_20
    )
    return await _run(shop, "LookUp", order)


async def scanned(shop: Shop) -> Checkout:
    """Whose a string is."""
    order = ScanOrder(store_id=shop.store.id, providers=("leat",), value=world.CARD_20)
    return await _run(shop, "Scan", order)


async def books_read(shop: Shop) -> Checkout:
    """Evidence for a person."""
    checkout = await _gathered(shop)
    effect = checkout.view["effects"][-1]["id"]
    question = BooksQuestion(key=effect_key(checkout.id, effect), kind="leat")
    return await _run(shop, "ReadBooks", question)


async def delivered(shop: Shop) -> Checkout:
    """A sale is told to an endpoint that is down at first."""
    endpoint = shop.wiring.endpoints.all[0]
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    await checkout.ended()
    return _named(shop, f"webhook-{endpoint.id}-{checkout.id}")


async def announced(shop: Shop) -> Checkout:
    """A sale and its refund, with somebody who listens."""
    checkout = await sell(shop)
    await give_back(checkout, "r-1", **lines([("2", "1")]))
    return checkout


Shape = Callable[[Shop], Awaitable[Checkout]]
LISTENED_TO = {"delivered", "announced"}
"""Shapes of shops with an endpoint."""
KINDS: dict[str, tuple[str, ...]] = {
    "mixed": ("leat", "loyale", "koupon"),
    "goodwill": ("leat", "loyale", "koupon"),
    "finalised": ("letstrade",),
    "told_later": ("leat", "wll"),
    "settled": ("leat", "koupon"),
    "decided": ("leat", "koupon"),
    "told_by_hand": ("leat", "koupon"),
    "reconciled": ("leat", "wll"),
}
POLICIES = {
    "expired": "abandon_after: 1s",
    "returned": "returns_without_sale: {per_return: 5000, per_store_day: 5000}",
}
SHAPES: list[Shape] = [
    paid,
    split,
    declined,
    cancelled,
    cancelled_from_outside,
    expired,
    changed,
    sold_cards,
    charge_in_doubt,
    late,
    repaired,
    mixed,
    goodwill,
    finalised,
    told_later,
    closed,
    claimed,
    refunded,
    exchanged,
    settled,
    returned,
    given_back,
    decided,
    told_by_hand,
    repair,
    swept,
    reconciled,
    restored,
    erased,
    pruned,
    audited,
    kept,
    looked_up,
    scanned,
    books_read,
    delivered,
    announced,
]


def _down_at_first(receiver: Receiver) -> Answering:
    return lambda _: Response(status_code=503 if len(receiver.got) < 2 else 204)


async def record(shape: Shape) -> None:
    """Play one shape on the real server and keep its history."""
    policy = POLICIES.get(shape.__name__, "")
    with tempfile.TemporaryDirectory() as folder:
        kinds = KINDS.get(shape.__name__, ("leat",))
        async with AsyncExitStack() as stack:
            receivers = []
            if shape.__name__ in LISTENED_TO:
                receivers.append(await stack.enter_async_context(open_receiver()))
                receivers[0].answer = _down_at_first(receivers[0])
            opened = open_shop(
                Path(folder), policy=policy, kinds=kinds, skips_time=False, receivers=receivers
            )
            shop = await stack.enter_async_context(opened)
            checkout = await shape(shop)
            handle = shop.client.get_workflow_handle(checkout.id)
            with suppress(WorkflowFailureError):
                await handle.result()
            history = await handle.fetch_history()
    # Stack traces name the folder that this was recorded in, which is nobody's business.
    recorded = history.to_json().replace(f"{HISTORIES.parent.parent}/", "")
    (HISTORIES / f"{shape.__name__}.json").write_text(recorded + "\n")


async def main(names: Sequence[str]) -> None:
    """Record them all, or those that are named."""
    for shape in SHAPES:
        if not names or shape.__name__ in names:
            await record(shape)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
