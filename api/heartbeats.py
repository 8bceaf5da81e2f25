"""Signs of life. A Signal each at most once a minute, and no row in the records."""

import time

from starlette.responses import Response

from api import ended, reading, starting, views
from api.dependencies import Place
from api.idempotency import Call
from api.services import Services
from api.temporal import Gone, NoAnswer, Unreachable
from tillsaga.domain.checkout import FINAL
from tillsaga.errors import Refusal

FORWARDED_EVERY_SECONDS = 60.0
_REMEMBERED = 20_000


async def keep_alive(services: Services, call: Call, place: Place) -> Response:
    """Forward the sign of life if the last one is old enough, and show the checkout.

    Raises:
        Refusal: `state_conflict` once the checkout has ended; `service_unavailable`.
    """
    now, last = time.monotonic(), services.heartbeats.get(place.checkout_id)
    if last is None or now - last >= FORWARDED_EVERY_SECONDS:
        await _forward(services, call, place)
        if len(services.heartbeats) >= _REMEMBERED:
            services.heartbeats.clear()
        services.heartbeats[place.checkout_id] = now
    seen = await reading.read(services, place)
    if seen.is_stale:
        raise Refusal("service_unavailable", "nobody can answer for the checkout now")
    if seen.view["status"] in FINAL:
        raise Refusal("state_conflict", f"the checkout is {seen.view['status']}")
    return views.show(services, seen.view)


async def _forward(services: Services, call: Call, place: Place) -> None:
    try:
        await services.gateway.heartbeat(place.checkout_id, None, place.deadline.for_answer)
    except Gone:
        await _wake(services, call, place)
    except (NoAnswer, Unreachable) as down:
        raise Refusal("service_unavailable", "nobody can answer for the checkout now") from down


async def _wake(services: Services, call: Call, place: Place) -> None:
    """Start a checkout again that is gone without having ended; an ended one stays so."""
    bill = await services.checkouts.find(place.checkout_id)
    store = services.stores.store(place.store_id)
    if bill is None or store is None or ended.is_ended(bill):
        return
    start = starting.again(starting.resumed_start(store, bill, call.request_id))
    try:
        await services.gateway.heartbeat(place.checkout_id, start, place.deadline.for_answer)
    except (Gone, NoAnswer, Unreachable) as down:
        raise Refusal("service_unavailable", "nobody can answer for the checkout now") from down
