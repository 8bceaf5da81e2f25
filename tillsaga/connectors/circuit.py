"""A vendor that does not answer is left alone for a while: tills hear so at once.

What waits for days asks again by itself, by Temporal's retries. The circuit keeps it, and every
till, from spending a timeout on each question, and a vendor that comes back from being asked by
all at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from purgatory import AsyncCircuitBreakerFactory, ContextChanged, Event
from purgatory.domain.model import CLOSED, OpenedState

from tillsaga.domain.model import Instant, Model

OPENS_AFTER = 5
"""Unusable answers in a row."""


class Unusable(Exception):
    """A vendor gave no answer, or one that nobody can use: of this a circuit takes note."""


class LeftAlone(Exception):
    """The vendor was not asked: it has not answered lately."""


class CircuitState(Model):
    """How a circuit stands, since when, and how often it has opened in this process."""

    is_open: bool
    since: Instant
    times_opened: int = 0


class Circuit:
    """The circuit to one vendor of one store, in one process."""

    def __init__(self, name: str, open_for: timedelta) -> None:
        """Take the vendor's name, and how long it is left alone."""
        self._name = name
        self._probe = asyncio.Lock()
        self._breakers = AsyncCircuitBreakerFactory(
            OPENS_AFTER,
            open_for.total_seconds(),
            exclude=[
                # Who gives up waiting says nothing, but a probe that nobody awaits is no answer.
                (asyncio.CancelledError, lambda _: not self._probe.locked()),
                (Exception, lambda e: not isinstance(e, Unusable)),
            ],
        )
        self._breakers.add_listener(self._moved)
        self.state = CircuitState(is_open=False, since=datetime.now(UTC))

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Ask the vendor inside; an `Unusable` counts against it.

        Until a vendor that was left alone has answered one question, nobody else asks.

        Raises:
            LeftAlone: nothing was asked.
        """
        breaker = await self._breakers.get_breaker(self._name)
        if breaker.context.state == CLOSED:
            async with breaker:
                yield
            return
        if self._probe.locked():
            raise LeftAlone
        try:
            async with self._probe, breaker:
                yield
        except OpenedState:
            raise LeftAlone from None

    def _moved(self, name: str, kind: str, event: Event) -> None:
        if isinstance(event, ContextChanged):
            is_open = event.state != "closed"
            opened = self.state.times_opened + (event.state == "opened")
            since = self.state.since if is_open == self.state.is_open else datetime.now(UTC)
            self.state = CircuitState(is_open=is_open, since=since, times_opened=opened)
