"""Sheet 2: kinds, one user, ten minutes, once; and the order the checks come in (sheet 4)."""

import pytest

from tests.sandbox.letstrade_till import FINALISE, OFFERINGS, LetsTradeTill, shop
from tillsaga.sandbox.letstrade import world

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio
BOTH = pytest.mark.parametrize("path", [OFFERINGS, FINALISE])


async def test_offerings_never_change_a_code_or_move_anything(shop: LetsTradeTill) -> None:
    codes = [await shop.ten_off(), await shop.mint("P"), await shop.mint("E")]
    for _ in range(3):
        await shop.quote(*codes)

    assert {await shop.code_state(code) for code in codes} == {"ISSUED"}
    assert await shop.voucher_state() == "AVAILABLE"
    customer = await shop.customer()
    assert (customer["wallet_in_cents"], customer["points"]) == (4000, 0)


async def test_a_code_is_issued_then_used_and_stays_used(shop: LetsTradeTill) -> None:
    code = await shop.mint("P")
    order = await shop.finalise(code)
    await shop.advance(600)

    shown = (await shop.books())["codes"][code]
    assert (shown["state"], shown["order_id"]) == ("USED", order["order_id"])
    # Used is looked at before expired.
    assert await shop.refused(OFFERINGS, code) == (409, "Code already used")


async def test_a_code_is_issued_then_expired_counting_from_its_issue(shop: LetsTradeTill) -> None:
    code = await shop.mint("E", age_seconds=599)
    assert await shop.code_state(code) == "ISSUED"
    await shop.quote(code)
    await shop.advance(1)

    assert await shop.code_state(code) == "EXPIRED"
    assert await shop.refused(OFFERINGS, code) == (410, "Code has expired")


@BOTH
async def test_a_code_nobody_issued_is_404(shop: LetsTradeTill, path: str) -> None:
    assert await shop.refused(path, "R00000000") == (404, "Code not found")
    code = await shop.ten_off()
    # Codes are opaque: only the kind's letter may be small.
    assert await shop.refused(path, code.lower()) == (404, "Code not found")


@BOTH
async def test_codes_of_two_users_are_409(shop: LetsTradeTill, path: str) -> None:
    codes = [await shop.mint("P"), await shop.mint("P", world.PIETER)]

    refused = await shop.refused(path, *codes)

    assert refused == (409, "Codes belong to different users")


@BOTH
async def test_checks_come_in_the_sheets_order(shop: LetsTradeTill, path: str) -> None:
    used, old = await shop.mint("E", used=True), await shop.mint("E", age_seconds=600)
    other, mine = await shop.mint("E", world.PIETER), await shop.mint("E")

    assert (await shop.refused(path, used, old, "E0"))[1] == "Code not found"
    assert (await shop.refused(path, old, used))[1] == "Code already used"
    assert (await shop.refused(path, mine, other, old))[1] == "Code has expired"


@BOTH
async def test_a_voucher_another_code_has_burned_is_409(shop: LetsTradeTill, path: str) -> None:
    """Trap 2: a quote reserves nothing."""
    first, second = await shop.ten_off(), await shop.ten_off()
    await shop.quote(second)
    await shop.finalise(first)

    refused = await shop.refused(path, second, uuid="another")

    assert refused == (409, "Voucher already used")
    assert await shop.code_state(second) == "ISSUED"


async def test_an_earning_code_awards_once(shop: LetsTradeTill) -> None:
    """Trap 19: a point for each whole rand of the total, and an error the next time."""
    code, twin = await shop.mint("E"), await shop.mint("E")
    await shop.finalise(code, twin, total="100.99")

    assert (await shop.customer())["points"] == 100
    again = await shop.refused(FINALISE, code, uuid="another")
    assert again == (409, "Code already used")
    assert (await shop.customer())["points"] == 100


async def test_the_same_code_twice_counts_once(shop: LetsTradeTill) -> None:
    code = await shop.ten_off()

    assert (await shop.quote(code, code))["basket"]["outstanding_amount"] == "90.00"


async def test_the_worlds_codes_are_those_its_constants_name(shop: LetsTradeTill) -> None:
    await shop.till.control("POST", "/reset")
    codes = (await shop.books())["codes"]

    assert codes[world.CODE_EXPIRED]["state"] == "EXPIRED"
    assert codes[world.CODE_USED]["state"] == "USED"
    assert codes[world.CODE_PAY]["instruments"] == ["wallet", "card"]
    assert codes[world.CODE_WALLET]["instruments"] == ["wallet"]
    assert codes[world.CODE_TEN]["voucher_id"] == world.VOUCHER_TEN
    assert (await shop.quote(world.CODE_TEN, world.CODE_PAY))["basket"]["card"]["amount"] == 50
