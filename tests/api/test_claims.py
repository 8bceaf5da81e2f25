"""Claims at the door: which workflow takes them, and when there is nothing to claim yet."""

import pytest

from api import examples
from api.services import Services
from tests.api.fakes import FakeGateway, refusal
from tests.api.test_opening import end
from tests.api.till import Till
from tillsaga.domain import messages as m


async def finished(till: Till, services: Services, temporal: FakeGateway) -> str:
    """A checkout that is complete, archived, and forgotten by Temporal."""
    address = await till.opened()
    checkout_id = await end(services, temporal, address, "completed")
    temporal.views[checkout_id] = {}
    temporal.end(checkout_id)
    return address


async def test_a_claim_is_a_message_to_a_workflow_of_its_own(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await finished(till, services, temporal)

    answer = await till.post(f"{address}/claims", examples.CLAIM, headers={"If-Match": '"2"'})

    letter = temporal.letters[-1]
    checkout_id = address.rpartition("/")[2]
    assert answer.status_code == 200
    assert (letter.name, letter.message) == ("claim", m.ClaimPoints.model_validate(examples.CLAIM))
    assert (letter.checkout_id, letter.workflow_id) == (checkout_id, f"claim-{checkout_id}")
    assert letter.context.expected_version == 2
    start = letter.start
    assert start is not None
    assert (start.workflow, start.status, start.order.resumed) == ("Claim", "completed", False)
    assert start.summary == "ams-1 · till-2 · claim"


async def test_a_repetition_is_the_same_message_and_another_body_needs_another_key(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await finished(till, services, temporal)
    first = await till.post(f"{address}/claims", examples.CLAIM, key="same")
    again = await till.post(f"{address}/claims", examples.CLAIM, key="same")
    other = await till.post(f"{address}/claims", examples.IDENTIFIER, key="same")

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json()["code"] == "idempotency_key_reused"
    assert [letter.name for letter in temporal.handled] == ["open", "claim"]


@pytest.mark.parametrize(
    ("status", "code"), [("open", "state_conflict"), ("completed", "claim_too_early")]
)
async def test_a_sale_that_is_not_finished_uses_no_key(
    till: Till, services: Services, temporal: FakeGateway, status: str, code: str
) -> None:
    address = await till.opened()
    temporal.change(address.rpartition("/")[2], status=status)

    early = await till.post(f"{address}/claims", examples.CLAIM, key="same")
    await end(services, temporal, address, "completed")
    later = await till.post(f"{address}/claims", examples.CLAIM, key="same")

    problem = early.json()
    assert (early.status_code, problem["code"]) == (409, code)
    assert (problem["current_status"], problem["retryable"]) == (status, status == "completed")
    assert ("claim" in problem["allowed_actions"]) is (status == "completed")
    assert ("Retry-After" in early.headers) is (status == "completed")
    assert later.status_code == 200
    assert "Idempotency-Replayed" not in later.headers


async def test_a_sale_that_was_given_up_has_no_points(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await till.opened()
    await end(services, temporal, address, "cancelled")
    answer = await till.post(f"{address}/claims", examples.CLAIM)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "state_conflict")
    assert problem["current_status"] == "cancelled"


async def test_a_claim_that_outlives_the_budget_shows_the_archived_checkout(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await finished(till, services, temporal)
    temporal.slow = {"claim"}
    first = await till.post(f"{address}/claims", examples.CLAIM, key="same")
    again = await till.post(f"{address}/claims", examples.CLAIM, key="same")
    temporal.is_taking = False
    busy = await till.post(f"{address}/claims", examples.CLAIM)

    assert (first.status_code, first.json()["status"]) == (202, "completed")
    assert (again.status_code, again.headers["Location"]) == (202, address)
    assert (busy.status_code, busy.json()["code"]) == (409, "request_in_progress")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("already_claimed", 409),
        ("already_refunded", 409),
        ("claim_not_possible", 409),
        ("claim_too_early", 409),
        ("member_not_found", 404),
        ("vendor_unavailable", 503),
    ],
)
async def test_a_refusal_is_a_problem(
    till: Till, services: Services, temporal: FakeGateway, code: str, status: int
) -> None:
    address = await finished(till, services, temporal)
    temporal.refusals["claim"] = refusal(code, "completed", "claim")
    answer = await till.post(f"{address}/claims", examples.CLAIM)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_claim_needs_temporal_and_a_checkout_of_the_tills_own_store(
    till: Till, other_till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await finished(till, services, temporal)
    foreign = await other_till.post(f"{address}/claims", examples.CLAIM)
    temporal.is_down = True
    down = await till.post(f"{address}/claims", examples.CLAIM)
    typo = await till.post(f"{address}/claims", {**examples.CLAIM, "crd": "1"})

    assert (foreign.status_code, foreign.json()["code"]) == (404, "checkout_not_found")
    assert (down.status_code, down.json()["code"]) == (503, "service_unavailable")
    assert (typo.status_code, typo.json()["code"]) == (422, "invalid_request")
