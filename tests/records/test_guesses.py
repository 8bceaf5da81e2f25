import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.records.samples import StillClock
from tillsaga.domain.guessing import GuessRule
from tillsaga.records.database import Database
from tillsaga.records.guesses import SqlGuessBook

RULE = GuessRule(failures=10, window=timedelta(minutes=10), pause=timedelta(minutes=1))


@pytest.fixture
def guesses(database: Database, clock: StillClock) -> SqlGuessBook:
    return SqlGuessBook(database, clock)


async def test_too_many_wrong_codes_make_their_caller_pause_there(
    guesses: SqlGuessBook, clock: StillClock
) -> None:
    struck = [(await guesses.note("ams-1", "key_1", RULE))[1] for _ in range(10)]
    assert struck == [False] * 9 + [True]
    assert await guesses.blocked_for("ams-1", "key_1") == 60
    assert await guesses.blocked_for("ams-1", "key_2") == 0
    assert await guesses.blocked_for("rtm-1", "key_1") == 0
    clock.move(60)
    assert await guesses.blocked_for("ams-1", "key_1") == 0


async def test_none_is_lost_however_many_processes_count(
    open_more: Callable[[], Database], clock: StillClock
) -> None:
    books = [SqlGuessBook(open_more(), clock) for _ in range(4)]
    rule = RULE.model_copy(update={"failures": 1000})
    await asyncio.gather(*(books[number % 4].note("ams-1", "key_1", rule) for number in range(40)))
    [counted] = await books[0].list_all()
    assert (counted.failures, counted.strikes) == (40, 0)


async def test_of_many_at_once_one_is_the_strike(
    open_more: Callable[[], Database], clock: StillClock
) -> None:
    books = [SqlGuessBook(open_more(), clock) for _ in range(4)]
    told = await asyncio.gather(
        *(books[number % 4].note("ams-1", "key_1", RULE) for number in range(19))
    )
    assert sum(is_strike for _, is_strike in told) == 1
    assert await books[3].blocked_for("ams-1", "key_1") == 60


async def test_support_sees_its_stores_and_lifts_a_pause(
    guesses: SqlGuessBook, clock: StillClock
) -> None:
    await guesses.note("ams-1", "key_1", RULE, times=10)
    clock.move(1)
    await guesses.note("ams-1", "key_2", RULE)
    await guesses.note("rtm-1", "key_1", RULE)
    assert [one.caller for one in await guesses.list_all(["ams-1"])] == ["key_2", "key_1"]
    assert len(await guesses.list_all()) == 3
    assert await guesses.lift("ams-1", "key_1")
    assert not await guesses.lift("ams-1", "key_1")
    assert await guesses.blocked_for("ams-1", "key_1") == 0
