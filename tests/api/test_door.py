import json
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api.middleware import MAX_BODY_BYTES
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.till import Till, basket, order
from tillsaga.errors import Unavailable

SECRET_CODE = "GC-SECRET-7711"


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"] == f"/problems/{code}"
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert {"title", "detail", "instance", "retryable"} <= problem.keys()
    return problem


async def test_a_call_without_a_key_of_ours_is_refused(http: httpx.AsyncClient, till: Till) -> None:
    bare = await http.get("/v1/checkouts")
    till.secret = "ts_test_nobody"
    unknown = await till.get("/v1/checkouts")
    for answer in (bare, unknown):
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_revoked_key_is_refused_once_it_is_no_longer_remembered(
    till: Till, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.access.REMEMBERED_SECONDS", 0.0)
    assert (await till.get("/v1/checkouts")).status_code == 200
    [mine] = [
        key for key in await services.api_keys.list_all() if till.secret.startswith(key.prefix)
    ]
    await services.api_keys.revoke(mine.id)
    assert_problem(await till.get("/v1/checkouts"), 401, "unauthorized")


async def test_a_key_acts_within_its_scope(
    till: Till, secrets: SimpleNamespace, http: httpx.AsyncClient
) -> None:
    till.secret = secrets.audit
    assert_problem(await till.open(), 403, "forbidden")
    assert (await till.get("/v1/checkouts")).status_code == 200
    till.secret = secrets.pos
    assert_problem(await till.get("/metrics"), 403, "forbidden")


async def test_another_stores_checkout_is_unknown(till: Till, other_till: Till) -> None:
    address = await till.opened()
    for answer in (
        await other_till.get(address),
        await other_till.get(f"{address}/events"),
        await other_till.post(f"{address}/cancel", {"reason": "not mine"}),
        await till.get("/v1/checkouts/chk_0000000000000000"),
        await till.get("/v1/checkouts/'; drop table bills"),
    ):
        assert_problem(answer, 404, "checkout_not_found")


@pytest.mark.parametrize("path", ["/v1/checkouts", "ready", "heartbeat", "reopen"])
async def test_a_change_needs_an_idempotency_key(till: Till, path: str) -> None:
    address = await till.opened()
    path = path if path.startswith("/") else f"{address}/{path}"
    body = order() if path == "/v1/checkouts" else {}
    headers = {"Authorization": f"Bearer {till.secret}"}
    answer = await till.http.post(path, json=body, headers=headers)
    assert_problem(answer, 400, "idempotency_key_missing")


@pytest.mark.parametrize("key", ["", '""', "a b", "é", "x" * 256, '"a"b"', '"' + "x" * 256 + '"'])
async def test_a_strange_idempotency_key_is_refused(till: Till, key: str) -> None:
    headers = {
        b"Authorization": f"Bearer {till.secret}".encode(),
        b"Idempotency-Key": key.encode("latin-1"),
    }
    answer = await till.http.post("/v1/checkouts", json=order(), headers=headers)
    assert_problem(answer, 400, "idempotency_key_missing")


async def test_only_json_is_taken(till: Till) -> None:
    for content_type in ({"Content-Type": "text/plain"}, {}):
        headers = {"Authorization": f"Bearer {till.secret}", "Idempotency-Key": "k", **content_type}
        answer = await till.http.post("/v1/checkouts", content=b"{}", headers=headers)
        assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("body", [b"{", b'{"a":}', b"\xff\xfe", b"[" * 100_000])
async def test_what_is_not_json_is_malformed(till: Till, body: bytes) -> None:
    assert_problem(await _raw(till, body), 400, "malformed_request")


async def test_a_large_body_is_refused_however_it_is_sent(till: Till) -> None:
    body = json.dumps({"a": "x" * MAX_BODY_BYTES}).encode()

    async def in_pieces() -> Any:
        yield body[:100]
        yield body[100:]

    assert_problem(await _raw(till, body), 413, "payload_too_large")
    assert_problem(await _raw(till, in_pieces()), 413, "payload_too_large")


async def _raw(till: Till, content: Any) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {till.secret}",
        "Idempotency-Key": "k",
        "Content-Type": "application/json; charset=utf-8",
    }
    return await till.http.post("/v1/checkouts", content=content, headers=headers)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"tipo": 1}, "/tipo"),
        ({"terminal_id": None}, "/terminal_id"),
        ({"basket": {**basket(), "lines": []}}, "/basket/lines"),
        ({"basket": basket(amount=3.5)}, "/basket/lines/0/unit_amount"),  # type: ignore[arg-type]
        ({"basket": basket(amount="350")}, "/basket/lines/0/unit_amount"),  # type: ignore[arg-type]
        ({"basket": basket(amount=True)}, "/basket/lines/0/unit_amount"),
    ],
)
async def test_input_that_does_not_fit_is_pointed_at(
    till: Till, change: dict[str, object], pointer: str
) -> None:
    problem = assert_problem(
        await till.post("/v1/checkouts", order(**change)), 422, "invalid_request"
    )
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_no_input_comes_back(till: Till) -> None:
    address = await till.opened()
    answers = [
        await till.post(f"{address}/tenders", {"type": SECRET_CODE, "reference": SECRET_CODE}),
        await till.post(f"{address}/offers", {"code": SECRET_CODE, "offer_id": SECRET_CODE}),
        await till.post(f"{address}/offers", {"discount": {"type": SECRET_CODE}}),
        await till.post(f"{address}/identifiers", {"type": "card", "value": [SECRET_CODE]}),
        await till.get(f"/v1/checkouts?limit={SECRET_CODE}&status={SECRET_CODE}"),
        await till.get(f"/v1/{SECRET_CODE}"),
    ]
    for answer in answers:
        assert answer.status_code in (404, 422)
        assert SECRET_CODE not in answer.text


