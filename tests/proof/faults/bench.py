"""Effect activities on real records, retried as Temporal does, by a clock that can be moved on."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.effects import EffectActivities
from tests.connectors.sandbox_server import Control
from tests.proof.faults.faults import Fault
from tests.proof.faults.scenes import Scene
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.registry import KINDS, OpenConnector
from tillsaga.domain.effects import Done, EffectOrder, Outcome, Timing
from tillsaga.domain.ports import Connector
from tillsaga.domain.waiting import FOR_DAYS, backoff
from tillsaga.errors import Unavailable
from tillsaga.records.effects import SqlEffectBook

OUTAGE = timedelta(hours=6)
MOST_ATTEMPTS = 120
CLOSELY = 5
"""Attempts as close together as the policy has them; then one in an hour stands for twelve."""
AT_ONCE = timedelta(milliseconds=1)
# Hours pass in no time here: a circuit that stayed open would keep all attempts from being made.
PATIENT = Timing(http_timeout=timedelta(seconds=60), circuit_open_for=AT_ONCE)
HASTY = Timing(http_timeout=timedelta(milliseconds=500), circuit_open_for=AT_ONCE)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


class MovedClock:
    """The time of the records, the connectors and the activities; the sandbox's moves with it."""

    def __init__(self, tell_sandbox: Callable[[int], None]) -> None:
        self._tell = tell_sandbox
        self.moved = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def move(self, by: timedelta) -> None:
        seconds = max(1, round(by / SECOND))
        self.moved += seconds * SECOND
        self._tell(seconds)


class Book(SqlEffectBook):
    """The records; they count how often an answer was lost."""

    lost_answers = 0

    async def lost(self, key: str) -> None:
        self.lost_answers += 1
        await super().lost(key)

    async def undo_lost(self, key: str) -> None:
        self.lost_answers += 1
        await super().undo_lost(key)


class OneVendor:
    """All vendors of all stores: this one."""

    def __init__(self, connector: OpenConnector) -> None:
        self.connector = connector

    def of(self, store_id: str, provider: str) -> Connector:
        return self.connector


class Bench:
    """One effect at one vendor, with records of its own."""

    def __init__(self, scene: Scene, box: Control, book: Book, clock: MovedClock) -> None:
        self._scene, self._box, self._book, self._clock = scene, box, book, clock
        self._fault: Fault | None = None
        self.attempts = 0
        box.switch_all(scene.switches)
        self._open = [_connector(scene.config(box, t), book, clock) for t in (PATIENT, HASTY)]
        self._vendor = OneVendor(self._open[0])
        self._effects = EffectActivities(self._vendor, book, clock)

    @property
    def connector(self) -> OpenConnector:
        return self._vendor.connector

    async def aclose(self) -> None:
        for connector in self._open:
            await connector.aclose()

    async def asked(self) -> EffectOrder:
        """What a checkout asks for; what comes before it is done, and recorded."""
        order: EffectOrder = await self._scene.ask(_Earlier(self))
        return order

    @property
    def lost_answers(self) -> int:
        """How many answers could not be used."""
        return self._book.lost_answers

    def trace(self) -> object:
        return self._scene.trace(self._box)

    def break_(self, operation: str, fault: Fault, times: int | None) -> None:
        """Let calls go wrong, but not those of the same name that come before the one meant."""
        self._fault = fault
        self._vendor.connector = self._open[fault.slow]
        scene, rule = self._scene, dict(fault.rule)
        if fault.every_call:
            self._box.rule(scene.vendor, None, times=times, **rule)
            return
        if fault.refuses:
            rule |= scene.refusal
        if operation == scene.do:
            rule["after"] = scene.skip
        self._box.rule(scene.vendor, operation, times=times, **rule, **scene.only)

    async def once(self, name: str, order: EffectOrder) -> Outcome:
        """One attempt, as for a till that waits and hears of the doubt."""
        try:
            return await self._attempt(name, order.model_copy(update={"patient": False}), 1)
        except Unavailable:
            return Outcome(status="not_sent")
        finally:
            self._await_late_effects()

    async def insist(self, name: str, order: EffectOrder) -> Outcome:
        """Try until there is an end, for days if need be; after six hours nothing is broken."""
        patient = order.model_copy(update={"patient": True})
        began = self._clock.moved
        closely = 3 if self._fault and self._fault.slow else CLOSELY
        for attempt in range(1, MOST_ATTEMPTS):
            self.attempts = attempt
            try:
                return await self._attempt(name, patient, attempt)
            except Unavailable as unknown:
                wish = unknown.next_retry_delay or timedelta(0)
            self._await_late_effects()
            sparse = HOUR if attempt > closely else timedelta(0)
            self._clock.move(max(wish, backoff(FOR_DAYS, attempt), sparse))
            if self._clock.moved - began > OUTAGE:
                self._box.mend()
        raise AssertionError("it never ends")

    async def _attempt(self, name: str, order: EffectOrder, attempt: int) -> Outcome:
        env = ActivityEnvironment()
        env.info = replace(env.info, attempt=attempt)
        work: Callable[[EffectOrder], Awaitable[Outcome]] = getattr(self._effects, name)
        outcome: Outcome = await env.run(work, order)
        return outcome

    def _await_late_effects(self) -> None:
        """Real milliseconds go by; the moved clock stands still meanwhile."""
        while self._fault and self._fault.late and self._box.late():
            pass


class _Earlier:
    """The connector as an ask sees it: what it does on the way goes through the records too."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bench.connector, name)

    def operator(self, _: str) -> "_Earlier":
        return self

    async def do(self, order: EffectOrder) -> Done:
        outcome = await self._bench.insist("do", order)
        assert outcome.done is not None, outcome
        return outcome.done


def _connector(config: ConnectorConfig, book: SqlEffectBook, clock: MovedClock) -> OpenConnector:
    async def owned(transaction_id: str) -> bool:
        return await book.owner(config.kind, transaction_id) is not None

    # Every vendor's class takes the time as well, which the registry has no need to know.
    make: Callable[..., OpenConnector] = KINDS[config.kind]
    return make(config, owned, clock.now)
