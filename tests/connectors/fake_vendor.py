"""What a test makes Leat answer, as the sheet shows it."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import respx

from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json

BASE = "https://leat.test"
API = f"{BASE}/api/v3/oauth/clients"
NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def data(value: object, meta: object = None) -> httpx.Response:
    return httpx.Response(200, json={"data": value, "meta": [] if meta is None else meta})


def no(code: int) -> httpx.Response:
    return httpx.Response(400, json={"message": "Nee | No", "code": code, "status_code": 400})


class Vendor:
    """What Leat answers, and what it was sent."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.router = router

    def on(self, call: str, *answers: httpx.Response | Exception | type[Exception]) -> respx.Route:
        method, path = call.split(" ", 1)
        route = self.router.request(method, f"{API}/{path}")
        if len(answers) == 1 and isinstance(answers[0], httpx.Response):
            route.return_value = answers[0]
        else:
            route.side_effect = iter(answers)
        return route

    def sent(self, route: respx.Route) -> Json:
        body: Json = json.loads(route.calls.last.request.content)
        return body


def order(
    operation: str,
    subject: str,
    request: Json | None = None,
    *,
    amount: int | None = None,
    prior: dict[str, Json] | None = None,
    generation: int = 1,
) -> EffectOrder:
    return EffectOrder(
        checkout_id="chk_1",
        store_id="ams-1",
        provider="loyalty",
        kind="leat",
        operation=operation,
        subject=subject,
        request=request or {},
        amount=amount,
        prior=prior or {},
        generation=generation,
    )


def at(seconds: int) -> str:
    """A time of the vendor's, so many seconds after the test's now."""
    return (NOW + timedelta(seconds=seconds)).isoformat()
