"""A shop with everything real but the vendors: Temporal, worker, records, and the sandbox."""

import asyncio
import shutil
import socket
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import uvicorn
import yaml
from pydantic import BaseModel
from temporalio.api.testservice.v1 import LockTimeSkippingRequest, UnlockTimeSkippingRequest
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.converter import DataConverter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.support.contract import insist_on_declared
from tests.support.receiver import Receiver, environ, listening
from tests.support.stores import ENVIRON, stores_yaml
from tests.support.template import template_database
from tillsaga.codec import data_converter
from tillsaga.domain import messages as m
from tillsaga.domain.messages import Context
from tillsaga.domain.shown import shown_in, with_tokens
from tillsaga.domain.view import Reply, StartCheckout
from tillsaga.keyring import KeyRing
from tillsaga.records.database import open_database
from tillsaga.sandbox import world
from tillsaga.sandbox.app import create_app
from tillsaga.stores import load_stores
from tillsaga.terms import terms_of
from worker.temporal import register_search_attributes
from worker.wiring import Wiring, build_workers, wire


def flat_whites(quantity: int = 2, **more: Any) -> dict[str, Any]:
    """A line of flat whites at 3.50."""
    return {
        "line_id": "1",
        "sku": world.COFFEE,
        "title": "Flat white",
        "quantity": str(quantity),
        "unit_amount": 3_50,
        "categories": ["drinks"],
    } | more


