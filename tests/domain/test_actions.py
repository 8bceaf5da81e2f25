"""What each status lets a till do, and how it says no."""

from typing import get_args

import pytest

from tests.domain.samples import NOON, checkout, payment
from tillsaga.domain.checkout import ALLOWED, FINAL, Status
from tillsaga.domain.view import refusal_body
from tillsaga.errors import REFUSALS, Refusal

STATUSES: tuple[Status, ...] = get_args(Status)
ACTIONS = sorted({action for allowed in ALLOWED.values() for action in allowed})
BUILDING = ("put_basket", "apply_offer", "remove_offer")


def code(status: Status, action: str) -> str | None:
    try:
        checkout(status=status).require(action)
    except Refusal as no:
        return no.code
    return None


def test_every_status_says_what_is_allowed() -> None:
    assert set(ALLOWED) == set(STATUSES)
    assert all(ALLOWED.values())
    assert {"completed", "cancelled", "expired"} == FINAL


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", STATUSES)
def test_what_is_not_allowed_is_refused_with_a_code_that_has_a_meaning(
    status: Status, action: str
) -> None:
    said = code(status, action)
    assert (said is None) == (action in ALLOWED[status])
    assert said in (None, "basket_frozen", "already_committed", "state_conflict")
    assert said is None or said in REFUSALS


@pytest.mark.parametrize("action", BUILDING)
def test_a_ready_basket_is_frozen(action: str) -> None:
    assert code("ready", action) == "basket_frozen"


@pytest.mark.parametrize("status", ["completing", "completed"])
def test_a_committed_sale_is_not_cancelled(status: Status) -> None:
    assert code(status, "cancel") == "already_committed"


@pytest.mark.parametrize("status", ["open", "ready"])
def test_before_commit_a_sale_can_be_cancelled(status: Status) -> None:
    assert code(status, "cancel") is None


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("open", "reopen"),
        ("open", "payment"),
        ("ready", "add_tender"),
        ("cancelled", "ready"),
        ("expired", "heartbeat"),
        ("completed", "reopen"),
    ],
)
def test_anything_else_conflicts_with_the_state(status: Status, action: str) -> None:
    assert code(status, action) == "state_conflict"


@pytest.mark.parametrize("status", STATUSES)
def test_a_refusal_names_the_status_and_what_is_allowed(status: Status) -> None:
    said = refusal_body(Refusal("state_conflict", "no"), checkout(status=status))
    assert (said.current_status, said.allowed_actions) == (status, ALLOWED[status])


@pytest.mark.parametrize("status", STATUSES)
def test_only_a_checkout_that_waits_for_the_till_expires(status: Status) -> None:
    sold = checkout(status=status)
    waits = status in ("open", "ready")
    assert sold.expires_at == (NOON + sold.terms.abandon_after if waits else None)


@pytest.mark.parametrize("paid", ["authorized", "captured", "unmatched"])
def test_no_clock_ends_a_checkout_that_has_seen_money(paid: str) -> None:
    sold = checkout(status="ready", payments=[payment(paid)])
    assert sold.expires_at is None


@pytest.mark.parametrize("unpaid", ["declined", "failed", "voided"])
def test_a_payment_that_did_not_happen_lets_it_expire(unpaid: str) -> None:
    assert checkout(status="ready", payments=[payment(unpaid)]).expires_at is not None


def test_what_was_authorised_in_vain_may_be_voided_while_the_basket_is_built() -> None:
    sold = checkout(payments=[payment("authorized")])
    assert "payment" in sold.allowed_actions
    assert "payment" not in checkout(payments=[payment("voided")]).allowed_actions


def test_what_a_correction_left_unpaid_may_be_collected() -> None:
    sold = checkout(status="completed", instruction="collect")
    assert "payment" in sold.allowed_actions
    assert "payment" not in checkout(status="completed").allowed_actions


def test_what_is_paid_for_is_not_reopened() -> None:
    sold = checkout(status="ready", payments=[payment("authorized")])
    assert "reopen" not in sold.allowed_actions
    assert "reopen" in checkout(status="ready").allowed_actions
