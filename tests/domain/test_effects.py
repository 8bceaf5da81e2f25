"""Keys, fingerprints and generations: what makes two effects the same one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.domain.samples import NOON, checkout, effect, rich_checkout
from tests.domain.strategies import JSON_SCALARS, baskets
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import OPERATIONS, Done, EffectOrder, Stage, Step
from tillsaga.domain.model import Json
from tillsaga.domain.plan import sale_of

STEP = Step(operation="charge_giftcard", subject="gc-1", request={"giftcard_uuid": "gc-1"})
REQUESTS = st.dictionaries(st.text(max_size=8), st.one_of(JSON_SCALARS, st.lists(JSON_SCALARS)))


def order(**changes: object) -> EffectOrder:
    said = {"checkout_id": "chk_1", "store_id": "ams-1", "provider": "leat", "kind": "leat"}
    asked = {"operation": "charge_giftcard", "subject": "gc-1", "amount": 5_00}
    return EffectOrder.model_validate({**said, **asked, **changes})


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_the_key_names_the_intent(operation: object) -> None:
    name = getattr(operation, "name", "")
    made = order(operation=name, provider="leat-2", subject="s-9", generation=3)
    assert made.key == f"chk_1/{name}/leat-2/s-9#3"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 5_01},
        {"amount": None},
        {"subject": "gc-2"},
        {"operation": "charge_prepaid"},
        {"request": {"giftcard_uuid": "x"}},
    ],
)
def test_what_is_asked_changes_the_fingerprint(change: dict[str, object]) -> None:
    assert order(**change).fingerprint != order().fingerprint


@pytest.mark.parametrize(
    "change", [{"patient": True}, {"prior": {"lock_voucher": {"release_key": "k"}}}]
)
def test_how_it_is_asked_does_not(change: dict[str, object]) -> None:
    assert order(**change).fingerprint == order().fingerprint


def test_the_order_of_a_requests_fields_does_not_matter() -> None:
    one, other = {"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}
    assert order(request=one).fingerprint == order(request=other).fingerprint


def test_a_sale_has_one_fingerprint_whatever_the_clock_says() -> None:
    sale = sale_of(rich_checkout())
    later = sale.model_copy(update={"paid_at": NOON + timedelta(days=3)})
    assert order(sale=sale).fingerprint == order(sale=later).fingerprint
    dearer = sale.model_copy(update={"total_amount": sale.total_amount + 1})
    assert order(sale=sale).fingerprint != order(sale=dearer).fingerprint
    assert order(sale=sale).fingerprint != order().fingerprint


def test_a_sale_is_another_one_for_another_customer_of_the_vendor_that_is_told() -> None:
    sale = sale_of(rich_checkout()).model_copy(update={"members": {"leat": "c-1"}})
    also = sale.model_copy(update={"members": {"leat": "c-1", "wll": "m-1"}})
    other = sale.model_copy(update={"members": {"leat": "c-2"}})
    assert order(sale=also).fingerprint == order(sale=sale).fingerprint
    assert order(sale=other).fingerprint != order(sale=sale).fingerprint


@given(REQUESTS, baskets())
def test_an_order_survives_its_journey_to_the_activity(request: Json, sold: Basket) -> None:
    bought = checkout(paid_at=NOON)
    bought.basket = sold
    sent = order(request=request, sale=sale_of(bought), prior={"lock_voucher": request})
    payloads = pydantic_data_converter.payload_converter.to_payloads([sent])
    (came,) = pydantic_data_converter.payload_converter.from_payloads(payloads, [EffectOrder])
    assert came == sent
    assert (came.key, came.fingerprint) == (sent.key, sent.fingerprint)


def test_an_effect_that_may_stand_is_met_again() -> None:
    sold = checkout()
    first = sold.start_effect("leat", STEP, amount=5_00)
    for status in ("pending", "in_doubt", "applied"):
        first.status = status
        assert sold.start_effect("leat", STEP, amount=5_00) is first
    assert (first.generation, first.id) == (1, "charge_giftcard:leat:gc-1#1")


@pytest.mark.parametrize("status", ["refused", "reversed", "irreversible", "manual"])
def test_an_effect_that_has_ended_begins_the_next_generation(status: str) -> None:
    sold = checkout()
    first = sold.start_effect("leat", STEP)
    sold.effects[0] = first.model_copy(update={"status": status})
    again = sold.start_effect("leat", STEP)
    assert (again.generation, len(sold.effects)) == (2, 2)
    assert sold.effect("charge_giftcard", "leat", "gc-1") is again


def test_an_effect_that_is_being_taken_back_is_not_counted_on() -> None:
    sold = checkout()
    sold.start_effect("leat", STEP).wanted = False
    assert sold.start_effect("leat", STEP).generation == 2


def test_other_subjects_and_providers_have_effects_of_their_own() -> None:
    sold = checkout()
    other = STEP.model_copy(update={"subject": "gc-2"})
    made = [("leat", STEP), ("leat", other), ("wll", STEP)]
    assert [sold.start_effect(*each).generation for each in made] == [1, 1, 1]


def test_an_order_carries_what_came_before_on_its_subject() -> None:
    locked = Done(reference="v-1", data={"release_key": "k"})
    sold = checkout(effects=[effect("lock_voucher", "v-1", done=locked)])
    sold.effects.append(effect("lock_voucher", "v-2", done=Done(data={"release_key": "other"})))
    redeem = sold.start_effect("leat", Step(operation="redeem_voucher", subject="v-1"))
    prior = sold.order_for(redeem, patient=True).prior
    assert prior == {"lock_voucher": {"release_key": "k", "reference": "v-1"}}


def test_what_was_taken_back_is_not_prior() -> None:
    sold = checkout(effects=[effect("lock_voucher", "v-1", "reversed")])
    redeem = sold.start_effect("leat", Step(operation="redeem_voucher", subject="v-1"))
    assert sold.order_for(redeem, patient=True).prior == {}


def test_the_order_of_an_effect_has_its_id_in_its_key() -> None:
    sold = checkout(effects=[effect(status="reversed")])
    made = sold.order_for(sold.start_effect("leat", STEP, amount=5_00), patient=False)
    assert (made.key, made.amount) == ("chk_1/charge_giftcard/leat/gc-1#2", 5_00)
    assert (made.request, made.patient) == (STEP.request, False)


@pytest.mark.parametrize("name", OPERATIONS)
def test_exactly_what_is_reversible_names_its_undo(name: str) -> None:
    nature = OPERATIONS[name]
    assert nature.name == name
    asks_a_favour = name == "finalise"  # some stores' vendor takes a bill back all the same
    assert (nature.undo is not None) == (nature.reversibility == "reversible" or asks_a_favour)


def test_no_two_activities_share_a_name() -> None:
    undos = [nature.undo for nature in OPERATIONS.values() if nature.undo]
    names = [*OPERATIONS, *undos]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_that_a_till_can_still_give_up_is_irreversible(name: str) -> None:
    nature = OPERATIONS[name]
    assert nature.stage is not Stage.APPLY or nature.reversibility != "irreversible"
    assert nature.title
