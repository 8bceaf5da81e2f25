import asyncio

import pytest
from sqlalchemy import text

from tests.records.samples import NOON, StillClock, done, order
from tillsaga.domain.basket import Charge, Line, Recipient
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord
from tillsaga.domain.sale import Sale, SoldLine
from tillsaga.errors import KeyReused
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook

KEY = order().key


async def the(effects: SqlEffectBook, key: str = KEY) -> EffectRecord:
    record = await effects.read(key)
    assert record is not None
    return record


async def test_a_new_effect_is_calling_for_the_first_time(effects: SqlEffectBook) -> None:
    record, new = await effects.begin(order())
    assert new
    first = CallRecord(
        state=CallState.CALLING,
        attempts=1,
        started_at=NOON,
        last_started_at=NOON,
        last_ended_at=None,
    )
    assert record == EffectRecord(order=order(), fingerprint=order().fingerprint, do=first)
    assert record == await the(effects)


async def test_beginning_again_reads_how_it_stands(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.lost(KEY)
    record, new = await effects.begin(order())
    assert (record.do.state, record.do.attempts, new) == (CallState.IN_DOUBT, 1, False)


async def test_a_key_with_another_request_is_refused(effects: SqlEffectBook) -> None:
    await effects.begin(order("charge_giftcard", amount=5_00))
    with pytest.raises(KeyReused):
        await effects.begin(order("charge_giftcard", amount=6_00))


async def test_of_twenty_begins_one_is_new(effects: SqlEffectBook) -> None:
    begun = await asyncio.gather(*(effects.begin(order()) for _ in range(20)))
    assert sum(new for _, new in begun) == 1


async def test_what_nobody_began_is_not_there(effects: SqlEffectBook) -> None:
    assert await effects.read(KEY) is None
    with pytest.raises(LookupError):
        await effects.calling(KEY, 1)


async def test_each_attempt_is_noted_with_its_times(
    effects: SqlEffectBook, clock: StillClock
) -> None:
    await effects.begin(order())
    lost_at = clock.move(5)
    await effects.lost(KEY)
    again_at = clock.move(30)
    await effects.calling(KEY, 1)
    call = (await the(effects)).do
    assert (call.state, call.attempts, call.last_ended_at) == (CallState.CALLING, 2, None)
    assert (call.started_at, call.last_started_at) == (NOON, again_at)
    sent_at = clock.move(1)
    await effects.not_sent(KEY)
    call = (await the(effects)).do
    assert (call.state, call.last_ended_at) == (CallState.NOT_SENT, sent_at)
    assert lost_at < again_at < sent_at


async def test_of_twenty_attempts_after_the_same_one_starts(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.lost(KEY)

    started = await asyncio.gather(*(effects.calling(KEY, 1) for _ in range(20)))

    assert sum(started) == 1
    assert (await the(effects)).do.attempts == 2


async def test_what_is_settled_is_not_attempted_again(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.applied(KEY, Done(reference="v-1"))

    assert not await effects.calling(KEY, 1)


async def test_a_yes_keeps_what_the_vendor_said(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.applied(KEY, done(uuid="u-1"))
    call = (await the(effects)).do
    assert (call.state, call.done, call.last_ended_at) == (
        CallState.APPLIED,
        done(uuid="u-1"),
        NOON,
    )


async def test_a_no_keeps_its_reason(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.refused(KEY, "offer_refused", "it is used")
    call = (await the(effects)).do
    assert (call.state, call.code, call.detail) == (
        CallState.REFUSED,
        "offer_refused",
        "it is used",
    )


async def test_a_late_answer_does_not_take_a_yes_back(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.applied(KEY, done())
    await effects.lost(KEY)
    await effects.not_sent(KEY)
    await effects.calling(KEY, 1)
    await effects.refused(KEY, "offer_refused", "already used")
    await effects.withdrawn(order())
    await effects.applied(KEY, done())
    call = (await the(effects)).do
    assert (call.state, call.attempts, call.code) == (CallState.APPLIED, 1, None)


@pytest.mark.parametrize("end", ["refused", "withdrawn"])
async def test_a_late_yes_outweighs_a_no(effects: SqlEffectBook, end: str) -> None:
    await effects.begin(order())
    if end == "refused":
        await effects.refused(KEY, "offer_refused", "it is used")
    else:
        await effects.withdrawn(order())
    await effects.applied(KEY, done())
    call = (await the(effects)).do
    assert (call.state, call.done, call.code) == (CallState.APPLIED, done(), None)


async def test_what_was_withdrawn_before_it_began_does_not_begin(effects: SqlEffectBook) -> None:
    await effects.withdrawn(order())
    record, new = await effects.begin(order())
    assert (record.do.state, record.do.attempts, new) == (CallState.WITHDRAWN, 0, False)


async def test_the_undo_is_noted_beside_the_do(effects: SqlEffectBook, clock: StillClock) -> None:
    await effects.begin(order())
    await effects.applied(KEY, done())
    begun_at = clock.move(1)
    call, new = await effects.undo_begin(KEY)
    assert (call.state, call.started_at, new) == (CallState.CALLING, begun_at, True)
    await effects.undo_lost(KEY)
    await effects.undo_calling(KEY, 1)
    await effects.undo_not_sent(KEY)
    call, new = await effects.undo_begin(KEY)
    assert (call.state, call.attempts, new) == (CallState.NOT_SENT, 2, False)
    await effects.undone(KEY, done("t-2"))
    record = await the(effects)
    assert record.undo is not None
    assert (record.undo.state, record.undo.done) == (CallState.APPLIED, done("t-2"))
    assert record.do.state is CallState.APPLIED


async def test_of_twenty_undos_one_begins(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.applied(KEY, done())
    begun = await asyncio.gather(*(effects.undo_begin(KEY) for _ in range(20)))
    assert sum(new for _, new in begun) == 1


async def test_an_undo_that_a_person_must_settle_may_turn_out_done(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    await effects.applied(KEY, done())
    await effects.undo_begin(KEY)
    await effects.undo_manual(KEY, "refused", "too late")
    await effects.undo_lost(KEY)
    record = await the(effects)
    assert record.undo is not None
    assert (record.undo.state, record.undo.detail) == (CallState.MANUAL, "too late")
    await effects.undone(KEY, done("t-2"))
    record = await the(effects)
    assert record.undo is not None
    assert record.undo.state is CallState.APPLIED


async def test_an_undo_that_never_began_cannot_end(effects: SqlEffectBook) -> None:
    await effects.begin(order())
    with pytest.raises(LookupError):
        await effects.undone(KEY, done())


async def test_the_records_of_a_checkout_come_oldest_first(effects: SqlEffectBook) -> None:
    asked = [order(subject=subject) for subject in ("v-3", "v-1", "v-2")]
    for each in [*asked, order(checkout="chk_b", subject="v-9")]:
        await effects.begin(each)
    assert [record.order for record in await effects.of_checkout("chk_a")] == asked


async def test_the_sweep_finds_what_was_left_open(
    effects: SqlEffectBook, clock: StillClock
) -> None:
    for checkout in ("chk_a", "chk_b", "chk_c"):
        await effects.begin(order(checkout=checkout, subject=checkout))
    await effects.applied(order(checkout="chk_b", subject="chk_b").key, done())
    await effects.applied(order(checkout="chk_c", subject="chk_c").key, done("t-2"))
    later = clock.move(60)
    await effects.undo_begin(order(checkout="chk_c", subject="chk_c").key)
    assert await effects.left_open(later) == ["chk_a"]
    assert await effects.left_open(clock.move(1)) == ["chk_a", "chk_c"]


async def test_card_codes_and_addresses_stay_out_of_the_record(
    effects: SqlEffectBook, database: Database
) -> None:
    sold = _order_with_sale()
    _, new = await effects.begin(sold)
    record, again = await effects.begin(sold)
    assert (new, again) == (True, False)
    assert record.order.sale is not None
    assert record.order.sale.lines[0].sold_reference == "gc-1"
    async with database.read() as session:
        row = str((await session.execute(text("SELECT * FROM effects"))).one())
    assert "6035550001" not in row
    assert "ada@example.com" not in row


def _order_with_sale() -> EffectOrder:
    line = Line(
        line_id="1",
        type="giftcard_sale",
        title="Gift card",
        unit_amount=25_00,
        reference="6035550001",
        recipient=Recipient(email="ada@example.com", consent=True),
    )
    sold = SoldLine(line=line, discount_amount=0, total_amount=25_00, sold_reference="gc-1")
    sale = Sale(
        checkout_id="chk_a",
        store_id="ams-1",
        terminal_id="till-1",
        receipt_number=None,
        currency="EUR",
        basket_id="basket-1",
        lines=(sold,),
        charges=(Charge(type="service", amount=1_00),),
        offers=(),
        tenders=(),
        members={"leat": "c-1"},
        basket_amount=26_00,
        discount_amount=0,
        tax_amount=0,
        total_amount=26_00,
        paid_at=NOON,
    )
    return order("post_order").model_copy(update={"sale": sale})
