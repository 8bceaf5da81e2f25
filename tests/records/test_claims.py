import asyncio
from datetime import timedelta

import pytest

from tests.records.samples import NOON, claims, done, open_bill, order, view
from tillsaga.domain.effects import EffectOrder
from tillsaga.errors import KeyReused, Refused
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database
from tillsaga.records.effects import SqlEffectBook

LOCK, REDEEM = order("lock_voucher"), order("redeem_voucher")
HELD = [("v-1", "chk_a")]


async def apply(effects: SqlEffectBook, *orders: EffectOrder) -> None:
    for each in orders:
        await effects.begin(each)
        await effects.applied(each.key, done(each.key))


async def undo(effects: SqlEffectBook, undone: EffectOrder) -> None:
    await effects.undo_begin(undone.key)
    await effects.undone(undone.key, done(f"undo of {undone.key}"))


async def test_another_checkout_cannot_begin_on_a_claimed_subject(
    effects: SqlEffectBook, database: Database
) -> None:
    await effects.begin(REDEEM)
    other = order("lock_voucher", checkout="chk_b")
    with pytest.raises(Refused) as refusal:
        await effects.begin(other)
    assert refusal.value.code == "offer_held"
    assert await effects.read(other.key) is None
    assert await claims(database) == HELD


async def test_of_twenty_checkouts_one_gets_the_voucher(
    effects: SqlEffectBook, database: Database
) -> None:
    orders = [order(checkout=f"chk_{n}") for n in range(20)]
    begun = await asyncio.gather(*map(effects.begin, orders), return_exceptions=True)
    assert sum(isinstance(answer, Refused) for answer in begun) == 19
    assert len(await claims(database)) == 1


async def test_what_is_not_exclusive_claims_nothing(
    effects: SqlEffectBook, database: Database
) -> None:
    await effects.begin(order("charge_giftcard"))
    await effects.begin(order("charge_giftcard", checkout="chk_b"))
    assert await claims(database) == []


async def test_a_refused_effect_frees_the_subject(
    effects: SqlEffectBook, database: Database
) -> None:
    await effects.begin(REDEEM)
    await effects.refused(REDEEM.key, "offer_refused", "used")
    assert await claims(database) == []
    _, new = await effects.begin(order(checkout="chk_b"))
    assert new


async def test_a_withdrawn_or_undone_effect_frees_the_subject(
    effects: SqlEffectBook, database: Database
) -> None:
    await effects.begin(LOCK)
    await effects.withdrawn(LOCK)
    assert await claims(database) == []
    again = order("lock_voucher", generation=2)
    await apply(effects, again)
    assert await claims(database) == HELD
    await undo(effects, again)
    assert await claims(database) == []


async def test_a_claim_stays_while_another_effect_of_the_checkout_needs_it(
    effects: SqlEffectBook, database: Database
) -> None:
    await apply(effects, LOCK)
    await effects.begin(REDEEM)
    await effects.refused(REDEEM.key, "offer_refused", "try again")
    assert await claims(database) == HELD
    await undo(effects, LOCK)
    assert await claims(database) == []


async def test_a_claim_of_another_subject_stays(effects: SqlEffectBook, database: Database) -> None:
    await effects.begin(LOCK)
    await effects.begin(order("lock_voucher", subject="v-2"))
    await effects.refused(LOCK.key, "offer_refused", "used")
    assert await claims(database) == [("v-2", "chk_a")]


async def test_a_late_yes_claims_the_subject_again_if_it_is_free(
    effects: SqlEffectBook, database: Database
) -> None:
    await effects.begin(LOCK)
    await effects.withdrawn(LOCK)
    await effects.applied(LOCK.key, done())
    assert await claims(database) == HELD


async def test_a_late_yes_does_not_take_a_claim_from_another_checkout(
    effects: SqlEffectBook, database: Database
) -> None:
    await effects.begin(LOCK)
    await effects.withdrawn(LOCK)
    await effects.begin(order("lock_voucher", checkout="chk_b"))
    await effects.applied(LOCK.key, done())
    assert await claims(database) == [("v-1", "chk_b")]


async def test_a_yes_after_the_undo_claims_nothing(
    effects: SqlEffectBook, database: Database
) -> None:
    await apply(effects, LOCK)
    await undo(effects, LOCK)
    await effects.applied(LOCK.key, done(LOCK.key))
    assert await claims(database) == []


