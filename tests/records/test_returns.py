"""The limits of returns without a sale, on both databases."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.records.samples import StillClock
from tillsaga.domain.erasure import EraseMember
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.erasures import SqlErasureBook
from tillsaga.records.refunds import SqlRefundBook
from tillsaga.records.retention import SqlRetention
from tillsaga.records.returns import CARRIED_WITHIN, ReturnEntry, ReturnLimits, SqlReturnBook
from tillsaga.records.tables import ReturnRow

LIMITS = ReturnLimits(
    per_return=50_00, per_store_day=100_00, per_cashier_day=60_00, per_member_day=40_00
)


def entry(refund_id: str = "r-1", amount: int = 30_00, **more: object) -> ReturnEntry:
    said: dict[str, object] = {"store_id": "ams-1", "day": "2026-03-01", "cashier": "c-1"}
    named = {"refund_id": refund_id, "checkout_id": f"chk_{refund_id}", "digest": "d"}
    return ReturnEntry.model_validate(said | named | {"customers": (), "amount": amount} | more)


async def refused(book: SqlReturnBook, asked: ReturnEntry) -> str:
    with pytest.raises(Refusal) as no:
        await book.take(asked, LIMITS)
    return no.value.detail


@pytest.mark.parametrize(
    ("taken", "asked", "words"),
    [
        ([], entry(amount=50_01), "per_return is 5000, of which 5000 is left"),
        ([entry("a")], entry(amount=30_01), "per_cashier_day is 6000, of which 3000 is left"),
        (
            [entry("a", 50_00), entry("b", 40_00, cashier="c-2")],
            entry(amount=10_01, cashier="c-3"),
            "per_store_day is 10000, of which 1000 is left",
        ),
        (
            [entry("a", customers=("ann", "ann-mail"))],
            entry(amount=10_01, customers=("ann-mail",), cashier="c-2"),
            "per_member_day is 4000, of which 1000 is left",
        ),
    ],
)
async def test_each_limit_says_what_is_left(
    database: Database, taken: list[ReturnEntry], asked: ReturnEntry, words: str
) -> None:
    book = SqlReturnBook(database, StillClock())
    for each in taken:
        await book.take(each, LIMITS)

    assert words in await refused(book, asked)
    await book.take(asked.model_copy(update={"amount": 10_00}), LIMITS)


async def test_other_days_stores_and_customers_do_not_count(database: Database) -> None:
    book = SqlReturnBook(database, StillClock())
    await book.take(entry("a", 40_00, customers=("ann",)), LIMITS)

    for other in (
        entry("b", 50_00, day="2026-03-02"),
        entry("a", 50_00, store_id="ams-2"),
        entry("c", 40_00, customers=("bob",), cashier="c-2"),
    ):
        await book.take(other, LIMITS)


async def test_a_repetition_takes_no_room_and_another_return_is_refused(
    database: Database,
) -> None:
    book = SqlReturnBook(database, StillClock())
    for _ in range(5):
        await book.take(entry(), LIMITS)

    assert "another return" in await refused(book, entry(digest="other"))
    await book.take(entry("r-2"), LIMITS)


async def test_an_id_stands_for_a_refund_or_a_return(database: Database) -> None:
    book, refunds = SqlReturnBook(database, StillClock()), SqlRefundBook(database)
    await refunds.note("ams-1", "r-1", "chk_sale")
    await book.take(entry("r-2"), LIMITS)

    assert "refund of a sale" in await refused(book, entry("r-1"))
    with pytest.raises(Refusal, match="another checkout"):
        await refunds.note("ams-1", "r-2", "chk_sale")
    assert await refunds.checkout_of(("ams-1",), "r-2") == "chk_r-2"


async def test_a_refused_return_leaves_nothing(database: Database) -> None:
    book, refunds = SqlReturnBook(database, StillClock()), SqlRefundBook(database)

    await refused(book, entry(amount=50_01))

    assert await refunds.checkout_of(("ams-1",), "r-1") is None
    await book.take(entry(), LIMITS)


async def test_what_nobody_carried_out_gives_its_room_back(database: Database) -> None:
    clock = StillClock()
    book, checkouts = SqlReturnBook(database, clock), SqlCheckoutBook(database, clock)
    for name in ("kept", "lost"):
        await book.take(entry(name), LIMITS)
        await checkouts.open_bill("ams-1", name, "f", "till-1", lambda _, n=name: f"chk_{n}")  # type: ignore[misc]
    seen: Json = {"version": 1, "status": "completed", "attention": []}
    await checkouts.save("chk_kept", {}, seen, ended=False)
    assert "0 is left" in await refused(book, entry("r-1"))

    clock.move(CARRIED_WITHIN.total_seconds() + 1)

    await book.take(entry("r-1"), LIMITS)
    assert "0 is left" in await refused(book, entry("lost"))


async def test_twenty_at_once_in_several_processes_stay_within_the_limit(
    open_more: Callable[[], Database],
) -> None:
    books = [SqlReturnBook(open_more(), StillClock()) for _ in range(4)]
    asked = (books[n % 4].take(entry(f"r-{n}", 11_50), LIMITS) for n in range(20))

    told = await asyncio.gather(*asked, return_exceptions=True)

    assert [answer for answer in told if answer is None] == [None] * 5
    assert {type(answer) for answer in told if answer is not None} == {Refusal}


async def archived(database: Database, clock: StillClock) -> SqlReturnBook:
    """A return of Ann's that has ended."""
    book, checkouts = SqlReturnBook(database, clock), SqlCheckoutBook(database, clock)
    await book.take(entry(customers=("digest-of-ann",)), LIMITS)
    await checkouts.open_bill("ams-1", "return/r-1", "f", "till-1", lambda _: "chk_r-1")
    state: Json = {"returned": {"digest": "d", "approved_by": "m-3"}, "who": "contact-ann-1"}
    seen: Json = {"version": 1, "status": "completed", "attention": []}
    await checkouts.save("chk_r-1", state, seen, ended=True)
    return book


async def test_an_erased_customer_leaves_no_digest_that_could_be_tried_out(
    database: Database,
) -> None:
    clock = StillClock()
    await archived(database, clock)
    erasures = SqlErasureBook(database, clock)
    whom = EraseMember(provider="leat", member_id="contact-ann-1")
    await erasures.begin("ers_1", ["ams-1"], whom, "Dora")

    await erasures.erase("ers_1", "", 100)

    async with database.read() as session:
        row = await session.get_one(ReturnRow, ("ams-1", "r-1"))
    state: Json = (await SqlCheckoutBook(database, clock).facts("chk_r-1")).state or {}
    assert (row.digest, row.customers, row.amount) == ("erased", [], 30_00)
    assert state["returned"] == {"digest": "erased", "approved_by": "m-3"}


async def test_a_return_is_kept_no_longer_than_its_checkout(database: Database) -> None:
    clock = StillClock()
    await archived(database, clock)
    later = clock.move(timedelta(days=3).total_seconds())

    pruned = await SqlRetention(database, clock).prune("ams-1", later - timedelta(days=1), 10)

    assert (pruned.checkouts, pruned.refunds) == (1, 1)
    async with database.read() as session:
        assert await session.get(ReturnRow, ("ams-1", "r-1")) is None
