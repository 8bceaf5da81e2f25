"""A Temporal that a test can break: it keeps checkouts, and the first outcome of each Update."""

import asyncio
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue

from api import examples
from api.temporal import (
    Answer,
    Crowded,
    Gone,
    Letter,
    NoAnswer,
    Queue,
    QueueState,
    Start,
    Unreachable,
)
from tillsaga.domain.evidence import BooksAnswer, BooksQuestion
from tillsaga.domain.messages import AppendOffers, Cancel, OpenCheckout, PaymentReport
from tillsaga.domain.model import Json
from tillsaga.domain.reads import LookUpAnswer, LookUpOrder, ScanAnswer, ScanOrder
from tillsaga.domain.view import RefusalBody
from tillsaga.domain.webhooks import Mailbox
from tillsaga.evidence.histories import Histories


def view_of(checkout_id: str, **changes: JsonValue) -> Json:
    view = deepcopy(examples.CHECKOUT)
    del view["links"]
    return {**view, "id": checkout_id, "version": 1} | changes


def refusal(code: str, status: str = "open", *actions: str) -> RefusalBody:
    return RefusalBody(
        code=code, detail="no", current_status=status, allowed_actions=actions or ("read",)
    )


@dataclass
class FakeGateway:
    """Fills the port `Gateway`."""

    views: dict[str, Json] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    handled: list[Letter] = field(default_factory=list)
    heartbeats: list[tuple[str, Start | None]] = field(default_factory=list)
    questions: list[LookUpOrder] = field(default_factory=list)
    erasures: list[str] = field(default_factory=list)
    woken: list[Mailbox] = field(default_factory=list)
    scans: list[ScanOrder] = field(default_factory=list)
    scanned: ScanAnswer = field(default_factory=ScanAnswer)
    is_down: bool = False
    has_worker: bool = True
    is_crowded: bool = False
    is_taking: bool = True
    slow: set[str] = field(default_factory=set)
    refusals: dict[str, RefusalBody] = field(default_factory=dict)
    found: LookUpAnswer = field(default_factory=LookUpAnswer)
    hold: asyncio.Event | None = None
    on_update: Callable[[Letter], None] | None = None
    _outcomes: dict[tuple[str, str], Answer] = field(default_factory=dict)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def have_arrived(self, letters: int) -> None:
        """Wait until so many messages have come in all."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.letters) >= letters)

    async def update(self, letter: Letter, within: float) -> Answer:
        self._reach()
        self.letters.append(letter)
        async with self._arrived:
            self._arrived.notify_all()
        if self.on_update is not None:
            self.on_update(letter)
        if self.is_crowded:
            raise Crowded
        self._start(letter)
        if not self.has_worker or letter.name in self.slow:
            raise NoAnswer
        if self.hold is not None:
            try:
                async with asyncio.timeout(within):
                    await self.hold.wait()
            except TimeoutError as late:
                raise NoAnswer from late
        outcome = (letter.checkout_id, letter.update_id)
        if outcome not in self._outcomes:
            self._outcomes[outcome] = self._handle(letter)
        return self._outcomes[outcome]

    async def answered(self, letter: Letter, run_id: str, within: float) -> Answer | None:
        return None

    async def is_taken(self, letter: Letter, within: float) -> bool:
        return self.has_worker and not self.is_down and self.is_taking

    async def heartbeat(self, checkout_id: str, start: Start | None, within: float) -> None:
        self._reach()
        if start is None and checkout_id not in self.views:
            raise Gone
        if start is not None:
            self.views[checkout_id] = view_of(checkout_id)
        self.heartbeats.append((checkout_id, start))

    async def query(self, checkout_id: str, name: str, within: float) -> JsonValue:
        self._reach()
        if checkout_id not in self.views:
            raise Gone
        if not self.has_worker:
            raise NoAnswer
        view = self.views[checkout_id]
        if name == "plan":
            return [{"operation": "payment", "amount": 150, "stage": "pivot"}]
        if name == "receipt":
            return {**deepcopy(examples.RECEIPT), "checkout_id": checkout_id}
        return deepcopy(view)

    async def look_up(self, order: LookUpOrder, within: float) -> LookUpAnswer:
        self._reach()
        if not self.has_worker:
            raise NoAnswer
        self.questions.append(order)
        return self.found

    async def scan(self, order: ScanOrder, within: float) -> ScanAnswer:
        self._reach()
        if not self.has_worker:
            raise NoAnswer
        self.scans.append(order)
        return self.scanned

    async def erase(self, erasure_id: str, within: float) -> None:
        self._reach()
        self.erasures.append(erasure_id)
        if not self.has_worker:
            raise NoAnswer

    async def wake_webhooks(self, mailbox: Mailbox, within: float) -> None:
        self._reach()
        self.woken.append(mailbox)

    async def read_books(self, question: BooksQuestion, within: float) -> BooksAnswer:
        self._reach()
        if not self.has_worker:
            raise NoAnswer
        return BooksAnswer(says="not_found", asked_at=datetime.now(UTC))

    async def histories(self, checkout_id: str, runs: Sequence[str]) -> Histories:
        return Histories(missing=["all runs: this Temporal is a fake"])

    async def queues(self, queues: Sequence[Queue], within: float) -> list[QueueState]:
        self._reach()
        return [QueueState(*queue, self.has_worker * 1, 0, 0.0) for queue in queues]

    async def is_up(self, within: float) -> bool:
        return not self.is_down

    def end(self, checkout_id: str, *, forget: bool = True) -> Json:
        """Close the run; with `forget` Temporal has dropped its history too."""
        if forget:
            self._outcomes = {k: v for k, v in self._outcomes.items() if k[0] != checkout_id}
        return self.views.pop(checkout_id)

    def change(self, checkout_id: str, **changes: JsonValue) -> Json:
        view = self.views[checkout_id]
        version = view["version"]
        assert isinstance(version, int)
        self.views[checkout_id] = {**view, "version": version + 1, **changes}
        return self.views[checkout_id]

    def _reach(self) -> None:
        if self.is_down:
            raise Unreachable

    def _start(self, letter: Letter) -> None:
        if letter.checkout_id in self.views:
            return
        known = (letter.checkout_id, letter.update_id) in self._outcomes
        has_run = any(id_ == letter.checkout_id for id_, _ in self._outcomes)
        if known:
            return
        if letter.start is None or (has_run and not letter.start.again):
            raise Gone
        self.views[letter.checkout_id] = view_of(
            letter.checkout_id,
            version=0,
            store_id=letter.start.order.terms.store_id,
            terminal_id=letter.start.order.terminal_id,
            previous_id=letter.start.order.previous_id,
        )

    def _handle(self, letter: Letter) -> Answer:
        self.handled.append(letter)
        checkout_id = letter.checkout_id
        refused = self.refusals.get(letter.name)
        if refused is not None:
            return Answer(409, self.views[checkout_id], refused)
        match letter.message:
            case OpenCheckout():
                status = 201 if self.views[checkout_id]["version"] == 0 else 200
                return Answer(status, self.change(checkout_id))
            case AppendOffers():
                return Answer(200, self.change(checkout_id), None, deepcopy(examples.APPENDED))
            case PaymentReport(status="captured"):
                return Answer(200, self.change(checkout_id, status="completed"))
            case Cancel():
                return Answer(200, self.change(checkout_id, status="cancelled"))
        return Answer(200, self.change(checkout_id))