async def test_the_end_drops_all_claims_but_those_in_doubt(
    effects: SqlEffectBook, checkouts: SqlCheckoutBook, database: Database
) -> None:
    checkout = (await open_bill(checkouts)).checkout_id
    sure, unsure = (order(checkout=checkout, subject=s) for s in ("v-1", "v-2"))
    await apply(effects, sure)
    await effects.begin(unsure)
    await effects.lost(unsure.key)
    await checkouts.save(checkout, {}, view(1, "completed"), ended=False)
    assert await claims(database) == [("v-1", checkout), ("v-2", checkout)]
    await checkouts.save(checkout, {}, view(1, "completed"), ended=True)
    assert await claims(database) == [("v-2", checkout)]
    await effects.applied(unsure.key, done())
    assert await claims(database) == []


async def test_a_transaction_belongs_to_one_effect(effects: SqlEffectBook) -> None:
    other = order("charge_giftcard")
    await apply(effects, LOCK)
    await effects.begin(other)
    with pytest.raises(KeyReused):
        await effects.applied(other.key, done(LOCK.key))
    record = await effects.read(other.key)
    assert record is not None
    assert record.do.state == "calling"
    assert await effects.owner("leat", LOCK.key) == LOCK.key


async def test_an_undo_owns_its_transaction_too(effects: SqlEffectBook) -> None:
    await apply(effects, LOCK, REDEEM)
    await undo(effects, REDEEM)
    assert await effects.owner("leat", f"undo of {REDEEM.key}") == REDEEM.key
    await effects.undo_begin(LOCK.key)
    with pytest.raises(KeyReused):
        await effects.undone(LOCK.key, done(f"undo of {REDEEM.key}"))


async def test_a_transaction_of_another_vendor_is_another_one(effects: SqlEffectBook) -> None:
    await apply(effects, LOCK)
    assert await effects.owner("loyale", LOCK.key) is None


async def test_of_twenty_effects_one_owns_the_transaction(effects: SqlEffectBook) -> None:
    orders = [order("charge_giftcard", checkout=f"chk_{n}") for n in range(20)]
    await asyncio.gather(*map(effects.begin, orders))
    applied = (effects.applied(each.key, done()) for each in orders)
    answers = await asyncio.gather(*applied, return_exceptions=True)
    assert sum(isinstance(answer, KeyReused) for answer in answers) == 19


async def test_a_second_yes_keeps_the_first_and_owns_both(effects: SqlEffectBook) -> None:
    await effects.begin(REDEEM)
    await effects.applied(REDEEM.key, done("t-1"))
    await effects.applied(REDEEM.key, done("t-2"))
    record = await effects.read(REDEEM.key)
    assert record is not None
    assert record.do.done == done("t-1")
    assert await effects.owner("leat", "t-2") == REDEEM.key


OLD = order("charge_giftcard", checkout="chk_old")
YOUNG = order("charge_giftcard", checkout="chk_young")


async def test_an_open_call_on_the_subject_is_a_rival(effects: SqlEffectBook) -> None:
    await effects.begin(OLD)
    assert not await effects.rival(OLD, NOON)
    await effects.begin(YOUNG)
    assert await effects.rival(OLD, NOON)
    assert await effects.rival(YOUNG, NOON)


async def test_of_two_calls_that_died_only_the_older_is_a_rival(effects: SqlEffectBook) -> None:
    await effects.begin(OLD)
    await effects.begin(YOUNG)
    later = NOON + timedelta(minutes=1)
    assert not await effects.rival(OLD, later)
    assert await effects.rival(YOUNG, later)


async def test_of_two_in_doubt_only_the_older_is_a_rival(effects: SqlEffectBook) -> None:
    for each in (OLD, YOUNG):
        await effects.begin(each)
        await effects.lost(each.key)
    assert not await effects.rival(OLD, NOON)
    assert await effects.rival(YOUNG, NOON)
    assert await effects.rival(order("charge_giftcard", checkout="chk_unknown"), NOON)


async def test_what_is_settled_or_elsewhere_is_no_rival(effects: SqlEffectBook) -> None:
    await apply(effects, OLD)
    await effects.begin(order("charge_prepaid", checkout="chk_b"))
    await effects.begin(order("charge_giftcard", checkout="chk_c", subject="v-2"))
    await effects.begin(YOUNG)
    assert not await effects.rival(YOUNG, NOON)
