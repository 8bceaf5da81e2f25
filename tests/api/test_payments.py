"""Payments are facts, and ended checkouts answer from the archive."""

import pytest
from pydantic import JsonValue

from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.test_opening import end
from tests.api.till import Till
from tillsaga.domain.model import Json

CAPTURED: Json = {"status": "captured", "type": "card", "amount": 150, "reference": "r-1"}
RECORDED: Json = {**CAPTURED, "id": "pay_1", "tip_amount": 0, "rounding_amount": 0}


async def sold(
    till: Till, services: Services, temporal: FakeGateway, status: str = "completed"
) -> str:
    """A checkout that was paid, or given up, and has ended."""
    address = await till.opened()
    paid: list[JsonValue] = [RECORDED] if status == "completed" else []
    temporal.change(address.rpartition("/")[2], payments=paid)
    await end(services, temporal, address, status)
    return address


async def test_a_payment_is_written_down_before_the_checkout_hears_of_it(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await till.opened()
    answer = await till.post(f"{address}/payments", CAPTURED)
    facts = await services.checkouts.facts(address.rpartition("/")[2])
    assert answer.status_code == 200
    assert temporal.letters[-1].context.recorded
    assert [(fact.reference, fact.report.status) for fact in facts.payments] == [
        ("r-1", "captured")
    ]


async def test_without_temporal_the_payment_is_still_a_fact(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await till.opened()
    temporal.is_down = True
    answer = await till.post(f"{address}/payments", CAPTURED)
    facts = await services.checkouts.facts(address.rpartition("/")[2])
    assert (answer.status_code, answer.json()["retryable"]) == (503, True)
    assert facts.captured


@pytest.mark.parametrize("status", ["cancelled", "expired"])
async def test_a_late_captured_wakes_the_checkout(
    till: Till, services: Services, temporal: FakeGateway, status: str
) -> None:
    address = await sold(till, services, temporal, status)
    answer = await till.post(f"{address}/payments", CAPTURED)
    letter = temporal.letters[-1]
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert letter.name == "payment"
    assert letter.start is not None
    assert letter.start.again
    assert letter.start.order.resumed


@pytest.mark.parametrize("ended", ["cancelled", "expired"])
@pytest.mark.parametrize("status", ["voided", "declined", "failed"])
async def test_what_a_given_up_checkout_told_the_till_to_void_may_be_reported(
    till: Till, services: Services, temporal: FakeGateway, ended: str, status: str
) -> None:
    address = await sold(till, services, temporal, ended)
    answer = await till.post(f"{address}/payments", {**CAPTURED, "status": status})
    start = temporal.letters[-1].start
    assert answer.status_code == 200
    assert start is not None
    assert start.order.resumed


async def test_an_authorisation_comes_too_late_for_a_given_up_checkout(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await sold(till, services, temporal, "cancelled")
    answer = await till.post(f"{address}/payments", {**CAPTURED, "status": "authorized"})
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")


async def test_a_second_captured_after_the_sale_is_never_refused_either(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await sold(till, services, temporal)
    answer = await till.post(f"{address}/payments", {**CAPTURED, "reference": "r-2"})
    assert answer.status_code == 200
    assert temporal.letters[-1].start is not None


async def test_the_same_captured_after_the_sale_is_known(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await sold(till, services, temporal)
    answer = await till.post(f"{address}/payments", CAPTURED)
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert temporal.letters[-1].start is None


async def test_the_authorisation_of_a_sale_may_arrive_after_its_end(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await sold(till, services, temporal)
    authorized = {**CAPTURED, "status": "authorized"}
    known = await till.post(f"{address}/payments", authorized)
    less = await till.post(f"{address}/payments", {**authorized, "amount": 140})
    assert (known.status_code, known.json()["status"]) == (200, "completed")
    assert (less.status_code, less.json()["code"]) == (409, "state_conflict")


async def test_a_payment_may_be_corrected_after_the_sale(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await sold(till, services, temporal)
    body = {**CAPTURED, "amount": 140, "reason": "typed wrong"}
    answer = await till.post(f"{address}/payments/pay_1/correct", body)
    start = temporal.letters[-1].start
    assert answer.status_code == 200
    assert start is not None
    assert start.order.resumed


async def test_other_payments_come_too_late(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await sold(till, services, temporal)
    answer = await till.post(f"{address}/payments", {**CAPTURED, "status": "declined"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "state_conflict")
    assert problem["current_status"] == "completed"
    assert problem["allowed_actions"] == ["correct_payment", "claim", "refund", "receipt"]


@pytest.mark.parametrize(
    ("ended", "status", "code"),
    [
        ("cancelled", 200, None),
        ("expired", 200, None),
        ("completed", 409, "already_committed"),
    ],
)
async def test_cancel_after_the_end(
    till: Till, services: Services, temporal: FakeGateway, ended: str, status: int, code: str | None
) -> None:
    address = await sold(till, services, temporal, ended)
    answer = await till.post(f"{address}/cancel", {"reason": "left"})
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert answer.json().get("checkout_id", answer.json().get("id")) == address.rpartition("/")[2]


async def test_what_was_let_go_may_be_let_go_again(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await till.opened()
    view = temporal.views[address.rpartition("/")[2]]
    offers, tenders = view["offers"], view["tenders"]
    assert isinstance(offers, list)
    assert isinstance(tenders, list)
    for given, status in ((offers[0], "released"), (tenders[0], "reversed")):
        assert isinstance(given, dict)
        given["status"] = status
    await end(services, temporal, address, "cancelled")
    offer = await till.send("DELETE", f"{address}/offers/leat:voucher:v-1")
    tender = await till.send("DELETE", f"{address}/tenders/tnd_1")
    unknown = await till.send("DELETE", f"{address}/tenders/tnd_9")
    assert [offer.status_code, tender.status_code, unknown.status_code] == [200, 200, 409]


async def test_anything_else_is_a_state_conflict(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await sold(till, services, temporal)
    for path in ("ready", "reopen", "heartbeat"):
        answer = await till.post(f"{address}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")
    offer = await till.post(f"{address}/offers", {"code": "C-1"})
    assert (offer.status_code, offer.json()["code"]) == (409, "basket_frozen")


async def test_a_terminated_checkout_hears_the_message_in_a_new_run(
    till: Till, temporal: FakeGateway
) -> None:
    address = await till.opened()
    temporal.end(address.rpartition("/")[2])
    answer = await till.post(f"{address}/ready")
    start = temporal.letters[-1].start
    assert answer.status_code == 200
    assert start is not None
    assert (start.again, start.order.resumed, start.order.terminal_id) == (True, True, "till-2")
