"""The queue's own question, and effects that a person has put back in doubt or settled."""

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock, claims, done, open_bill, order
from tillsaga.domain.model import Json
from tillsaga.domain.ports import CallState
from tillsaga.records.attention import SqlAttentionBook
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook

KEY = order().key


def case(item: str, minute: int) -> Json:
    opened = f"2026-03-01T11:{minute:02d}:00.000Z"
    return {"id": item, "code": "goodwill", "detail": "no", "opened_at": opened}


async def show(book: SqlCheckoutBook, checkout_id: str, version: int, *cases: Json) -> None:
    view: Json = {"version": version, "status": "completed", "attention": [*cases]}
    await book.remember_view(checkout_id, view)


async def test_the_queue_has_every_open_case_oldest_first(
    checkouts: SqlCheckoutBook, database: Database
) -> None:
    first, other = await open_bill(checkouts), await open_bill(checkouts, basket="basket-2")
    foreign = await open_bill(checkouts, store="ams-2")
    await show(checkouts, first.checkout_id, 1, case("att_1", 5), case("att_2", 1))
    await show(checkouts, other.checkout_id, 1, case("att_1", 3))
    await show(checkouts, foreign.checkout_id, 1, case("att_1", 2))
    queue = SqlAttentionBook(database)

    mine = [(c.checkout_id, c.case.id) for c in await queue.open_cases(["ams-1"])]

    assert mine == [
        (first.checkout_id, "att_2"),
        (other.checkout_id, "att_1"),
        (first.checkout_id, "att_1"),
    ]
    assert len(await queue.open_cases()) == 4
    await show(checkouts, first.checkout_id, 2)
    assert len(await queue.open_cases(["ams-1"])) == 1


async def test_the_queue_is_found_by_its_index(database: Database, backend: str) -> None:
    if backend == "postgresql":
        wanted = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_bills_attention'"
    else:
        wanted = "EXPLAIN QUERY PLAN SELECT * FROM bills WHERE attention = 1 AND store_id IN ('a')"
    async with database.read() as session:
        told = str((await session.execute(text(wanted))).all())
    assert "ix_bills_attention" in told


async def test_what_a_person_should_settle_is_in_doubt_again(
    effects: SqlEffectBook, clock: StillClock
) -> None:
    await effects.begin(order())
    await effects.lost(KEY)
    await effects.manual(KEY, "vendor_refused", "nobody may ask")
    clock.move(3600)

    assert [await effects.reopen(KEY) for _ in range(2)] == [True, True]

    record = await effects.read(KEY)
    assert record is not None
    call = record.do
    assert (call.state, call.code, call.last_ended_at) == (CallState.IN_DOUBT, None, NOON)
    assert await effects.left_open(clock.move(1)) == ["chk_a"]


async def test_the_undo_is_doubted_and_not_the_doing(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.applied(KEY, done())
    await effects.undo_begin(KEY)
    await effects.undo_manual(KEY, "vendor_refused", "blocked")

    await effects.reopen(KEY)

    record = await effects.read(KEY)
    assert record is not None
    assert record.undo is not None
    assert (record.do.state, record.undo.state) == (CallState.APPLIED, CallState.IN_DOUBT)


@pytest.mark.parametrize("end", ["applied", "refused", "lost"])
async def test_what_waits_for_nobody_stays_as_it_is(effects: SqlEffectBook, end: str) -> None:
    await effects.begin(order())
    match end:
        case "applied":
            await effects.applied(KEY, done())
        case "refused":
            await effects.refused(KEY, "no", "no")
        case "lost":
            await effects.lost(KEY)
    before = await effects.read(KEY)

    assert await effects.reopen(KEY)
    assert await effects.reopen("chk_a/redeem_voucher/leat/none#1")

    assert await effects.read(KEY) == before


async def test_what_another_checkout_has_claimed_stays_a_persons(
    effects: SqlEffectBook, checkouts: SqlCheckoutBook
) -> None:
    bill = await open_bill(checkouts)
    ours = order(checkout=bill.checkout_id)
    await effects.begin(ours)
    await effects.manual(ours.key, "vendor_refused", "nobody may ask")
    await checkouts.save(
        bill.checkout_id, {}, {"version": 1, "status": "completed", "attention": []}, ended=True
    )
    theirs = order(checkout="chk_b")
    await effects.begin(theirs)

    assert not await effects.reopen(ours.key)

    record = await effects.read(ours.key)
    assert record is not None
    assert record.do.state is CallState.MANUAL
    await effects.refused(theirs.key, "no", "no")
    assert await effects.reopen(ours.key)


async def test_a_claim_ends_when_a_person_has_settled_its_effect(
    effects: SqlEffectBook, database: Database
) -> None:
    await effects.begin(order())
    await effects.manual(KEY, "cannot_ask", "nobody can say")
    assert await claims(database) == [("v-1", "chk_a")]

    for _ in range(2):
        await effects.settled_by_person(KEY)

    assert await claims(database) == []


async def test_a_claim_that_another_effect_needs_stays(
    effects: SqlEffectBook, database: Database
) -> None:
    await effects.begin(order("lock_voucher"))
    await effects.applied(order("lock_voucher").key, done())
    await effects.begin(order())
    await effects.manual(KEY, "cannot_ask", "nobody can say")

    await effects.settled_by_person(KEY)

    assert await claims(database) == [("v-1", "chk_a")]


async def test_several_records_are_read_at_once(effects: SqlEffectBook) -> None:
    other = order(subject="v-2")
    await effects.begin(order())
    await effects.begin(other)
    assert set(await effects.of_keys([KEY, other.key, "none"])) == {KEY, other.key}
