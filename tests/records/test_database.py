import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from tests.records.samples import NOON, open_bill, order
from tillsaga.errors import Unavailable
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database, database_url, open_database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.sqlite_here import connect_here
from tillsaga.records.tables import Bill

DURABLE: dict[str, dict[str, str | int]] = {
    "sqlite": {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000},
    "postgresql": {"synchronous_commit": "on"},
}
WRITER = """
import asyncio, sys
from tests.records.samples import order
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook

async def main():
    database = open_database(sys.argv[1])
    book = SqlEffectBook(database)
    new = [(await book.begin(order(subject=f"v-{n}")))[1] for n in range(25)]
    await database.close()
    print(sum(new))

asyncio.run(main())
"""


async def test_what_is_written_is_durable(database: Database, backend: str) -> None:
    wanted = DURABLE[backend]
    ask = "PRAGMA {}" if backend == "sqlite" else "SHOW {}"
    async with database.read() as reading, database.write() as writing:
        for session in (reading, writing):
            got = {n: await session.scalar(text(ask.format(n))) for n in wanted}
            assert got == wanted


async def test_what_is_written_survives_closing(url: str, database: Database) -> None:
    await SqlEffectBook(database).begin(order())
    await database.close()
    reopened = open_database(url)
    assert await SqlEffectBook(reopened).read(order().key) is not None
    await reopened.close()


async def test_a_block_that_raises_writes_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as session:
            session.add(_bill(NOON))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await SqlCheckoutBook(database).find("chk_a") is None


async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    async with database.write() as session:
        session.add(_bill(NOON))
        await session.flush()
        assert await SqlCheckoutBook(database).find("chk_a") is None
    assert await SqlCheckoutBook(database).find("chk_a") is not None


async def test_times_come_back_in_utc(database: Database) -> None:
    elsewhere = datetime.fromisoformat("2026-03-01T14:00:00.000123+02:00")
    async with database.write() as session:
        session.add(_bill(elsewhere))
    async with database.read() as session:
        bill = await session.get_one(Bill, "chk_a")
    assert bill.created_at.isoformat() == "2026-03-01T12:00:00.000123+00:00"


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs its zone"):
        async with database.write() as session:
            session.add(_bill(NOON.replace(tzinfo=None)))


async def test_a_cancelled_writer_leaves_the_way_free(
    database: Database, effects: SqlEffectBook
) -> None:
    for delay in range(20):
        task = asyncio.create_task(effects.begin(order(subject=f"v-{delay}")))
        for _ in range(delay):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    _, new = await effects.begin(order(subject="last"))
    assert new
    await database.close()
    await _driver_threads_end()


async def test_writers_of_two_databases_wait_for_each_other(
    open_more: Callable[[], Database],
) -> None:
    books = [SqlCheckoutBook(open_more()) for _ in range(2)]
    opening = (open_bill(books[n % 2], f"basket-{n}") for n in range(40))
    assert len({bill.checkout_id for bill in await asyncio.gather(*opening)}) == 40


async def test_several_processes_begin_an_effect_once(url: str) -> None:
    arguments = (sys.executable, "-W", "error", "-c", WRITER, url)
    running = [
        await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE) for _ in range(2)
    ]
    said = [(await process.communicate())[0] for process in running]
    assert sum(int(new) for new in said) == 25


async def test_trouble_with_the_server_is_named(backend: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "missing"
    addresses = {
        "sqlite": f"sqlite:///{nowhere}/x.db",
        "postgresql": f"postgresql:///x?host={nowhere}",
    }
    database = open_database(addresses[backend])
    with pytest.raises(Unavailable, match="the records do not answer"):
        await database.ping()
    await database.close()
    await _driver_threads_end()


async def test_it_answers_a_ping(database: Database) -> None:
    await database.ping()


def test_addresses_get_their_driver(backend: str) -> None:
    forms = {
        "sqlite": ("sqlite:///x.db", "sqlite+aiosqlite:///x.db", "sqlite+pysqlite:///x.db"),
        "postgresql": ("postgresql://h/x", "postgresql+psycopg://h/x", "postgres://h/x"),
    }
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    assert {database_url(form).drivername for form in forms[backend]} == {drivers[backend]}


@pytest.mark.parametrize("address", ["mysql://h/x", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="the records need"):
        open_database(address)


async def _driver_threads_end() -> None:
    """Wait for what the driver still tells the loop; it must leave no thread behind."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()


def _bill(created_at: datetime) -> Bill:
    return Bill(
        checkout_id="chk_a",
        store_id="ams-1",
        basket_id="b",
        generation=1,
        fingerprint="print",
        terminal_id="till-1",
        created_at=created_at,
    )


async def test_who_waits_for_another_writer_holds_up_nobody(
    open_more: Callable[[], Database],
) -> None:
    first, second = open_more(), open_more()
    async with first.write() as session:
        session.add(_bill(NOON))
        await session.flush()
        waiting = asyncio.create_task(open_bill(SqlCheckoutBook(second), "b"))
        for number in range(20):
            assert await SqlCheckoutBook(second).find(f"chk_{number}") is None
        assert not waiting.done()
    assert (await waiting).checkout_id == "chk_a"


async def test_who_follows_on_one_that_gave_up_waiting_queues_behind_it(tmp_path: Path) -> None:
    path = str(tmp_path / "x.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    connection = await connect_here(path, check_same_thread=False, isolation_level=None, timeout=2)
    given_up = asyncio.create_task(connection.execute("BEGIN IMMEDIATE"))
    await _turns()
    given_up.cancel()
    next_one = asyncio.create_task(connection.execute("SELECT 1"))
    await _turns()
    assert not next_one.done()
    other.rollback()
    await next_one
    await connection.close()
    other.close()


async def _turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
