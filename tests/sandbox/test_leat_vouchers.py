"""Sheet 3.3: vouchers, every arrow of their state machine, and their undo (sheet 5)."""

from typing import Any

import pytest

from tillsaga.sandbox import world

pytestmark = pytest.mark.asyncio
ANN = {"contact_uuid": world.ANN}
SHOP = {"shop_uuid": world.SHOP}


async def redeem(till: Any, code: str, **more: Any) -> Any:
    return await till.ok("POST", "/vouchers/redeem", code=code, **SHOP, **more)


async def refusal(till: Any, code: str, **more: Any) -> int:
    return int(await till.refused("POST", "/vouchers/redeem", code=code, **SHOP, **more))


async def lock(till: Any, code: str) -> Any:
    uuid = (await till.voucher(code))["uuid"]
    return await till.ok("POST", f"/vouchers/{uuid}/lock")


async def act(till: Any, code: str, what: str, **fields: Any) -> int:
    uuid = (await till.voucher(code))["uuid"]
    return int(await till.refused("POST", f"/vouchers/{uuid}/{what}", **fields))


async def test_a_voucher_shows_attributes_twice_and_its_counters(till: Any) -> None:
    voucher = await till.voucher(world.VOUCHER_COFFEE)

    assert voucher["status"] == "ACTIVE"
    assert voucher["attributes"]["tillsaga_product_code"] == world.COFFEE
    assert voucher["promotion"]["tillsaga_product_code"] == world.COFFEE
    assert voucher["contact"] == {"uuid": world.ANN, "email": world.ANN_EMAIL}
    assert (voucher["times_redeemed"], voucher["redemptions_remaining"]) == (0, 1)
    assert await till.refused("GET", "/vouchers/find", code="nope") == 80004


async def test_lists_filter_by_contact_promotion_and_present_status(till: Any) -> None:
    active = await till.ok("GET", "/vouchers", contact_uuid=world.ANN, status="ACTIVE")
    stamps = await till.ok("GET", "/vouchers", promotion_uuid=world.PROMOTION_STAMPS)

    assert len(active) == 6
    assert "times_redeemed" not in active[0]
    assert [one["code"] for one in stamps] == [world.VOUCHER_MULTI]
    for wrong, code in (
        ({"promotion_uuid": "x"}, 80002),
        ({"contact_uuid": "x"}, 55031),
        ({"status": "GONE"}, 1003),
    ):
        assert await till.refused("GET", "/vouchers", **wrong) == code


async def test_lock_then_release_with_the_key(till: Any) -> None:
    locked = await lock(till, world.VOUCHER_COFFEE)
    held = locked["lock"]

    assert locked["voucher"]["status"] == "LOCKED"
    assert held["locked_at"] == "2026-03-01T10:00:00+00:00"
    assert held["system_release_at"] == "2026-03-01T11:00:00+00:00"
    assert await act(till, world.VOUCHER_COFFEE, "release", release_key="wrong") == 1003
    path = f"/vouchers/{locked['voucher']['uuid']}/release"
    freed = await till.ok("POST", path, release_key=held["release_key"])
    assert freed["voucher"]["status"] == "ACTIVE"
    assert freed["lock"]["release_key"] == held["release_key"]
    assert freed["lock"]["unlocked_at"]
    assert freed["lock"]["system_release_at"] is None
    again = await till.refused("POST", path, release_key=held["release_key"])
    assert again == 1003


async def test_a_lock_ends_by_itself_after_exactly_an_hour(till: Any) -> None:
    key = (await lock(till, world.VOUCHER_COFFEE))["lock"]["release_key"]
    await till.advance(3599)
    assert (await till.voucher(world.VOUCHER_COFFEE))["status"] == "LOCKED"
    await till.advance(1)

    assert (await till.voucher(world.VOUCHER_COFFEE))["status"] == "ACTIVE"
    redeemed = await redeem(till, world.VOUCHER_COFFEE, release_key=key)
    assert redeemed["status"] == "REDEEMED"


