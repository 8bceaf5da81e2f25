from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from tests.connectors.letstrade_asks import (
    COVERS,
    E1,
    EXPIRED,
    FINALISED,
    NOW,
    ORDER,
    P1,
    R1,
    R1_P1,
    UNKNOWN,
    USED,
    Vendor,
    code_offer,
    connector,
    finalised,
    no,
    offered,
    order,
    sale,
)
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.effects import Done
from tillsaga.errors import AnswerLost, InDoubt, NotSent, Refused, Repeatable, Unanswerable


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def letstrade(vendor: Vendor) -> AsyncIterator[LetsTrade]:
    held = connector()
    yield held
    await held.aclose()


WITH_CODES = order(sale(**R1_P1))
FINE = offered()

# --- was it us? ---------------------------------------------------------------------------------


async def test_l23_a_lost_finalise_is_found_by_its_used_codes(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    operator = letstrade.operator("finalise")
    vendor.quotes[R1, P1] = COVERS
    vendor.finals = [httpx.RemoteProtocolError("gone")]
    with pytest.raises(AnswerLost):
        await operator.do(WITH_CODES)
    vendor.quotes[R1,] = vendor.quotes[P1,] = USED

    found = await operator.find(WITH_CODES, NOW)

    assert found is not None
    assert found.data == {"uuid": "basket-0001", "terminal_id": "T2", "codes": [R1, P1]}
    assert vendor.calls.count("finalise") == 1
    assert vendor.bill("quote")["uuid"] == "basket-0001-scan"


@pytest.mark.parametrize("state", [FINE, EXPIRED, UNKNOWN], ids=["fine", "expired", "unknown"])
async def test_codes_that_are_not_used_say_that_it_did_not_happen(
    letstrade: LetsTrade, vendor: Vendor, state: httpx.Response
) -> None:
    vendor.quotes[R1,] = vendor.quotes[P1,] = state

    assert await letstrade.operator("finalise").find(WITH_CODES, NOW) is None


async def test_a_voucher_that_another_code_may_have_burned_proves_nothing(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1,] = no(409, "Voucher already used")
    asked = order(sale(offers=(code_offer(),)))

    with pytest.raises(Unanswerable):
        await letstrade.operator("finalise").find(asked, NOW - timedelta(minutes=1))


async def test_half_used_codes_are_a_doubt_and_then_for_a_person(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1,] = USED

    with pytest.raises(InDoubt):
        await letstrade.operator("finalise").find(WITH_CODES, NOW)
    with pytest.raises(Unanswerable):
        await letstrade.operator("finalise").find(WITH_CODES, NOW - timedelta(minutes=1))


async def test_an_earning_code_is_asked_about_where_there_is_no_other(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    earning = code_offer(E1, 0)
    vendor.quotes[E1,] = vendor.quotes[R1,] = USED
    operator = letstrade.operator("finalise")

    assert await operator.find(order(sale(offers=(earning,))), NOW)
    vendor.quotes[E1,] = FINE
    assert await operator.find(order(sale(offers=(earning,))), NOW) is None
    assert await operator.find(order(sale(offers=(earning, code_offer()))), NOW)


async def test_a_bill_without_codes_cannot_be_asked_about(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    """It may have earned points all the same: that it did not happen must not be believed."""
    with pytest.raises(Repeatable):
        await letstrade.operator("finalise").find(order(sale()), NOW)
    assert vendor.calls == []


async def test_a_vendor_that_is_down_cannot_be_asked_yet(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1,] = httpx.Response(503)

    with pytest.raises(NotSent):
        await letstrade.operator("finalise").find(WITH_CODES, NOW)


async def test_a_no_to_the_question_itself_is_for_a_person(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1,] = no(404, "Store/Terminal not found")

    with pytest.raises(Unanswerable):
        await letstrade.operator("finalise").find(WITH_CODES, NOW)
    with pytest.raises(Unanswerable):
        await letstrade.operator("finalise").find(order(None), NOW)


# --- sent again ---------------------------------------------------------------------------------


async def test_a_bill_without_codes_that_is_finalised_already_was_ours(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.finals = [FINALISED]

    done = await letstrade.operator("finalise").do(order(sale()))

    assert (done.reference, done.transaction_id) == (ORDER, ORDER)


async def test_a_replayed_answer_is_as_good_as_the_first(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.finals = [finalised(), finalised()]
    operator = letstrade.operator("finalise")

    assert await operator.do(order(sale())) == await operator.do(order(sale()))


async def test_a_bill_finalised_with_its_codes_was_ours(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1, P1] = vendor.quotes[R1,] = vendor.quotes[P1,] = USED
    vendor.finals = [FINALISED]

    assert (await letstrade.operator("finalise").do(WITH_CODES)).transaction_id == ORDER


async def test_a_bill_finalised_without_its_codes_is_refused(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1, P1], vendor.finals = COVERS, [FINALISED]
    vendor.quotes[P1,] = USED

    with pytest.raises(Refused) as refused:
        await letstrade.operator("finalise").do(WITH_CODES)

    assert refused.value.code == "vendor_refused"


# --- taking it back -----------------------------------------------------------------------------

DONE = Done(
    reference="LT-8QK2",
    transaction_id=ORDER,
    data={"uuid": "basket-0001", "terminal_id": "T2", "codes": [R1], "order_id": ORDER},
)


async def test_l25_without_refunds_nothing_is_called(letstrade: LetsTrade, vendor: Vendor) -> None:
    operator = letstrade.operator("finalise")

    with pytest.raises(Refused) as refused:
        await operator.undo(order(None), DONE)

    assert refused.value.code == "vendor_refused"
    assert await operator.find_undo(order(None), DONE, NOW) is None
    assert vendor.calls == []


@pytest.fixture
async def refunding(vendor: Vendor) -> AsyncIterator[LetsTrade]:
    held = connector(refund_enabled=True)
    yield held
    await held.aclose()


async def test_a_refund_voids_the_whole_bill(refunding: LetsTrade, vendor: Vendor) -> None:
    vendor.refunds = [
        httpx.Response(200, json={"order_id": ORDER, "order_code": "LT-8QK2", "status": "REFUNDED"})
    ]

    undone = await refunding.operator("finalise").undo(order(None), DONE)

    assert (undone.reference, undone.data) == ("LT-8QK2", {"status": "REFUNDED"})
    assert vendor.last("refund") == {
        "store_id": "S-014",
        "terminal_id": "T2",
        "order_id": ORDER,
        "basket": {"uuid": "basket-0001"},
        "reason": "void",
    }


async def test_a_refund_sent_again_changes_nothing(refunding: LetsTrade, vendor: Vendor) -> None:
    vendor.refunds = [no(409, "Order already refunded")]

    assert (await refunding.operator("finalise").undo(order(None), DONE)).reference == "LT-8QK2"


@pytest.mark.parametrize(
    "answer",
    [no(501, "Refund API is not available yet"), no(409, "Basket is not finalised"), no(404, "?")],
    ids=["not there yet", "not finalised", "unknown"],
)
async def test_a_refund_that_is_refused_is_for_a_person(
    refunding: LetsTrade, vendor: Vendor, answer: httpx.Response
) -> None:
    vendor.refunds = [answer]

    with pytest.raises(Refused) as refused:
        await refunding.operator("finalise").undo(order(None), DONE)

    assert refused.value.code == "vendor_refused"


async def test_a_bill_that_may_have_been_voided_is_for_a_person(
    refunding: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1,] = USED
    vendor.finals = [FINALISED]
    operator = refunding.operator("finalise")

    with pytest.raises(Refused):
        await operator.do(order(sale(), generation=2))
    with pytest.raises(Unanswerable):
        await operator.find(
            order(sale(offers=(code_offer(),)), generation=2), NOW - timedelta(minutes=1)
        )


async def test_a_bill_that_was_found_is_voided_by_its_own_id(
    refunding: LetsTrade, vendor: Vendor
) -> None:
    vendor.refunds = [httpx.Response(503)]

    with pytest.raises(AnswerLost):
        await refunding.operator("finalise").undo(order(None), Done())

    sent = vendor.last("refund")
    assert "order_id" not in sent
    assert sent["basket"] == {"uuid": "basket-0001"}
