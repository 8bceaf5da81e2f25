import asyncio

import pytest

from tests.records.samples import NOON, StillClock, done, open_bill, order, payment, view
from tillsaga.domain.ports import Facts, PaymentFact
from tillsaga.errors import Refused
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.effects import SqlEffectBook


async def test_an_unknown_checkout_has_no_facts(checkouts: SqlCheckoutBook) -> None:
    assert await checkouts.facts("chk_x") == Facts()


async def test_a_payment_is_a_fact_also_without_a_bill(checkouts: SqlCheckoutBook) -> None:
    await checkouts.note_payment("chk_x", payment(), "received")
    facts = await checkouts.facts("chk_x")
    fact = PaymentFact(reference="card-1", report=payment(), received_at=NOON, verdict="received")
    assert facts.payments == (fact,)
    assert facts.captured


async def test_each_status_of_a_payment_is_a_fact_of_its_own(checkouts: SqlCheckoutBook) -> None:
    for status in ("authorized", "captured"):
        await checkouts.note_payment("chk_x", payment(status), "received")
    facts = await checkouts.facts("chk_x")
    assert [fact.report.status for fact in facts.payments] == ["authorized", "captured"]


async def test_the_first_time_of_a_payment_stays(
    checkouts: SqlCheckoutBook, clock: StillClock
) -> None:
    await checkouts.note_payment("chk_x", payment(), "received")
    clock.move(60)
    await checkouts.note_payment("chk_x", payment(), "accepted")
    (fact,) = (await checkouts.facts("chk_x")).payments
    assert (fact.received_at, fact.verdict) == (NOON, "accepted")


async def test_a_repetition_does_not_take_the_verdict_back(checkouts: SqlCheckoutBook) -> None:
    await checkouts.note_payment("chk_x", payment(), "accepted")
    await checkouts.note_payment("chk_x", payment(), "received")
    (fact,) = (await checkouts.facts("chk_x")).payments
    assert fact.verdict == "accepted"


async def test_another_amount_is_a_new_report_to_be_judged(checkouts: SqlCheckoutBook) -> None:
    await checkouts.note_payment("chk_x", payment(amount=10_00), "accepted")
    await checkouts.note_payment("chk_x", payment(amount=9_00), "received")
    (fact,) = (await checkouts.facts("chk_x")).payments
    assert (fact.report.amount, fact.verdict) == (9_00, "received")


async def test_twenty_notes_of_a_payment_are_one_fact(checkouts: SqlCheckoutBook) -> None:
    notes = (checkouts.note_payment("chk_x", payment(), "received") for _ in range(20))
    await asyncio.gather(*notes)
    assert len((await checkouts.facts("chk_x")).payments) == 1


async def test_a_saved_state_is_read_back_with_the_effects(
    checkouts: SqlCheckoutBook, effects: SqlEffectBook
) -> None:
    checkout = (await open_bill(checkouts)).checkout_id
    await effects.begin(order(checkout=checkout))
    await effects.applied(order(checkout=checkout).key, done())
    await checkouts.save(checkout, {"z": 1, "a": [None, 2.5]}, view(3, "ready"), ended=False)
    facts = await checkouts.facts(checkout)
    assert (facts.ended, facts.state) == (False, {"z": 1, "a": [None, 2.5]})
    assert list(facts.state or {}) == ["z", "a"]
    assert [record.do.done for record in facts.effects] == [done()]


async def test_saving_shows_the_view_unless_it_is_older(checkouts: SqlCheckoutBook) -> None:
    checkout = (await open_bill(checkouts)).checkout_id
    await checkouts.remember_view(checkout, view(5, "completing"))
    await checkouts.save(checkout, {"n": 1}, view(4, "ready"), ended=False)
    bill = await checkouts.find(checkout)
    assert bill is not None
    assert (bill.status, bill.version, bill.saved_at) == ("completing", 5, NOON)
    assert (await checkouts.facts(checkout)).state == {"n": 1}


async def test_an_ended_checkout_is_archived(checkouts: SqlCheckoutBook, clock: StillClock) -> None:
    checkout = (await open_bill(checkouts)).checkout_id
    await checkouts.save(checkout, {"n": 1}, view(1, "ready"), ended=False)
    ended_at = clock.move(60)
    await checkouts.save(checkout, {"n": 2}, view(2, "completed"), ended=True)
    facts, bill = await checkouts.facts(checkout), await checkouts.find(checkout)
    assert (facts.ended, facts.state) == (True, {"n": 2})
    assert bill is not None
    assert (bill.status, bill.ended_at, bill.view) == ("completed", ended_at, view(2, "completed"))


async def test_ending_again_renews_the_document_and_not_the_time(
    checkouts: SqlCheckoutBook, clock: StillClock
) -> None:
    checkout = (await open_bill(checkouts)).checkout_id
    await checkouts.save(checkout, {"n": 1}, view(1, "completed"), ended=True)
    clock.move(60)
    await checkouts.save(checkout, {"n": 2}, view(2, "completed"), ended=True)
    bill = await checkouts.find(checkout)
    assert bill is not None
    assert (bill.version, bill.ended_at) == (2, NOON)
    assert (await checkouts.facts(checkout)).state == {"n": 2}


async def test_a_checkout_that_goes_on_after_its_end_stays_archived(
    checkouts: SqlCheckoutBook,
) -> None:
    checkout = (await open_bill(checkouts)).checkout_id
    await checkouts.save(checkout, {"n": 1}, view(1, "expired"), ended=True)
    await checkouts.save(checkout, {"n": 2}, view(2, "completing"), ended=False)
    facts, bill = await checkouts.facts(checkout), await checkouts.find(checkout)
    assert (facts.ended, facts.state) == (True, {"n": 2})
    assert bill is not None
    assert (bill.status, bill.ended_at) == ("completing", NOON)


async def test_a_checkout_without_a_bill_cannot_be_saved(checkouts: SqlCheckoutBook) -> None:
    with pytest.raises(Refused) as refusal:
        await checkouts.save("chk_x", {}, view(1), ended=True)
    assert refusal.value.code == "checkout_not_found"
