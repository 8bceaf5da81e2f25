"""Support looks at webhook deliveries, and sends one again."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api import examples
from api.services import Services
from tests.api.fakes import FakeGateway, view_of
from tests.api.test_door import assert_problem
from tests.api.till import Till
from tests.support.receiver import secret
from tillsaga.domain.webhooks import Answer, Endpoint, Event
from tillsaga.records.database import Database
from tillsaga.records.webhooks import SqlDeliveryBook
from tillsaga.stores import StoresFile

ADDRESS = "/v1/webhook-deliveries"


@pytest.fixture
def stores(stores: StoresFile, monkeypatch: pytest.MonkeyPatch) -> StoresFile:
    """The same stores, and one endpoint."""
    monkeypatch.setenv("HOOK", secret("hook"))
    hook = {"url": "https://pos.example.com/hooks?token=hunter2", "secret": "env:HOOK"}
    return StoresFile.model_validate({"stores": stores.stores, "webhooks": [hook]})


@pytest.fixture
def book(database: Database) -> SqlDeliveryBook:
    return SqlDeliveryBook(database)


@pytest.fixture
def endpoint(services: Services) -> Endpoint:
    return services.endpoints.all[0]


def event(checkout_id: str = "chk_1", version: int = 4, store_id: str = "ams-1") -> Event:
    return Event(
        type="checkout.completed",
        store_id=store_id,
        checkout_id=checkout_id,
        version=version,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        data=view_of(checkout_id, version=version, status="completed"),
    )


async def noted(book: SqlDeliveryBook, endpoint: Endpoint, *events: Event) -> None:
    for each in events:
        await book.note(each, [endpoint])


async def test_deliveries_are_listed_page_by_page_newest_first(
    support: Till, book: SqlDeliveryBook, endpoint: Endpoint
) -> None:
    await noted(book, endpoint, *(event(f"chk_{n}") for n in range(3)))

    first = (await support.get(f"{ADDRESS}?limit=2")).json()
    second = (await support.get(f"{ADDRESS}?limit=2&cursor={first['next_cursor']}")).json()

    listed = [each["checkout_id"] for page in (first, second) for each in page["data"]]
    assert listed == ["chk_2", "chk_1", "chk_0"]
    assert second["next_cursor"] is None
    [own] = (await support.get(f"{ADDRESS}?checkout_id=chk_1")).json()["data"]
    assert own["endpoint"] == {
        "id": endpoint.id,
        "url": "https://pos.example.com/hooks",
        "disabled_at": None,
    }
    documented: Any = examples.WEBHOOK_DELIVERIES
    assert own.keys() == documented["data"][0].keys()
    assert_problem(await support.get(f"{ADDRESS}?cursor=x"), 422, "invalid_request")


async def test_deliveries_are_listed_by_status(
    support: Till, book: SqlDeliveryBook, endpoint: Endpoint
) -> None:
    await noted(book, endpoint, event("chk_1"), event("chk_2"))
    [waiting] = (await support.get(f"{ADDRESS}?checkout_id=chk_1")).json()["data"]
    await book.delivered(waiting["id"], Answer(status=204), endpoint)

    by_status = {}
    for status in ("pending", "delivered", "failed"):
        page = (await support.get(f"{ADDRESS}?status={status}")).json()
        by_status[status] = [each["checkout_id"] for each in page["data"]]

    assert by_status == {"pending": ["chk_2"], "delivered": ["chk_1"], "failed": []}
    assert_problem(await support.get(f"{ADDRESS}?status=lost"), 422, "invalid_request")


async def test_a_delivery_is_read_with_what_is_posted(
    support: Till, book: SqlDeliveryBook, endpoint: Endpoint
) -> None:
    await noted(book, endpoint, event())
    [listed] = (await support.get(ADDRESS)).json()["data"]

    read = (await support.get(f"{ADDRESS}/{listed['id']}")).json()

    payload = read.pop("payload")
    assert read == listed
    assert (payload["type"], payload["data"]["status"]) == ("checkout.completed", "completed")


async def test_an_endpoint_that_is_gone_is_shown_as_disabled_until_it_is_configured_anew(
    support: Till, book: SqlDeliveryBook, endpoint: Endpoint
) -> None:
    await noted(book, endpoint, event())
    [listed] = (await support.get(ADDRESS)).json()["data"]
    await book.gone(listed["id"], Answer(status=410), endpoint)

    read = (await support.get(f"{ADDRESS}/{listed['id']}")).json()

    assert (read["status"], read["failure"]) == ("failed", "endpoint_disabled")
    assert read["endpoint"]["disabled_at"] is not None
    anew = endpoint.model_copy(update={"config": "another secret"})
    assert await book.is_disabled(endpoint, "ams-1")
    assert not await book.is_disabled(endpoint, "rtm-1")
    assert not await book.is_disabled(anew, "ams-1")


async def test_a_delivery_is_sent_again_under_its_id(
    support: Till, book: SqlDeliveryBook, endpoint: Endpoint, temporal: FakeGateway
) -> None:
    await noted(book, endpoint, event())
    [listed] = (await support.get(ADDRESS)).json()["data"]
    await book.give_up(listed["id"], "gave_up", "HTTP 500")

    with capture_logs() as logs:
        answer = await support.post(f"{ADDRESS}/{listed['id']}/redeliver", key="again")

    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert answer.json()["failure"] is None
    [mailbox] = temporal.woken
    assert mailbox.workflow_id == f"webhook-{endpoint.id}-chk_1"
    found = await book.next(mailbox)
    assert found is not None
    assert found.id == listed["id"]
    [audited] = [log for log in logs if log["event"] == "webhook_redelivery"]
    assert (audited["delivery"], audited["actor"]) == (listed["id"], "support")


async def test_the_same_request_again_sends_nothing_more(
    support: Till, book: SqlDeliveryBook, endpoint: Endpoint
) -> None:
    await noted(book, endpoint, event())
    [listed] = (await support.get(ADDRESS)).json()["data"]
    path = f"{ADDRESS}/{listed['id']}/redeliver"
    await support.post(path, key="again")
    await book.delivered(listed["id"], Answer(status=200), endpoint)

    answer = await support.post(path, key="again")

    assert answer.headers["Idempotency-Replayed"] == "true"
    assert (answer.status_code, answer.json()["status"]) == (202, "delivered")


async def test_while_temporal_is_down_a_redelivery_is_to_be_asked_for_again(
    support: Till, book: SqlDeliveryBook, endpoint: Endpoint, temporal: FakeGateway
) -> None:
    await noted(book, endpoint, event())
    [listed] = (await support.get(ADDRESS)).json()["data"]
    path = f"{ADDRESS}/{listed['id']}/redeliver"
    temporal.is_down = True
    assert_problem(await support.post(path, key="again"), 503, "service_unavailable")
    temporal.is_down = False

    assert (await support.post(path, key="again")).status_code == 202
    assert len(temporal.woken) == 1


async def test_tills_and_other_stores_support_see_none_of_it(
    support: Till,
    till: Till,
    book: SqlDeliveryBook,
    endpoint: Endpoint,
    http: httpx.AsyncClient,
    secrets: SimpleNamespace,
) -> None:
    await noted(book, endpoint, event(), event("chk_far", store_id="rtm-1"))
    [own] = (await support.get(ADDRESS)).json()["data"]
    [foreign] = (await book.page(["rtm-1"])).deliveries

    assert own["checkout_id"] == "chk_1"
    assert_problem(await till.get(ADDRESS), 403, "forbidden")
    assert_problem(await support.get(f"{ADDRESS}?store_id=rtm-1"), 404, "store_not_found")
    for path in (foreign.id, "whd_0"):
        assert_problem(await support.get(f"{ADDRESS}/{path}"), 404, "delivery_not_found")
        again = await support.post(f"{ADDRESS}/{path}/redeliver")
        assert_problem(again, 404, "delivery_not_found")


async def test_what_waits_is_a_metric(
    http: httpx.AsyncClient, secrets: SimpleNamespace, book: SqlDeliveryBook, endpoint: Endpoint
) -> None:
    await noted(book, endpoint, event("chk_1"), event("chk_2"))

    headers = {"Authorization": f"Bearer {secrets.audit}"}
    told = (await http.get("/metrics", headers=headers)).text

    assert 'tillsaga_webhook_deliveries_pending{store="ams-1"} 2.0' in told
    assert 'tillsaga_webhook_oldest_pending_seconds{store="ams-1"}' in told
