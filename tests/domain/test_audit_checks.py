"""What must hold of a checkout: it is tried on records, and each check can fail."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.chains import (
    ID,
    NOON,
    SHAPES,
    Chain,
    captured,
    declined,
    irreversible,
    refunded,
    sale,
    several,
    totals,
)
from tillsaga.domain.audit import verify
from tillsaga.domain.audit_checks import Check, Evidence, checks_of
from tillsaga.domain.audit_effects import ToldEffect, ToldSide, told_effects
from tillsaga.domain.audit_ledger import accounts_of
from tillsaga.domain.audit_sale import told_sale
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord

CHAIN, RECORDS = "Chain unchanged", "Chain and effect records agree"
ONCE, REVERSALS = "At most one commit per vendor object", "Each reversal names an existing effect"
SUMS, REFUNDS = "Tenders, discounts and payments add up", "Refunds do not exceed the sale"
LEFT, DOUBT = "Nothing is left at any vendor", "Nothing is in doubt"
FINALISED = "Finalised exactly once at letstrade"


def record_of(effect: ToldEffect) -> EffectRecord:
    order = EffectOrder(
        checkout_id=ID,
        store_id="ams-1",
        provider=effect.provider,
        kind=effect.provider,
        operation=effect.operation,
        subject=effect.subject or "s",
        amount=effect.amount,
    )
    undo = call_of(effect.undo) if effect.undo else None
    return EffectRecord(order=order, fingerprint="f", do=call_of(effect.do), undo=undo)


def call_of(side: ToldSide) -> CallRecord:
    known = Done(transaction_id=side.transaction_id) if side.is_applied else None
    return CallRecord(
        state=CallState(side.state) if side.calls else CallState.CALLING,
        attempts=max(1, side.sent),
        started_at=NOON,
        last_started_at=NOON,
        done=known,
    )


def checks(chain: Chain, finalises: tuple[str, ...] = (), **changes: Any) -> dict[str, Check]:
    effects, sold = told_effects(chain.entries), told_sale(chain.entries)
    records = {effect.number: record_of(effect) for effect in effects}
    known: dict[str, Any] = {
        "entries": chain.entries,
        "findings": verify(ID, chain.entries, chain.head),
        "roots": 0,
        "effects": effects,
        "sale": sold,
        "accounts": accounts_of(effects, sold, {}, {}),
        "records": records,
        "finalises": finalises,
    }
    return {check.name: check for check in checks_of(Evidence(**known | changes))}


@pytest.mark.parametrize("name", SHAPES)
def test_everything_holds_of_what_went_as_it_should(name: str) -> None:
    expected = {"Nothing is left at any vendor"} if name == "an irreversible step" else set()

    found = checks(SHAPES[name]())

    assert {check.name for check in found.values() if check.verdict != "holds"} == expected
    assert {CHAIN, RECORDS, ONCE, REVERSALS, SUMS, DOUBT} <= found.keys()
    assert (LEFT in found) == (name in ("declined and undone", "a refund", "an irreversible step"))


def charged_twice() -> Chain:
    chain = Chain().done(1, "charge_giftcard", amount=1_00, transaction_id="t-1")
    return chain.done(2, "charge_giftcard", amount=1_00, transaction_id="t-2")


def one_transaction_of_two() -> Chain:
    chain = Chain().done(1, "charge_giftcard", subject="a", transaction_id="t-1")
    return chain.done(2, "charge_giftcard", subject="b", transaction_id="t-1")


def a_second_yes() -> Chain:
    chain = Chain().done(1, "charge_giftcard")
    return chain.note("answered_again", "worker", effect=1, transaction_id="t-2")


def an_undo_of_nothing() -> Chain:
    return Chain().undone(7, "charge_giftcard")


def an_undo_of_a_refusal() -> Chain:
    return Chain().moved(1, "charge_giftcard", "refused").undone(1, "charge_giftcard")


def a_part_of_nothing() -> Chain:
    return Chain().done(1, "refund_giftcard", subject="gc-1/r-1", amount=1_00)


def wrong_sums() -> Chain:
    return Chain().decided("ready", totals=totals(8_00, 3_00, 0) | {"due_amount": 4_99})


def other_payments() -> Chain:
    sums = totals(8_00, 3_00, 5_00)
    return Chain().decided("completed", totals=sums, payments=captured(4_00))


def sold_with_a_rest() -> Chain:
    return Chain().decided("completed", totals=totals(8_00, 3_00, 0))


def refunded_too_much() -> Chain:
    return refunded().decided("completed", refunds=[{"refund_id": "r-1", "amount": 8_01}])


def held_for_ever() -> Chain:
    return Chain().done(1, "lock_voucher").decided("expired", "archived")


@pytest.mark.parametrize(
    ("shape", "name", "effects"),
    [
        (charged_twice, ONCE, (1, 2)),
        (one_transaction_of_two, ONCE, (1, 2)),
        (a_second_yes, ONCE, (1,)),
        (an_undo_of_nothing, REVERSALS, (7,)),
        (an_undo_of_a_refusal, REVERSALS, (1,)),
        (a_part_of_nothing, REVERSALS, (1,)),
        (wrong_sums, SUMS, ()),
        (other_payments, SUMS, ()),
        (sold_with_a_rest, SUMS, ()),
        (refunded_too_much, REFUNDS, ()),
        (held_for_ever, LEFT, (1,)),
        (irreversible, LEFT, (1,)),
    ],
)
def test_what_does_not_hold_is_broken_and_named(
    shape: Callable[[], Chain], name: str, effects: tuple[int, ...]
) -> None:
    found = checks(shape())[name]

    assert (found.verdict, found.effects) == ("broken", effects)


def test_a_chain_that_was_changed_is_broken_at_its_entry() -> None:
    chain = sale()
    chain.entries[3] = chain.entries[3].model_copy(update={"actor": "nobody"})

    found = checks(chain)[CHAIN]

    assert (found.verdict, found.entries) == ("broken", (4,))


@pytest.mark.parametrize("state", ["calling", "in_doubt", "manual"])
def test_what_nobody_knows_is_open(state: str) -> None:
    chain = Chain().moved(1, "charge_giftcard", state, amount=3_00).decided("cancelled")

    found = checks(chain)

    assert {found[name].verdict for name in (DOUBT, LEFT)} == {"open"}
    assert found[DOUBT].effects == (1,)


def test_what_was_erased_proves_nothing() -> None:
    chain = refunded()
    chain.done(5, "refund_giftcard", subject=None, amount=1)
    erased = [each.model_copy(update={"private": None}) for each in chain.entries]

    found = checks(sale(), effects=told_effects(erased))

    assert {found[name].verdict for name in (ONCE, REVERSALS)} == {"open"}


def test_records_that_tell_otherwise_are_named() -> None:
    effects = told_effects(sale().entries)
    records = {effect.number: record_of(effect) for effect in effects}
    changed = records[2].do.model_copy(update={"state": CallState.REFUSED, "done": None})
    other = records | {2: records[2].model_copy(update={"do": changed})}
    missing = {number: record for number, record in records.items() if number != 3}
    more = records | {9: records[1]}

    assert checks(sale())[RECORDS].verdict == "holds"
    for wrong, number in ((other, 2), (missing, 3), (more, 9)):
        found = checks(sale(), records=wrong)[RECORDS]
        assert (found.verdict, found.effects) == ("broken", (number,))


def finalised(times: int, status: str = "completed", state: str = "applied") -> Chain:
    chain = Chain()
    for number in range(1, times + 1):
        named: Any = {"provider": "letstrade", "subject": f"b-{number}"}
        chain.done(number, "finalise", **named) if state == "applied" else chain.moved(
            number, "finalise", state, **named
        )
    return chain.decided(status, totals=totals(0, 0, 0))


@pytest.mark.parametrize(
    ("chain", "verdict"),
    [
        (finalised(1), "holds"),
        (finalised(0), "broken"),
        (finalised(2), "broken"),
        (finalised(1, state="refused"), "broken"),
        (finalised(1, state="in_doubt"), "open"),
        (finalised(1, state="not_sent"), "open"),
        (finalised(0, "ready"), "open"),
        (finalised(1).undone(1, "finalise", provider="letstrade", subject="b-1"), "holds"),
    ],
)
def test_a_bill_is_finalised_exactly_once(chain: Chain, verdict: str) -> None:
    assert checks(chain, ("letstrade",))[FINALISED].verdict == verdict


def test_a_bill_that_was_given_up_is_not_finalised() -> None:
    name = "Nothing finalised at letstrade"

    assert checks(finalised(1, "cancelled"), ("letstrade",))[name].verdict == "broken"
    assert checks(declined(), ("letstrade",))[name].verdict == "holds"
    assert checks(several(), ("letstrade",))[FINALISED].verdict == "holds"
