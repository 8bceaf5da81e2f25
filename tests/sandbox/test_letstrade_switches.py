"""Every switch, faults by operation, and the seed call."""

from typing import Any

import pytest

from tests.sandbox.letstrade_till import COFFEES, FINALISE, OFFERINGS, LetsTradeTill, shop
from tillsaga.sandbox.letstrade import world

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio


async def test_switch_envelope_wraps_every_reply(shop: LetsTradeTill) -> None:
    await shop.switch(envelope="wrapped")
    quoted, sold = await shop.quote(), await shop.finalise()

    for reply in (quoted, sold):
        assert set(reply) == {"success", "message", "content"}
        assert reply["success"] is True
    assert sold["content"]["order_id"] == quoted["content"]["order_id"]


async def test_switch_strict_amounts_off_takes_numbers(shop: LetsTradeTill) -> None:
    await shop.switch(strict_amounts=False)
    loose = {"outstanding": 70.0, "total": 70, "product_list": [COFFEES | {"quantity": 2}]}

    assert (await shop.quote(**loose))["basket"]["outstanding_amount"] == "70.00"
    assert (await shop.refused(OFFERINGS, total=True))[0] == 400


async def test_switch_finalise_duplicate_replays_the_first_answer(shop: LetsTradeTill) -> None:
    await shop.switch(finalise_duplicate="replay")
    code = await shop.mint("P")
    first = await shop.finalise(code)

    assert await shop.finalise(code) == first
    assert await shop.money() == (0, 6000)


async def test_switch_errors_as_200_hides_the_status(shop: LetsTradeTill) -> None:
    await shop.switch(errors_as_200=True)

    assert await shop.refused(OFFERINGS, total=None) == (200, '"basket.total" is required')


async def test_switch_finalise_order_id_is_another_than_the_quotes(shop: LetsTradeTill) -> None:
    """Trap 7: finalise's wins."""
    await shop.switch(finalise_order_id="fresh", refund_enabled=True)
    quoted, sold = await shop.quote(), await shop.finalise()

    assert quoted["order_id"] != sold["order_id"]
    assert list((await shop.books())["orders"]) == [sold["order_id"]]
    assert (await shop.refund(order_id=sold["order_id"])).json()["status"] == "REFUNDED"


async def test_every_switch_is_listed_with_its_default_first(shop: LetsTradeTill) -> None:
    index = (await shop.till.control("GET", "/"))["letstrade"]

    assert {name: values[0] for name, values in index["switches"].items()} == {
        "envelope": "bare",
        "strict_amounts": True,
        "finalise_duplicate": "reject",
        "refund_enabled": False,
        "errors_as_200": False,
        "product_handling_fees": "0.00",
        "finalise_order_id": "same",
    }
    names = [operation["name"] for operation in index["operations"]]
    assert names == ["offerings.get", "offerings.finalise", "refund.create"]


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        ("payment_declined", None, (402, "Payment declined")),
        ("code_expired", "Too late", (410, "Too late")),
        (402, None, (402, "Payment declined")),
        (418, None, (418, "Request refused")),
        ("Anything", None, (400, "Anything")),
    ],
)
async def test_a_refusal_is_played_by_name_or_status(
    shop: LetsTradeTill, code: int | str, message: str | None, refused: tuple[int, str]
) -> None:
    await shop.fault("refuse", "offerings.finalise", code=code, message=message)

    assert await shop.refused(FINALISE) == refused
    assert (await shop.books())["orders"] == {}


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [("error_before", 500, 0), ("error_after", 500, 1), ("rate_limited", 429, 0)],
)
async def test_faults_strike_before_or_after_the_books(
    shop: LetsTradeTill, kind: str, status: int, applied: int
) -> None:
    await shop.fault(kind, "offerings.finalise")

    assert (await shop.ask(FINALISE)).status_code == status
    assert len((await shop.books())["orders"]) == applied


async def test_an_old_shape_is_wrapped_for_one_call(shop: LetsTradeTill) -> None:
    await shop.fault("old_shape", "offerings.get")

    assert "content" in await shop.quote()
    assert "content" not in await shop.quote()


async def test_a_seed_makes_a_customer_with_all_that_is_his(shop: LetsTradeTill) -> None:
    wanted = {
        "points": 7,
        "wallet_in_cents": 900,
        "vouchers": [{}],
        "subscriptions": [{"pids": ["p-1"], "discount_in_cents": 100}],
        "codes": [{"kind": kind} for kind in "PRE"],
    }
    made = (await shop.seed(customers=[wanted], stores=[{}], deals=[{"sku": "A"}]))["customers"][0]

    assert [code[0] for code in made["codes"]] == ["P", "R", "E"]
    customer = await shop.customer(made["user_id"])
    assert (customer["points"], customer["wallet_in_cents"]) == (7, 900)
    assert customer["vouchers"] == made["vouchers"]
    assert (await shop.quote(*made["codes"]))["basket"]["wallet"] == {"amount": 9.0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"customers": [{"typo": 1}]},
        {"codes": [{"user_id": "nobody"}]},
        {"codes": [{"kind": "R", "user_id": world.SIPHO}]},
        {"codes": [{"kind": "P", "user_id": world.PIETER, "instruments": ["card"]}]},
        {"codes": [{"kind": "P", "user_id": world.THANDI, "code": "R1"}]},
        {"vouchers": [{"user_id": world.THANDI, "apply_to": "PRODUCT"}]},
        {"vouchers": [{"user_id": world.THANDI, "voucher_id": world.VOUCHER_TEN}]},
    ],
)
async def test_a_seed_that_makes_no_sense_is_refused_whole(shop: LetsTradeTill, wrong: Any) -> None:
    before = await shop.books()
    both = {"stores": [{"store_id": "S-X"}]} | wrong

    assert (await shop.http.post("/_sandbox/seed/letstrade", json=both)).status_code == 400
    assert await shop.books() == before
