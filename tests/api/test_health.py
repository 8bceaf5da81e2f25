from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import httpx
import structlog
from structlog.testing import capture_logs

from api.app import create_app
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.till import Till
from tillsaga.errors import Unavailable
from tillsaga.keyring import KeyRing, new_key
from tillsaga.records.personal import SqlVault, tell_of_keys


async def test_the_process_lives_whatever_else_is_down(
    http: httpx.AsyncClient, temporal: FakeGateway
) -> None:
    temporal.is_down = True
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_when_temporal_and_records_answer(
    http: httpx.AsyncClient, temporal: FakeGateway
) -> None:
    ready = await http.get("/readyz")
    temporal.is_down = True
    not_ready = await http.get("/readyz")
    assert ready.json()["checks"] == {"temporal": "ok", "records": "ok"}
    assert not_ready.status_code == 503
    assert not_ready.json()["checks"] == {"temporal": "down", "records": "ok"}
    assert not_ready.json()["code"] == "service_unavailable"


async def test_it_is_not_ready_without_its_records(
    http: httpx.AsyncClient, services: Services
) -> None:
    async def no_answer() -> None:
        raise Unavailable("the records do not answer")

    services.database.ping = no_answer  # type: ignore[method-assign]
    answer = await http.get("/readyz")
    assert answer.json()["checks"] == {"temporal": "ok", "records": "down"}


async def test_the_metrics_count_operations_not_paths(
    services: Services, secrets: SimpleNamespace
) -> None:
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://till") as http:
        till = Till(http, secrets.pos, count(1))
        address = await till.opened()
        await till.get(f"{address}/nothing")
        till.secret = secrets.admin
        text = (await till.get("/metrics")).text
    assert 'tillsaga_http_requests_total{operation="openCheckout",status="201"} 1.0' in text
    assert 'operation="unmatched",status="404"' in text
    assert "chk_" not in text


async def test_a_message_that_misses_the_tills_budget_is_counted(
    services: Services, till: Till, temporal: FakeGateway
) -> None:
    address = await till.opened()
    temporal.slow.add("apply_offer")
    answer = await till.post(f"{address}/offers", {"code": "SUMMER"})

    told = services.metrics.exposition().decode()
    assert answer.status_code == 202
    assert 'tillsaga_answer_budget_misses_total{message="apply_offer"} 1.0' in told


async def test_it_is_not_ready_without_a_key_that_its_records_need(services: Services) -> None:
    ring = KeyRing.parse(new_key("old"))
    await SqlVault(services.database, ring).keep_long(["GIFT-0001"])
    app = create_app(replace(services, vault=SqlVault(services.database)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
        answer = await http.get("/readyz")
    app = create_app(replace(services, vault=SqlVault(services.database, ring)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
        with_it = await http.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "key_missing")
    assert answer.json()["checks"]["records"] == "key_missing"
    assert with_it.status_code == 200


async def test_an_operator_is_told_of_the_keys_at_the_start(services: Services) -> None:
    ring = KeyRing.parse(new_key("old"))
    await SqlVault(services.database, ring).keep_long(["GIFT-0001"])
    with capture_logs() as without:
        await tell_of_keys(structlog.get_logger(), SqlVault(services.database), None)
    with capture_logs() as with_them:
        await tell_of_keys(structlog.get_logger(), SqlVault(services.database, ring), ring)

    assert [entry["event"] for entry in without] == [
        "payloads_not_encrypted",
        "encryption_keys_missing",
    ]
    assert without[1]["key_ids"] == ["old"]
    assert with_them == []
