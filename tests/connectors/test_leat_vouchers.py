from datetime import timedelta

import httpx
import pytest

from tests.connectors.fake_vendor import NOW, Vendor, at, data, no, order
from tillsaga.connectors.leat import Leat
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.errors import AnswerLost, InDoubt, NotSent, Refused, Unanswerable

LOCK = order("lock_voucher", "v-1", {"code": "XMAS"})
REDEEM = order(
    "redeem_voucher",
    "v-1",
    {"code": "XMAS"},
    prior={"lock_voucher": {"release_key": "rk-9", "times_redeemed": 2}},
)
LOCKED: Json = {
    "voucher": {"uuid": "v-1", "status": "LOCKED"},
    "lock": {"release_key": "rk-9", "locked_at": at(0), "system_release_at": at(3600)},
}
HELD = Done(data={"release_key": "rk-9"}, expires_at=NOW + timedelta(hours=1))


def voucher(status: str = "ACTIVE", **more: object) -> httpx.Response:
    return httpx.Response(
        200, json={"data": {"uuid": "v-1", "code": "XMAS", "status": status, **more}}
    )


@pytest.fixture
def lockable(vendor: Vendor) -> Vendor:
    vendor.on("GET vouchers/find", voucher(times_redeemed="2"))
    vendor.on("POST vouchers/v-1/validate", data({"valid": True}))
    return vendor


async def test_a_lock_keeps_its_key_its_end_and_the_count_before_it(
    leat: Leat, lockable: Vendor
) -> None:
    lockable.on("POST vouchers/v-1/lock", data(LOCKED))

    done = await leat.operator("lock_voucher").do(LOCK)

    assert done.data == {"release_key": "rk-9", "code": "XMAS", "times_redeemed": 2}
    assert done.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        (80005, "offer_refused"),
        (80006, "code_expired"),
        (80012, "offer_refused"),
        (80014, "offer_refused"),
        (80017, "offer_held"),
        (80019, "offer_refused"),
        (80004, "code_unknown"),
        (99999, "offer_refused"),
    ],
)
async def test_a_refused_lock_says_why(leat: Leat, lockable: Vendor, code: int, ours: str) -> None:
    lockable.on("POST vouchers/v-1/lock", no(code))

    with pytest.raises(Refused) as refused:
        await leat.operator("lock_voucher").do(LOCK)

    assert refused.value.code == ours
    assert "Nee" not in refused.value.message


@pytest.mark.parametrize("answer", [no(1003), data({"valid": False})])
async def test_a_voucher_that_is_not_valid_here_is_not_locked(
    leat: Leat, vendor: Vendor, answer: httpx.Response
) -> None:
    vendor.on("GET vouchers/find", voucher())
    vendor.on("POST vouchers/v-1/validate", answer)
    lock = vendor.on("POST vouchers/v-1/lock", data(LOCKED))

    with pytest.raises(Refused):
        await leat.operator("lock_voucher").do(LOCK)

    assert not lock.called


