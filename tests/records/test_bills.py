import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock, open_bill, view
from tillsaga.errors import Refusal
from tillsaga.records.bill_rows import BillFilter, BillRecord
from tillsaga.records.bills import unsettled
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database


async def reopen(book: SqlCheckoutBook) -> tuple[BillRecord, bool]:
    return await book.reopen_bill(
        "ams-1", "basket-1", "print-2", "till-2", lambda generation: f"chk_again_{generation}"
    )


async def test_a_basket_has_one_bill(checkouts: SqlCheckoutBook) -> None:
    bill = await open_bill(checkouts)
    assert (bill.checkout_id, bill.generation, bill.created_at) == ("chk_ams-1_basket-1_1", 1, NOON)
    again, created = await checkouts.open_bill(
        "ams-1", "basket-1", "print-2", "till-2", lambda generation: f"chk_other_{generation}"
    )
    assert (again, created) == (bill, False)
    assert await checkouts.find(bill.checkout_id) == bill
    assert await checkouts.latest("ams-1", "basket-1") == bill


async def test_the_same_basket_in_another_store_is_another_bill(checkouts: SqlCheckoutBook) -> None:
    bill, other = await open_bill(checkouts), await open_bill(checkouts, store="ams-2")
    assert bill.checkout_id != other.checkout_id


async def test_of_twenty_openings_one_creates(open_more: Callable[[], Database]) -> None:
    books = [SqlCheckoutBook(open_more()), SqlCheckoutBook(open_more())]
    names = [f"chk_{number}_{{}}" for number in range(20)]
    opening = (
        books[number % 2].open_bill("ams-1", "b", "p", "t", name.format)
        for number, name in enumerate(names)
    )
    opened = await asyncio.gather(*opening)
    assert sum(created for _, created in opened) == 1
    assert len({bill.checkout_id for bill, _ in opened}) == 1


@pytest.mark.parametrize("status", ["cancelled", "expired"])
async def test_a_bill_that_was_given_up_is_opened_again(
    checkouts: SqlCheckoutBook, status: str
) -> None:
    first = await open_bill(checkouts)
    await checkouts.save(first.checkout_id, {}, view(1, status), ended=True)
    again, created = await reopen(checkouts)
    assert created
    assert (again.checkout_id, again.generation) == ("chk_again_2", 2)
    assert (again.previous_id, again.fingerprint) == (first.checkout_id, "print-2")
    assert await open_bill(checkouts) == again


@pytest.mark.parametrize("status", ["open", "completing", "completed"])
async def test_a_bill_that_stands_is_not_opened_again(
    checkouts: SqlCheckoutBook, status: str
) -> None:
    first = await open_bill(checkouts)
    await checkouts.remember_view(first.checkout_id, view(1, status))
    latest, created = await reopen(checkouts)
    assert (latest.checkout_id, created) == (first.checkout_id, False)


async def test_of_twenty_reopenings_one_creates(checkouts: SqlCheckoutBook) -> None:
    first = await open_bill(checkouts)
    await checkouts.remember_view(first.checkout_id, view(1, "expired"))
    opened = await asyncio.gather(*(reopen(checkouts) for _ in range(20)))
    assert sum(created for _, created in opened) == 1
    assert {bill.generation for bill, _ in opened} == {2}


async def test_what_was_never_opened_cannot_be_opened_again(checkouts: SqlCheckoutBook) -> None:
    with pytest.raises(LookupError):
        await reopen(checkouts)
    assert await checkouts.latest("ams-1", "basket-1") is None


async def test_only_a_newer_view_is_remembered(checkouts: SqlCheckoutBook) -> None:
    checkout = (await open_bill(checkouts)).checkout_id
    for seen in (view(0), view(3, "ready", attention=True), view(2), view(3)):
        await checkouts.remember_view(checkout, seen)
    bill = await checkouts.find(checkout)
    assert bill is not None
    assert (bill.status, bill.version, bill.attention) == ("ready", 3, True)
    assert bill.view == view(3, "ready", attention=True)


async def test_pages_stand_still_while_bills_come_in(
    checkouts: SqlCheckoutBook, clock: StillClock
) -> None:
    for number in range(5):
        clock.move(number % 2 / 1_000_000)  # some at the same microsecond
        await open_bill(checkouts, f"old-{number}")
    seen: list[str] = []
    cursor: str | None = None
    for number in range(3):
        page = await checkouts.page(["ams-1"], limit=2, cursor=cursor)
        seen += [bill.basket_id for bill in page.bills]
        cursor = page.next_cursor
        clock.move(1)
        await open_bill(checkouts, f"new-{number}")
    assert cursor is None
    assert seen == ["old-4", "old-3", "old-2", "old-1", "old-0"]


async def test_a_page_shows_only_the_callers_stores(checkouts: SqlCheckoutBook) -> None:
    await open_bill(checkouts)
    await open_bill(checkouts, store="ams-2")
    page = await checkouts.page(["ams-2", "ams-3"])
    assert [bill.store_id for bill in page.bills] == ["ams-2"]
    assert (await checkouts.page([])).bills == ()


async def test_a_page_is_filtered(checkouts: SqlCheckoutBook, clock: StillClock) -> None:
    for number, status in enumerate(("open", "ready", "completed")):
        bill = await open_bill(checkouts, f"b{number}")
        await checkouts.remember_view(
            bill.checkout_id, view(1, status, attention=status == "completed")
        )
        clock.move(60)

    async def found(wanted: BillFilter) -> list[str]:
        page = await checkouts.page(["ams-1"], wanted)
        return [bill.basket_id for bill in page.bills]

    assert await found(BillFilter(status="ready")) == ["b1"]
    assert await found(BillFilter(attention=True)) == ["b2"]
    assert await found(BillFilter(attention=False)) == ["b1", "b0"]
    start = NOON.replace(minute=1)
    assert await found(BillFilter(from_=start, to=start.replace(minute=2))) == ["b1"]


@pytest.mark.parametrize("cursor", ["x", "", "é", "bm90aGluZw=="])
async def test_a_foreign_cursor_is_refused(checkouts: SqlCheckoutBook, cursor: str) -> None:
    with pytest.raises(Refusal, match="cursor"):
        await checkouts.page(["ams-1"], cursor=cursor)


async def test_the_sweep_finds_forsaken_bills(
    checkouts: SqlCheckoutBook, clock: StillClock
) -> None:
    names = ("silent", "saved", "ended", "saved late")
    silent, saved, ended, late = [(await open_bill(checkouts, n)).checkout_id for n in names]
    await checkouts.save(saved, {}, view(1, "ready"), ended=False)
    await checkouts.save(ended, {}, view(1, "completed"), ended=True)
    limit = clock.move(60)
    await checkouts.save(late, {}, view(1, "ready"), ended=False)
    await open_bill(checkouts, "young")
    assert {bill.checkout_id for bill in await checkouts.forsaken(limit)} == {silent, saved}


async def test_what_goes_on_is_found_by_its_index(database: Database, backend: str) -> None:
    explain = "EXPLAIN QUERY PLAN " if backend == "sqlite" else "EXPLAIN "
    async with database.read() as session:
        if backend == "postgresql":
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        dialect = (await session.connection()).dialect
        query = unsettled(NOON).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        # A colon in the literal would be taken for a parameter.
        asked = text(explain + str(query).replace(":", r"\:"))
        plan = str((await session.execute(asked)).all())
    assert "ix_bills_unsettled" in plan
