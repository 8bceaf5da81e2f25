"""Tills that speak to one checkout over HTTP, and the order in which the checkout heard them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import httpx
from temporalio.api.enums.v1 import EventType
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    WorkflowExecutionStatus,
    WorkflowUpdateHandle,
)

from tests.api.till import Till
from tests.proof.disorder.traces import Message
from tests.proof.disorder.worlds import World
from tests.support.shop import Shop
from tillsaga.domain.checkout import FINAL
from tillsaga.domain.messages import Context
from tillsaga.errors import REFUSALS

Json = dict[str, Any]

AGAIN = ("request_in_progress", "rate_limited", "service_unavailable")
"""What tells a till to send the same request again."""
PATIENCE = 0.5
"""How long it waits before, in seconds; in a crowd everybody comes again."""
AT_THE_DOOR = ("checkout_not_found", "invalid_request", "idempotency_key_reused", "refund_exists")
"""Refusals that say nothing of a checkout's state."""
_ACCEPTED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED


@dataclass(frozen=True)
class Answer:
    """What a till heard of one request."""

    message: Message
    key: str
    http: httpx.Response

    @property
    def body(self) -> Json:
        """The checkout, the refund, or the problem."""
        return dict(self.http.json())

    @property
    def code(self) -> str | None:
        """Why it was refused."""
        return str(self.body["code"]) if self.http.status_code >= 400 else None

    @property
    def changed(self) -> bool:
        """Whether the checkout took it: granted, or a fact that it keeps though it does not fit."""
        is_fact = self.message.name in ("payment", "correct_payment")
        is_money = is_fact and (self.message.body or {})["status"] == "captured"
        return self.code is None or (is_money and self.code == "payment_mismatch")

    def checked(self) -> "Answer":
        """The answer, which is a success or a refusal that a till can act upon."""
        status, body = self.http.status_code, self.body
        if self.code is None:
            assert status in (200, 201, 202), status
            return self
        assert status < 500, body
        assert (self.code in REFUSALS, body["status"]) == (True, status), body
        if self.code not in AT_THE_DOOR:
            assert body["allowed_actions"], body
            assert body["current_status"], body
        return self


