"""Many sales at many tills at once, while the processes behind them die."""

import asyncio
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from itertools import cycle, islice
from queue import SimpleQueue

from temporalio.client import Client

from tests.proof.crashes.matrix import Act, Case, Failed, Matrix, Undisturbed, Verdict
from tests.proof.crashes.points import Point
from tests.proof.crashes.stack import TILLS
from tillsaga.dev.stack import Stack
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook

AT_ONCE = 10
"""Tills of one batch."""
Trouble = Callable[[], None]
_NOWHERE = Point("", "", "somewhere")


class Batch:
    """Sales of several shapes in turn, and what dies when so many of them are over."""

    def __init__(self, matrix: Matrix, mix: Sequence[Undisturbed]) -> None:
        self._matrix, self._mix = matrix, mix

    def play(self, number: int, troubles: Sequence[Trouble]) -> Iterator[Verdict]:
        """Play so many sales; the troubles come at even distances."""
        due = {(n + 1) * number // (len(troubles) + 1): each for n, each in enumerate(troubles)}
        cases = [Case(shape, _NOWHERE, 0) for shape in islice(cycle(self._mix), number)]
        free: SimpleQueue[str] = SimpleQueue()
        for till in TILLS[:AT_ONCE]:
            free.put(till)
        with ThreadPoolExecutor(AT_ONCE) as tills:
            playing = {tills.submit(self._play, case, free): case for case in cases}
            self._have_trouble(playing, due)
            yield from self._matrix.judged([(case, act.result()) for act, case in playing.items()])

    def _play(self, case: Case, free: SimpleQueue[str]) -> Act | Failed:
        till = free.get()
        try:
            self._matrix.stack.switchboard.clear(till)
            # No lock of a voucher: what a death means to one is told by the points alone.
            return self._matrix.played(case, till, without_voucher=True)
        finally:
            free.put(till)

    def _have_trouble(
        self, playing: Mapping[Future[Act | Failed], Case], due: Mapping[int, Trouble]
    ) -> None:
        for over, _ in enumerate(as_completed(playing), start=1):
            if over in due:
                due[over]()


def left_open(stack: Stack) -> list[str]:
    """What the records or Temporal still have to do."""
    try:
        return asyncio.run(_left_open(stack.home.database_url, stack.temporal_address))
    except Exception:
        return [traceback.format_exc(limit=-3)]


async def _left_open(records: str, temporal: str) -> list[str]:
    database = open_database(records)
    try:
        effects = await SqlEffectBook(database).left_open(datetime.now(UTC))
    finally:
        await database.close()
    client = await Client.connect(temporal)
    running = client.list_workflows("ExecutionStatus = 'Running' AND WorkflowType = 'Checkout'")
    return [*effects, *[run.id async for run in running if await _runs(client, run.id)]]


async def _runs(client: Client, workflow_id: str) -> bool:
    # What the list says is a moment old.
    seen = await client.get_workflow_handle(workflow_id).describe()
    return seen.status is not None and seen.status.name == "RUNNING"
