"""A worker tells how it is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from tillsaga.connectors.circuit import CircuitState
from worker.health import health_page
from worker.life import Departure, Life

SINCE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CIRCUITS = {
    ("ams-1", "leat"): CircuitState(is_open=True, since=SINCE, times_opened=3),
    ("ams-1", "loyale"): CircuitState(is_open=False, since=SINCE),
}


@pytest.fixture
async def page() -> AsyncIterator[httpx.AsyncClient]:
    told = {"delivered": 2, "failed": 1}
    life = Life([], Departure(), {})
    transport = httpx.ASGITransport(health_page(lambda: CIRCUITS, told, life, signs_roots=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        yield client


async def test_it_lives(page: httpx.AsyncClient) -> None:
    assert (await page.get("/healthz")).json() == {"status": "ok"}


async def test_a_vendor_that_is_down_is_named_and_makes_no_worker_unready(
    page: httpx.AsyncClient,
) -> None:
    answer = await page.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["audit_roots"] == "unsigned"
    leat, loyale = answer.json()["vendors"]
    assert leat == {
        "store_id": "ams-1",
        "provider": "leat",
        "circuit": "open",
        "since": "2026-03-01T12:00:00Z",
    }
    assert loyale["circuit"] == "closed"


async def test_the_circuits_are_metrics(page: httpx.AsyncClient) -> None:
    told = (await page.get("/metrics")).text

    assert 'tillsaga_vendor_circuit_open{provider="leat",store="ams-1"} 1.0' in told
    assert 'tillsaga_vendor_circuit_open{provider="loyale",store="ams-1"} 0.0' in told
    assert 'tillsaga_vendor_circuit_opened_total{provider="leat",store="ams-1"} 3.0' in told


async def test_attempts_to_deliver_webhooks_are_metrics(page: httpx.AsyncClient) -> None:
    told = (await page.get("/metrics")).text

    assert 'tillsaga_webhook_attempts_total{outcome="delivered"} 2.0' in told
    assert 'tillsaga_webhook_attempts_total{outcome="failed"} 1.0' in told
