"""Scan, check, activate and burn (sheet 2.1, 3.3, 3.4)."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest

from tests.connectors.wll_asks import (
    BENEFIT,
    CODE,
    FIVE_OFF,
    MEMBER,
    NOW,
    REDEEM,
    VALIDATE,
    WALLET,
    B,
    M,
    Vendor,
    at_vendor,
    benefit,
    burned,
    connected,
    data,
    no,
    order,
    redeemed,
    reward,
    wallet,
)
from tillsaga.connectors.wll import Wll
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.offers import Offer
from tillsaga.errors import AnswerLost, NotSent, Refused, Unanswerable

ACTIVATE = order("activate_voucher", B, {"benefit_id": B})
OTHER = {"type": "ABSOLUTE", "value": 300}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with at_vendor() as answering:
        yield answering


@pytest.fixture
async def wll() -> AsyncIterator[Wll]:
    async with connected() as connector:
        yield connector


def burn(code: str | None = CODE) -> EffectOrder:
    prior = {"activate_voucher": {"code": code}} if code else {}
    return order("burn_voucher", B, {"benefit_id": B, "member_id": M}, prior=prior)


async def scanned(vendor: Vendor, wll: Wll, *answers: httpx.Response) -> Offer | None:
    vendor.on(VALIDATE, *answers)
    return await wll.find_offer(CODE, None)


# --- scans ----------------------------------------------------------------------------------------


async def test_a_code_of_the_wallet_is_not_sent(vendor: Vendor, wll: Wll) -> None:
    vendor.on(WALLET, wallet(redeemed()))

    offer = await wll.find_offer(CODE, MEMBER)

    assert offer is not None
    assert offer.member_id == M
    assert not vendor.asked(VALIDATE)


async def test_a_code_of_nobody_known_is_checked_and_not_burned(vendor: Vendor, wll: Wll) -> None:
    told = redeemed(reward=reward(), discounts=OTHER)

    offer = await scanned(vendor, wll, data(told))

    assert offer is not None
    assert offer.discount is not None
    assert (offer.discount.amount, offer.member_id, offer.hold) == (3_00, M, None)
    assert vendor.bodies(VALIDATE) == [
        {"code": CODE, "venueIdentifier": "store-12", "allowFutureValidation": True}
    ]


async def test_the_discounts_of_a_check_go_before_the_rewards(vendor: Vendor, wll: Wll) -> None:
    offer = await scanned(vendor, wll, data(redeemed(discounts=[OTHER])))

    assert offer is not None
    assert offer.discount is not None
    assert offer.discount.amount == 3_00


async def test_a_code_that_the_vendor_does_not_know_is_nobodys(vendor: Vendor, wll: Wll) -> None:
    assert await scanned(vendor, wll, no(404, "VOUCHER_CODE_NOT_FOUND")) is None


@pytest.mark.parametrize(
    ("status", "code", "ours"),
    [
        (403, "VOUCHER_EXPIRED", "code_expired"),
        (403, "VOUCHER_NOT_REDEEMED", "offer_refused"),
        (403, "VOUCHER_ALREADY_BURNED", "offer_refused"),
        (403, "VOUCHER_WRONG_USER", "offer_refused"),
        (403, "VOUCHER_WRONG_VENUE", "offer_refused"),
    ],
)
async def test_a_code_that_cannot_be_used_says_why(
    vendor: Vendor, wll: Wll, status: int, code: str, ours: str
) -> None:
    with pytest.raises(Refused) as refused:
        await scanned(vendor, wll, no(status, code))

    assert refused.value.code == ours


async def test_a_code_that_the_till_settles_is_never_sent(vendor: Vendor, wll: Wll) -> None:
    assert await wll.find_offer("SUMMER10", None) is None
    assert not vendor.calls


async def test_a_static_code_found_by_a_check_is_refused(vendor: Vendor, wll: Wll) -> None:
    static = redeemed(reward=reward(FIVE_OFF, codeType="STATIC"))

    offer = await scanned(vendor, wll, data(static))

    assert offer is not None
    assert (offer.status, offer.commit) == ("refused", None)


async def test_trap_3_an_offer_is_checked_again_at_ready(vendor: Vendor, wll: Wll) -> None:
    offer = await scanned(vendor, wll, data(redeemed()))
    assert offer is not None
    vendor.on(BENEFIT, data(redeemed()))

    assert await wll.check_offer(offer) is None
    vendor.on(VALIDATE, no(403, "VOUCHER_ALREADY_BURNED"))
    assert await wll.check_offer(offer) == "offer_refused"
    vendor.on(BENEFIT, data(burned(-5)))
    assert await wll.check_offer(offer) == "offer_refused"
    vendor.on(BENEFIT, data(benefit(expiresAt="2026-02-28T00:00:00Z")))
    assert await wll.check_offer(offer) == "code_expired"
    vendor.on(BENEFIT, data(benefit()))
    assert await wll.check_offer(offer) is None


async def test_a_code_of_the_tills_own_is_not_checked(vendor: Vendor, wll: Wll) -> None:
    static = redeemed(reward=reward(codeType="STATIC")) | {"code": {"value": "SUMMER10"}}
    vendor.on(WALLET, wallet(static))
    offer = await wll.find_offer("SUMMER10", MEMBER)
    assert offer is not None

    assert await wll.check_offer(offer) is None
    assert not vendor.asked(VALIDATE)


# --- activate -------------------------------------------------------------------------------------


async def test_w5_activating_brings_the_code(vendor: Vendor, wll: Wll) -> None:
    vendor.on(REDEEM, data(redeemed()))

    done = await wll.operator("activate_voucher").do(ACTIVATE)

    assert vendor.bodies(REDEEM) == [{"benefitId": B}]
    assert done.data["code"] == CODE
    assert done.data["redeemed_at"] is not None


async def test_w5_activating_again_counts_as_done(vendor: Vendor, wll: Wll) -> None:
    vendor.on(REDEEM, no(409, "BENEFIT_ALREADY_REDEEMED"))
    vendor.on(BENEFIT, data(redeemed()))

    assert (await wll.operator("activate_voucher").do(ACTIVATE)).data["code"] == CODE


async def test_a_code_that_comes_later_is_read(vendor: Vendor, wll: Wll) -> None:
    vendor.on(REDEEM, data(redeemed() | {"code": None}))
    vendor.on(BENEFIT, data(redeemed()))

    assert (await wll.operator("activate_voucher").do(ACTIVATE)).data["code"] == CODE


@pytest.mark.parametrize(
    ("status", "code", "ours"),
    [
        (404, "BENEFIT_NOT_FOUND", "code_unknown"),
        (409, "BENEFIT_BURNED", "offer_refused"),
        (403, "BENEFIT_EXPIRED", "code_expired"),
    ],
)
async def test_what_cannot_be_activated_is_refused(
    vendor: Vendor, wll: Wll, status: int, code: str, ours: str
) -> None:
    vendor.on(REDEEM, no(status, code))
    vendor.on(BENEFIT, data(burned(-60)) if status == 409 else no(404, "BENEFIT_NOT_FOUND"))

    with pytest.raises(Refused) as refused:
        await wll.operator("activate_voucher").do(ACTIVATE)

    assert refused.value.code == ours


async def test_a_lost_activation_is_found_by_its_state(vendor: Vendor, wll: Wll) -> None:
    activating = wll.operator("activate_voucher")
    vendor.on(BENEFIT, data(benefit()), data(redeemed()))

    assert await activating.find(ACTIVATE, NOW) is None
    found = await activating.find(ACTIVATE, NOW)

    assert found is not None
    assert found.data["code"] == CODE


@pytest.mark.parametrize("operation", ["activate_voucher", "burn_voucher"])
async def test_nothing_of_a_voucher_is_taken_back(vendor: Vendor, wll: Wll, operation: str) -> None:
    asked = order(operation, B)
    vendor.on(REDEEM, data(redeemed()))
    done = await wll.operator("activate_voucher").do(ACTIVATE)

    with pytest.raises(Refused):
        await wll.operator(operation).undo(asked, done)

    assert await wll.operator(operation).find_undo(asked, done, NOW) is None


# --- burn -----------------------------------------------------------------------------------------


async def test_w9_a_check_says_true_and_a_burn_false(vendor: Vendor, wll: Wll) -> None:
    vendor.on(VALIDATE, data(redeemed()), data(burned()))

    done = await wll.operator("burn_voucher").do(burn())

    check, final = (request.content.decode() for request in vendor.asked(VALIDATE))
    assert '"allowFutureValidation":true' in check.replace(" ", "")
    assert '"allowFutureValidation":false' in final.replace(" ", "")
    assert all(body["userIdentifier"] == M for body in vendor.bodies(VALIDATE))
    assert (done.reference, done.transaction_id) == (B, B)


async def test_w15_a_burn_leaves_what_a_goodwill_case_needs(vendor: Vendor, wll: Wll) -> None:
    vendor.on(VALIDATE, data(redeemed()), data(burned()))

    done = await wll.operator("burn_voucher").do(burn())

    assert done.data == {
        "benefit_id": B,
        "reward_id": "rw-1",
        "member_id": M,
        "code": "****D3XQ",
        "burned_at": "2026-03-01T10:00:01+00:00",
    }


async def test_a_redeemed_vouchers_code_is_read_before_the_burn(vendor: Vendor, wll: Wll) -> None:
    vendor.on(BENEFIT, data(redeemed()))
    vendor.on(VALIDATE, data(redeemed()), data(burned()))

    await wll.operator("burn_voucher").do(burn(code=None))

    assert [body["code"] for body in vendor.bodies(VALIDATE)] == [CODE, CODE]


@pytest.mark.parametrize(
    "checked",
    [
        no(403, "VOUCHER_ALREADY_BURNED"),
        data(burned(-5)),
        data(redeemed() | {"id": "b-other"}),
        data(redeemed(reward=reward(FIVE_OFF, codeType="STATIC"))),
    ],
)
async def test_what_does_not_stand_the_check_is_not_burned(
    vendor: Vendor, wll: Wll, checked: httpx.Response
) -> None:
    vendor.on(VALIDATE, checked)

    with pytest.raises(Refused) as refused:
        await wll.operator("burn_voucher").do(burn())

    assert refused.value.code == "offer_refused"
    assert len(vendor.asked(VALIDATE)) == 1


async def test_a_voucher_without_a_code_is_not_burned(vendor: Vendor, wll: Wll) -> None:
    vendor.on(BENEFIT, data(benefit()))

    with pytest.raises(Refused):
        await wll.operator("burn_voucher").do(burn(code=None))

    assert not vendor.asked(VALIDATE)


async def test_another_till_may_burn_between_check_and_burn(vendor: Vendor, wll: Wll) -> None:
    vendor.on(VALIDATE, data(redeemed()), no(403, "VOUCHER_ALREADY_BURNED"))

    with pytest.raises(Refused) as refused:
        await wll.operator("burn_voucher").do(burn())

    assert refused.value.code == "offer_refused"


async def test_a_check_without_an_answer_burned_nothing(vendor: Vendor, wll: Wll) -> None:
    vendor.on(VALIDATE, httpx.ReadTimeout("late"))

    with pytest.raises(NotSent):
        await wll.operator("burn_voucher").do(burn())


async def test_trap_14_a_lost_burn_is_found_by_its_time_on_the_benefit(
    vendor: Vendor, wll: Wll
) -> None:
    burning = wll.operator("burn_voucher")
    vendor.on(VALIDATE, data(redeemed()), httpx.ReadTimeout("late"))
    with pytest.raises(AnswerLost):
        await burning.do(burn())

    vendor.on(BENEFIT, data(redeemed()), data(burned(-60)), data(burned(1)))
    assert await burning.find(burn(), NOW) is None
    assert await burning.find(burn(), NOW) is None
    found = await burning.find(burn(), NOW)

    assert found is not None
    assert found.transaction_id == B
    assert await burning.find(burn(), NOW + timedelta(seconds=2.5)) is not None


async def test_a_burn_that_cannot_be_asked_for_goes_to_a_person(vendor: Vendor, wll: Wll) -> None:
    vendor.on(BENEFIT, no(404, "BENEFIT_NOT_FOUND"))

    with pytest.raises(Unanswerable):
        await wll.operator("burn_voucher").find(burn(), NOW)


async def test_without_a_location_no_venue_is_named(vendor: Vendor) -> None:
    vendor.on(VALIDATE, data(redeemed()), data(burned()))

    async with connected(location_id=None) as wll:
        await wll.operator("burn_voucher").do(burn())

    assert all("venueIdentifier" not in body for body in vendor.bodies(VALIDATE))