async def test_a_failed_check_before_the_lock_leaves_no_doubt(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET vouchers/find", httpx.ReadTimeout("late"))
    vendor.on("POST vouchers/v-1/validate", httpx.Response(503))

    with pytest.raises(NotSent):
        await leat.operator("lock_voucher").do(LOCK)


async def test_a_lost_lock_is_a_doubt(leat: Leat, lockable: Vendor) -> None:
    lockable.on("POST vouchers/v-1/lock", httpx.ReadTimeout("late"))

    with pytest.raises(AnswerLost):
        await leat.operator("lock_voucher").do(LOCK)


async def test_a_lost_lock_stays_in_doubt_until_it_lapses(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET vouchers/find", voucher("LOCKED"), voucher("ACTIVE"))
    lock = leat.operator("lock_voucher")

    with pytest.raises(InDoubt):
        await lock.find(LOCK, NOW)
    assert await lock.find(LOCK, NOW) is None


async def test_a_release_sends_the_key(leat: Leat, vendor: Vendor) -> None:
    release = vendor.on("POST vouchers/v-1/release", data({"voucher": {}}))

    await leat.operator("lock_voucher").undo(LOCK, HELD)

    assert vendor.sent(release) == {"release_key": "rk-9"}


@pytest.mark.parametrize("code", [1003, 80004, 80005, 80006])
async def test_a_lock_that_is_gone_needs_no_release(leat: Leat, vendor: Vendor, code: int) -> None:
    vendor.on("POST vouchers/v-1/release", no(code))
    vendor.on("GET vouchers/find", voucher("REDEEMED") if code == 80005 else no(80004))

    assert (await leat.operator("lock_voucher").undo(LOCK, HELD)).reference == "v-1"


async def test_a_lock_that_may_be_ours_is_not_called_released(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST vouchers/v-1/release", no(1003))
    vendor.on("GET vouchers/find", voucher("LOCKED"))
    lapsed = HELD.model_copy(update={"expires_at": NOW})
    lock = leat.operator("lock_voucher")

    with pytest.raises(Refused):
        await lock.undo(LOCK, HELD)
    assert await lock.find_undo(LOCK, HELD, NOW) is None
    assert await lock.find_undo(LOCK, lapsed, NOW) is not None


async def test_a_redemption_carries_the_locks_key(leat: Leat, vendor: Vendor) -> None:
    redeemed = {"uuid": "v-1", "status": "REDEEMED", "voucher_redemption": {"uuid": "vr-5"}}
    redeem = vendor.on("POST vouchers/redeem", data(redeemed))

    done = await leat.operator("redeem_voucher").do(REDEEM)

    assert vendor.sent(redeem) == {"code": "XMAS", "shop_uuid": "s-1", "release_key": "rk-9"}
    assert (done.reference, done.transaction_id) == ("vr-5", "vr-5")


async def test_an_unlinked_voucher_is_redeemed_for_the_member(leat: Leat, vendor: Vendor) -> None:
    redeem = vendor.on("POST vouchers/redeem", data({"uuid": "v-1"}))
    unlinked = order("redeem_voucher", "v-1", {"code": "XMAS", "contact_uuid": "c-1"})

    done = await leat.operator("redeem_voucher").do(unlinked)

    assert vendor.sent(redeem) == {"code": "XMAS", "shop_uuid": "s-1", "contact_uuid": "c-1"}
    assert done.transaction_id is None  # an older server: it must not pose as another id


FOUND = {
    "redeemed since": ("REDEEMED", {"redeemed_at": at(1), "total_redemptions_allowed": 1}, True),
    "whole seconds": ("REDEEMED", {"redeemed_at": at(-1), "total_redemptions_allowed": 1}, True),
    "redeemed before": ("REDEEMED", {"redeemed_at": at(-60), "times_redeemed": 3}, False),
    "given back": ("ACTIVE", {"redeemed_at": None, "total_redemptions_allowed": 1}, False),
    "counted up": ("ACTIVE", {"times_redeemed": "3", "total_redemptions_allowed": 5}, True),
    "not counted": ("ACTIVE", {"times_redeemed": 2, "total_redemptions_allowed": 5}, False),
    "deleted": (None, {}, False),
}


@pytest.mark.parametrize(("status", "more", "happened"), FOUND.values(), ids=FOUND)
async def test_a_lost_redemption_is_found_by_time_or_count(
    leat: Leat, vendor: Vendor, status: str | None, more: Json, happened: bool
) -> None:
    vendor.on("GET vouchers/find", voucher(status, **more) if status else no(80004))

    found = await leat.operator("redeem_voucher").find(REDEEM, NOW)

    assert (found is not None) is happened


async def test_a_redemption_without_a_time_is_for_a_person(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET vouchers/find", voucher("REDEEMED"))

    with pytest.raises(Unanswerable):
        await leat.operator("redeem_voucher").find(REDEEM, NOW)


REDEEMED = Done(data={"redemption_uuid": "vr-5", "redeemed_at": at(0), "times_redeemed": 1})
ONCE: Json = {"total_redemptions_allowed": 1, "times_redeemed": 1, "redeemed_at": at(0)}


async def test_a_redemption_is_reversed_by_its_own_id(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST vouchers/vr-5/reverse", data({"uuid": "vr-5", "status": "REVERSED"}))

    assert (await leat.operator("redeem_voucher").undo(REDEEM, REDEEMED)).reference == "vr-5"


async def test_an_older_server_wants_the_vouchers_id(leat: Leat, vendor: Vendor) -> None:
    vendor.on("POST vouchers/vr-5/reverse", no(80004))
    vendor.on("GET vouchers/find", voucher("REDEEMED", **ONCE))
    by_voucher = vendor.on("POST vouchers/v-1/reverse", data("anything"))

    await leat.operator("redeem_voucher").undo(REDEEM, REDEEMED)

    assert by_voucher.called


async def test_reversing_twice_does_not_touch_another_redemption(
    leat: Leat, vendor: Vendor
) -> None:
    vendor.on("POST vouchers/vr-5/reverse", no(80004))
    vendor.on("GET vouchers/find", voucher("REDEEMED", **{**ONCE, "redeemed_at": at(60)}))
    by_voucher = vendor.on("POST vouchers/v-1/reverse", data("anything"))

    with pytest.raises(Refused):
        await leat.operator("redeem_voucher").undo(REDEEM, REDEEMED)

    assert not by_voucher.called


async def test_a_reversal_is_found_by_the_vouchers_state(leat: Leat, vendor: Vendor) -> None:
    active = voucher(total_redemptions_allowed=1)
    vendor.on("GET vouchers/find", voucher("REDEEMED", **ONCE), active, active)
    vendor.on("POST vouchers/vr-5/reverse", no(80004))
    redeem = leat.operator("redeem_voucher")

    assert await redeem.find_undo(REDEEM, REDEEMED, NOW) is None
    assert await redeem.find_undo(REDEEM, REDEEMED, NOW) is not None
    assert await redeem.undo(REDEEM, REDEEMED)
