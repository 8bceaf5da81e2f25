"""Sheet 2: signed URLs, verified exactly as the client wrote them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.sandbox.koupon_till import NOON, REDEEM, KouponTill, barcode, complaint
from tillsaga.sandbox.books import Books, Clock
from tillsaga.sandbox.koupon import world
from tillsaga.sandbox.koupon.signing import Unsigned, signature, verify
from tillsaga.sandbox.koupon.vendor import Koupon
from tillsaga.sandbox.wire import Asked

pytestmark = pytest.mark.asyncio
STORE = "http://storeconnect.kouponmedia.com/v1/transaction"
QUERY = "identifier=sandbox-api-key&timestamp=1480610497"
VECTORS = [
    (f"{STORE}/redeem?{QUERY}", "e7eb05853d463eef30ca0f501829d048466f4454"),
    (
        f"{STORE}/redeem?timestamp=1480610497&identifier=sandbox-api-key",
        "93f45511a7da9f04ad4e7e159d89b13c0600a1d6",
    ),
    (f"{STORE}/report?storeId=1042&{QUERY}", "133bf87e94bfc88f45c0bb0312fb57df13b8581d"),
    (
        f"http://127.0.0.1:8902/v1/transaction/redeem?{QUERY}",
        "5951d840371ebb314059191b95876342e0cc4d76",
    ),
]
SIGNED_AT = datetime(2016, 12, 1, 16, 41, 37, tzinfo=UTC)


@pytest_asyncio.fixture
async def koupon(till: Any) -> KouponTill:
    return KouponTill(till)


def check(url: str, *, late: int = 0, window: int | None = 300) -> Any:
    secrets = {world.IDENTIFIER: world.SECRET}
    return verify(url, secrets.get, SIGNED_AT + timedelta(seconds=late), window)


@pytest.mark.parametrize(("url", "expected"), VECTORS)
async def test_k3_the_four_vectors_match(url: str, expected: str) -> None:
    """Sheet 6, K3: both orders, with a store, with a port; and the verifier takes them."""
    assert signature(url, world.SECRET) == expected
    assert check(f"{url}&authSignature={expected}").timestamp == 1480610497


async def test_a_vector_opens_the_vendor_whatever_host_the_client_used() -> None:
    """Sheet 5, trap 2: the host and port the client used count, not the server's own."""
    clock = Clock()
    clock.stop_at(SIGNED_AT)
    vendor = Koupon(Books(":memory:", clock))
    vendor.load_world()
    body = b'{"redemptions":[{"discountAsset":"0049000012345","qty":1}]}'
    url, sign = VECTORS[0]
    asked = Asked("POST", "/v1/transaction/redeem", headers={"content-type": "application/json"})
    for host, status in ((STORE, 200), ("http://127.0.0.1:8902/v1/transaction", 401)):
        there = f"{url.replace(STORE, host)}&authSignature={sign}"
        assert vendor.answer(replace(asked, url=there, body=body)).status == status


async def test_the_case_of_the_digest_is_ignored() -> None:
    """Sheet 2, step 3."""
    url, sign = VECTORS[0]

    assert check(f"{url}&authSignature={sign.upper()}").identifier == world.IDENTIFIER


@pytest.mark.parametrize(
    ("late", "window", "taken"),
    [
        (300, 300, True),
        (301, 300, False),
        (-300, 300, True),
        (-301, 300, False),
        (9**9, None, True),
    ],
)
async def test_a_timestamp_may_be_off_by_the_window_either_way(
    late: int, window: int | None, taken: bool
) -> None:
    """Sheet 2: |now - timestamp| <= 300 s, configurable."""
    url = "&authSignature=".join(VECTORS[0])
    if taken:
        assert check(url, late=late, window=window)
        return
    with pytest.raises(Unsigned, match="TIMESTAMP_EXPIRED"):
        check(url, late=late, window=window)


@pytest.mark.parametrize("stamp", ["", "soon", "-1480610497", "1480610497000", "1480610497.0"])
async def test_a_timestamp_that_is_no_epoch_second_is_expired(stamp: str) -> None:
    """Sheet 5, trap 3: seconds; a well signed URL with anything else is too old."""
    url = f"{STORE}/redeem?identifier=sandbox-api-key&timestamp={stamp}"
    with pytest.raises(Unsigned, match="TIMESTAMP_EXPIRED"):
        check(f"{url}&authSignature={signature(url, world.SECRET)}")


async def test_k1_a_redeem_without_signature_is_401_and_stock_is_unchanged(koupon: Any) -> None:
    """Sheet 6, K1."""
    answer = await koupon.send(REDEEM, {"redemptions": [barcode()]})

    assert complaint(answer, 401) == "SIGNATURE_MISSING"
    assert await koupon.left(world.BARCODE) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda url: url.partition("&authSignature=")[0], "SIGNATURE_MISSING"),
        (lambda url: url.partition("authSignature=")[0] + "authSignature=", "SIGNATURE_MISSING"),
        (lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"), "SIGNATURE_INVALID"),
        (lambda url: url[:-1], "SIGNATURE_INVALID"),
        (lambda url: url[:-1] + "é", "SIGNATURE_INVALID"),
        (lambda url: url.replace("timestamp=1", "timestamp=2"), "SIGNATURE_INVALID"),
        (lambda url: url.replace("sandbox-api", "sandbox-other"), "SIGNATURE_INVALID"),
        (lambda url: url.replace("redeem?", "redeem/?"), "SIGNATURE_INVALID"),
        (lambda url: url.replace("redeem?", "redee%6D?"), "SIGNATURE_INVALID"),
        (lambda url: url.replace("?", "?storeId=1&"), "SIGNATURE_INVALID"),
        (lambda url: url.replace("sandbox-api-key", "nobody"), "IDENTIFIER_UNKNOWN"),
        (lambda url: url.replace("identifier=", "id="), "IDENTIFIER_UNKNOWN"),
    ],
)
async def test_a_bad_signature_is_401_and_nothing_is_processed(
    koupon: Any, change: Any, code: str
) -> None:
    """Sheet 2: signature failures."""
    answer = await koupon.send(change(koupon.signed(REDEEM)), {"redemptions": [barcode()]})

    assert complaint(answer, 401) == code
    assert (await koupon.books())["redeem_calls"] == []


