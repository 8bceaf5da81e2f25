"""What Let'sTrade posts: whose secret, which bill, and nothing repeated of either."""

import json
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api import callbacks, examples
from api.limits import RateLimit
from api.services import Services
from tests.api.conftest import STORE
from tests.api.fakes import FakeGateway, refusal
from tests.api.till import Till
from tillsaga.domain.messages import AppendOffers
from tillsaga.stores import StoresFile

PATH = "/v1/callbacks/letstrade/append-vouchers"
SECRETS = {"SHARED": "shared-secret", "OWN": "own-secret-é", "TOKEN": "hunter2"}


def letstrade(secret: str | None, store_id: str, name: str = "app") -> dict[str, Any]:
    credentials = {"token": "env:TOKEN"} | ({"callback_secret": secret} if secret else {})
    return {
        "name": name,
        "kind": "letstrade",
        "base_url": "http://127.0.0.1:1/letstrade",
        "credentials": credentials,
        "settings": {"store_id": store_id},
    }


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> StoresFile:
    """Two stores that the vendor knows as one, with one secret; a third has its own, one none."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    vendors = {
        "ams-1": letstrade("env:SHARED", "S-014"),
        "rtm-1": letstrade("env:SHARED", "S-014"),
        "utr-1": letstrade("env:OWN", "S-015"),
        "gro-1": letstrade(None, "S-016"),
    }
    each = [STORE | {"id": id_, "providers": [vendor]} for id_, vendor in vendors.items()]
    return StoresFile.model_validate({"stores": each})


def body(basket_id: str = "basket-0001", **more: object) -> dict[str, Any]:
    return {**examples.PICKED, "uid": basket_id, "transaction_id": basket_id} | more


async def post(
    http: httpx.AsyncClient,
    sent: object = None,
    secret: str | None = SECRETS["SHARED"],
    **more: Any,
) -> httpx.Response:
    shown = {} if secret is None else {"Authorization": f"Bearer {secret}".encode()}
    content = sent if isinstance(sent, bytes) else json.dumps(sent or body()).encode()
    headers: dict[str, Any] = {**shown, "Content-Type": "application/json", **more}
    return await http.post(PATH, content=content, headers=headers)


def assert_no(answer: httpx.Response, status: int, code: str) -> None:
    said = answer.json()
    assert (answer.status_code, said["code"]) == (status, code), answer.text
    assert (said["success"], said["message"], said["content"]) == (False, said["detail"], None)


async def test_a_selection_reaches_its_checkout_without_a_key_of_ours(
    till: Till, temporal: FakeGateway, services: Services
) -> None:
    address = await till.opened()
    sent = body(unknown={"kept": "as it came"})

    answer = await post(till.http, sent)

    assert (answer.status_code, answer.json()) == (200, examples.APPENDED)
    letter = temporal.letters[-1]
    assert (letter.name, letter.checkout_id) == ("append_offers", address.rpartition("/")[2])
    assert letter.message == AppendOffers(provider="app", body=sent)
    bill = await services.checkouts.find(letter.checkout_id)
    assert bill is not None
    assert bill.view == temporal.views[letter.checkout_id]


async def test_every_request_is_a_message_of_its_own(till: Till, temporal: FakeGateway) -> None:
    await till.opened()
    for _ in range(2):
        assert (await post(till.http)).status_code == 200
    first, second = temporal.letters[-2:]
    assert first.update_id != second.update_id


@pytest.mark.parametrize("secret", [None, "", "wrong", "shared-secre", "hunter2", "ts_live_x"])
async def test_without_the_secret_nothing_is_said(
    till: Till, temporal: FakeGateway, secret: str | None
) -> None:
    await till.opened()
    before = len(temporal.letters)

    answer = await post(till.http, b"not even JSON", secret)

    assert_no(answer, 401, "unauthorized")
    assert answer.json()["detail"] == "unauthorized"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert len(temporal.letters) == before


async def test_a_till_key_opens_no_callback(till: Till) -> None:
    await till.opened()
    assert_no(await post(till.http, secret=till.secret), 401, "unauthorized")


async def test_a_secret_opens_its_own_stores_bills_only(till: Till) -> None:
    await till.opened()
    assert_no(await post(till.http, secret=SECRETS["OWN"]), 404, "checkout_not_found")


async def test_of_stores_that_share_a_secret_the_bill_says_which(
    till: Till, other_till: Till, temporal: FakeGateway
) -> None:
    await till.opened()
    at_rotterdam = {**examples.OPEN, "store_id": "rtm-1", "identifiers": []}
    at_rotterdam["basket"] = {**examples.BASKET, "id": "basket-0002"}
    opened = await other_till.post("/v1/checkouts", at_rotterdam)
    assert opened.status_code == 201

    assert (await post(till.http, body("basket-0002"))).status_code == 200

    assert temporal.letters[-1].checkout_id == opened.json()["id"]


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff",
        b'{"store_id": "S-014"}',
        b'{"store_id": "S-014", "transaction_id": ""}',
        b'{"store_id": "S-014", "transaction_id": ["basket-0001"]}',
        b'{"store_id": "S-014", "transaction_id": "basket-0001", "x": NaN}',
        b'{"store_id": "S-014", "transaction_id": "basket-\\u0000"}',
        b'{"store_id": "S-014", "transaction_id": "basket-0001", "x": "\\ud800"}',
        b'{"x":' * 5000 + b"1" + b"}" * 5000,
    ],
)
async def test_what_is_not_the_vendors_json_is_malformed(till: Till, sent: bytes) -> None:
    await till.opened()
    assert_no(await post(till.http, sent), 400, "malformed_request")


async def test_a_nested_body_arrives_or_is_malformed(till: Till) -> None:
    await till.opened()
    deep: Any = 1
    for _ in range(150):
        deep = {"x": deep}
    assert (await post(till.http, body(more=deep))).status_code == 200


async def test_a_body_may_not_be_large(till: Till, temporal: FakeGateway) -> None:
    await till.opened()
    fits = body(padding="x" * (callbacks.MAX_BYTES - 1000))
    assert (await post(till.http, fits)).status_code == 200
    large = body(padding="x" * callbacks.MAX_BYTES)
    assert_no(await post(till.http, large), 413, "payload_too_large")


async def test_another_media_type_is_refused(till: Till) -> None:
    answer = await post(till.http, **{"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_an_unknown_bill_is_404_and_an_ended_one_409(
    till: Till, temporal: FakeGateway, services: Services
) -> None:
    assert_no(await post(till.http), 404, "checkout_not_found")
    address = await till.opened()
    checkout_id = address.rpartition("/")[2]
    view = temporal.end(checkout_id)
    assert_no(await post(till.http), 409, "state_conflict")  # its run is gone

    ended = {**view, "status": "completed", "version": 9}
    await services.checkouts.save(checkout_id, {}, ended, ended=True)
    letters = len(temporal.letters)
    assert_no(await post(till.http), 409, "state_conflict")
    assert len(temporal.letters) == letters


async def test_a_bill_that_was_given_up_and_opened_again_takes_it(
    till: Till, temporal: FakeGateway, services: Services
) -> None:
    first = (await till.opened()).rpartition("/")[2]
    view = {**temporal.end(first), "status": "cancelled", "version": 9}
    await services.checkouts.save(first, {}, view, ended=True)
    second = (await till.opened()).rpartition("/")[2]

    assert (await post(till.http)).status_code == 200

    assert first != second
    assert temporal.letters[-1].checkout_id == second


@pytest.mark.parametrize(
    ("code", "status"),
    [("state_conflict", 409), ("basket_mismatch", 422), ("malformed_request", 400)],
)
async def test_the_checkouts_no_is_passed_on(
    till: Till, temporal: FakeGateway, code: str, status: int
) -> None:
    await till.opened()
    temporal.refusals["append_offers"] = refusal(code)
    assert_no(await post(till.http), status, code)


async def test_what_cannot_be_answered_now_may_be_sent_again(
    till: Till, temporal: FakeGateway
) -> None:
    await till.opened()
    temporal.slow.add("append_offers")
    assert_no(await post(till.http), 503, "service_unavailable")
    temporal.is_crowded = True
    assert_no(await post(till.http), 503, "service_unavailable")
    temporal.is_down = True
    assert_no(await post(till.http), 503, "service_unavailable")


async def test_too_many_callbacks_are_told_to_wait(till: Till, services: Services) -> None:
    await till.opened()
    services.rate_limit = RateLimit(1)
    assert (await post(till.http)).status_code == 200
    answer = await post(till.http)
    assert_no(answer, 429, "rate_limited")
    assert "Retry-After" in answer.headers


async def test_neither_body_nor_secret_is_logged_or_repeated(
    till: Till, temporal: FakeGateway
) -> None:
    await till.opened()
    hidden = ("R10 OFF", "shared-secret", "wrong-secret")
    with capture_logs() as logs:
        answers = [
            await post(till.http, body(reference="R10 OFF")),
            await post(till.http, body("R10 OFF")),
            await post(till.http, body(reference="R10 OFF"), "wrong-secret"),
            await post(till.http, b'{"store_id": "R10 OFF"}'),
        ]
    assert [answer.status_code for answer in answers] == [200, 404, 401, 400]
    said = json.dumps(logs) + "".join(answer.text for answer in answers)
    assert not any(word in said for word in hidden)
