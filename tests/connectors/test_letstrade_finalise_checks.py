from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from tests.connectors.letstrade_asks import (
    COVERS,
    P1,
    R1,
    R1_P1,
    TEN_OFF,
    Vendor,
    connector,
    finalised,
    no,
    offered,
    order,
    sale,
    taking_off,
    wallet,
)
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.errors import AnswerLost, NotSent, Refused


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def letstrade(vendor: Vendor) -> AsyncIterator[LetsTrade]:
    held = connector()
    yield held
    await held.aclose()


async def finalise(letstrade: LetsTrade, asked: EffectOrder) -> Done:
    return await letstrade.operator("finalise").do(asked)


# --- what is checked before anything is spent ---------------------------------------------------


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (offered(wallet={"amount": 90}), "offer_refused"),
        (
            offered(vouchers=[TEN_OFF], wallet={"amount": 40}, outstanding_amount="50.00"),
            "insufficient_balance",
        ),
        (
            offered(vouchers=[{**TEN_OFF, "discount": 8}], card={"amount": 92}),
            "offer_refused",
        ),
    ],
    ids=["voucher gone", "wallet drained", "voucher worth less"],
)
async def test_what_changed_since_the_quote_is_refused_before_it_costs_anything(
    letstrade: LetsTrade, vendor: Vendor, now: httpx.Response, code: str
) -> None:
    vendor.quotes[R1, P1] = now

    with pytest.raises(Refused) as refused:
        await finalise(letstrade, order(sale(**R1_P1)))

    assert refused.value.code == code
    assert "finalise" not in vendor.calls


async def test_without_the_check_nothing_is_sent(letstrade: LetsTrade, vendor: Vendor) -> None:
    vendor.quotes[R1, P1] = httpx.ReadTimeout("late")

    with pytest.raises(NotSent):
        await finalise(letstrade, order(sale(**R1_P1)))

    assert vendor.calls == ["quote"]


async def test_part_of_a_bill_is_checked_for_that_part_only(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[P1,] = taking_off(0, wallet=200_00)
    vendor.finals = [finalised()]

    done = await finalise(letstrade, order(sale(tenders=(wallet(30_00),), due_amount=70_00)))

    assert vendor.calls == ["quote", "quote", "finalise"]
    assert vendor.bill("quote")["outstanding"] == "30.00"
    assert vendor.bill("finalise")["outstanding_amount"] == "70.00"
    assert done.data["split"] == {"wallet": 30_00}


async def test_a_deal_that_the_till_did_not_take_lowers_no_tender(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[P1,] = taking_off(35_00, wallet=200_00)
    vendor.finals = [finalised()]

    done = await finalise(letstrade, order(sale(tenders=(wallet(65_00),), due_amount=35_00)))
    assert done.data["split"] == {"wallet": 65_00}
    assert vendor.calls.count("quote") == 1
    vendor.finals = [finalised()]
    done = await finalise(letstrade, order(sale(tenders=(wallet(40_00),), due_amount=60_00)))

    assert vendor.bill("quote")["outstanding"] == "75.00"
    assert done.data["split"] == {"wallet": 40_00}


# --- what the vendor answers --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (no(409, "Code already used"), "offer_refused"),
        (no(410, "Code has expired"), "code_expired"),
        (no(404, "Code not found"), "code_unknown"),
        (no(409, "Codes belong to different users"), "offer_refused"),
        (no(402, "Payment declined"), "tender_refused"),
        (no(404, "Store/Terminal not found"), "vendor_refused"),
        (no(400, '"basket.uuid" is required'), "vendor_refused"),
        (no(401, "Unauthorized"), "vendor_refused"),
        (no(200, "Payment declined"), "tender_refused"),
    ],
)
async def test_a_no_is_a_no(
    letstrade: LetsTrade, vendor: Vendor, answer: httpx.Response, code: str
) -> None:
    vendor.quotes[R1, P1] = COVERS
    vendor.finals = [answer]

    with pytest.raises(Refused) as refused:
        await finalise(letstrade, order(sale(**R1_P1)))

    assert refused.value.code == code


@pytest.mark.parametrize(
    "answer",
    [
        httpx.RemoteProtocolError("gone"),
        httpx.ReadTimeout("late"),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"basket": {}}),
        httpx.Response(404, text="<html>"),
    ],
    ids=["drop", "timeout", "500", "html", "no order", "proxy"],
)
async def test_a_lost_answer_is_a_doubt(
    letstrade: LetsTrade, vendor: Vendor, answer: httpx.Response | Exception
) -> None:
    vendor.finals = [answer]

    with pytest.raises(AnswerLost):
        await finalise(letstrade, order(sale()))

    assert vendor.calls == ["finalise"]


async def test_a_throttled_call_did_nothing(letstrade: LetsTrade, vendor: Vendor) -> None:
    vendor.finals = [httpx.Response(429, headers={"Retry-After": "7"})]

    with pytest.raises(NotSent):
        await finalise(letstrade, order(sale()))


async def test_without_a_sale_there_is_nothing_to_finalise(letstrade: LetsTrade) -> None:
    with pytest.raises(Refused):
        await finalise(letstrade, order(None))