async def test_a_nul_character_is_refused(till: Till) -> None:
    answer = await till.post("/v1/checkouts", order(terminal_id="till\0"))
    assert_problem(answer, 422, "invalid_request")


async def test_unknown_addresses_and_methods_are_problems_too(till: Till) -> None:
    assert_problem(await till.get("/v2/nothing"), 404, "not_found")
    assert_problem(await till.get("/v1/nothing"), 404, "not_found")
    refused = await till.send("PATCH", "/v1/checkouts", {})
    assert_problem(refused, 405, "method_not_allowed")
    assert "POST" in refused.headers["Allow"] or "GET" in refused.headers["Allow"]


async def test_a_refusal_of_the_method_names_all_that_the_address_takes(till: Till) -> None:
    address = await till.opened()
    for path, allowed in (
        ("/v1/checkouts", "GET, POST"),
        (f"{address}/basket", "PUT"),
        ("/v1/holds/a/b/release", "POST"),
    ):
        answer = await till.send("PATCH", path)
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("body", [b"no JSON", b"[" * 100_000, b"\xff"])
async def test_a_body_that_nobody_asked_for_is_read_all_the_same(till: Till, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {till.secret}", "Idempotency-Key": "k"}
    path = f"{await till.opened()}/offers/leat:v-1"
    answer = await till.http.request("DELETE", path, content=body, headers=headers)
    assert_problem(answer, 400, "malformed_request")


async def test_a_request_id_is_taken_over_or_made(till: Till, temporal: FakeGateway) -> None:
    answer = await till.open(headers={"X-Request-Id": "till-2/0007"})
    assert answer.headers["X-Request-Id"] == "till-2/0007"
    assert temporal.letters[0].context.request_id == "till-2/0007"
    start = temporal.letters[0].start
    assert start is not None
    assert start.request_id == "till-2/0007"
    strange = await till.get("/v1/checkouts", X_Request_Id="a b")
    assert strange.headers["X-Request-Id"].startswith("req_")


async def test_a_failure_of_ours_says_nothing_and_is_logged_without_its_text(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ValueError(SECRET_CODE)

    monkeypatch.setattr("api.opening.Opening.answer", fail)
    with capture_logs() as logs:
        answer = await till.open()
    assert_problem(answer, 500, "internal_error")
    assert SECRET_CODE not in answer.text + repr(logs)
    assert [line["event"] for line in logs] == ["request_failed", "request"]
    assert logs[0]["error"] == "ValueError"


async def test_a_request_is_one_line_without_path_or_body(till: Till) -> None:
    address = await till.opened()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with capture_logs() as logs:
        await till.post(f"{address}/offers", {"code": SECRET_CODE}, headers={"traceparent": trace})
    [line] = logs
    assert line["operation"] == "applyOffer"
    assert line["checkout_id"] == address.rpartition("/")[2]
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert line["status"] == 200
    assert SECRET_CODE not in repr(line)


async def test_records_that_do_not_answer_are_named(
    till: Till, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_answer(*_: object) -> None:
        raise Unavailable("the records do not answer")

    monkeypatch.setattr(services.keys, "claim", no_answer)
    answer = await till.open()
    assert_problem(answer, 503, "service_unavailable")
    assert answer.headers["Retry-After"] == "1"


async def test_too_many_requests_are_told_when_to_come_back(till: Till, services: Services) -> None:
    services.rate_limit = type(services.rate_limit)(1)
    first, second = await till.get("/v1/checkouts"), await till.get("/v1/checkouts")
    assert first.headers["RateLimit-Policy"] == '"key";q=1;w=60'
    assert first.headers["RateLimit"].startswith('"key";r=0;t=')
    assert_problem(second, 429, "rate_limited")
    assert 0 < int(second.headers["Retry-After"]) <= 60
