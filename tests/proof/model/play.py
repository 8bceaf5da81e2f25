"""One checkout, played step by step against the real shop: the steps of the model check.

Each method is a step. A step that the moment does not allow is played all the same: its refusal
is an answer too. What was played is kept, so that a failing example reads as its own test.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from tests.support.shop import Checkout, basket, payment
from tests.support.street import Street
from tillsaga.demo.shopper import Shopper
from tillsaga.demo.vendors import koupon
from tillsaga.domain import messages as m
from tillsaga.domain.messages import Context
from tillsaga.domain.view import Reply
from tillsaga.sandbox import world
from workflows.repair import RepairWorkflow

Json = dict[str, Any]
GOODS = {world.COFFEE: 3_50, "CAKE": 4_49, "BEANS": 11_99}
FINAL = ("completed", "cancelled", "expired")
BUDGET = 45
"""Seconds that a till may wait here: a bug, and not a slow machine, keeps it waiting longer."""
IMPATIENT = 10
"""The same while a vendor is down, whom an answer may have to wait for."""

FAULTS: dict[str, Json] = {
    "error_before": {},
    "error_after": {},
    "drop_before": {},
    "drop_after": {},
    "late": {"delay_ms": 100},
    "delay": {"delay_ms": 100},
    "rate_limited": {"retry_after": 0},
    "maintenance": {},
    "html_after": {},
    "malformed": {},
}
REFUSALS: dict[str, Json] = {
    "leat": {"code": 5006},
    "letstrade": {"code": 400},
    "wll": {"code": "FORBIDDEN"},
    "loyale": {"code": 400, "message": "no"},
    "koupon": {"code": "ALREADY_REDEEMED"},
}
OPERATIONS = {
    "leat": (
        "voucher.lock",
        "voucher.release",
        "voucher.redeem",
        "reward_reception.create",
        "reward_reception.reverse",
        "giftcard_transaction.create",
        "giftcard_transaction.reverse",
        "giftcard_transaction.list",
        "prepaid_transaction.create",
        "prepaid_transaction.reverse",
        "prepaid_transaction.list",
        "order.create_and_process",
        "order.list",
        "voucher.find",
    ),
    "letstrade": ("offerings.get", "offerings.finalise", "refund.create"),
    "wll": ("benefit.redeem", "voucher.validate", "order.place", "event.report", "event.list"),
    "loyale": ("transaction.create", "transaction.status", "return.full"),
    "koupon": ("transaction.redeem", "transaction.report"),
}
"""What may go wrong: what moves something at the vendor, and what it is asked afterwards."""


@dataclass
class Drawer:
    """The till's own memory of money, which asks nobody: what it has captured, by reference."""

    captured: dict[str, int] = field(default_factory=dict)
    authorized: dict[str, int] = field(default_factory=dict)

    def hear(self, report: m.PaymentReport, *, was: str | None, refused: bool) -> None:
        """Note what became of a report: a capture is a fact, whatever the answer.

        `was`: as what the payment stood before. One that fits is only changed by a correction.
        """
        name = report.reference
        if isinstance(report, m.CorrectPayment) and not refused:
            self.captured.pop(name, None)
        elif was == "captured":
            return
        if report.status == "captured":
            self.captured[name] = report.amount
        elif refused:
            return
        elif report.status == "authorized":
            self.authorized[name] = report.amount
            return
        else:
            self.captured.pop(name, None)
        self.authorized.pop(name, None)