async def test_a_locked_voucher_is_redeemed_with_its_key_only(till: Any) -> None:
    key = (await lock(till, world.VOUCHER_COFFEE))["lock"]["release_key"]

    assert await refusal(till, world.VOUCHER_COFFEE) == 80017
    assert await refusal(till, world.VOUCHER_COFFEE, release_key="wrong") == 80017
    redeemed = await redeem(till, world.VOUCHER_COFFEE, release_key=key)
    assert (redeemed["status"], redeemed["is_redeemed"]) == ("REDEEMED", True)
    assert not (await till.books())["vouchers"][redeemed["uuid"]]["locked"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (world.VOUCHER_EXPIRED, 80006),
        (world.VOUCHER_INACTIVE, 80014),
        (world.VOUCHER_DEACTIVATED, 80012),
        (world.VOUCHER_REDEEMED, 80005),
    ],
)
async def test_a_voucher_not_active_refuses_everything_alike(
    till: Any, code: str, expected: int
) -> None:
    assert await refusal(till, code) == expected
    assert await act(till, code, "lock") == expected
    assert await act(till, code, "validate", **SHOP) == expected


async def test_a_locked_voucher_cannot_be_locked_again(till: Any) -> None:
    await lock(till, world.VOUCHER_COFFEE)

    assert await act(till, world.VOUCHER_COFFEE, "lock") == 80017
    assert await act(till, world.VOUCHER_COFFEE, "validate", **SHOP) == 80017


async def test_inactive_becomes_active_and_active_expires_by_the_clock(till: Any) -> None:
    dates = {
        "activation_date": "2026-03-01T10:10:00",
        "expiration_date": "2026-03-01T12:20:00+02:00",
    }
    code = (await till.seed(vouchers=[ANN | dates]))["vouchers"][0]["code"]
    seen = [(await till.voucher(code))["status"]]
    for _ in range(2):
        await till.advance(600)
        seen.append((await till.voucher(code))["status"])

    assert seen == ["INACTIVE", "ACTIVE", "EXPIRED"]


async def test_releasing_an_expired_or_redeemed_voucher_says_so(till: Any) -> None:
    assert await act(till, world.VOUCHER_EXPIRED, "release", release_key="k") == 80006
    assert await act(till, world.VOUCHER_REDEEMED, "release", release_key="k") == 80005
    assert await till.refused("POST", "/vouchers/nope/release", release_key="k") == 80004
    assert await till.refused("POST", "/vouchers/nope/lock") == 80004


async def test_validate_reserves_nothing_and_wants_what_redeem_wants(till: Any) -> None:
    voucher = await till.voucher(world.VOUCHER_COFFEE)
    path = f"/vouchers/{voucher['uuid']}/validate"

    assert await till.ok("POST", path, **SHOP) == {
        "uuid": voucher["uuid"],
        "status": "ACTIVE",
        "valid": True,
    }
    assert await till.voucher(world.VOUCHER_COFFEE) == voucher
    assert await till.refused("POST", path) == 1003
    assert await till.refused("POST", path, shop_uuid="nope") == 1008
    assert await act(till, world.VOUCHER_FLYER, "validate", **SHOP) == 1003


async def test_redeeming_names_the_redemption_and_reversing_it_restores(till: Any) -> None:
    before = await till.voucher(world.VOUCHER_COFFEE)
    redeemed = await redeem(till, world.VOUCHER_COFFEE)
    path = f"/vouchers/{redeemed['voucher_redemption']['uuid']}/reverse"

    assert redeemed["redeemed_at"] == redeemed["voucher_redemption"]["created_at"]
    assert await refusal(till, world.VOUCHER_COFFEE) == 80005
    answer = await till.ok("POST", path)
    assert answer == {"uuid": redeemed["voucher_redemption"]["uuid"], "status": "REVERSED"}
    assert await till.voucher(world.VOUCHER_COFFEE) == before
    assert await till.refused("POST", path) == 80004


async def test_reverse_takes_the_vouchers_own_uuid_only_on_older_servers(till: Any) -> None:
    uuid = (await redeem(till, world.VOUCHER_COFFEE))["uuid"]

    assert await till.refused("POST", f"/vouchers/{uuid}/reverse") == 80004
    await till.switch(reverse_by_voucher_uuid=True)
    assert (await till.ok("POST", f"/vouchers/{uuid}/reverse"))["status"] == "REVERSED"


async def test_an_unlinked_voucher_needs_a_contact_and_forgets_it_on_reversal(till: Any) -> None:
    assert await refusal(till, world.VOUCHER_FLYER) == 1003
    redeemed = await redeem(till, world.VOUCHER_FLYER, contact_uuid=world.BOB)

    assert redeemed["contact"]["uuid"] == world.BOB
    await till.ok("POST", f"/vouchers/{redeemed['voucher_redemption']['uuid']}/reverse")
    assert (await till.voucher(world.VOUCHER_FLYER))["contact"] is None


