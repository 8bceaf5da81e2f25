import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from tillsaga.connectors.circuit import Circuit
from tillsaga.connectors.http import OUTCOMES, VendorHttp, retry_after
from tillsaga.errors import AnswerLost, NotSent, Refused, Unavailable

URL = "https://vendor.test/things"


def every(of: type[Exception]) -> Iterator[type[Exception]]:
    yield of
    for one in of.__subclasses__():
        yield from every(one)


ROOTS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
HTTPX_ERRORS = sorted({e for root in ROOTS for e in every(root)}, key=lambda e: e.__name__)


@pytest.fixture
def http() -> VendorHttp:
    return VendorHttp(
        "vendor",
        "https://vendor.test",
        {"Authorization": "Bearer t0ken"},
        timedelta(seconds=1),
        lambda status, body: Refused("no", code="offer_refused") if body == {"no": 1} else None,
        Circuit("vendor", timedelta(0)),
    )


def test_every_httpx_exception_has_a_name() -> None:
    exported = {v for v in vars(httpx).values() if isinstance(v, type) and issubclass(v, Exception)}

    assert set(HTTPX_ERRORS) | exported <= set(OUTCOMES)


SAMPLES = [e for e in HTTPX_ERRORS if issubclass(e, httpx.TransportError)]


@pytest.mark.parametrize("error", SAMPLES)
@pytest.mark.parametrize("changes", [True, False])
@respx.mock
async def test_a_transport_error_gets_its_name(
    http: VendorHttp, error: type[Exception], changes: bool
) -> None:
    respx.post(URL).mock(side_effect=error("secret words"))

    with pytest.raises(Unavailable) as failed:
        await http.send("POST", "things", changes=changes)

    assert type(failed.value) is (OUTCOMES[error] if changes else NotSent)
    assert "secret" not in failed.value.message
    assert failed.value.__cause__ is None


LOST = {
    "500": httpx.Response(500, json={"message": "oops"}),
    "502 page": httpx.Response(502, text="<html>"),
    "503": httpx.Response(503, text="<html>maintenance"),
    "redirect": httpx.Response(302, headers={"Location": "/login"}),
    "200 page": httpx.Response(200, text="<html>"),
    "200 empty": httpx.Response(200),
    "unknown 404 page": httpx.Response(404, text="<html>"),
    "unknown 422": httpx.Response(422, json={"detail": "?"}),
}


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
@respx.mock
async def test_an_unusable_answer_is_a_lost_one_unless_it_only_read(
    http: VendorHttp, answer: httpx.Response
) -> None:
    respx.post(URL).mock(return_value=answer)

    with pytest.raises(AnswerLost):
        await http.send("POST", "things", changes=True)
    with pytest.raises(NotSent):
        await http.send("POST", "things", changes=False)


@respx.mock
async def test_a_known_4xx_is_the_vendors_no(http: VendorHttp) -> None:
    respx.post(URL).mock(return_value=httpx.Response(409, json={"no": 1}))

    with pytest.raises(Refused):
        await http.send("POST", "things", changes=True)


@respx.mock
async def test_a_throttled_call_was_not_sent_and_says_when(http: VendorHttp) -> None:
    respx.post(URL).mock(return_value=httpx.Response(429, headers={"Retry-After": "7"}))

    with pytest.raises(NotSent) as failed:
        await http.send("POST", "things", changes=True)

    assert failed.value.next_retry_delay == timedelta(seconds=7)


def test_retry_after_reads_seconds_dates_and_nonsense() -> None:
    now = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)

    assert retry_after("Sun, 01 Mar 2026 10:00:30 GMT", now) == timedelta(seconds=30)
    assert retry_after("Sun, 01 Mar 2026 09:00:00 GMT", now) == timedelta(0)
    assert retry_after("999999999999999999", now) == timedelta(hours=1)
    assert retry_after("soon", now) is None
    assert retry_after(None, now) is None


async def test_without_time_left_nothing_is_sent() -> None:
    http = VendorHttp(
        "vendor",
        "https://vendor.test",
        {},
        timedelta(0),
        lambda *_: None,
        Circuit("vendor", timedelta(0)),
    )

    with http.budget(), pytest.raises(NotSent):
        await http.send("POST", "things", changes=True)


@respx.mock
async def test_urls_are_not_logged(http: VendorHttp, caplog: pytest.LogCaptureFixture) -> None:
    respx.get(URL).mock(return_value=httpx.Response(200, json={}))

    with caplog.at_level(logging.DEBUG):
        await http.send("GET", "things", changes=False, params={"hash": "HT123ABC"})

    assert "HT123ABC" not in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/things",
        "http://vendor.test/things",
        "https://vendor.test:8443/things",
        "https://vendor.test@evil.test/things",
        "https://vendor.test.evil.test/things",
    ],
)
async def test_nothing_is_sent_to_another_host(http: VendorHttp, address: str) -> None:
    with respx.mock(assert_all_called=False) as network:
        anywhere = network.route().mock(return_value=httpx.Response(200, json={}))
        with pytest.raises(Refused) as refused:
            await http.send("POST", address, changes=True)

    assert refused.value.code == "foreign_host"
    assert not anywhere.called


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_takes_the_credentials_along(http: VendorHttp, status: int) -> None:
    elsewhere = {"Location": "https://evil.test/things"}
    with respx.mock(assert_all_called=False) as network:
        network.post(URL).mock(return_value=httpx.Response(status, headers=elsewhere))
        evil = network.route(host="evil.test").mock(return_value=httpx.Response(200, json={}))
        with pytest.raises(AnswerLost):
            await http.send("POST", "things", changes=True)

    assert not evil.called
