"""Whether a worker process lives and whether it can work, and how it leaves."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import structlog

from tillsaga.errors import Unavailable

CHECK_SECONDS = 1.0
"""For each question whether something answers."""

_log = structlog.get_logger("tillsaga.worker")


class Poller(Protocol):
    """A worker of the SDK: it takes tasks from one queue."""

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        ...


class Departure:
    """The first SIGTERM or SIGINT asks the process to finish what it has in hand and go."""

    def __init__(self, leave_at_once: Callable[[int], None] = os._exit) -> None:
        """Take how to go without finishing anything."""
        self._asked = asyncio.Event()
        self._leave_at_once = leave_at_once

    @property
    def has_begun(self) -> bool:
        """Whether it was asked."""
        return self._asked.is_set()

    def listen(self) -> None:
        """Hear the signals from now on, on the running loop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.ask)

    def ask(self) -> None:
        """Ask it to go. Whoever asks twice does not wait, and what is in hand is begun anew."""
        if self.has_begun:
            _log.warning("worker_left_at_once")
            self._leave_at_once(1)
        self._asked.set()

    async def asked(self) -> None:
        """Wait until it is asked."""
        await self._asked.wait()


class Life:
    """What the probes are told.

    It lives while all of its pollers do: one that has died takes no task for ever, and only a
    new process helps. Temporal and the records that do not answer are no reason for one.
    """

    def __init__(
        self,
        pollers: Sequence[Poller],
        departure: Departure,
        questions: Mapping[str, Callable[[], Awaitable[bool]]],
    ) -> None:
        """Take the pollers, how the process leaves, and what it needs, by name."""
        self._pollers = pollers
        self._departure = departure
        self._questions = questions

    @property
    def is_alive(self) -> bool:
        """Whether nothing but a new process helps; one that leaves is let go in its own time."""
        return self._departure.has_begun or all(each.is_running for each in self._pollers)

    async def checks(self) -> dict[str, str]:
        """Say of each thing that it needs whether it is `ok`."""
        if self._departure.has_begun:
            return {"pollers": "draining"}
        answers = await asyncio.gather(*map(_answers, self._questions.values()))
        told = zip(self._questions, answers, strict=True)
        pollers = {"pollers": "ok" if self.is_alive else "down"}
        return pollers | {name: "ok" if answer else "down" for name, answer in told}


async def _answers(question: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await question()
    except (TimeoutError, Unavailable):
        return False
