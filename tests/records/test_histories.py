"""Temporal's histories beside the sale that they are of: as long as it is kept, and no longer."""

from datetime import timedelta

import pytest

from tests.records.samples import NOON, StillClock, open_bill, view
from tillsaga.domain.erasure import EraseMember
from tillsaga.domain.histories import ClosedRun
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.erasures import SqlErasureBook
from tillsaga.records.histories import SqlHistories
from tillsaga.records.retention import SqlRetention

CHECKOUT = "chk_ams-1_basket-1_1"
MEMBER = EraseMember(provider="leat", member_id="c-7f10b2aa")


def run(name: str, minutes: int = 0, workflow_id: str = CHECKOUT) -> ClosedRun:
    at = NOON + timedelta(minutes=minutes)
    return ClosedRun(run_id=name, workflow_id=workflow_id, closed_at=at)


@pytest.fixture
def histories(database: Database, clock: StillClock) -> SqlHistories:
    return SqlHistories(database, clock)


async def sell(checkouts: SqlCheckoutBook) -> None:
    """A sale that has ended; its view names the member."""
    bill = await open_bill(checkouts)
    assert bill.checkout_id == CHECKOUT
    seen = view(2, "completed") | {"members": [{"member_id": MEMBER.member_id}]}
    await checkouts.save(CHECKOUT, {"id": "x"}, seen, ended=True)


async def test_a_checkouts_histories_are_read_as_they_were_the_oldest_first(
    histories: SqlHistories, checkouts: SqlCheckoutBook
) -> None:
    await sell(checkouts)
    assert await histories.last_closed() is None
    claim = run("r-2", 5, f"claim-{CHECKOUT}")

    assert await histories.keep(claim, '{"events": [2]}')
    assert await histories.keep(run("r-1"), '{"events": ["é"]}')

    assert await histories.of_checkout(CHECKOUT) == {
        "r-1": '{"events": ["é"]}',
        "r-2": '{"events": [2]}',
    }
    assert await histories.of_checkout("chk_another") == {}
    assert await histories.last_closed() == claim.closed_at


async def test_a_run_is_kept_once(histories: SqlHistories, checkouts: SqlCheckoutBook) -> None:
    await sell(checkouts)
    first, second = run("r-1"), run("r-2")
    assert await histories.keep(first, "{}")

    assert await histories.unkept([first, second]) == [second]
    assert not await histories.keep(first, '{"another": 1}')

    assert await histories.of_checkout(CHECKOUT) == {"r-1": "{}"}


async def test_what_is_not_of_these_records_is_not_kept(histories: SqlHistories) -> None:
    assert not await histories.keep(run("r-1", workflow_id="chk_foreign"), "{}")


async def test_an_erasure_takes_them_along_and_none_comes_back(
    histories: SqlHistories, checkouts: SqlCheckoutBook, database: Database, clock: StillClock
) -> None:
    await sell(checkouts)
    await histories.keep(run("r-1"), "{}")
    erasures = SqlErasureBook(database, clock)
    await erasures.begin("ers_1", ["ams-1"], MEMBER, "Dora")

    assert (await erasures.erase("ers_1", "", 100)).erased.checkouts == 1

    assert await histories.of_checkout(CHECKOUT) == {}
    assert not await histories.keep(run("r-1"), "{}")
    assert not await histories.keep(run("r-2"), "{}")


async def test_they_go_with_the_sale_and_none_comes_back(
    histories: SqlHistories, checkouts: SqlCheckoutBook, database: Database, clock: StillClock
) -> None:
    await sell(checkouts)
    await histories.keep(run("r-1"), "{}")
    since = clock.move(timedelta(days=800).total_seconds()) - timedelta(days=365)

    pruned = await SqlRetention(database, clock).prune("ams-1", since, 10)

    assert (pruned.checkouts, pruned.histories) == (1, 1)
    assert await histories.of_checkout(CHECKOUT) == {}
    assert not await histories.keep(run("r-1"), "{}")
