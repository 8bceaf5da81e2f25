"""Sheet 2.2, 3.6 and 3.7: custom events, reactors and their delay, the dry run."""

import json
from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import NOW, WllTill, event
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
INVALID = (400, "VALIDATION_ERROR")


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


async def test_a_report_answers_four_fields_and_is_read_back_whole(wll: WllTill) -> None:
    """Sheet 3.6: response; 3.8: `GET /events/{id}`."""
    made = await wll.event(points=300, transactionId="tx-000042")
    read = await wll.ok("GET", f"/events/{made['id']}")

    assert set(made) == {"id", "type", "occurredAt", "createdAt"}
    assert (made["occurredAt"], made["createdAt"]) == ("2026-03-01T10:18:00.000Z", NOW)
    assert read["payload"] == {"points": 300, "transactionId": "tx-000042"}
    assert (read["subject"], read["executor"]) == (world.MEMBER, "pos-hub")
    assert await wll.refused("GET", "/events/none") == (404, "EVENT_NOT_FOUND")


async def test_over_redemption_succeeds_and_goes_negative(wll: WllTill) -> None:
    """Sheet 2.2: 500 - 1000 = -500; 3.6: no insufficient-points error."""
    await wll.event(points=1000)

    assert await wll.points() == -500


async def test_a_repeat_is_a_second_event_with_a_second_reaction(wll: WllTill) -> None:
    """Sheet 3.6: no dedupe."""
    first = await wll.event(points=100, operationId="op-1")
    second = await wll.event(points=100, operationId="op-1")

    assert first["id"] != second["id"]
    assert await wll.points() == 300
    wanted = json.dumps({"type": world.SPEND_TYPE, "payload.operationId": "op-1"})
    assert len(await wll.ok("GET", "/events", filter=wanted)) == 2


REFUSED: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"type": "POINTS_2"}, INVALID),
    ({"type": "points"}, INVALID),
    ({"type": "A"}, INVALID),
    ({"type": "A" * 65}, INVALID),
    ({"type": None}, INVALID),
    ({"subject": ""}, INVALID),
    ({"subject": "x" * 129}, INVALID),
    ({"executor": "x" * 129}, INVALID),
    ({"payload": []}, INVALID),
    ({"occurredAt": "2026-03-01T10:18:00Z"}, INVALID),
    ({"occurredAt": "2026-03-01"}, INVALID),
    ({"occurredAt": "2026-13-01T10:18:00.000Z"}, INVALID),
    ({"type": "NO_SUCH_TYPE"}, (404, "EVENT_TYPE_NOT_FOUND")),
    ({"subject": "nobody"}, (404, "SUBJECT_NOT_FOUND")),
    ({"subject": world.MEMBER_AUTH}, (404, "SUBJECT_NOT_FOUND")),
    ({"type": "ORDER_PLACED"}, (403, "INTRINSIC_EVENT_NOT_REPORTABLE")),
    ({"type": "BURNED_VOUCHER"}, (403, "INTRINSIC_EVENT_NOT_REPORTABLE")),
    ({"payload": {}}, (400, "PAYLOAD_SCHEMA_MISMATCH")),
    ({"payload": {"points": 0}}, (400, "PAYLOAD_SCHEMA_MISMATCH")),
    ({"payload": {"points": -5}}, (400, "PAYLOAD_SCHEMA_MISMATCH")),
    ({"payload": {"points": 1.5}}, (400, "PAYLOAD_SCHEMA_MISMATCH")),
    ({"payload": {"points": "5"}}, (400, "PAYLOAD_SCHEMA_MISMATCH")),
    ({"payload": {"points": True}}, (400, "PAYLOAD_SCHEMA_MISMATCH")),
]


async def test_an_event_is_refused(wll: WllTill) -> None:
    """Sheet 3.6, body and errors; 5, trap 13."""
    for changed, refusal in REFUSED:
        assert await wll.refused("POST", "/events", event(points=5) | changed) == refusal, changed

    assert (await wll.books())["events"] == []
    assert await wll.points() == 500


async def test_an_account_number_is_a_subject_too(wll: WllTill) -> None:
    """Sheet 1, user identifiers."""
    body = event(points=100) | {"subject": world.MEMBER_ACCOUNT}
    await wll.ok("POST", "/events", body)

    assert await wll.points() == 400
    stored = (await wll.books())["events"][0]
    assert (stored["subject"], stored["user"]) == (world.MEMBER_ACCOUNT, world.MEMBER)


async def test_a_non_member_sale_has_no_subject_and_no_reaction(wll: WllTill) -> None:
    """Sheet 3.6: leave out `subject`."""
    body = event(world.SALE_TYPE, transactionId="tx-1", total=1950)
    del body["subject"]
    made = await wll.ok("POST", "/events", body)

    assert await wll.ok("GET", f"/events/{made['id']}/reactions") == []
    assert (await wll.books())["reactions"] == []


async def test_only_the_type_is_required(wll: WllTill) -> None:
    made = await wll.ok("POST", "/events", {"type": world.IDLE_TYPE})

    assert made["occurredAt"] == NOW


async def test_without_a_reactor_the_event_is_stored_and_nothing_happens(wll: WllTill) -> None:
    """Sheet 3.6: need of type and reactor."""
    await wll.event(world.IDLE_TYPE, points=100)

    assert len((await wll.books())["events"]) == 1
    assert await wll.points() == 500


async def test_private_types_are_for_admins(wll: WllTill) -> None:
    """Sheet 3.6: types can be private."""
    await wll.event(world.PRIVATE_TYPE, points=5)

    assert await wll.points() == 505