def basket(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A basket of these lines under a fresh id; two flat whites and a cake without any."""
    cake = {"line_id": "2", "sku": "CAKE", "title": "Cheesecake", "unit_amount": 4_50}
    return {
        "id": str(uuid.uuid4()),
        "currency": "EUR",
        "lines": list(lines) or [flat_whites(), cake],
    } | more


UNREADY = {RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.UNAVAILABLE}
"""What a query is answered while a workflow that was reset is not through its first tasks."""


class Checkout:
    """One checkout as its till drives it: each method is one message."""

    def __init__(self, shop: "Shop", handle: WorkflowHandle[Any, Any]) -> None:
        self.shop = shop
        self.handle = handle
        self.id = handle.id
        self.view: Any = {}

    async def say(self, name: str, message: BaseModel, update_id: str | None = None) -> Reply:
        """Send a till message and take the answer."""
        hidden = await self.shop.hidden(message, self.id)
        reply: Reply = await self.handle.execute_update(
            name, args=[hidden, Context()], id=update_id, result_type=Reply
        )
        if reply.refusal is not None:
            insist_on_declared(name, reply.refusal.code)
        self.view = reply.checkout
        return reply

    async def ok(self, name: str, message: BaseModel) -> dict[str, Any]:
        """Send a message that must not be refused; answers the view."""
        reply = await self.say(name, message)
        assert reply.refusal is None, reply.refusal
        return reply.checkout

    async def refused(self, name: str, message: BaseModel) -> str:
        """Send a message that must be refused; answers the code."""
        reply = await self.say(name, message)
        assert reply.refusal is not None, "it was not refused"
        return reply.refusal.code

    async def identify(self, card: str = world.ANN_CARD) -> dict[str, Any]:
        return await self.ok("identify", m.Identify(type="card", value=card))

    async def offer(self, offer_id: str) -> dict[str, Any]:
        return await self.ok("apply_offer", m.ApplyOffer(offer_id=offer_id))

    async def scan(self, code: str) -> dict[str, Any]:
        return await self.ok("apply_offer", m.ApplyOffer(code=code))

    async def giftcard(self, code: str, amount: int | None = None) -> dict[str, Any]:
        message = m.AddTender(type="giftcard", reference=code, amount=amount)
        return await self.ok("add_tender", message)

    async def prepaid(self, amount: int | None = None) -> dict[str, Any]:
        return await self.ok("add_tender", m.AddTender(type="prepaid", amount=amount))

    async def points(self, amount: int | None = None) -> dict[str, Any]:
        return await self.ok("add_tender", m.AddTender(type="points", amount=amount))

    async def ready(self) -> int:
        """Freeze the basket; answers what is due."""
        seen = await self.ok("ready", m.MakeReady())
        return int(seen["totals"]["due_amount"])

    async def pay(self, amount: int, status: str = "captured", **more: Any) -> dict[str, Any]:
        return await self.ok("payment", payment(amount, status, **more))

    async def seen(self) -> dict[str, Any]:
        """Ask for the view."""
        return dict(await self.handle.query("checkout"))

    async def ended(self) -> str:
        """Wait for the workflow's end; answers the final status."""
        if not self.shop.env.supports_time_skipping:
            return str(await self.handle.result())
        async with self.shop.time_skipped():
            return str(await self.handle.result())

    async def becomes(self, status: str) -> dict[str, Any]:
        """Wait until the checkout has a status."""
        return await self.until(lambda seen: seen["status"] == status)

    async def until(self, holds: Any, seconds: float = 20) -> dict[str, Any]:
        """Wait until something holds of the view."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    seen = await self.seen()
                except RPCError as failed:
                    if failed.status not in UNREADY:
                        raise
                else:
                    if holds(seen):
                        return seen
                await asyncio.sleep(0.02)


def payment(amount: int, status: str = "captured", **more: Any) -> m.PaymentReport:
    """A card payment report."""
    fields = {"status": status, "type": "card", "amount": amount, "reference": "card-1"}
    return m.PaymentReport.model_validate(fields | more)


class Workers:
    """The workers of a shop, which can be stopped and built anew."""

    def __init__(self, build: Callable[[], Awaitable[Sequence[Worker]]]) -> None:
        self._build = build

    async def start(self) -> None:
        """Build them and let them work; their caches are empty."""
        self._workers = await self._build()
        _have_time(self._workers)
        self._running = [asyncio.create_task(worker.run()) for worker in self._workers]

    async def stop(self) -> None:
        """Stop them, after the grace that they were built with."""
        await asyncio.gather(*(worker.shutdown() for worker in self._workers))
        await asyncio.gather(*self._running)


class Shop:
    """A store with one till, its worker, its records, and its vendors."""

    def __init__(
        self,
        env: WorkflowEnvironment,
        wiring: Wiring,
        http: httpx.AsyncClient,
        queue: str,
        workers: Workers,
    ) -> None:
        self.env = env
        self.workers = workers
        self.client: Client = env.client
        self.wiring = wiring
        self.store = wiring.stores.stores[0]
        self.http = http
        self.queue = queue
        self._skipping = 0
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def time_skipped(self) -> AsyncIterator[None]:
        """Let time fly while nobody works. The server fails on two that ask at once."""
        service = self.client.test_service
        async with self._lock:
            self._skipping += 1
            if self._skipping == 1:
                await service.unlock_time_skipping(UnlockTimeSkippingRequest())
        try:
            yield
        finally:
            async with self._lock:
                self._skipping -= 1
                if not self._skipping:
                    await service.lock_time_skipping(LockTimeSkippingRequest())

    async def open(self, sold: dict[str, Any] | None = None, *cards: str, **more: Any) -> Checkout:
        """Open a checkout that must not be refused."""
        checkout, reply = await self.try_open(sold, *cards, **more)
        assert reply.refusal is None, reply.refusal
        return checkout

    async def try_open(
        self, sold: dict[str, Any] | None = None, *cards: str, **more: Any
    ) -> tuple[Checkout, Reply]:
        """Open a checkout as the door does: the bill's row first, then Update-with-Start."""
        message = m.OpenCheckout.model_validate(
            {
                "store_id": self.store.id,
                "terminal_id": "till-1",
                "basket": sold or basket(),
                "identifiers": [{"type": "card", "value": card} for card in cards],
            }
            | more
        )
        start = self.start_for(f"chk_{uuid.uuid4().hex[:16].upper()}").model_copy(
            update={"cashier_id": message.cashier_id}
        )
        await self.wiring.checkouts.open_bill(
            self.store.id, message.basket.id, "f", "till-1", lambda _: start.checkout_id
        )
        handle, reply = await self.with_start(start, "open", message)
        checkout = Checkout(self, handle)
        checkout.view = reply.checkout
        return checkout, reply

    async def hidden(self, message: BaseModel, checkout_id: str) -> BaseModel:
        """Put what a customer shows into tokens, as the door does."""
        tokens = await self.wiring.vault.keep(shown_in(message), checkout_id=checkout_id)
        return with_tokens(message, tokens)

    def start_for(self, checkout_id: str, *, resumed: bool = False) -> StartCheckout:
        return StartCheckout(
            checkout_id=checkout_id,
            terms=terms_of(self.store, "till-1"),
            terminal_id="till-1",
            created_at=datetime.now(UTC),
            resumed=resumed,
        )

    async def with_start(
        self,
        start: StartCheckout,
        name: str,
        message: BaseModel,
        context: Context | None = None,
        update_id: str | None = None,
    ) -> tuple[WorkflowHandle[Any, Any], Reply]:
        message = await self.hidden(message, start.checkout_id)
        reuse = (
            WorkflowIDReusePolicy.ALLOW_DUPLICATE
            if start.resumed
            else WorkflowIDReusePolicy.REJECT_DUPLICATE
        )
        operation: WithStartWorkflowOperation[Any, str] = WithStartWorkflowOperation(
            "Checkout",
            start,
            id=start.checkout_id,
            task_queue=self.queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=reuse,
            task_timeout=TASK,
            result_type=str,
        )
        reply = await self.client.execute_update_with_start_workflow(
            name,
            args=[message, context or Context()],
            id=update_id,
            start_workflow_operation=operation,
            result_type=Reply,
        )
        if reply.refusal is not None:
            insist_on_declared(name, reply.refusal.code)
        return await operation.workflow_handle(), reply

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"/_sandbox{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def fault(
        self, kind: str, operation: str | None, vendor: str = "leat", **more: Any
    ) -> None:
        rule = {"vendor": vendor, "kind": kind, "operation": operation} | more
        await self.control("POST", "/faults", rule)

    async def switch(self, vendor: str, **values: Any) -> None:
        """Let a vendor behave otherwise."""
        await self.control("POST", "/switches", {vendor: values})

    async def asked(self, vendor: str) -> list[str]:
        """The operations that a vendor was asked for, oldest first."""
        log = (await self.control("GET", "/requests"))["requests"]
        return [entry["operation"] for entry in log if entry["vendor"] == vendor]

    async def mend(self) -> None:
        """Take all faults away."""
        await self.control("DELETE", "/faults")

    async def books(self, vendor: str = "leat") -> Any:
        return await self.control("GET", f"/books/{vendor}")


