"""Which cases a person may settle how, and what their word does to a checkout's state."""

import pytest

from tests.domain.samples import NOON, basket, checkout, checkout_of, effect, line, offer, tender
from tillsaga.domain.attention import ALL_ACTIONS, BY_HAND, Action, actions_for
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Concern, Effect, EffectStatus, Outcome
from tillsaga.domain.messages import AssignAttention, ResolveAttention
from tillsaga.domain.settling import allowed_actions, assign, effect_of, settle
from tillsaga.errors import Refusal


def ended(operation: str, status: EffectStatus = "refused", code: str = "no") -> Effect:
    ends = effect(operation, "x-1", status)
    ends.outcome = Outcome(status="manual" if status == "manual" else "refused", code=code)
    return ends


REPEATABLE = [
    ("undo_failed", ended("charge_giftcard", "manual")),
    ("effect_unknown", ended("post_transaction", "manual")),
    ("commit_failed", ended("post_transaction")),
    ("refund_failed", ended("refund_giftcard")),
    ("earning_failed", ended("post_order")),
    ("delivery_failed", ended("load_giftcard")),
    ("delivery_failed", ended("send_giftcard")),
    ("offer_lost_after_payment", ended("redeem_voucher")),
    ("offer_lost_after_payment", ended("burn_voucher")),
    ("tender_lost", ended("charge_prepaid")),
]
FINAL = [
    ("goodwill", ended("redeem_coupon", "irreversible")),
    ("points_spent", ended("return_lines", "applied")),
    ("vendor_mismatch", ended("spend_points", "applied")),
    ("sale_changed", ended("finalise", "applied")),
    ("effect_in_doubt", ended("post_transaction", "in_doubt")),
    ("earning_failed", ended("create_member")),
    ("earning_failed", None),
    ("payment_unknown", None),
    ("offer_lost_after_payment", ended("lock_voucher")),
    ("offer_lost_after_payment", ended("post_transaction")),
    ("tender_lost", ended("reserve")),
    ("tender_lost", ended("post_transaction")),
    ("effect_unknown", ended("redeem_coupon", "manual", "cannot_ask")),
    ("effect_unknown", ended("post_order", "manual", "transaction_reused")),
    ("effect_unknown", ended("post_order", "manual", "key_reused")),
]


@pytest.mark.parametrize(("code", "about"), REPEATABLE)
def test_what_can_be_sent_or_asked_again_offers_a_retry(code: str, about: Effect) -> None:
    assert actions_for(code, about) == ALL_ACTIONS


@pytest.mark.parametrize(("code", "about"), FINAL)
def test_what_cannot_is_settled_by_hand(code: str, about: Effect | None) -> None:
    assert actions_for(code, about) == BY_HAND


def word(action: Action = "retry", item: str = "att_1", actor: str = "kim") -> ResolveAttention:
    return ResolveAttention(item=item, action=action, actor=actor, reason="because")


def with_cases(code: str = "undo_failed", times: int = 1, **more: object) -> Checkout:
    """A completed checkout with cases about one gift card charge."""
    sold = checkout(line(), status="completed", **more)
    charge = ended("charge_giftcard", "manual")
    sold.effects.append(charge)
    for number in range(times):
        sold.open_attention(code, f"no {number}", NOON, effect=charge, amount=number, again=True)
    return sold


def test_cases_that_wait_for_one_work_are_retried_together() -> None:
    sold = with_cases(times=3)
    sold.open_attention("payment_unmatched", "other", NOON)

    closed = settle(sold, word(item="att_2"), NOON)

    assert [s.case.id for s in closed] == ["att_1", "att_2", "att_3"]
    assert all(s.retrying for s in closed)
    assert [case.id for case in sold.attention] == ["att_4"]


def test_each_case_is_settled_by_hand_alone() -> None:
    sold = with_cases(times=2)

    [closed] = settle(sold, word("accept_loss"), NOON)

    assert (closed.case.id, closed.retrying) == ("att_1", False)
    assert [case.id for case in sold.attention] == ["att_2"]
    assert settle(sold, word("accept_loss"), NOON) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (word(item="att_7"), "attention_not_found"),
        (word("settled_by_hand"), "attention_settled"),
        (word("retry", "att_2"), "action_not_allowed"),
    ],
)
def test_a_word_that_does_not_fit_changes_nothing(said: ResolveAttention, code: str) -> None:
    sold = with_cases()
    sold.open_attention("payment_unmatched", "other", NOON)
    settle(sold, word("accept_loss"), NOON)
    before = sold.model_copy(deep=True)

    with pytest.raises(Refusal) as refused:
        settle(sold, said, NOON)

    assert refused.value.code == code
    assert sold == before
    assert refused.value.allowed_actions == (BY_HAND if code == "action_not_allowed" else ())


def test_a_case_is_taken_on_and_given_back() -> None:
    sold = with_cases()
    assign(sold, AssignAttention(item="att_1", owner="kim"))
    assert sold.attention[0].owner == "kim"
    assign(sold, AssignAttention(item="att_1", owner=None))
    assert sold.attention[0].owner is None
    settle(sold, word(), NOON)
    with pytest.raises(Refusal, match="attention_settled"):
        assign(sold, AssignAttention(item="att_1", owner="kim"))


def test_a_charge_that_a_late_sale_stands_on_is_not_taken_back() -> None:
    sold = with_cases(tenders=[tender(subject="x-1")])
    assert allowed_actions(sold, sold.attention[0]) == BY_HAND
    sold.tenders[0].honoured = True
    assert allowed_actions(sold, sold.attention[0]) == ALL_ACTIONS


def test_a_later_generation_that_serves_the_sale_is_left_alone() -> None:
    """The lock's release failed, and the till has applied the voucher again since."""
    held = offer(hold={"operation": "lock_voucher", "subject": "v-1"})
    running = checkout_of(basket(line()), offers=[held])
    released = effect("lock_voucher", "v-1", "manual")
    running.effects += [released, effect("lock_voucher", "v-1", generation=2)]
    running.open_attention("undo_failed", "not released", NOON, effect=released)
    assert effect_of(running, running.attention[0]) is released


def test_what_a_person_has_settled_is_no_news() -> None:
    sold = with_cases()
    concern = Concern(code="goodwill", detail="a coupon stays spent", amount=2_00)
    sold.raise_concern(sold.effects[0], concern, NOON)
    settle(sold, word("settled_by_hand", "att_2"), NOON)

    sold.raise_concern(sold.effects[0], concern, NOON)

    assert [case.id for case in sold.attention] == ["att_1"]
