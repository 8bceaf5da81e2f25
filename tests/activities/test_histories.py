"""Histories are kept where the last time has ended, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.histories import HistoryActivities
from tillsaga.domain.histories import LATE, ClosedRun, Kept

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def closed(number: int) -> ClosedRun:
    at = NOON + timedelta(minutes=number)
    return ClosedRun(run_id=f"r-{number}", workflow_id="chk_9T3M2K7QW4", closed_at=at)


@dataclass
class FakeMemory:
    runs: list[ClosedRun]
    forgotten: set[str] = field(default_factory=set)
    asked_since: list[datetime | None] = field(default_factory=list)

    async def closed_since(self, moment: datetime | None) -> list[ClosedRun]:
        self.asked_since.append(moment)
        return [run for run in self.runs if moment is None or run.closed_at >= moment]

    async def recall(self, run: ClosedRun) -> str | None:
        return None if run.run_id in self.forgotten else f"history of {run.run_id}"


@dataclass
class FakeBook:
    refused: set[str] = field(default_factory=set)
    kept: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    fails_at: str | None = None

    async def last_closed(self) -> datetime | None:
        return max((at for at, _ in self.kept.values()), default=None)

    async def unkept(self, runs: Sequence[ClosedRun]) -> list[ClosedRun]:
        return [run for run in runs if run.run_id not in self.kept]

    async def keep(self, run: ClosedRun, document: str) -> bool:
        if run.run_id == self.fails_at:
            raise OSError("the database is gone")
        if run.run_id in self.refused:
            return False
        self.kept[run.run_id] = (run.closed_at, document)
        return True


async def keep(memory: FakeMemory, book: FakeBook) -> Kept:
    return await ActivityEnvironment().run(HistoryActivities(memory, book).keep)


async def test_each_time_goes_on_where_the_last_one_has_ended() -> None:
    memory, book = FakeMemory([closed(0), closed(1)]), FakeBook()
    assert await keep(memory, book) == Kept(kept=2)

    memory.runs += [closed(90), closed(91)]
    assert await keep(memory, book) == Kept(kept=2)

    assert memory.asked_since == [None, closed(1).closed_at - LATE]
    assert book.kept["r-91"] == (closed(91).closed_at, "history of r-91")


async def test_what_shows_up_late_is_kept_as_well() -> None:
    memory, book = FakeMemory([closed(30)]), FakeBook()
    await keep(memory, book)

    memory.runs.insert(0, closed(1))

    assert await keep(memory, book) == Kept(kept=1)
    assert book.kept.keys() == {"r-1", "r-30"}


async def test_what_broke_off_leaves_nothing_out() -> None:
    memory, book = FakeMemory([closed(0), closed(200), closed(400)]), FakeBook(fails_at="r-200")
    with pytest.raises(OSError, match="the database is gone"):
        await keep(memory, book)
    book.fails_at = None

    assert await keep(memory, book) == Kept(kept=2)
    assert book.kept.keys() == {"r-0", "r-200", "r-400"}


async def test_what_is_gone_is_counted_and_what_must_not_be_kept_is_not() -> None:
    memory = FakeMemory([closed(0), closed(1), closed(2)], forgotten={"r-0"})

    kept = await keep(memory, FakeBook(refused={"r-1"}))

    assert kept == Kept(kept=1, lost=1)
