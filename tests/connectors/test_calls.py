"""What is kept of a call to a vendor: a figure, a log line, a span; nothing that was said."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
import respx
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from tests.observability.recorded import recorded
from tillsaga.connectors.calls import VENDOR_CALLS
from tillsaga.connectors.circuit import OPENS_AFTER, Circuit
from tillsaga.connectors.http import VendorHttp
from tillsaga.domain import correlation
from tillsaga.errors import Refused, Unavailable

CARD = "GIFT-0001"
URL = f"https://vendor.test/cards/{CARD}"


@pytest.fixture
def registry() -> CollectorRegistry:
    VENDOR_CALLS.clear()
    registry = CollectorRegistry()
    registry.register(VENDOR_CALLS)
    return registry


@pytest.fixture
def http() -> VendorHttp:
    return VendorHttp(
        "acme",
        "https://vendor.test",
        {"Authorization": "Bearer t0ken"},
        timedelta(seconds=1),
        lambda status, body: Refused(f"no {CARD}", code="card_refused") if body else None,
        Circuit("acme", timedelta(minutes=1)),
    )


def calls(registry: CollectorRegistry, outcome: str) -> float | None:
    labels = {"vendor": "acme", "outcome": outcome}
    return registry.get_sample_value("tillsaga_vendor_call_duration_seconds_count", labels)


async def ask(http: VendorHttp) -> None:
    await http.send("GET", f"cards/{CARD}", changes=False, params={"pin": "1234"})


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(200, json={"balance": 1}), "answered"),
        (httpx.Response(404, json={"no": 1}), "refused"),
        (httpx.Response(429), "limited"),
        (httpx.Response(503), "unanswered"),
        (httpx.ReadTimeout("too slow"), "unanswered"),
    ],
)
@respx.mock
async def test_a_call_is_kept_by_how_it_ended(
    http: VendorHttp, registry: CollectorRegistry, answer: httpx.Response, outcome: str
) -> None:
    respx.get(URL).mock(side_effect=[answer])
    with recorded() as seen, capture_logs() as logs, suppress(Refused, Unavailable):
        await ask(http)

    status = getattr(answer, "status_code", None)
    [line] = logs
    assert (line["event"], line["vendor"], line["outcome"]) == ("vendor_call", "acme", outcome)
    assert line["status"] == status
    assert calls(registry, outcome) == 1
    said = dict(seen.named("acme GET").attributes or {})
    assert (said["tillsaga.outcome"], said["server.address"]) == (outcome, "vendor.test")
    assert said.get("http.response.status_code") == status


@respx.mock
async def test_nothing_that_was_said_is_kept(http: VendorHttp, registry: CollectorRegistry) -> None:
    respx.get(URL).mock(side_effect=[httpx.Response(404, json={"no": CARD})])
    with recorded() as seen, capture_logs() as logs, pytest.raises(Refused):
        await ask(http)

    kept = seen.named("acme GET").to_json() + repr(logs) + repr(list(registry.collect()))
    for secret in (CARD, "1234", "t0ken"):
        assert secret not in kept


@respx.mock
async def test_a_vendor_is_not_told_of_the_trace(http: VendorHttp) -> None:
    route = respx.get(URL).mock(return_value=httpx.Response(200, json={}))
    with recorded() as seen:
        correlation.begin("chk_1/charge_giftcard/acme/gc-1#1")
        await ask(http)

    sent = route.calls.last.request.headers
    assert not {"traceparent", "tracestate", "baggage"} & set(sent)
    said = dict(seen.named("acme GET").attributes or {})
    assert said["tillsaga.correlation_id"] == sent["X-Correlation-Id"]


@respx.mock
async def test_a_call_that_was_not_made_has_taken_no_time(
    http: VendorHttp, registry: CollectorRegistry
) -> None:
    respx.get(URL).mock(return_value=httpx.Response(503))
    with capture_logs() as logs:
        for _ in range(OPENS_AFTER + 1):
            with pytest.raises(Unavailable):
                await ask(http)

    assert [line["outcome"] for line in logs][-2:] == ["unanswered", "left_alone"]
    assert calls(registry, "unanswered") == OPENS_AFTER
    assert calls(registry, "left_alone") is None


@respx.mock
async def test_a_call_that_nobody_waits_for_is_abandoned(
    http: VendorHttp, registry: CollectorRegistry
) -> None:
    asked = asyncio.Event()

    async def never(_: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    respx.get(URL).mock(side_effect=never)
    asking = asyncio.create_task(ask(http))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert calls(registry, "abandoned") == 1