async def test_the_clock_makes_a_signed_url_too_old(koupon: Any) -> None:
    """Sheet 4: 401, re-sign once, clock check."""
    url, body = koupon.signed(REDEEM), {"redemptions": [barcode()]}
    await koupon.till.advance(301)

    assert complaint(await koupon.send(url, body), 401) == "TIMESTAMP_EXPIRED"
    again = koupon.signed(REDEEM, timestamp=NOON + 301)
    assert (await koupon.send(again, body)).status_code == 200


@pytest.mark.parametrize(("window", "status"), [(30, 401), (3600, 200), (None, 200)])
async def test_the_window_is_a_switch(koupon: Any, window: int | None, status: int) -> None:
    """Sheet 2: configurable."""
    await koupon.switch(signature_window_seconds=window)
    await koupon.till.advance(1000)

    answer = await koupon.redeem(barcode())
    assert answer.status_code == status


async def test_a_replay_inside_the_window_is_accepted_with_any_body(koupon: Any) -> None:
    """Sheet 2: no nonce, and the body is not covered."""
    url = koupon.signed(REDEEM)
    for left in (2, 1):
        line = barcode(world.BARCODE_MULTI)
        assert (await koupon.send(url, {"redemptions": [line]})).status_code == 200
        assert await koupon.left(world.BARCODE_MULTI) == left
    assert (await koupon.send(url, {"redemptions": [barcode()]})).status_code == 200


async def test_each_key_has_its_own_secret(koupon: Any) -> None:
    """Sheet 2: look up the secret by identifier."""
    fresh = (await koupon.seed(keys=[{}]))["keys"][0]
    keys = [
        (world.OTHER_IDENTIFIER, world.OTHER_SECRET, 200),
        (world.OTHER_IDENTIFIER, world.SECRET, 401),
        (fresh["identifier"], fresh["secret"], 200),
    ]
    for key, secret, status in keys:
        url = koupon.signed(REDEEM, key=key, secret=secret)
        body = {"redemptions": [barcode(world.BARCODE_MULTI)]}
        assert (await koupon.send(url, body)).status_code == status
    calls = (await koupon.books())["redeem_calls"]
    assert [one["identifier"] for one in calls] == [world.OTHER_IDENTIFIER, fresh["identifier"]]


async def test_k5_an_extra_parameter_counts_before_signing_only(koupon: Any) -> None:
    """Sheet 6, K5: signed it is used; after authSignature it is ignored, the call taken."""
    body = {"redemptions": [barcode(world.BARCODE_MULTI)]}
    before = koupon.signed(REDEEM, storeId="1042")
    after = koupon.signed(REDEEM) + "&storeId=666&timestamp=1"
    both = koupon.signed(REDEEM, storeId="1042") + "&storeId=666"
    for url in (before, after, both):
        assert (await koupon.send(url, body)).status_code == 200

    stores = [one["store_id"] for one in (await koupon.books())["redeem_calls"]]
    assert stores == ["1042", None, "1042"]


async def test_escapes_are_verified_as_written(koupon: Any) -> None:
    """Sheet 5, trap 1: no re-encoding on either side."""
    url = koupon.signed(REDEEM, storeId="caf%C3%A9+1%2f2")
    answer = await koupon.send(url, {"redemptions": [barcode()]})

    assert answer.status_code == 200
    assert (await koupon.books())["redeem_calls"][0]["store_id"] == "café 1/2"


async def test_over_tcp_host_port_and_scheme_are_those_the_client_used(live: Any) -> None:
    """Sheet 5, trap 2; a proxy on this machine tells the scheme in X-Forwarded-Proto."""
    koupon = KouponTill(live)
    await live.control("POST", "/clock", {"now": "2026-03-01T10:00:00+00:00"})
    url, body = koupon.signed(REDEEM), {"redemptions": [barcode(world.BARCODE_MULTI)]}
    assert (await koupon.send(url, body)).status_code == 200
    front = f"https://koupon.example{httpx.URL(url).path}?{QUERY.replace('1480610497', str(NOON))}"
    query = front.partition("?")[2] + f"&authSignature={signature(front, world.SECRET)}"
    there = f"{REDEEM}?{query}"

    behind = {"Host": "koupon.example", "X_Forwarded_Proto": "https"}
    assert (await koupon.send(there, body, **behind)).status_code == 200
    assert complaint(await koupon.send(there, body), 401) == "SIGNATURE_INVALID"


async def test_the_request_log_hides_signatures(koupon: Any) -> None:
    """Sheet 5, trap 4: a signed URL could be replayed."""
    await koupon.send(koupon.signed(REDEEM) + "&storeId=1", {"redemptions": [barcode()]})
    entry = (await koupon.till.control("GET", "/requests"))["requests"][-1]

    assert entry["operation"] == "transaction.redeem"
    hidden = "authSignature=***&storeId=1"
    assert entry["query"] == f"identifier=sandbox-api-key&timestamp={NOON}&{hidden}"
