import pytest

from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.test_opening import end
from tests.api.till import Till


async def test_a_running_checkout_is_read_as_it_is(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.change(address.rpartition("/")[2], status="ready")
    answer = await till.get(address)
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.headers["ETag"] == '"2"'
    assert "retryable" not in answer.json()


async def test_nothing_new_is_not_sent(till: Till) -> None:
    address = await till.opened()
    same = await till.get(address, If_None_Match='"0", "1"')
    newer = await till.get(address, If_None_Match='"0"')
    assert (same.status_code, same.content) == (304, b"")
    assert newer.status_code == 200


@pytest.mark.parametrize("trouble", ["is_down", "has_worker"])
async def test_while_temporal_is_down_the_last_view_is_shown(
    till: Till, temporal: FakeGateway, trouble: str
) -> None:
    address = await till.opened()
    setattr(temporal, trouble, trouble == "is_down")
    answer = await till.get(address)
    assert (answer.status_code, answer.json()["retryable"]) == (200, True)
    assert answer.headers["Retry-After"] == "1"


async def test_an_ended_checkout_is_read_from_the_records(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await till.opened()
    await end(services, temporal, address, "completed")
    temporal.is_down = True
    answer = await till.get(address)
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert "retryable" not in answer.json()


async def test_what_was_never_answered_cannot_be_shown(
    till: Till, temporal: FakeGateway, services: Services
) -> None:
    temporal.is_down = True
    refused = await till.open()
    address = f"/v1/checkouts/{refused.json()['checkout_id']}"
    assert (await till.get(address)).status_code == 503
    temporal.is_down = False
    assert (await till.get(address)).json()["code"] == "checkout_not_found"


async def test_a_forgotten_checkout_is_shown_as_it_was(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    temporal.end(address.rpartition("/")[2])
    assert (await till.get(address)).json()["version"] == 1


async def test_the_plan_is_a_list(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    plan = (await till.get(f"{address}/plan")).json()
    assert [step["operation"] for step in plan["data"]] == ["payment"]
    assert plan["next_cursor"] is None
    temporal.has_worker = False
    assert (await till.get(f"{address}/plan")).status_code == 503


async def test_lists_come_in_pages_newest_first(till: Till, other_till: Till) -> None:
    addresses = [await till.opened(f"basket-000{number}") for number in range(3)]
    first = (await till.get("/v1/checkouts?limit=2")).json()
    second = (await till.get(f"/v1/checkouts?limit=2&cursor={first['next_cursor']}")).json()
    listed = [checkout["links"]["self"] for checkout in first["data"] + second["data"]]
    assert listed == addresses[::-1]
    assert second["next_cursor"] is None
    assert (await other_till.get("/v1/checkouts")).json()["data"] == []


async def test_lists_are_filtered(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    await till.opened("basket-0002")
    await till.post(f"{address}/cancel", {"reason": "left"})

    async def count(query: str) -> int:
        return len((await till.get(f"/v1/checkouts?{query}")).json()["data"])

    assert await count("status=cancelled") == 1
    assert await count("store_id=ams-1") == 2
    assert await count("attention=true") == 0
    assert await count("from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00") == 0
    assert await count("from=2020-01-01T00:00:00Z") == 2


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("store_id=rtm-1", 404, "store_not_found"),
        ("limit=0", 422, "invalid_request"),
        ("status=lost", 422, "invalid_request"),
        ("cursor=nonsense", 422, "invalid_request"),
        ("idempotency_key=a%20b", 422, "invalid_request"),
        ("from=0", 422, "invalid_request"),
        ("to=1767225600", 422, "invalid_request"),
    ],
)
async def test_a_list_that_cannot_be_made_is_refused(
    till: Till, query: str, status: int, code: str
) -> None:
    answer = await till.get(f"/v1/checkouts?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
