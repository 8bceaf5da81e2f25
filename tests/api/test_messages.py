"""Which message each operation is, and how the checkout's answers are passed on."""

from typing import Any

import pytest

from api import examples
from api.temporal import HandlerFailed, Letter
from tests.api.fakes import FakeGateway, refusal
from tests.api.till import Till, basket
from tillsaga.domain import messages as m
from tillsaga.domain.view import RefusalBody

BASKET = {"basket": basket()}
OFFER_ID = "leat:voucher:v-1"
OPERATIONS: list[tuple[str, str, object, str, m.TillMessage]] = [
    ("PUT", "basket", BASKET, "put_basket", m.PutBasket.model_validate(BASKET)),
    (
        "POST",
        "identifiers",
        examples.IDENTIFIER,
        "identify",
        m.Identify.model_validate(examples.IDENTIFIER),
    ),
    ("POST", "offers", {"offer_id": OFFER_ID}, "apply_offer", m.ApplyOffer(offer_id=OFFER_ID)),
    ("POST", "offers", {"code": "C-1"}, "apply_offer", m.ApplyOffer(code="C-1")),
    ("DELETE", f"offers/{OFFER_ID}", None, "remove_offer", m.RemoveOffer(offer_id=OFFER_ID)),
    ("POST", "tenders", {"type": "points"}, "add_tender", m.AddTender(type="points")),
    ("DELETE", "tenders/tnd_1", None, "remove_tender", m.RemoveTender(tender_id="tnd_1")),
    ("POST", "ready", None, "ready", m.MakeReady()),
    ("POST", "ready", {"tax_amount": 12}, "ready", m.MakeReady(tax_amount=12)),
    ("POST", "reopen", {}, "reopen", m.Reopen()),
    (
        "POST",
        "payments",
        examples.PAYMENT,
        "payment",
        m.PaymentReport.model_validate(examples.PAYMENT),
    ),
    ("POST", "cancel", {"reason": "left"}, "cancel", m.Cancel(reason="left")),
]


@pytest.mark.parametrize(("method", "path", "body", "name", "message"), OPERATIONS)
async def test_an_operation_is_one_message(
    till: Till,
    temporal: FakeGateway,
    method: str,
    path: str,
    body: object,
    name: str,
    message: m.TillMessage,
) -> None:
    address = await till.opened()
    answer = await till.send(method, f"{address}/{path}", body)
    letter = temporal.letters[-1]
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert (letter.name, letter.message, letter.start) == (name, message, None)
    assert answer.headers["ETag"] == '"2"'
    assert answer.json()["links"]["self"] == address


async def test_a_correction_names_the_payment_of_its_path(
    till: Till, temporal: FakeGateway
) -> None:
    address = await till.opened()
    await till.post(f"{address}/payments/pay_1/correct", examples.CORRECTION)
    message = temporal.letters[-1].message
    assert isinstance(message, m.CorrectPayment)
    assert (message.payment_id, message.type) == ("pay_1", "cash")
    assert not temporal.letters[-1].context.recorded


async def test_if_match_goes_along(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    await till.post(f"{address}/ready", headers={"If-Match": '"7"'})
    await till.post(f"{address}/reopen", headers={"If-Match": "*"})
    strange = await till.post(f"{address}/ready", headers={"If-Match": "seven"})
    versions = [letter.context.expected_version for letter in temporal.letters[1:]]
    assert versions == [7, None]
    assert (strange.status_code, strange.json()["code"]) == (422, "invalid_request")


async def test_a_refusal_says_what_is_possible_now(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.refusals["put_basket"] = refusal("basket_frozen", "ready", "payment", "reopen")
    answer = await till.send("PUT", f"{address}/basket", {"basket": basket()})
    problem = answer.json()
    assert answer.status_code == 409
    assert problem["code"] == "basket_frozen"
    assert problem["current_status"] == "ready"
    assert problem["allowed_actions"] == ["payment", "reopen"]
    assert problem["checkout_id"] == address.rpartition("/")[2]


async def test_a_stale_version_is_a_failed_precondition(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.refusals["ready"] = refusal("version_mismatch")
    answer = await till.post(f"{address}/ready", headers={"If-Match": '"1"'})
    assert answer.status_code == 412


@pytest.mark.parametrize("code", ["vendor_quirk", ""])
async def test_a_code_that_only_a_vendor_knows_is_its_refusal(
    till: Till, temporal: FakeGateway, code: str
) -> None:
    address = await till.opened()
    temporal.refusals["apply_offer"] = RefusalBody(code=code, detail="no")
    answer = await till.post(f"{address}/offers", {"code": "C-1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "vendor_refused")
    assert answer.json()["retryable"] is False


async def test_after_the_answer_the_view_is_kept(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    await till.post(f"{address}/ready")
    temporal.is_down = True
    kept = (await till.get(address)).json()
    assert (kept["version"], kept["retryable"]) == (2, True)


async def test_a_foreign_currency_is_refused_before_it_is_sent(
    till: Till, temporal: FakeGateway
) -> None:
    address = await till.opened()
    body: dict[str, Any] = {"basket": {**basket(), "currency": "USD"}}
    answer = await till.send("PUT", f"{address}/basket", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "currency_mismatch")
    assert len(temporal.letters) == 1


async def test_a_heartbeat_is_forwarded_once_a_minute(
    till: Till, temporal: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await till.opened()
    answers = [await till.post(f"{address}/heartbeat") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert temporal.heartbeats == [(address.rpartition("/")[2], None)]
    monkeypatch.setattr("api.heartbeats.FORWARDED_EVERY_SECONDS", 0.0)
    await till.post(f"{address}/heartbeat")
    assert len(temporal.heartbeats) == 2


async def test_a_heartbeat_wakes_a_checkout_that_is_gone(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.end(address.rpartition("/")[2])
    answer = await till.post(f"{address}/heartbeat")
    [(_, start)] = temporal.heartbeats
    assert answer.status_code == 200
    assert start is not None
    assert start.order.resumed


async def test_a_heartbeat_needs_somebody_to_hear_it(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.is_down = True
    answer = await till.post(f"{address}/heartbeat")
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")


async def test_a_checkout_whose_code_fails_says_so(till: Till, temporal: FakeGateway) -> None:
    def fail(_: Letter) -> None:
        raise HandlerFailed

    address = await till.opened()
    temporal.on_update = fail
    answer = await till.post(f"{address}/ready")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
