"""The floor: the least that the same checkout costs on Temporal.

A bare workflow takes the same messages as Updates, the first with the start; activities make the
same vendor calls at the same sandbox, on the same Temporal server as ours. It leaves out what
ours is for: effect records, claims and the audit (no database at all); encryption and compression
of payloads; the checkout's view, its totals and its versions; search attributes, summaries and
details; timers of silence; answers in doubt, refusals and taking back; vendors' queues, rate
limits and circuits; and the HTTP door, since the till calls Temporal itself. Vendor failures are
retried blindly.

Tuned as well as is known: uvloop, no workflow sandbox, no gRPC compression, eager activities, all
reads of a message as one local activity, one activity for each effect, effects side by side where
ours are, and all of them on the workflow's own queue.
"""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvloop
from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import TemporalError
from temporalio.service import GrpcCompression
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from bench.reference import CheckoutFailed, Sale
from bench.sides.serving import tell
from bench.vendor import Vendor, connected

QUEUE = "bench-floor"
_ATTEMPT = timedelta(seconds=30)
_TASK = timedelta(seconds=3)
_STICKY = timedelta(seconds=1)


class Calls:
    """The activities: a vendor call each, and what is asked before it."""

    def __init__(self, vendor: Vendor) -> None:
        """Take the vendor."""
        self._vendor = vendor

    @activity.defn(name="visit")
    async def visit(self, card: str) -> str:
        """Identify and quote."""
        return await self._vendor.visit(card)

    @activity.defn(name="lock")
    async def lock(self, voucher: str, code: str) -> str:
        """Lock the voucher."""
        return await self._vendor.lock(voucher, code)

    @activity.defn(name="claim")
    async def claim(self, contact: str) -> str:
        """Pre-redeem the reward."""
        return await self._vendor.claim(contact)

    @activity.defn(name="find_card")
    async def find_card(self, code: str) -> str:
        """Find the gift card."""
        return await self._vendor.find_card(code)

    @activity.defn(name="charge")
    async def charge(self, card: str) -> str:
        """Charge the gift card."""
        return await self._vendor.charge(card)

    @activity.defn(name="redeem")
    async def redeem(self, code: str, key: str) -> str:
        """Redeem the voucher."""
        return await self._vendor.redeem(code, key)

    @activity.defn(name="collect")
    async def collect(self, reception: str) -> str:
        """Hand the reward over."""
        return await self._vendor.collect(reception)

    @activity.defn(name="order")
    async def order(self, name: str, contact: str, charged: str, used: list[str]) -> int:
        """Post the order."""
        redemption, collection = used
        return await self._vendor.order(name, contact, charged, (redemption, collection))


@workflow.defn(name="BenchFloor")
class FloorCheckout:
    """One checkout. An Update does its work itself and answers with next to nothing."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._contact = self._code = self._key = self._reception = self._charged = ""
        self._over = False

    @workflow.run
    async def run(self) -> None:
        """Wait for the payment."""
        await workflow.wait_condition(lambda: self._over and workflow.all_handlers_finished())

    @workflow.update
    async def open(self, card: str) -> str:
        """Identify and quote."""
        self._contact = await _read(Calls.visit, card)
        return self._contact

    @workflow.update
    async def voucher(self, voucher: str, code: str) -> str:
        """Lock the voucher."""
        self._code = code
        self._key = await _do(Calls.lock, voucher, code)
        return "held"

    @workflow.update
    async def reward(self) -> str:
        """Pre-redeem the reward."""
        self._reception = await _do(Calls.claim, self._contact)
        return "held"

    @workflow.update
    async def giftcard(self, code: str) -> str:
        """Charge the gift card."""
        self._charged = await _do(Calls.charge, await _read(Calls.find_card, code))
        return "charged"

    @workflow.update
    async def ready(self) -> str:
        """Freeze the basket."""
        return "ready"

    @workflow.update
    async def pay(self) -> int:
        """Redeem, collect and post the order."""
        used = await asyncio.gather(
            _do(Calls.redeem, self._code, self._key), _do(Calls.collect, self._reception)
        )
        name = workflow.info().workflow_id
        points = await _do(Calls.order, name, self._contact, self._charged, used)
        self._over = True
        return int(points)


async def _read(method: Any, *args: Any) -> Any:
    return await workflow.execute_local_activity_method(
        method, args=args, start_to_close_timeout=_ATTEMPT
    )


async def _do(method: Any, *args: Any) -> Any:
    return await workflow.execute_activity_method(
        method, args=args, start_to_close_timeout=_ATTEMPT
    )


class Floor:
    """The till: a Temporal client."""

    def __init__(self, temporal: Client) -> None:
        """Take a connection."""
        self._temporal = temporal

    async def play(self, sale: Sale) -> None:
        """Send the till's messages one after another.

        Raises:
            CheckoutFailed: Temporal does not do it.
        """
        try:
            await self._play(sale)
        except TemporalError as failed:
            raise CheckoutFailed(f"{sale.checkout_id}: {failed}") from failed

    async def _play(self, sale: Sale) -> None:
        customer = sale.customer
        sale.checkout_id = f"floor-{uuid4()}"
        with sale.lap("open"):
            till = await self._open(sale.checkout_id, customer.card)
        with sale.lap("voucher"):
            locked = [customer.voucher, customer.voucher_code]
            await till.execute_update(FloorCheckout.voucher, args=locked)
        with sale.lap("reward"):
            await till.execute_update(FloorCheckout.reward)
        with sale.lap("gift card"):
            await till.execute_update(FloorCheckout.giftcard, customer.giftcard_code)
        with sale.lap("ready"):
            await till.execute_update(FloorCheckout.ready)
        with sale.lap("pay"):
            sale.points = await till.execute_update(FloorCheckout.pay)

    async def _open(self, checkout_id: str, card: str) -> WorkflowHandle[FloorCheckout, None]:
        start = WithStartWorkflowOperation(
            FloorCheckout.run,
            id=checkout_id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            task_timeout=_TASK,
        )
        await self._temporal.execute_update_with_start_workflow(
            FloorCheckout.open, card, start_workflow_operation=start
        )
        return await start.workflow_handle()

    async def settle(self, sale: Sale) -> None:
        """Wait for the workflow's end.

        Raises:
            CheckoutFailed: it ended otherwise.
        """
        try:
            await self._temporal.get_workflow_handle(sale.checkout_id).result()
        except TemporalError as failed:
            raise CheckoutFailed(f"{sale.checkout_id}: {failed}") from failed


async def connect(address: str) -> Client:
    """Connect as the floor does."""
    return await Client.connect(address, grpc_compression=GrpcCompression.NONE)


async def work(address: str, sandbox_url: str, ready: Path) -> None:
    """Work until the process is told to stop; the file `ready` says that it does."""
    async with connected(sandbox_url) as http:
        calls = Calls(Vendor(http))
        worker = Worker(
            await connect(address),
            task_queue=QUEUE,
            workflows=[FloorCheckout],
            activities=[
                calls.visit,
                calls.lock,
                calls.claim,
                calls.find_card,
                calls.charge,
                calls.redeem,
                calls.collect,
                calls.order,
            ],
            workflow_runner=UnsandboxedWorkflowRunner(),
            sticky_queue_schedule_to_start_timeout=_STICKY,
        )
        async with worker:
            tell(ready, QUEUE)
            await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(work(os.environ["TEMPORAL_ADDRESS"], sys.argv[2], Path(sys.argv[1])))
