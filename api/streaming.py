"""Following a checkout by reading it: a stream never holds an Update."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace

from fastapi.sse import ServerSentEvent

from api import reading, views
from api.deadline import Deadline
from api.dependencies import Place
from api.services import Services
from tillsaga.domain.checkout import FINAL
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal, Unavailable

# Often while the checkout changes, seldom while it rests.
QUICK_SECONDS = 0.25
SLOW_SECONDS = 2.0
_SLOWER = 1.3


async def changes(
    services: Services, place: Place, last_seen: int
) -> AsyncIterator[ServerSentEvent]:
    """Tell of each version that is newer than the last one seen, until the final one."""
    pause = QUICK_SECONDS
    while not services.stopping.is_set():
        view = await _read(services, place)
        if view is not None:
            version = view["version"]
            if isinstance(version, int) and version > last_seen:
                last_seen, pause = version, QUICK_SECONDS
                yield _event(services, view)
            if view["status"] in FINAL:
                return
        await _rest(services, pause)
        pause = min(SLOW_SECONDS, pause * _SLOWER)


async def _read(services: Services, place: Place) -> Json | None:
    now = replace(place, deadline=Deadline(time.monotonic(), place.deadline.budget))
    try:
        return (await reading.read(services, now)).view
    except (Refusal, Unavailable):
        return None  # nobody can say now; the stream outlasts it


async def _rest(services: Services, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await services.stopping.wait()
    except TimeoutError:
        return


def _event(services: Services, view: Json) -> ServerSentEvent:
    data = json.dumps(views.with_links(services, view), separators=(",", ":"))
    return ServerSentEvent(raw_data=data, event="checkout", id=str(view["version"]))