class Play:
    """A shopper, a till, a support desk and bad luck, around one checkout."""

    def __init__(self, street: Street) -> None:
        """Bring a new shopper, and look at the vendors' books as they are."""
        self.at = street
        self.kinds = street.kinds
        self.shop = street.shop
        self.shopper: Shopper = street.shopper()
        self.before = street.books()
        self.drawer = Drawer()
        self.told: set[int] = set()
        self.settled: list[Json] = []
        self.steps: list[str] = []
        self.said: list[tuple[str, BaseModel, str]] = []
        self._crash: str | None = None
        self._is_down = False
        self._unanswered: list[asyncio.Future[Any]] = []
        self.view: Json = {}

    # --- what a till says -----------------------------------------------------------------------

    def open(self, skus: str, shown: str = "", offers: str = "") -> None:
        """Open a checkout over these goods, e.g. `CAKE CAKE`; the customer shows these cards."""
        self._note("open", skus, shown)
        cards = [getattr(self.shopper, kind).identifier for kind in shown.split()]
        sold = self._basket(skus)
        self.basket_id = sold["id"]
        self.checkout: Checkout = self.at.run(self.shop.open(sold, identifiers=cards))
        self._look()

    def _basket(self, skus: str) -> Json:
        lines = [
            {
                "line_id": str(number),
                "sku": sku,
                "title": sku.capitalize(),
                "unit_amount": GOODS[sku],
                "categories": ["drinks"] if sku == world.COFFEE else ["food"],
            }
            for number, sku in enumerate(skus.split(), 1)
        ]
        self.told.add(sum(GOODS[sku] for sku in skus.split()))
        return basket(*lines, currency=self.shop.store.currency)

    def change_lines(self, skus: str) -> None:
        self._note("change_lines", skus)
        sold = self._basket(skus) | {"id": self.basket_id}
        self._say("put_basket", m.PutBasket.model_validate({"basket": sold}))

    def identify(self, kind: str) -> None:
        self._note("identify", kind)
        self._say("identify", m.Identify.model_validate(getattr(self.shopper, kind).identifier))

    def apply(self, number: int) -> None:
        """Take one of the offers that the till shows."""
        self._note("apply", number)
        offers = [o["id"] for o in self.view["offers"] if not o["missing_points"]]
        if offers:
            self._say("apply_offer", m.ApplyOffer(offer_id=offers[number % len(offers)]))

    def scan(self, number: int) -> None:
        self._note("scan", number)
        codes = self._codes()
        self._say("apply_offer", m.ApplyOffer(code=codes[number % len(codes)]))

    def _codes(self) -> list[str]:
        codes = {
            "leat": [self.shopper.leat.voucher_code],
            "letstrade": [self.shopper.letstrade.voucher_code],
            "koupon": [koupon.COUPON_CODE, self.shopper.koupon.barcode],
        }
        return [code for kind, known in codes.items() if kind in self.kinds for code in known]

    def remove_offer(self, number: int) -> None:
        self._note("remove_offer", number)
        taken = [o["id"] for o in self.view["offers"] if o["status"] != "available"]
        if taken:
            self._say("remove_offer", m.RemoveOffer(offer_id=taken[number % len(taken)]))

    def tender(self, number: int, quarters: int) -> None:
        """Pay so many quarters of what is due from a gift card, credit, points or a wallet."""
        self._note("tender", number, quarters)
        values = self._stored_values()
        kind, reference = values[number % len(values)]
        amount = max(1, self.view["totals"]["due_amount"] * quarters // 4)
        fields = {"type": kind, "reference": reference, "amount": amount}
        self._say("add_tender", m.AddTender.model_validate(fields))

    def _stored_values(self) -> list[tuple[str, str | None]]:
        values: dict[str, list[tuple[str, str | None]]] = {
            "leat": [("giftcard", self.shopper.leat.giftcard_code), ("prepaid", None)],
            "letstrade": [("wallet", self.shopper.letstrade.payment_code)],
            "loyale": [("giftcard", self.shopper.loyale.giftcard), ("points", None)],
        }
        return [value for kind, found in values.items() if kind in self.kinds for value in found]

    def remove_tender(self, number: int) -> None:
        self._note("remove_tender", number)
        names = [t["id"] for t in self.view["tenders"]]
        if names:
            self._say("remove_tender", m.RemoveTender(tender_id=names[number % len(names)]))

    def ready(self, flow: str = "two_step") -> None:
        self._note("ready", flow)
        self._say("ready", m.MakeReady.model_validate({"payment_flow": flow}))

    def reopen(self) -> None:
        self._note("reopen")
        self._say("reopen", m.Reopen())

    def pay(
        self, status: str, reference: str = "c-1", off: int = 0, final: bool | None = None
    ) -> None:
        """Report a payment: what is due, or `off` by some cents; of a known one its own amount."""
        self._note("pay", status, reference, off, final)
        known = self._payment(reference)
        amount = known["amount"] if known else self.view["totals"]["due_amount"]
        self._report(status, max(0, amount + off), reference, final)

    def _report(self, status: str, amount: int, reference: str, final: bool | None) -> Reply:
        report = payment(amount, status, reference=reference, final=final)
        self.at.run(self.shop.wiring.checkouts.note_payment(self.checkout.id, report, "received"))
        return self._say("payment", report)

    def _payment(self, reference: str) -> Json | None:
        found = (dict(p) for p in self.view["payments"] if p["reference"] == reference)
        return next(found, None)

    def correct(self, number: int, status: str, off: int = 0) -> None:
        """Say that a payment was reported wrong."""
        self._note("correct", number, status, off)
        payments = self.view["payments"]
        if payments:
            known = payments[number % len(payments)]
            fields = {
                "payment_id": known["id"],
                "reason": "typo",
                "status": status,
                "type": "card",
                "amount": max(0, known["amount"] + off),
                "reference": known["reference"],
            }
            self._say("correct_payment", m.CorrectPayment.model_validate(fields))

    def cancel(self) -> None:
        self._note("cancel")
        self._say("cancel", m.Cancel(reason="given up"))

    def repeat(self, number: int, same_id: bool) -> None:
        """Say again what was said before: the till's network, or its user, was impatient."""
        self._note("repeat", number, same_id)
        if self.said:
            name, message, update_id = self.said[number % len(self.said)]
            self._say(name, message, update_id if same_id else None)

    # --- bad luck -------------------------------------------------------------------------------

    def fault(self, kind: str, vendor: str, operation: int, times: int) -> None:
        """Something goes wrong at one operation of a vendor, so many times."""
        self._note("fault", kind, vendor, operation, times)
        names = OPERATIONS[vendor]
        more = REFUSALS[vendor] if kind == "refuse" else FAULTS[kind]
        name = names[operation % len(names)]
        self.at.run(self.shop.fault(kind, name, vendor, times=times, **more))

    def down(self, vendor: str) -> None:
        self._note("down", vendor)
        self._is_down = True
        self.at.run(self.shop.fault("maintenance", None, vendor, times=None))

    def mend(self) -> None:
        """All vendors work again."""
        self._note("mend")
        self._is_down = False
        self.at.run(self.shop.mend())

    def wait(self, minutes: int) -> None:
        """Time passes: at the shop, and at the vendors."""
        self._note("wait", minutes)
        if self.shop.env.supports_time_skipping:
            self.at.run(self.shop.env.sleep(timedelta(minutes=minutes)))
        self.at.run(self.shop.control("POST", "/clock", {"advance_seconds": minutes * 60}))
        self._look()

    def crash(self, during: str = "") -> None:
        """The workers die: now, or in the next message before or after a vendor has acted."""
        self._note("crash", during)
        if during:
            self._crash = during
        else:
            self.at.run(self._new_workers())

    async def _new_workers(self) -> None:
        await self.shop.workers.stop()
        await self.shop.workers.start()

    def terminate(self) -> None:
        """Somebody terminates the workflow; what is said next finds it gone."""
        self._note("terminate")
        if not self.at.run(self._runs()):
            return
        was_saved = self.is_saved
        if not self.at.run(self._terminated()):
            return
        if not was_saved:
            # Nothing was promised yet: what is built is kept from `ready` on.
            self.told.add(0)

    async def _terminated(self) -> bool:
        """Whether there was anything to terminate still: it may come to its own end meanwhile."""
        try:
            # Whichever run it is: one that was terminated before has another after it.
            await self.shop.client.get_workflow_handle(self.checkout.id).terminate("by mistake")
        except RPCError as ended:
            if ended.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    def reset(self, number: int) -> None:
        """Support resets the workflow, running or ended, to one of its tasks."""
        self._note("reset", number)
        self.at.run(self._reset(number))
        self._look()

    async def _reset(self, number: int) -> None:
        handle = self.shop.client.get_workflow_handle(self.checkout.id)
        if await self._described() is None:
            return
        run_id = (await handle.describe()).run_id
        history = await handle.fetch_history()
        done = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
        tasks = [event.event_id for event in history.events if event.event_type == done]
        await self.shop.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=self.shop.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=self.checkout.id, run_id=run_id),
                workflow_task_finish_event_id=tasks[number % len(tasks)],
                request_id=f"{run_id}-{len(self.steps)}",
            )
        )
        self.checkout.handle = self.shop.client.get_workflow_handle(self.checkout.id)
        async with asyncio.timeout(BUDGET):  # what was said after that task is said again
            while self.captured(await self._seen()) != self.drawer.captured:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def forget(self) -> None:
        """The history of an ended checkout is deleted; the archive is all that is left."""
        self._note("forget")
        if self.status in FINAL:
            self.at.run(self._forget())
            self._look()

    async def _forget(self) -> None:
        if not await self._is_archived() or await self._runs():
            return
        execution = WorkflowExecution(workflow_id=self.checkout.id)
        namespace = self.shop.client.namespace
        await self.shop.client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace=namespace, workflow_execution=execution)
        )
        async with asyncio.timeout(BUDGET):
            while await self._described() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def repair(self) -> None:
        """The sweep finds the checkout without a workflow."""
        self._note("repair")
        self.at.run(self._repair())
        self._look()

    async def _repair(self) -> None:
        found = await self.shop.wiring.checkouts.find(self.checkout.id)
        if found is None or found.ended_at is not None or await self._runs():
            return
        facts = await self.shop.wiring.checkouts.facts(self.checkout.id)
        if not facts.to_answer_for:
            return
        start = self.shop.start_for(self.checkout.id)
        name = f"repair-{self.checkout.id}-{len(self.steps)}"
        await self.shop.client.start_workflow(
            RepairWorkflow.run, start, id=name, task_queue=self.shop.queue
        )
        async with asyncio.timeout(BUDGET):
            while not await self._runs() and not await self._is_archived():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        self.checkout.handle = self.shop.client.get_workflow_handle(self.checkout.id)

    async def _is_archived(self) -> bool:
        found = await self.shop.wiring.checkouts.find(self.checkout.id)
        return found is not None and found.ended_at is not None

    async def _runs(self) -> bool:
        return await self._described() == "RUNNING"

    async def _described(self) -> str | None:
        """How its workflow stands; None: Temporal knows of none."""
        try:
            described = await self.shop.client.get_workflow_handle(self.checkout.id).describe()
        except RPCError as missing:
            if missing.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return described.status.name if described.status else None

    @staticmethod
    def captured(view: Json) -> dict[str, int]:
        """The money that a view knows of, by reference."""
        took = ("captured", "unmatched")
        return {p["reference"]: p["amount"] for p in view["payments"] if p["status"] in took}

    # --- support --------------------------------------------------------------------------------

    def support(self, number: int, action: str) -> None:
        """A person decides about a case."""
        self._note("support", number, action)
        cases = self.view["attention"]
        if cases:
            self._settle(cases[number % len(cases)], action)

    def _settle(self, case: Json, action: str) -> None:
        message = m.ResolveAttention.model_validate(
            {"item": case["id"], "action": action, "actor": "sam", "reason": "checked"}
        )
        if self._say("resolve_attention", message).refusal is None and action != "retry":
            self.settled.append(case)

    # --- how it ends ----------------------------------------------------------------------------

    def end(self) -> None:
        """Mend everything, let time pass, and drive the checkout to an end as a till would."""
        self._crash = None
        self.mend()
        self._come_back()
        self.at.run(self._hang_up())
        for _ in range(4):
            if self.status in FINAL and not self._must_void():
                break
            self._drive()
        assert self.status in FINAL, f"it does not end: {self.status} {self.view['instruction']}"
        self.at.run(self._ends())
        self.view = self.at.run(self._archived())

    async def _hang_up(self) -> None:
        for asking in self._unanswered:
            asking.cancel()
        await asyncio.gather(*self._unanswered, return_exceptions=True)

    def _come_back(self) -> None:
        """The sweep has run, if the workflow is gone."""
        self.at.run(self._repair())
        self._look()

    def _must_void(self) -> bool:
        return bool(self.view["instruction"] == "void" and self.drawer.authorized)

    def _drive(self) -> None:
        view = self.view
        if view["instruction"] == "void":
            for reference, amount in [*self.drawer.authorized.items()]:
                self._report("voided", amount, reference, None)
        elif self.status == "ready" and self.drawer.authorized and view["instruction"] == "capture":
            for reference, amount in [*self.drawer.authorized.items()]:
                self._report("captured", amount, reference, None)
        elif self.status in ("open", "ready"):
            self._say("cancel", m.Cancel(reason="the day is over"))
        else:
            self.at.run(self._ends())
            self._look()

    async def _ends(self) -> None:
        if await self._described() is not None:
            await asyncio.wait_for(self.checkout.ended(), BUDGET)

    async def _archived(self) -> Json:
        async with asyncio.timeout(BUDGET):
            while True:
                found = await self.shop.wiring.checkouts.find(self.checkout.id)
                if found is not None and found.ended_at is not None and found.view is not None:
                    return dict(found.view)
                await asyncio.sleep(0.02)

    # --- how it is said -------------------------------------------------------------------------

    @property
    def status(self) -> str:
        return str(self.view["status"])

    @property
    def is_saved(self) -> bool:
        """Whether the records know the basket."""
        return self.at.run(self.shop.wiring.checkouts.facts(self.checkout.id)).state is not None

    def _note(self, name: str, *said: object) -> None:
        self.steps.append(f"play.{name}({', '.join(map(repr, said))})")

    def _say(self, name: str, message: BaseModel, update_id: str | None = None) -> Reply:
        was = self._payment(message.reference) if isinstance(message, m.PaymentReport) else None
        known = update_id or f"{name}-{len(self.steps)}-{len(self.said)}"
        self.said.append((name, message, known))
        crash, self._crash = self._crash, None
        sending = self._send(name, message, known)
        reply = self.at.run(self._crashing(sending, crash) if crash else sending)
        payments = self.view["payments"]
        self._look()
        answered_before = update_id is not None and self.view["payments"] == payments
        if isinstance(message, m.PaymentReport) and not answered_before:
            before = was["status"] if was else None
            self.drawer.hear(message, was=before, refused=reply.refusal is not None)
        return reply

    async def _send(self, name: str, message: BaseModel, update_id: str) -> Reply:
        start = self.shop.start_for(self.checkout.id, resumed=True)
        context = Context(recorded=name == "payment")
        asking = asyncio.ensure_future(
            self.shop.with_start(start, name, message, context, update_id)
        )
        await asyncio.wait([asking], timeout=IMPATIENT if self._is_down else BUDGET)
        if self._is_down and not asking.done():
            # It is answered when the vendor is back; till then the till has its 202.
            self._unanswered.append(asking)
            return Reply(status=202, checkout=await self._seen())
        if not asking.done():
            asking.cancel()
            raise TimeoutError(f"{name} is not answered")
        handle, reply = asking.result()
        self.checkout.handle = handle
        return reply

    async def _crashing(self, sending: Any, during: str) -> Reply:
        """Let the workers die while a vendor is being asked, before it acts or after."""
        kind = "delay" if during == "after" else "hang_before"
        for vendor in self.kinds:
            await self.shop.fault(kind, None, vendor, delay_ms=300)
        asking = asyncio.ensure_future(sending)
        for _ in range(15):
            log = (await self.shop.control("GET", "/requests"))["requests"]
            if asking.done() or any(entry["fault"] == kind for entry in log[-4:]):
                break
            await asyncio.sleep(0.02)
        await self._new_workers()
        return Reply.model_validate(await asking)

    def _look(self) -> None:
        self.view = self.at.run(self._seen())

    async def _seen(self) -> Json:
        handle: WorkflowHandle[Any, Any] = self.checkout.handle
        if await self._described() is None:
            return await self._archived()
        async with asyncio.timeout(BUDGET):
            return dict(await handle.query("checkout"))