class Runs(Interceptor, OutboundInterceptor):
    """Remembers which runs of a checkout's workflow took its messages."""

    def __init__(self) -> None:
        self.of: dict[str, list[str]] = {}

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Stand between the door and Temporal."""
        OutboundInterceptor.__init__(self, next)
        return self

    async def start_workflow_update(
        self,
        input: StartWorkflowUpdateInput,
    ) -> WorkflowUpdateHandle[Any]:
        """Send an Update."""
        return self._noted(await self.next.start_workflow_update(input))

    async def start_update_with_start_workflow(
        self,
        input: Any,
    ) -> WorkflowUpdateHandle[Any]:
        """Start a workflow, or meet it, with an Update."""
        return self._noted(await self.next.start_update_with_start_workflow(input))

    def _noted(self, handle: WorkflowUpdateHandle[Any]) -> WorkflowUpdateHandle[Any]:
        runs = self.of.setdefault(handle.workflow_id, [])
        if handle.workflow_run_id and handle.workflow_run_id not in runs:
            runs.append(handle.workflow_run_id)
        return handle


def watched(client: Client, runs: Runs) -> Client:
    """The same client, with somebody who writes down which run took what."""
    return Client(**(client.config() | {"interceptors": [runs]}))


@dataclass
class Sale:
    """One bill in a world of its own, and what its tills have heard so far."""

    shop: Shop
    till: Till
    runs: Runs
    world: World
    checkout_id: str = ""
    answers: list[Answer] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    async def say(self, message: Message, key: str | None = None) -> Answer:
        """Send a message; a till that is told to come back does so with the same key."""
        key = key or f"{self.world.actual['bill']}-{next(self._numbers)}"
        async with asyncio.timeout(120):
            answer = Answer(message, key, await self._send(message, key))
            while answer.code in AGAIN:
                await asyncio.sleep(PATIENCE)
                answer = Answer(message, key, await self._send(message, key))
        self.answers.append(answer.checked())
        if message.name == "open" and not self.checkout_id:
            self.checkout_id = str(answer.body["id"])
        return answer

    async def _send(self, message: Message, key: str) -> httpx.Response:
        method, path = _where(message)
        path = self.world.spoken(path)
        home = "/v1/checkouts" if message.name == "open" else f"/v1/checkouts/{self.checkout_id}"
        body = self.world.spoken(message.body) if message.body is not None else None
        if body is not None and message.name == "open":
            body |= {"store_id": self.shop.store.id, "terminal_id": "till-1"}
        named = {"X-Request-Id": key}
        return await self.till.send(method, home + path, body, key=key, headers=named)

    async def view(self) -> Json:
        """What any till may read."""
        return dict((await self.till.get(f"/v1/checkouts/{self.checkout_id}")).json())

    async def end(self) -> Json:
        """Give up what is not sold, and wait until nothing goes on; answers the view."""
        if (await self.view())["status"] in ("open", "ready"):
            await self.say(Message("cancel", {"reason": "closing time"}))
        async with asyncio.timeout(300):
            while not await self._is_over():  # noqa: ASYNC110 - Temporal has no event for it
                await asyncio.sleep(0.02)
        return await self.view()

    async def _is_over(self) -> bool:
        handle = self.shop.client.get_workflow_handle(self.checkout_id)
        described = await handle.describe()
        if described.status is WorkflowExecutionStatus.RUNNING:
            return False
        return (await self.view())["status"] in FINAL

    async def heard(self) -> list[Answer]:
        """The messages that the checkout has taken, in the order of its history."""
        by_key = {answer.key: answer for answer in self.answers}
        return [by_key[key] for key in await self._accepted() if key in by_key]

    async def _accepted(self) -> list[str]:
        """The keys in the order in which the workflow's history accepts their Updates."""
        told: list[tuple[Any, list[str]]] = []
        for run_id in self.runs.of.get(self.checkout_id, []):
            handle = self.shop.client.get_workflow_handle(self.checkout_id, run_id=run_id)
            events = [event async for event in handle.fetch_history_events()]
            accepted = [event for event in events if event.event_type == _ACCEPTED]
            keys = [await self._key(event) for event in accepted]
            told.append((events[0].event_time.ToNanoseconds(), keys))
        return [key for _, keys in sorted(told) for key in keys]

    async def _key(self, event: Any) -> str:
        """The request that an Update was: the door passes its id on."""
        attributes = event.workflow_execution_update_accepted_event_attributes
        context = attributes.accepted_request.input.args.payloads[1]
        (read,) = await self.shop.client.data_converter.decode([context], [Context])
        return str(read.request_id)


async def books(shop: Shop) -> dict[str, Json]:
    """What the books of a store's vendors say, by vendor."""
    kinds = [provider.kind for provider in shop.store.providers]
    return {kind: await shop.books(kind) for kind in kinds}


_PATHS = {
    "open": ("POST", ""),
    "put_basket": ("PUT", "/basket"),
    "identify": ("POST", "/identifiers"),
    "apply_offer": ("POST", "/offers"),
    "remove_offer": ("DELETE", "/offers/{}"),
    "add_tender": ("POST", "/tenders"),
    "remove_tender": ("DELETE", "/tenders/{}"),
    "ready": ("POST", "/ready"),
    "reopen": ("POST", "/reopen"),
    "payment": ("POST", "/payments"),
    "correct_payment": ("POST", "/payments/{}/correct"),
    "cancel": ("POST", "/cancel"),
    "refund": ("POST", "/refunds"),
}


def _where(message: Message) -> tuple[str, str]:
    method, path = _PATHS[message.name]
    return method, path.format(message.subject)


async def run_straight(sale: Sale, messages: Sequence[Message]) -> list[Message]:
    """Run a trace as it stands; answers its words with their amounts."""
    said: list[Message] = []
    due = paid = 0
    for message in messages:
        words = message
        if message.part:
            amount = {"all": due, "half": due // 2, "rest": due - paid, "same": paid}[message.part]
            paid = amount
            words = replace(message, body={**(message.body or {}), "amount": amount}, part="")
        answer = await sale.say(words)
        due = int(answer.body.get("totals", {}).get("due_amount", due)) if _prices(message) else due
        said.append(words)
    return said


def _prices(message: Message) -> bool:
    return message.name not in ("payment", "correct_payment", "refund", "cancel")
