"""Reports and signatures against the sandbox, over real HTTP."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.connectors.koupon_asks import (
    BARCODE,
    COFFEE,
    KEY,
    LOYALTY,
    PAIR,
    SECRET,
    config,
    reporting,
    sale,
    sold_offer,
)
from tests.connectors.koupon_box import Box, connector, now, redeem
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.koupon import Koupon
from tillsaga.domain.effects import Done
from tillsaga.errors import AnswerLost, NotSent, Refused

applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def koupon(shop: Box) -> AsyncIterator[Koupon]:
    held = connector(shop)
    yield held
    await held.aclose()


# --- report ---------------------------------------------------------------------------------------


async def test_k13_a_sale_with_a_redemption_is_reported(koupon: Koupon, shop: Box) -> None:
    """K17 too: total is less the discounts and with the tax."""
    done = await redeem(koupon, COFFEE)
    await koupon.operator("report_sale").do(reporting(sale(sold_offer(PAIR, done))))

    (report,) = shop.reports()
    assert report["summary"] == {
        "sub_total_in_cents": 5_00,
        "total_discounts_in_cents": 1_00,
        "total_in_cents": 4_33,
    }
    assert (report["discount_assets"], report["currency"]) == ([LOYALTY], "USD")
    assert str(report["timestamp"]).startswith("2026-03-01T16:41:37")
    assert "'price_in_cents': 250, 'quantity': 2" in str(report["products"])
    assert shop.left(LOYALTY, COFFEE) == 0


async def test_k15_a_sale_in_euros_is_not_reported(koupon: Koupon, shop: Box) -> None:
    with pytest.raises(Refused) as no:
        await koupon.operator("report_sale").do(
            reporting(sale(sold_offer(PAIR, Done(reference=COFFEE)), currency="EUR"))
        )

    assert (no.value.code, shop.reports()) == ("currency_mismatch", [])


@applied
async def test_a_lost_report_may_be_there_twice_and_is_flagged(
    koupon: Koupon, shop: Box, kind: str
) -> None:
    operator = koupon.operator("report_sale")
    shop.fault("report", kind)

    with pytest.raises(AnswerLost):
        await operator.do(reporting())
    assert await operator.find(reporting(), now()) is None
    await operator.do(reporting())

    first, second = shop.reports()
    assert (first["duplicate_of"], second["duplicate_of"]) == (None, first["id"])


@not_applied
async def test_an_unwritten_report_is_there_once(koupon: Koupon, shop: Box, kind: str) -> None:
    operator = koupon.operator("report_sale")
    shop.fault("report", kind)

    with pytest.raises(AnswerLost):
        await operator.do(reporting())
    await operator.do(reporting())

    assert len(shop.reports()) == 1


async def test_a_refused_report_leaves_no_trace(koupon: Koupon, shop: Box) -> None:
    shop.fault("report", "refuse", code="INVALID_TIMESTAMP")

    with pytest.raises(Refused, match="INVALID_TIMESTAMP"):
        await koupon.operator("report_sale").do(reporting())

    assert shop.reports() == []


@pytest.mark.parametrize("shape", ["number", "text", "absent", "no_body"])
async def test_a_yes_to_a_report_may_have_any_shape(koupon: Koupon, shop: Box, shape: str) -> None:
    shop.switch(report_code=shape, success_status=201)

    await koupon.operator("report_sale").do(reporting())

    assert len(shop.reports()) == 1


# --- signatures -----------------------------------------------------------------------------------


WRONG_KEYS = {
    "SIGNATURE_INVALID": {"identifier": KEY, "secret": "another"},
    "IDENTIFIER_UNKNOWN": {"identifier": "another", "secret": SECRET},
}


@pytest.mark.parametrize(("said", "credentials"), WRONG_KEYS.items())
async def test_k1_a_call_without_a_valid_signature_does_nothing(
    shop: Box, said: str, credentials: dict[str, str]
) -> None:
    koupon = Koupon(config(shop.base_url, credentials=credentials))

    with pytest.raises(NotSent, match=said):
        await redeem(koupon, BARCODE)

    await koupon.aclose()
    assert (shop.left(BARCODE), shop.lines()) == (1, [])


async def test_a_call_that_was_not_accepted_may_be_made_again(koupon: Koupon, shop: Box) -> None:
    shop.fault("redeem", "refuse", code="TIMESTAMP_EXPIRED")

    with pytest.raises(NotSent, match="TIMESTAMP_EXPIRED"):
        await redeem(koupon, BARCODE)
    await redeem(koupon, BARCODE)

    assert shop.lines() == [(1, 1)]


async def test_a_clock_that_is_off_does_nothing(koupon: Koupon, shop: Box) -> None:
    shop.advance(301)

    with pytest.raises(NotSent, match="TIMESTAMP_EXPIRED"):
        await redeem(koupon, BARCODE)

    assert shop.left(BARCODE) == 1


@pytest.mark.parametrize("store", ["1042", "store 10/42 & ü"])
async def test_k5_the_store_is_accepted_and_used(shop: Box, store: str) -> None:
    koupon = connector(shop, koupon_store_id=store)
    done = await redeem(koupon, COFFEE)
    await koupon.operator("report_sale").do(reporting(sale(sold_offer(PAIR, done))))
    await koupon.aclose()

    assert shop.stores() == [store, store]


async def test_no_signature_is_logged(
    koupon: Koupon, shop: Box, caplog: pytest.LogCaptureFixture
) -> None:
    """Trap 4, with everything that the HTTP libraries would tell."""
    with caplog.at_level(logging.DEBUG):
        await redeem(koupon, BARCODE)

    assert caplog.records
    assert all(word not in caplog.text for word in ("authSignature", SECRET, BARCODE))
