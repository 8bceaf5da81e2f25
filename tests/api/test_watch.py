"""What stands open is told to Prometheus: cheaply, and as it was where it cannot be read."""

from types import SimpleNamespace

import httpx
import pytest

from api.services import Services
from api.watch import FRESH_SECONDS, Watch, queues_of
from tests.api.conftest import STORE
from tests.api.fakes import FakeGateway
from tillsaga.domain.model import Json
from tillsaga.errors import Unavailable
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.gauges import SqlGauges, Standing
from tillsaga.stores import StoresFile
from tillsaga.webhooks.endpoints import ConfiguredEndpoints


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(services: Services, clock: Clock) -> Watch:
    queues = queues_of(services.stores, services.endpoints, "tills")
    return Watch(services.database, services.gateway, queues, services.metrics, clock)


def told(services: Services, name: str) -> list[str]:
    lines = services.metrics.exposition().decode().splitlines()
    return [line for line in lines if line.startswith(name)]


async def test_every_queue_of_the_stores_is_asked_about(
    services: Services, temporal: FakeGateway, watch: Watch
) -> None:
    await watch.look()

    assert told(services, "tillsaga_queue_pollers{") == [
        'tillsaga_queue_pollers{queue="tills",type="workflow"} 1.0',
        'tillsaga_queue_pollers{queue="tills",type="activity"} 1.0',
        'tillsaga_queue_pollers{queue="tills-leat",type="activity"} 1.0',
    ]


async def test_a_queue_that_nobody_works_at_is_told(
    services: Services, temporal: FakeGateway, watch: Watch
) -> None:
    temporal.has_worker = False
    await watch.look()

    assert 'tillsaga_queue_pollers{queue="tills",type="workflow"} 0.0' in told(
        services, "tillsaga_queue_pollers{"
    )


async def test_who_asks_often_is_told_what_was_read(
    services: Services, temporal: FakeGateway, watch: Watch, clock: Clock
) -> None:
    await watch.look()
    temporal.has_worker = False
    clock.seconds = FRESH_SECONDS - 1
    await watch.look()
    assert "1.0" in told(services, "tillsaga_queue_pollers{")[0]

    clock.seconds = FRESH_SECONDS
    await watch.look()
    assert "0.0" in told(services, "tillsaga_queue_pollers{")[0]


async def test_what_does_not_answer_is_named_and_hides_nothing_else(
    services: Services, temporal: FakeGateway, watch: Watch, clock: Clock
) -> None:
    await watch.look()
    temporal.is_down = True
    clock.seconds = FRESH_SECONDS
    await watch.look()

    assert told(services, "tillsaga_reachable{") == [
        'tillsaga_reachable{what="records"} 1.0',
        'tillsaga_reachable{what="temporal"} 0.0',
    ]
    assert told(services, "tillsaga_queue_pollers{"), "the last answer is kept"


async def test_records_that_do_not_answer_are_named(
    services: Services, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_answer(_: SqlGauges) -> list[Standing]:
        raise Unavailable("the records do not answer")

    monkeypatch.setattr(SqlGauges, "doubts", no_answer)
    await watch.look()

    assert 'tillsaga_reachable{what="records"} 0.0' in told(services, "tillsaga_reachable{")


async def test_cases_are_told_by_code(services: Services, http: httpx.AsyncClient) -> None:
    book = SqlCheckoutBook(services.database)
    bill, _ = await book.open_bill("ams-1", "b-1", "f", "till-1", lambda _: "chk_1")
    at = "2026-03-01T10:00:00Z"
    item: Json = {"id": "att_1", "code": "goodwill", "detail": "", "opened_at": at}
    view: Json = {"id": "chk_1", "status": "cancelled", "version": 2, "attention": [item]}
    await book.remember_view(bill.checkout_id, view)
    await services.watch.look()

    assert told(services, "tillsaga_attention_open{") == [
        'tillsaga_attention_open{code="goodwill"} 1.0'
    ]


async def test_the_metrics_page_looks_first(
    http: httpx.AsyncClient, secrets: SimpleNamespace
) -> None:
    answer = await http.get("/metrics", headers={"Authorization": f"Bearer {secrets.audit}"})

    assert 'tillsaga_queue_pollers{queue="tillsaga-leat",type="activity"} 1.0' in answer.text
    assert 'tillsaga_reachable{what="records"} 1.0' in answer.text


def test_an_endpoint_has_a_queue_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = {"url": "https://shop.example/hooks", "secret": "env:HOOK", "stores": ["ams-1"]}
    monkeypatch.setenv("HOOK", "whsec_" + "a" * 44)
    monkeypatch.setenv("TOKEN", "hunter2")
    store = {"id": "ams-1", **STORE}
    stores = StoresFile.model_validate({"stores": [store], "webhooks": [hook]})
    endpoints = ConfiguredEndpoints(stores.webhooks)

    names = [queue.name for queue in queues_of(stores, endpoints, "tills")]

    assert names == ["tills", "tills", "tills-leat", f"tills-{endpoints.all[0].id}"]
