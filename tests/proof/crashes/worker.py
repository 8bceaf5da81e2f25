"""The product's worker, made mortal: `python -m tests.proof.crashes.worker FOLDER NUMBER`.

The process loads everything once and forks NUMBER workers; one that was killed is replaced at
once, as by any supervisor. A worker differs from the product's in one class alone: it says where
each effect has got to (see `points`).
"""

import asyncio
import os
import signal
import sys
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

import worker.wiring
from activities.effects import EffectActivities
from tests.proof.crashes import points
from tests.proof.crashes.points import Mortality
from tillsaga.domain.effects import EffectOrder, Outcome
from tillsaga.domain.ports import Clock, Connectors, EffectBook
from tillsaga.settings import Settings
from worker.main import serve

PIDS = "workers"
"""The file in the folder that says which workers live, a process id a line."""


@dataclass
class Call:
    """The effect that is being worked on, and its call as far as it has got."""

    order: EffectOrder
    side: str = ""
    answers: int = 0
    open: bool = False


_call: ContextVar[Call] = ContextVar("call")


async def _reach(mortality: Mortality, at: str, answer: int = 0) -> None:
    call = _call.get()
    order = call.order
    effect, till = f"{order.operation} at {order.provider}", order.terminal_id or ""
    await mortality.reach(till, order.key, effect, call.side, at, answer)


OPENS = {"begin": "do", "calling": "do", "undo_begin": "undo", "undo_calling": "undo"}
CLOSES = ("applied", "refused", "manual", "undone", "undo_manual", "not_sent", "lost")


class WatchedBook:
    """The effect records, with a point before and after whatever is written to them."""

    def __init__(self, book: EffectBook, mortality: Mortality) -> None:
        self._book, self._mortality = book, mortality

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._book, name)
        if name in OPENS:
            return partial(self._opening, OPENS[name], method)
        return partial(self._closing, method) if name in CLOSES else method

    async def _opening(self, side: str, method: Any, *args: Any) -> Any:
        call = _call.get()
        call.side, call.answers = side, 0
        await _reach(self._mortality, points.BEFORE_RECORD)
        answer = await method(*args)
        call.open = answer[1] if isinstance(answer, tuple) else answer
        if call.open:
            await _reach(self._mortality, points.BEFORE_CALL)
        return answer

    async def _closing(self, method: Any, *args: Any) -> Any:
        call = _call.get()
        if not call.open:
            return await method(*args)
        call.open = False
        await _reach(self._mortality, points.BEFORE_NOTE)
        answer = await method(*args)
        await _reach(self._mortality, points.BEFORE_REPORT)
        return answer


class MortalEffects(EffectActivities):
    """The product's activities on watched records."""

    mortality: Mortality

    def __init__(self, connectors: Connectors, book: EffectBook, clock: Clock) -> None:
        watched: Any = WatchedBook(book, self.mortality)
        super().__init__(connectors, watched, clock)

    async def do(self, order: EffectOrder) -> Outcome:
        _call.set(Call(order))
        return await super().do(order)

    async def undo(self, order: EffectOrder) -> Outcome:
        _call.set(Call(order))
        return await super().undo(order)

    async def settle(self, order: EffectOrder) -> Outcome:
        _call.set(Call(order))
        return await super().settle(order)


def watch_answers(mortality: Mortality) -> None:
    """Put a point between a vendor's answer and the connector that waits for it."""
    handle = httpx.AsyncHTTPTransport.handle_async_request

    async def watched(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        response = await handle(self, request)
        call = _call.get(None)
        if call is not None and call.open and request.method != "GET":
            call.answers += 1
            await _reach(mortality, points.BEFORE_ANSWER, call.answers)
        return response

    httpx.AsyncHTTPTransport.handle_async_request = watched  # type: ignore[method-assign]


class Nursery:
    """Forks workers, and new ones for those that were killed, until it is told to stop."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._number = folder, number
        self._living: set[int] = set()
        self._stopping = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        for _ in range(self._number):
            self._fork()
        while self._living:
            try:
                pid, status = os.wait()
            except InterruptedError:
                continue
            self._living.discard(pid)
            if not self._stopping and os.WIFSIGNALED(status):
                self._fork()

    def _fork(self) -> None:
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            asyncio.run(serve(Settings()))
            os._exit(0)
        self._living.add(pid)
        made = self._folder / f"{PIDS}.new"
        made.write_text("\n".join(map(str, sorted(self._living))))
        made.rename(self._folder / PIDS)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for pid in self._living:
            os.kill(pid, signal.SIGTERM)


def main() -> None:
    """Make the worker mortal, and run it."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    mortality = Mortality(folder)
    MortalEffects.mortality = mortality
    vars(worker.wiring)["EffectActivities"] = MortalEffects
    watch_answers(mortality)
    Nursery(folder, number).run()


if __name__ == "__main__":
    main()
