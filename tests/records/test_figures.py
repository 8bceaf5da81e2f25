"""The desk's figures and settled cases, as both databases count them."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock, done, open_bill, order, view
from tillsaga.domain.audit import Heard
from tillsaga.domain.model import Json
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.figures import Compensations, Outcome, Span, SqlFigureBook
from tillsaga.records.settled import SqlSettledCases

HERE = ["ams-1"]
HOUR = Span(start=NOON, end=NOON + timedelta(hours=1))


@pytest.fixture
def figures(database: Database) -> SqlFigureBook:
    return SqlFigureBook(database)


def heard(clock: StillClock, kind: str, number: int, **facts: str) -> Heard:
    return Heard(
        kind=kind, number=number, at=clock.now, actor="checkout", facts={**facts}, private={}
    )


async def test_outcomes_are_counted_by_quarter_and_status(
    figures: SqlFigureBook, checkouts: SqlCheckoutBook, clock: StillClock
) -> None:
    for name in ("a", "b"):
        bill = await open_bill(checkouts, name)
        await checkouts.remember_view(bill.checkout_id, view(1, "completed"))
    clock.move(899.6)
    await open_bill(checkouts, "c")
    clock.move(0.4)
    await open_bill(checkouts, "d")
    await open_bill(checkouts, "foreign", store="rtm-1")

    found = await figures.outcomes(HERE, HOUR)

    later = NOON + timedelta(minutes=15)
    assert sorted(found, key=lambda one: (one.at, one.status)) == [
        Outcome(at=NOON, status="completed", checkouts=2),
        Outcome(at=NOON, status="open", checkouts=1),
        Outcome(at=later, status="open", checkouts=1),
    ]
    assert await figures.outcomes(HERE, Span(start=HOUR.end, end=HOUR.end)) == []


async def test_a_wait_ends_with_the_first_answer_that_has_offers(
    figures: SqlFigureBook, checkouts: SqlCheckoutBook, clock: StillClock
) -> None:
    bill, closed = await open_bill(checkouts, "a"), await open_bill(checkouts, "closed")
    clock.move(0.35)
    opened = heard(clock, "answer", 1, message="open", status="open")
    sold = heard(clock, "answer", 1, message="open", status="completed")
    clock.move(60)
    again = heard(clock, "answer", 2, message="open", status="open")
    said: Json = {}
    await checkouts.save(bill.checkout_id, said, view(1), ended=False, heard=[opened, again])
    await checkouts.save(closed.checkout_id, said, view(1), ended=False, heard=[sold])

    assert await figures.waits(HERE, HOUR) == [pytest.approx(0.35)]
    assert await figures.waits(["rtm-1"], HOUR) == []


async def test_repeats_are_calls_beyond_the_first(
    figures: SqlFigureBook, effects: SqlEffectBook
) -> None:
    charge, burn = order("charge_giftcard", amount=100), order("burn_voucher", subject="v-2")
    await effects.begin(charge)
    for attempts in (1, 2):
        await effects.not_sent(charge.key)
        assert await effects.calling(charge.key, after=attempts)
    await effects.applied(charge.key, done("t-1"))
    await effects.undo_begin(charge.key)
    await effects.undone(charge.key, done("t-2"))
    await effects.begin(burn)
    await effects.refused(burn.key, "expired", "it is expired")
    await effects.begin(order("reserve", subject="v-3"))  # ours alone: no vendor was asked

    [leat] = await figures.vendor_calls(HERE, HOUR)

    assert (leat.provider, leat.effects, leat.repeats) == ("leat", 2, 2)
    assert (leat.undone, leat.refused, leat.unsettled) == (1, 1, 0)


async def test_a_checkout_is_compensated_once_whatever_it_took_back(
    figures: SqlFigureBook, checkouts: SqlCheckoutBook, effects: SqlEffectBook
) -> None:
    undone, kept = await open_bill(checkouts, "a"), await open_bill(checkouts, "b")
    await open_bill(checkouts, "asked nobody")
    for number in (1, 2):
        charge = order("charge_giftcard", checkout=undone.checkout_id, subject=f"g-{number}")
        await effects.begin(charge)
        await effects.applied(charge.key, done(f"t-{number}"))
        await effects.undo_begin(charge.key)
    await effects.begin(order(checkout=kept.checkout_id))

    found = await figures.compensations(HERE, HOUR)

    assert found == [Compensations(at=NOON, checkouts=2, compensated=1)]


QUERIES = {
    "ix_bills_store_id_created_at": "SELECT status FROM bills WHERE store_id IN ('a') AND "
    "created_at >= '2026-03-01' AND created_at < '2026-03-02'",
    "ix_effects_at_vendors": "SELECT provider FROM effects WHERE store_id IN ('a') AND "
    "do_started_at >= '2026-03-01' AND do_started_at < '2026-03-02' AND operation <> 'reserve'",
}


@pytest.mark.parametrize("index", QUERIES)
async def test_figures_are_counted_over_an_index(
    database: Database, backend: str, index: str
) -> None:
    explain = "EXPLAIN QUERY PLAN " if backend == "sqlite" else "EXPLAIN "
    async with database.read() as session:
        if backend == "postgresql":
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = str((await session.execute(text(explain + QUERIES[index]))).all())
    assert index in plan


# --- settled cases --------------------------------------------------------------------------------


def decision(item: str, minute: int, code: str = "undo_failed") -> Json:
    case: Json = {
        "id": item,
        "code": code,
        "effect_id": "charge_giftcard:leat:g-1#1",
        "detail": "blocked",
        "opened_at": "2026-03-01T12:00:00.000Z",
    }
    at = f"2026-03-01T12:{minute:02d}:00.000Z"
    return {"case": case, "action": "retry", "actor": "kim", "reason": "unblocked", "at": at}


async def test_settled_cases_are_found_of_running_and_of_ended_checkouts(
    database: Database, checkouts: SqlCheckoutBook, clock: StillClock
) -> None:
    word = heard(clock, "message", 2, message="resolve_attention")
    running, ended = await open_bill(checkouts, "a"), await open_bill(checkouts, "b")
    foreign = await open_bill(checkouts, "c", store="rtm-1")
    saved: dict[str, tuple[Json, bool]] = {
        running.checkout_id: ({"settled": [decision("att_1", 1), decision("att_2", 5)]}, False),
        ended.checkout_id: ({"settled": [decision("att_1", 3)]}, True),
        foreign.checkout_id: ({"settled": [decision("att_1", 4)]}, True),
    }
    for checkout_id, (state, is_over) in saved.items():
        await checkouts.save(checkout_id, state, view(1, "cancelled"), ended=is_over, heard=[word])
    book = SqlSettledCases(database)

    found = [(one.checkout_id, one.settled.case.id) for one in await book.opened_in(HERE, HOUR)]

    assert found == [
        (running.checkout_id, "att_2"),
        (ended.checkout_id, "att_1"),
        (running.checkout_id, "att_1"),
    ]
    [one] = await book.of(ended.checkout_id)
    assert (one.provider, one.settled.actor) == ("leat", "kim")


async def test_who_has_settled_nothing_is_not_listed(
    database: Database, checkouts: SqlCheckoutBook
) -> None:
    bill = await open_bill(checkouts)
    await checkouts.save(bill.checkout_id, {}, view(1, "completed"), ended=True)
    book = SqlSettledCases(database)
    assert await book.opened_in(HERE, HOUR) == []
    assert await book.of(bill.checkout_id) == []
