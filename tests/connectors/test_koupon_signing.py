"""Signed URLs (sheet 2): the bytes that are signed are the bytes that are sent."""

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from tests.connectors.koupon_asks import (
    BASE,
    KEY,
    NOW,
    SECRET,
    Vendor,
    config,
    redeeming,
    reporting,
    result,
)
from tillsaga.connectors.koupon import Koupon
from tillsaga.connectors.koupon.signing import signature, signed_url
from tillsaga.errors import NotSent

HOST = "http://storeconnect.kouponmedia.com"
VECTORS = {
    f"{HOST}/v1/transaction/redeem?identifier=sandbox-api-key&timestamp=1480610497": (
        "e7eb05853d463eef30ca0f501829d048466f4454"
    ),
    f"{HOST}/v1/transaction/redeem?timestamp=1480610497&identifier=sandbox-api-key": (
        "93f45511a7da9f04ad4e7e159d89b13c0600a1d6"
    ),
    f"{HOST}/v1/transaction/report?storeId=1042&identifier=sandbox-api-key&timestamp=1480610497": (
        "133bf87e94bfc88f45c0bb0312fb57df13b8581d"
    ),
    "http://127.0.0.1:8902/v1/transaction/redeem?identifier=sandbox-api-key&timestamp=1480610497": (
        "5951d840371ebb314059191b95876342e0cc4d76"
    ),
}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        made = Vendor(router)
        made.redeemed(result())
        yield made


@pytest.fixture
async def stores() -> AsyncIterator[list[Koupon]]:
    made: list[Koupon] = []
    yield made
    for each in made:
        await each.aclose()


def at(stores: list[Koupon], base_url: str = BASE, store_id: str | None = None) -> Koupon:
    settings = {"koupon_store_id": store_id} if store_id else {}
    stores.append(Koupon(config(base_url, settings=settings), now=lambda: NOW))
    return stores[-1]


@pytest.mark.parametrize(("url", "expected"), VECTORS.items())
def test_k3_the_published_scheme_gives_the_vectors(url: str, expected: str) -> None:
    assert signature(url, "sandbox-secret") == expected


def test_k3_a_signed_url_is_made_as_the_vectors_are() -> None:
    url = signed_url(f"{HOST}/v1/transaction/report", KEY, SECRET, NOW, {"storeId": "1042"})

    signed, _, ours = url.partition("&authSignature=")
    assert ours == VECTORS[signed]


@pytest.mark.parametrize("base_url", [HOST, f"{HOST}/", f"{HOST}/v1", f"{HOST}/v1/"])
async def test_the_version_may_be_part_of_the_base_url(
    stores: list[Koupon], vendor: Vendor, base_url: str
) -> None:
    await at(stores, base_url).operator("redeem_coupon").do(redeeming())

    signed = next(iter(VECTORS))
    assert str(vendor.requests[-1].url) == f"{signed}&authSignature={VECTORS[signed]}"


STRANGE = [
    "http://127.0.0.1:8902/v1",
    "http://koupon.test:80/v1",
    "https://koupon.test:443",
    "https://KOUPON.test/some where",
    "http://[::1]:8902",
]


@pytest.mark.parametrize("base_url", STRANGE)
async def test_what_is_signed_is_what_is_sent(
    stores: list[Koupon], vendor: Vendor, base_url: str
) -> None:
    """Trap 1: a dropped default port, an encoded character: the vendor sees the sent URL."""
    await at(stores, base_url, "ü 10/42&x").operator("redeem_coupon").do(redeeming())

    sent = vendor.requests[-1]
    written = f"{sent.url.scheme}://{sent.headers['Host']}{sent.url.raw_path.decode()}"
    signed, _, ours = written.partition("&authSignature=")
    assert ours == signature(signed, SECRET)


async def test_k5_the_store_is_named_before_the_signature(
    stores: list[Koupon], vendor: Vendor
) -> None:
    koupon = at(stores, store_id="1042")
    await koupon.operator("redeem_coupon").do(redeeming())
    await koupon.operator("report_sale").do(reporting())

    for sent in vendor.requests:
        covered, _, rest = str(sent.url).partition("&authSignature=")
        assert "storeId=1042" in covered
        assert len(rest) == 40


async def test_each_try_is_signed_anew(stores: list[Koupon], vendor: Vendor) -> None:
    """Trap 3, and a 401: it was not done, so the next try may be sent."""
    times = iter([NOW, NOW + timedelta(seconds=301)])
    koupon = Koupon(config(), now=lambda: next(times))
    stores.append(koupon)
    vendor.says(httpx.Response(401, json={"errorCode": "TIMESTAMP_EXPIRED"}), httpx.Response(204))

    with pytest.raises(NotSent) as failed:
        await koupon.operator("report_sale").do(reporting())
    await koupon.operator("report_sale").do(reporting())

    first, second = (str(sent.url) for sent in vendor.requests)
    assert "TIMESTAMP_EXPIRED" in failed.value.message
    assert ("timestamp=1480610497" in first, "timestamp=1480610798" in second) == (True, True)
    assert first.partition("authSignature")[2] != second.partition("authSignature")[2]


async def test_a_signed_url_is_neither_logged_nor_told(
    stores: list[Koupon], vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    """Trap 4: it could be sent again."""
    vendor.says(httpx.ConnectError(f"{BASE}?authSignature=abc"))

    with caplog.at_level(logging.DEBUG), pytest.raises(NotSent) as failed:
        await at(stores).operator("redeem_coupon").do(redeeming())

    told = caplog.text + failed.value.message + str(failed.value.__cause__)
    assert all(secret not in told for secret in ("authSignature", KEY, SECRET))
