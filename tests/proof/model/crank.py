"""Turns the real workflow by hand: no server, no clock, one choice at a time.

`Crank` is the least that workflow code asks of Temporal: an event loop that stops when nobody has
anything to do, conditions, timers that fire when told to, and activities that wait for an answer.
What runs on it is the workflow's own code, so what is explored is what is shipped.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from temporalio.exceptions import FailureError

from tillsaga.domain.checkout import Checkout
from tillsaga.errors import Refusal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORKFLOW = "temporalio.workflow"


@dataclass(eq=False)
class Call:
    """An activity that waits for its answer."""

    name: str
    order: Any
    answer: asyncio.Future[Any]


@dataclass(eq=False)
class Timer:
    """Something that happens when enough time has passed."""

    summary: str
    lasts: timedelta
    over: asyncio.Future[None]


class Crank(asyncio.AbstractEventLoop):
    """An event loop that is turned until nothing moves any more."""

    def __init__(self, at_once: Callable[[str, Any], Any]) -> None:
        """`at_once` answers what needs no choice: reads, and our own records."""
        self._ready: deque[asyncio.Handle] = deque()
        self._conditions: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._at_once = at_once
        self.calls: list[Call] = []
        self.timers: list[Timer] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.now = NOON
        self.broken: list[BaseException] = []

    # --- the loop that asyncio sees ---------------------------------------------------------------

    def call_soon(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> Any:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **more: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self)
        self.tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def time(self) -> float:
        return self.now.timestamp()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.broken.append(context.get("exception") or AssertionError(context["message"]))

    def turn(self) -> None:
        """Run until nobody has anything to do."""
        asyncio._set_running_loop(self)
        try:
            while self._ready or self._wakes():
                while self._ready:
                    handle = self._ready.popleft()
                    if not handle.cancelled():
                        handle._run()
        finally:
            asyncio._set_running_loop(None)
        ended = [task for task in self.tasks if task.done()]
        self.tasks = [task for task in self.tasks if task not in ended]
        self.broken += filter(None, (_bug_of(task) for task in ended))
        if self.broken:
            raise self.broken[0]

    def _wakes(self) -> bool:
        due = [each for each in self._conditions if not each[1].done() and each[0]()]
        self._conditions = [e for e in self._conditions if e not in due and not e[1].done()]
        for _, future in due:
            future.set_result(None)
        return bool(due)

    def drop(self) -> None:
        """Forget everything that runs, as a terminated workflow does: no line of it runs again."""
        for task in self.tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            _close(task.get_coro())
        self.tasks, self.calls, self.timers = [], [], []
        self._ready.clear()
        self._conditions.clear()

    def where(self) -> tuple[Any, ...]:
        """Where in its code each task stands: a part of the state that no model shows."""
        return tuple(sorted(_stack(task.get_coro()) for task in self.tasks if not task.done()))

    # --- what workflow code asks of Temporal ------------------------------------------------------

    async def wait_condition(self, holds: Callable[[], bool], **_: Any) -> None:
        if holds():
            return
        future = self.create_future()
        self._conditions.append((holds, future))
        await future

    async def sleep(self, lasts: timedelta, *, summary: str = "") -> None:
        timer = Timer(summary, lasts, self.create_future())
        self.timers.append(timer)
        await timer.over

    async def wait(self, tasks: list[Any], *, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Wait until one is done, or until the patience is over."""
        patience = Timer("patience", timedelta(seconds=timeout or 0), self.create_future())
        self.timers.append(patience)
        await self.wait_condition(lambda: patience.over.done() or any(t.done() for t in tasks))
        if patience in self.timers:
            self.timers.remove(patience)
        return {t for t in tasks if t.done()}, {t for t in tasks if not t.done()}

    async def execute_activity(self, name: str, order: Any, **_: Any) -> Any:
        answered = self._at_once(name, order)
        if answered is not None:
            return answered
        call = Call(name, order, self.create_future())
        self.calls.append(call)
        return await call.answer

    async def execute_local(self, what: Any, order: Any, **_: Any) -> Any:
        return self._at_once(what if isinstance(what, str) else what.__name__, order)

    # --- what the explorer does -------------------------------------------------------------------

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let something begin."""
        return self.create_task(work)

    def answer(self, call: Call, outcome: Any) -> None:
        """Let an activity end."""
        self.calls.remove(call)
        call.answer.set_result(outcome)

    def fire(self, timer: Timer) -> None:
        """Let the time pass that a timer waits for."""
        self.timers.remove(timer)
        self.now += timer.lasts
        timer.over.set_result(None)


@contextmanager
def by_hand() -> Iterator[None]:
    """Let the crank that is being turned stand in for Temporal's workflow module.

    What is only looked at, and decides nothing, is left out: it would take half of the time.
    """
    unseen = [patch(f"{name}.{what}", _seen) for name, what in _LOOKED_AT]
    with ExitStack() as patched:
        for each in unseen:
            patched.enter_context(each)
        patched.enter_context(_temporal())
        yield


def _temporal() -> AbstractContextManager[Any]:
    return patch.multiple(
        WORKFLOW,
        now=lambda: _turning().now,
        wait_condition=lambda *said, **more: _turning().wait_condition(*said, **more),
        sleep=lambda *said, **more: _turning().sleep(*said, **more),
        wait=lambda *said, **more: _turning().wait(*said, **more),
        execute_activity=lambda *said, **more: _turning().execute_activity(*said, **more),
        execute_local_activity=lambda *said, **more: _turning().execute_local(*said, **more),
        execute_local_activity_method=lambda *said, **more: _turning().execute_local(*said, **more),
        upsert_search_attributes=lambda _: None,
        set_current_details=lambda _: None,
        all_handlers_finished=lambda: True,
        info=lambda: _INFO,
    )


_LOOKED_AT = [("workflows.checkout", "view"), ("workflows.memory", "view")]
_LOOKED_AT += [("workflows.memory", "receipt")]


def _seen(checkout: Checkout) -> dict[str, Any]:
    return checkout.model_dump(mode="json", exclude={"active_at", "announced", "sequence"})


def _turning() -> Crank:
    crank = asyncio.get_running_loop()
    assert isinstance(crank, Crank), "a workflow runs only while its crank is turned"
    return crank


@dataclass(frozen=True)
class _Info:
    task_queue: str = "queue"
    workflow_id: str = "chk_1"
    run_id: str = "run-1"


_INFO = _Info()


def _bug_of(task: asyncio.Task[Any]) -> BaseException | None:
    """Any other exception would park the workflow for ever."""
    bug = None if task.cancelled() else task.exception()
    return None if isinstance(bug, FailureError | Refusal) else bug


def _stack(coro: Any) -> tuple[Any, ...]:
    """The chain of coroutines that wait for each other, each by name and place."""
    frames: list[Any] = []
    while coro is not None and (frame := getattr(coro, "cr_frame", None)) is not None:
        frames.append((frame.f_code.co_qualname, frame.f_lasti))
        coro = coro.cr_await
    return tuple(frames)


def _close(coro: Any) -> None:
    """Let a coroutine never go on, and no `finally` of it act."""
    coro.close()
