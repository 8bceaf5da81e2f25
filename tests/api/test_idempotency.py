import asyncio

import pytest

from api.idempotency import Call, Claimed
from api.services import Services
from tests.api.fakes import FakeGateway, refusal
from tests.api.till import Till, basket, order
from tillsaga.records.database import utc_now
from tillsaga.records.keys import KeyRecord
from tillsaga.stores import StoresFile

CANCEL = {"reason": "left"}


async def test_a_repetition_gets_the_first_answer(till: Till, temporal: FakeGateway) -> None:
    first, again = await till.open(key="same"), await till.open(key='"same"')
    assert again.status_code == first.status_code == 201
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(temporal.handled) == 1


async def test_twenty_at_once_are_one_message(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    body = {"type": "prepaid", "amount": 100}
    answers = await asyncio.gather(
        *(till.post(f"{address}/tenders", body, key="same") for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert [letter.name for letter in temporal.handled] == ["open", "add_tender"]
    replayed = [answer for answer in answers if "Idempotency-Replayed" in answer.headers]
    assert len(replayed) == 19


async def test_twenty_openings_at_once_are_one_checkout(till: Till, temporal: FakeGateway) -> None:
    answers = await asyncio.gather(*(till.open(key="same") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(temporal.handled) == 1


async def test_a_key_does_not_serve_two_requests(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    await till.post(f"{address}/cancel", CANCEL, key="same")
    other_body = await till.post(f"{address}/cancel", {"reason": "other"}, key="same")
    other_route = await till.post(f"{address}/reopen", CANCEL, key="same")
    other_checkout = await till.opened("basket-0002")
    elsewhere = await till.post(f"{other_checkout}/cancel", CANCEL, key="same")
    assert other_body.json()["code"] == "idempotency_key_reused"
    assert other_body.status_code == 422
    assert other_route.status_code == elsewhere.status_code == 422
    assert [letter.name for letter in temporal.handled] == ["open", "cancel", "open"]


async def test_the_order_of_fields_does_not_make_another_body(till: Till) -> None:
    body = order(basket=basket())
    await till.post("/v1/checkouts", body, key="same")
    again = await till.post("/v1/checkouts", dict(reversed(body.items())), key="same")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")


async def test_keys_of_two_callers_do_not_meet(till: Till, other_till: Till) -> None:
    await till.open(key="same")
    theirs = await other_till.post("/v1/checkouts", order(store_id="rtm-1"), key="same")
    assert (theirs.status_code, "Idempotency-Replayed" in theirs.headers) == (201, False)


async def test_a_refusal_by_the_checkout_is_replayed(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.refusals["ready"] = refusal("offer_lost", "open", "ready")
    first = await till.post(f"{address}/ready", key="same")
    temporal.refusals.clear()
    again = await till.post(f"{address}/ready", key="same")
    assert first.status_code == again.status_code == 409
    assert again.json()["code"] == "offer_lost"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await till.post(f"{address}/ready", key="other")).status_code == 200


async def test_a_refusal_at_the_door_does_not_use_the_key_up(till: Till) -> None:
    refused = await till.post("/v1/checkouts", order(unknown=1), key="same")
    accepted = await till.open(key="same")
    assert (refused.status_code, accepted.status_code) == (422, 201)
    assert "Idempotency-Replayed" not in accepted.headers


async def test_slow_work_is_accepted_and_then_shows_its_state(
    till: Till, temporal: FakeGateway
) -> None:
    address = await till.opened()
    temporal.slow.add("payment")
    paid = {"status": "captured", "type": "card", "amount": 150, "reference": "r-1"}
    first = await till.post(f"{address}/payments", paid, key="same")
    second = await till.post(f"{address}/payments", paid, key="same")
    temporal.slow.clear()
    third = await till.post(f"{address}/payments", paid, key="same")
    assert [answer.status_code for answer in (first, second, third)] == [202, 202, 200]
    assert first.headers["Location"] == address
    assert first.headers["Retry-After"] == "1"
    assert first.json()["status"] == "open"
    assert third.json()["status"] == "completed"
    assert third.headers["Idempotency-Replayed"] == "true"


async def test_a_repetition_of_a_running_request_is_told_to_wait(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    services.stores = _with_budget(services, "300ms")
    address = await till.opened()
    temporal.hold = asyncio.Event()
    first, second = await asyncio.gather(
        till.post(f"{address}/cancel", {"reason": "left"}, key="same"),
        till.post(f"{address}/cancel", {"reason": "left"}, key="same"),
    )
    assert sorted((first.status_code, second.status_code)) == [202, 409]
    late = first if first.status_code == 409 else second
    assert late.json()["code"] == "request_in_progress"
    assert late.json()["retryable"] is True
    assert late.headers["Retry-After"] == "1"
    assert "Idempotency-Replayed" not in late.headers  # it is no answer of the checkout's


async def test_a_repetition_shares_the_answer_that_comes_in_time(
    till: Till, temporal: FakeGateway
) -> None:
    address = await till.opened()
    temporal.hold = asyncio.Event()
    requests = [
        asyncio.create_task(till.post(f"{address}/cancel", CANCEL, key="same")) for _ in range(2)
    ]
    await temporal.have_arrived(3)
    temporal.hold.set()
    answers = await asyncio.gather(*requests)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_the_ninth_message_in_hand_is_refused_and_keeps_its_key(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await till.opened()
    temporal.hold = asyncio.Event()
    offers = [{"code": f"CODE-{number}"} for number in range(9)]
    running = [asyncio.create_task(till.post(f"{address}/offers", body)) for body in offers[:8]]
    await temporal.have_arrived(9)
    ninth = await till.post(f"{address}/offers", offers[8], key="ninth")
    temporal.hold.set()
    answers = await asyncio.gather(*running)
    assert {answer.status_code for answer in answers} == {200}
    assert (ninth.status_code, ninth.json()["code"]) == (409, "request_in_progress")
    again = await till.post(f"{address}/offers", offers[8], key="ninth")
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (200, False)


async def test_the_servers_own_limit_is_told_alike(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.is_crowded = True
    answer = await till.post(f"{address}/ready")
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")


async def test_a_message_that_was_not_taken_is_not_accepted(
    till: Till, temporal: FakeGateway
) -> None:
    address = await till.opened()
    temporal.slow.add("ready")
    temporal.is_taking = False
    busy = await till.post(f"{address}/ready", key="same")
    assert (busy.status_code, busy.json()["code"]) == (409, "request_in_progress")
    temporal.slow.clear()
    assert (await till.post(f"{address}/ready", key="same")).status_code == 200


@pytest.mark.parametrize("trouble", ["is_down", "has_worker"])
async def test_without_temporal_or_worker_the_till_is_told_to_come_again(
    till: Till, temporal: FakeGateway, trouble: str
) -> None:
    address = await till.opened()
    setattr(temporal, trouble, trouble == "is_down")
    refused = await till.post(f"{address}/ready", key="same")
    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
    assert refused.json()["checkout_id"] == address.rpartition("/")[2]
    still = await till.post(f"{address}/ready", key="same")
    assert (still.status_code, "Idempotency-Replayed" in still.headers) == (503, False)
    setattr(temporal, trouble, trouble != "is_down")
    again = await till.post(f"{address}/ready", key="same")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")


async def test_a_lost_request_is_found_by_its_key(till: Till, temporal: FakeGateway) -> None:
    nothing = await till.get("/v1/checkouts?idempotency_key=same")
    address = (await till.open(key="same")).headers["Location"]
    found = (await till.get("/v1/checkouts?idempotency_key=same")).json()
    assert nothing.json() == {"data": [], "next_cursor": None}
    assert [checkout["links"]["self"] for checkout in found["data"]] == [address]
    assert found["request"]["route"] == "POST /v1/checkouts"


async def test_a_request_that_never_reached_temporal_has_opened_nothing(
    till: Till, temporal: FakeGateway
) -> None:
    temporal.is_down = True
    await till.open(key="same")
    temporal.is_down = False
    found = (await till.get("/v1/checkouts?idempotency_key=same")).json()
    assert found["data"] == []
    assert found["request"]["route"] == "POST /v1/checkouts"


def _with_budget(services: Services, budget: str) -> StoresFile:
    stores = [
        {**store.model_dump(), "policy": {"answer_budget": budget}, "providers": []}
        for store in services.stores.stores
    ]
    return StoresFile.model_validate({"stores": stores})


def test_a_record_that_was_accepted_has_no_running_request(services: Services) -> None:
    call = Call("key_1", "same", "POST /", "f", "req_1", None)
    record = KeyRecord(
        api_key_id="key_1",
        key="same",
        route="POST /",
        fingerprint="f",
        checkout_id=None,
        accepted=False,
        created_at=utc_now(),
    )
    accepted = record.model_copy(update={"accepted": True})
    assert Claimed(call, record, is_new=False).may_be_running(2)
    assert not Claimed(call, record, is_new=True).may_be_running(2)
    assert not Claimed(call, accepted, is_new=False).may_be_running(2)


async def test_a_key_that_opened_a_checkout_releases_no_hold(support: Till) -> None:
    assert (await support.open(key="same")).status_code == 201
    path = f"/v1/holds/{'x' * 600}/release"
    answer = await support.post(path, {"reason": "stuck"}, key="same")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
