import asyncio
import json

import pytest

from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.test_opening import end
from tests.api.till import Till


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.streaming.QUICK_SECONDS", 0.005)
    monkeypatch.setattr("api.streaming.SLOW_SECONDS", 0.005)


def events(text: str) -> list[tuple[int, str]]:
    """Read the versions and statuses of a stream."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if fields:
            assert fields["event"] == "checkout"
            checkout = json.loads(fields["data"])
            assert int(fields["id"]) == checkout["version"]
            found.append((checkout["version"], checkout["status"]))
    return found


async def follow(till: Till, address: str, **headers: str) -> "asyncio.Task[str]":
    async def read() -> str:
        answer = await till.get(f"{address}/events", **headers)
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        return answer.text

    return asyncio.create_task(read())


async def test_every_change_is_told_until_the_end(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    checkout_id = address.rpartition("/")[2]
    stream = await follow(till, address)
    for status in ("ready", "completing", "completed"):
        await asyncio.sleep(0.05)
        temporal.change(checkout_id, status=status)
    assert events(await stream) == [(1, "open"), (2, "ready"), (3, "completing"), (4, "completed")]


async def test_a_listener_goes_on_where_it_stopped(till: Till, temporal: FakeGateway) -> None:
    address = await till.opened()
    checkout_id = address.rpartition("/")[2]
    temporal.change(checkout_id, status="ready")
    temporal.change(checkout_id, status="completed")
    newer = await follow(till, address, Last_Event_ID="2")
    none = await follow(till, address, Last_Event_ID="3")
    strange = await follow(till, address, Last_Event_ID="x")
    assert events(await newer) == [(3, "completed")]
    assert events(await none) == []
    assert events(await strange) == [(3, "completed")]


async def test_a_stream_outlasts_an_outage(
    till: Till, services: Services, temporal: FakeGateway
) -> None:
    address = await till.opened()
    stream = await follow(till, address)
    await asyncio.sleep(0.02)
    temporal.is_down = True
    await asyncio.sleep(0.02)
    temporal.is_down = False
    await end(services, temporal, address, "cancelled")
    assert events(await stream) == [(1, "open"), (2, "cancelled")]


async def test_a_silent_stream_shows_that_it_lives(
    till: Till, temporal: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.02)
    address = await till.opened()
    stream = await follow(till, address)
    await asyncio.sleep(0.1)
    temporal.change(address.rpartition("/")[2], status="expired")
    text = await stream
    assert ": ping\n\n" in text
    assert events(text) == [(1, "open"), (2, "expired")]


async def test_streams_end_when_the_process_stops(till: Till, services: Services) -> None:
    stream = await follow(till, await till.opened())
    await asyncio.sleep(0.02)
    services.stopping.set()
    assert events(await stream) == [(1, "open")]