async def test_a_voucher_is_for_its_own_contact(till: Any) -> None:
    assert await refusal(till, world.VOUCHER_COFFEE, contact_uuid=world.BOB) == 1003
    assert await refusal(till, world.VOUCHER_COFFEE, contact_uuid="nobody") == 55031
    assert (await redeem(till, world.VOUCHER_COFFEE, **ANN))["status"] == "REDEEMED"


async def test_redeem_wants_the_shop_unless_the_server_is_old(till: Any) -> None:
    path, code = "/vouchers/redeem", {"code": world.VOUCHER_COFFEE}
    assert await till.refused("POST", path, **code) == 1003
    await till.switch(shop_required=False, no_voucher_redemption=True)

    assert "voucher_redemption" not in await till.ok("POST", path, **code)


async def test_a_reversed_voucher_that_expired_meanwhile_is_expired(till: Any) -> None:
    soon = ANN | {"expiration_date": "2026-03-01T10:10:00+00:00"}
    code = (await till.seed(vouchers=[soon]))["vouchers"][0]["code"]
    redemption = (await redeem(till, code))["voucher_redemption"]["uuid"]
    await till.advance(600)
    assert (await till.voucher(code))["status"] == "REDEEMED"

    await till.ok("POST", f"/vouchers/{redemption}/reverse")

    assert (await till.voucher(code))["status"] == "EXPIRED"


async def test_a_multi_use_voucher_stays_active_until_used_up(till: Any) -> None:
    path, code = "/vouchers/multi-redeem", {"code": world.VOUCHER_MULTI} | SHOP
    assert (await redeem(till, world.VOUCHER_MULTI))["status"] == "ACTIVE"
    assert await till.refused("POST", path, **code, number_of_times=3) == 80019
    both = await till.ok("POST", path, **code, number_of_times=2)

    assert both["voucher"]["status"] == "REDEEMED"
    assert len(both["voucher_redemptions"]) == 2
    await till.ok("POST", f"/vouchers/{both['voucher_redemptions'][0]['uuid']}/reverse")
    left = await till.voucher(world.VOUCHER_MULTI)
    assert (left["status"], left["redemptions_remaining"]) == ("ACTIVE", 1)


async def test_multi_redeem_is_for_multi_use_vouchers_of_active_promotions(till: Any) -> None:
    path = "/vouchers/multi-redeem"
    for code, times, expected in (
        (world.VOUCHER_COFFEE, 1, 1003),
        (world.VOUCHER_MULTI, 51, 1003),
        (world.VOUCHER_MULTI, 0, 1003),
        (world.VOUCHER_PROMOTION_ENDED, 1, 80020),
    ):
        asked = {"code": code, "number_of_times": times}
        assert await till.refused("POST", path, **asked, **SHOP) == expected


async def test_creating_respects_code_and_limits(till: Any) -> None:
    coffee = {"promotion_uuid": world.PROMOTION_COFFEE, "code": "MINE"}
    made = await till.ok("POST", "/vouchers", **coffee, **ANN, custom_attributes={"x": "y"})

    assert made["attributes"]["x"] == "y"
    assert await till.refused("POST", "/vouchers", **coffee) == 80003
    for wrong, code in (
        ({"promotion_uuid": "nope"}, 80002),
        ({"promotion_uuid": world.PROMOTION_FLYER}, 80008),
        ({"promotion_uuid": world.PROMOTION_COFFEE, "contact_uuid": "x"}, 55031),
    ):
        assert await till.refused("POST", "/vouchers", **wrong) == code


@pytest.mark.parametrize("path", ["/vouchers/{}", "/vouchers/update/{}"])
async def test_updating_deactivates_and_activates(till: Any, path: str) -> None:
    path = path.format((await till.voucher(world.VOUCHER_COFFEE))["uuid"])

    assert (await till.ok("PUT", path, status="DEACTIVATED"))["status"] == "DEACTIVATED"
    assert await refusal(till, world.VOUCHER_COFFEE) == 80012
    assert (await till.ok("PUT", path, status="ACTIVE"))["status"] == "ACTIVE"
    moved = await till.ok("PUT", path, expiration_date="2026-03-02T00:00:00")
    assert moved["expiration_date"] == "2026-03-02T00:00:00+00:00"
    await redeem(till, world.VOUCHER_COFFEE)
    assert await till.refused("PUT", path, expiration_date="2027-01-01") == 1003
    assert await till.refused("PUT", path, status="DEACTIVATED") == 1003
