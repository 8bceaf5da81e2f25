from itertools import count
from types import SimpleNamespace

import httpx

from api.app import create_app
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.till import Till
from tillsaga.errors import Unavailable


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