@asynccontextmanager
async def open_shop(
    folder: Path,
    *,
    policy: str = "",
    kinds: Sequence[str] = ("leat",),
    max_cached_workflows: int = 1000,
    skips_time: bool = True,
    database_url: str | None = None,
    settings: Mapping[str, dict[str, Any]] | None = None,
    keys: str | None = None,
    hire: "Hire | None" = None,
    receivers: Sequence[Receiver] = (),
) -> AsyncIterator[Shop]:
    """Open the doors of a store with vendors of these kinds; everything is gone afterwards.

    `settings` are added to a vendor's own, by kind. `keys` encrypt what Temporal keeps.
    `hire` makes the workers. `receivers` hear of the store by webhook.

    Without `skips_time` on the real server, which can reset, list and schedule.
    """
    if database_url is None:
        shutil.copy(template_database(), folder / "records.db")
        database_url = f"sqlite:///{folder / 'records.db'}"
    temporal = _time_skipping if skips_time else real_temporal
    ring = KeyRing.parse(keys) if keys else None
    converter = data_converter(ring)
    async with _sandbox() as base_url, temporal(converter) as env:
        path = folder / "stores.yaml"
        said = yaml.safe_load(f"{{{policy}}}")
        hooks = listening(*receivers)
        path.write_text(stores_yaml(base_url, kinds, said, settings, hooks))
        secrets = ENVIRON | environ(*receivers)
        wiring = wire(load_stores(path, secrets), open_database(database_url), ring=ring)
        queue = f"shop-{uuid.uuid4().hex[:8]}"
        workers = Workers(
            lambda: (hire or _hire)(
                env.client, wiring, queue, max_cached_workflows=max_cached_workflows
            )
        )
        # Shorter than the sandbox keeps an idle connection, which a slow test would find closed.
        limits = httpx.Limits(keepalive_expiry=2)
        async with httpx.AsyncClient(base_url=base_url, timeout=30, limits=limits) as http:
            await workers.start()
            try:
                yield Shop(env, wiring, http, queue, workers)
            finally:
                await workers.stop()
                await wiring.close()


def _have_time(workers: Sequence[Worker]) -> None:
    """A workflow's task may take its time: a busy machine is no deadlock, and none is feared here.

    The SDK interrupts it after two seconds wherever it stands, even in a clean-up, and offers no
    setting but its debug mode, which runs workflows in the worker's own thread.
    """
    for worker in workers:
        if worker._workflow_worker is not None:
            worker._workflow_worker._deadlock_timeout_seconds = 60


TASK = timedelta(seconds=10)
"""Longer than the product's own: where many servers share a processor, a task takes its time."""

STARTING = timedelta(minutes=1)
"""How long a server may take to start on a machine that does other things beside."""

Hire = Callable[..., Awaitable[Sequence[Worker]]]
"""Makes the workers, of what `build_workers` takes."""


async def _hire(client: Client, wiring: Wiring, queue: str, **options: Any) -> Sequence[Worker]:
    return build_workers(client, wiring, queue, **options)


@asynccontextmanager
async def real_temporal(converter: DataConverter) -> AsyncIterator[WorkflowEnvironment]:
    """Start a server whose clock is ours."""
    knobs = {
        "history.transferProcessorMaxPollRPS": "5000",
        "history.timerProcessorMaxPollRPS": "5000",
        "history.timerProcessorMaxTimeShift": '"10ms"',
        "matching.wv.VersionDrainageStatusVisibilityGracePeriod": '"1s"',
        "matching.wv.VersionDrainageStatusRefreshInterval": '"1s"',
    }
    flags = [("--dynamic-config-value", f"{name}={value}") for name, value in knobs.items()]
    env = await WorkflowEnvironment.start_local(
        data_converter=converter,
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"),
        dev_server_startup_timeout=STARTING,
        dev_server_extra_args=[part for flag in flags for part in flag],
    )
    async with env:
        await register_search_attributes(env.client)
        yield env


@asynccontextmanager
async def _time_skipping(converter: DataConverter) -> AsyncIterator[WorkflowEnvironment]:
    env = await WorkflowEnvironment.start_time_skipping(
        data_converter=converter,
        test_server_existing_path=test_server(),
        test_server_startup_timeout=STARTING,
    )
    async with env:
        await register_search_attributes(env.client)
        yield env


@cache
def test_server() -> str:
    """The time-skipping server that its package put beside Python."""
    return str(Path(sys.executable).parent / "temporal-test-server")


@asynccontextmanager
async def _sandbox() -> AsyncIterator[str]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(),
        log_level="critical",
        access_log=False,
        lifespan="on",
        timeout_keep_alive=75,  # as the sandbox itself has it
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    try:
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listening.close()
