"""A checkout as chips: what tills are shown, overtaken by what the records know by now."""

from datetime import timedelta

import pytest

from api.pages.masking import masked_body, masked_document
from api.pages.saga_calls import sent
from api.pages.saga_chips import STATES, UNDOS, VENDORS, saga
from tillsaga.domain.effects import OPERATIONS, Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord
from tillsaga.providers import KINDS
from tillsaga.records.database import utc_now

NOW = utc_now()


def record(
    operation: str, do: CallState, undo: CallState | None = None, later: int = 0
) -> EffectRecord:
    order = EffectOrder(
        checkout_id="chk_1",
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation=operation,
        subject="s-1",
        amount=200,
    )
    taken_back = called(undo, later) if undo else None
    return EffectRecord(order=order, fingerprint="f", do=called(do), undo=taken_back)


def called(state: CallState, later: int = 0) -> CallRecord:
    at = NOW + timedelta(seconds=later)
    done = Done(reference="r-1") if state is CallState.APPLIED else None
    return CallRecord(state=state, attempts=2, started_at=at, last_started_at=at, done=done)


def shown(known: EffectRecord, status: str) -> Json:
    order = known.order
    return {
        "id": order.effect_id,
        "operation": order.operation,
        "provider": order.provider,
        "status": status,
        "amount": order.amount,
        "reference": None,
    }


def view(*effects: Json) -> Json:
    return {"id": "chk_1", "effects": [*effects]}


@pytest.mark.parametrize(
    ("status", "do", "undo", "state"),
    [
        ("pending", CallState.CALLING, None, "calling"),
        ("pending", CallState.NOT_SENT, None, "waiting"),
        ("pending", CallState.IN_DOUBT, None, "in_doubt"),
        ("pending", CallState.APPLIED, None, "applied"),
        ("in_doubt", CallState.WITHDRAWN, None, "withdrawn"),
        ("applied", CallState.APPLIED, CallState.CALLING, "applied"),
        ("applied", CallState.APPLIED, CallState.APPLIED, "undone"),
        ("refused", CallState.NOT_SENT, None, "refused"),
        ("irreversible", CallState.APPLIED, None, "irreversible"),
        ("manual", CallState.APPLIED, CallState.MANUAL, "manual"),
        ("reversed", CallState.APPLIED, CallState.APPLIED, "undone"),
    ],
)
def test_a_chip_says_what_is_known_by_now(
    status: str, do: CallState, undo: CallState | None, state: str
) -> None:
    known = record("charge_giftcard", do, undo)

    made = saga(view(shown(known, status)), [], [known], {"leat": "leat"})

    assert [chip.state for chip in made.steps] == [state]
    assert [chip.attempts for chip in made.steps] == [2]


def test_what_began_since_the_last_view_is_there_too() -> None:
    known = record("charge_giftcard", CallState.CALLING)

    made = saga(view(), [], [known], {"leat": "leat"})

    assert [(chip.state, chip.amount, chip.number) for chip in made.steps] == [("calling", 200, 1)]
    assert made.is_busy


def test_what_is_taken_back_stands_with_the_newest_first() -> None:
    first = record("lock_voucher", CallState.APPLIED, CallState.CALLING, later=5)
    second = record("charge_giftcard", CallState.APPLIED, CallState.APPLIED, later=9)

    made = saga(
        view(shown(first, "applied"), shown(second, "reversed")),
        [],
        [first, second],
        {"leat": "leat"},
    )

    assert [(chip.number, chip.state) for chip in made.undos] == [(2, "undone"), (1, "calling")]
    assert [chip.id for chip in made.undos] == [chip.id for chip in reversed(made.steps)]


def test_the_customer_pays_between_what_comes_before_and_after() -> None:
    done = record("lock_voucher", CallState.APPLIED)
    burn = shown(record("burn_voucher", CallState.CALLING), "planned")
    redeem = shown(record("redeem_voucher", CallState.CALLING), "planned")
    pivot: Json = {"operation": "payment", "amount": 150, "stage": "pivot"}
    plan = [shown(done, "applied"), burn, pivot, redeem]

    made = saga(view(shown(done, "applied")), plan, [done], {"leat": "leat"})

    assert [chip.number for chip in (*made.steps, *made.planned)] == [1, 2, 3]
    assert (made.pivot_at, made.pivot_amount) == (1, 150)
    assert [chip.is_irreversible for chip in made.planned] == [True, False]


def test_every_vendor_state_and_undo_has_its_words() -> None:
    assert set(VENDORS) == set(KINDS)
    assert len({look.sign for look in STATES.values()}) == len(STATES)
    assert {o.undo for o in OPERATIONS.values() if o.undo} == set(UNDOS)


def test_codes_are_masked_by_their_names_and_amounts_are_not() -> None:
    document: Json = {
        "hash": "HT123ABC",
        "contact_identifier_value": "CARD-1234",
        "code": 5006,
        "vouchers": [{"code": "FREECOFFEE-ANN", "tillsaga_product_code": "FW-350"}],
        "amount": "12.50",
        "note": "mail ann@example.test",
        "token": "tok_" + "0" * 24 + "_33414243",
    }

    assert masked_document(document) == {
        "hash": "****3ABC",
        "contact_identifier_value": "****1234",
        "code": 5006,
        "vouchers": [{"code": "****-ANN", "tillsaga_product_code": "FW-350"}],
        "amount": "12.50",
        "note": "mail a***@e***.test",
        "token": "****3ABC",
    }
    assert masked_body("hash=HT123ABC&n=1", "application/x-www-form-urlencoded") == (
        "hash=****3ABC&n=1"
    )
    assert masked_body("HT123ABC", "text/plain") == "..."


def test_a_call_can_be_pasted_into_a_shell_that_knows_the_secrets() -> None:
    entry = {
        "method": "POST",
        "path": "/giftcards",
        "url": "http://127.0.0.1:8600/leat/giftcards?hash=HT123ABC",
        "headers": {"authorization": "Bearer $TOKEN", "content-type": "application/json"},
        "body": '{"note": "it\'s"}',
        "status": None,
        "applied": True,
        "fault": "drop_after",
        "at": "2026-03-01T10:00:00+00:00",
    }

    assert sent(entry).curl.split(" \\\n  ") == [
        "curl -X POST 'http://127.0.0.1:8600/leat/giftcards?hash=****3ABC'",
        "-H 'authorization: Bearer '\"$TOKEN\"",
        "-H 'content-type: application/json'",
        '-d \'{"note": "it\'"\'"\'s"}\'',
    ]
