from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from tests.connectors.letstrade_asks import (
    EXPIRED,
    P1,
    R1,
    UNKNOWN,
    USED,
    Vendor,
    basket,
    connector,
    no,
    offered,
    taking_off,
)
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.errors import Refused


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def letstrade(vendor: Vendor) -> AsyncIterator[LetsTrade]:
    held = connector()
    yield held
    await held.aclose()


# --- payment codes ------------------------------------------------------------------------------


async def test_l5_a_payment_code_is_a_planned_tender(letstrade: LetsTrade, vendor: Vendor) -> None:
    vendor.quotes[P1,] = offered(wallet={"amount": 40.0}, card={"amount": 60})

    tender = await letstrade.find_tender("wallet", P1, None, basket(), 100_00)

    assert tender is not None
    assert (tender.available_amount, tender.planned) == (100_00, True)
    assert tender.data == {"code": P1, "split": {"wallet": 40_00, "card": 60_00}}
    assert (tender.step.operation, tender.step.subject) == ("finalise", "basket-0001")
    assert vendor.bill("quote")["outstanding"] == "100.00"
    assert vendor.calls == ["quote"]


async def test_l7_a_payment_code_pays_what_vouchers_leave(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[P1,] = taking_off(0, wallet=200_00)

    tender = await letstrade.find_tender("wallet", P1, None, basket(), 90_00)

    assert tender is not None
    assert tender.available_amount == 90_00
    assert vendor.bill("quote")["outstanding"] == "90.00"


async def test_what_the_vendor_takes_off_by_itself_does_not_shorten_the_tender(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[P1,] = taking_off(15_00, wallet=200_00)

    tender = await letstrade.find_tender("wallet", P1, None, basket(), 85_00)
    whole = await letstrade.find_tender("wallet", P1, None, basket(), 100_00)

    assert tender is not None
    assert tender.available_amount == 85_00
    assert whole is not None
    assert whole.available_amount == 100_00
    assert vendor.bill("quote")["outstanding"] == "115.00"


async def test_a_loan_pays_too_and_an_absent_instrument_nothing(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[P1,] = offered(loan={"amount": "25.5"})

    tender = await letstrade.find_tender("wallet", P1, None, basket(), 100_00)

    assert tender is not None
    assert tender.data["split"] == {"loan": 25_50}


async def test_a_payment_code_is_not_shown_where_names_are(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    tender = await letstrade.find_tender("wallet", P1, None, basket(), 1_00)
    again = await letstrade.find_tender("wallet", P1, None, basket(), 2_00)

    assert tender is not None
    assert again is not None
    assert P1 not in tender.subject
    assert tender.subject == again.subject


async def test_other_tenders_are_not_the_vendors(letstrade: LetsTrade, vendor: Vendor) -> None:
    assert await letstrade.find_tender("giftcard", P1, None, basket(), 1_00) is None
    assert await letstrade.find_tender("wallet", None, None, basket(), 1_00) is None
    assert await letstrade.find_tender("wallet", R1, None, basket(), 1_00) is None
    vendor.quotes[P1,] = UNKNOWN
    assert await letstrade.find_tender("wallet", P1, None, basket(), 1_00) is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [(USED, "tender_refused"), (EXPIRED, "code_expired"), (no(400, "?"), "tender_refused")],
    ids=["used", "expired", "other"],
)
async def test_a_spent_payment_code_is_refused(
    letstrade: LetsTrade, vendor: Vendor, answer: httpx.Response, code: str
) -> None:
    vendor.quotes[P1,] = answer

    with pytest.raises(Refused) as refused:
        await letstrade.find_tender("wallet", P1, None, basket(), 1_00)

    assert refused.value.code == code
