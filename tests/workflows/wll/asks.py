"""What White Label tests ask of a checkout and of the vendor."""

from typing import Any

from tests.support.shop import Checkout, Shop
from tillsaga.sandbox.wll import world

BENEFIT = f"wll:voucher:{world.BENEFIT}"
"""Issued: activated when it is applied."""
REDEEMED = f"wll:voucher:{world.REDEEMED}"
"""Active already."""
VALIDATE = "voucher.validate"


async def stages(checkout: Checkout) -> list[tuple[str, str]]:
    """The plan as operation and stage."""
    planned = await checkout.handle.query("plan")
    return [(step["operation"], step["stage"]) for step in planned]


def cases(view: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What a person has to settle, and about which effect."""
    return [(a["code"], a["effect_id"]) for a in view["attention"]]


def burn(benefit: str, generation: int = 1) -> str:
    """The id of a burn."""
    return f"burn_voucher:wll:{benefit}#{generation}"


async def covered(shop: Shop, *offer_ids: str, points: int = 0) -> tuple[Checkout, int]:
    """A checkout with these offers and points, ready to pay."""
    checkout = await shop.open(None, world.MEMBER_ACCOUNT, cashier_id="c-17")
    for offer_id in offer_ids:
        await checkout.offer(offer_id)
    if points:
        await checkout.points(points)
    return checkout, await checkout.ready()


async def burn_elsewhere(shop: Shop, code: str) -> None:
    """Another system's till burns a voucher."""
    headers = {"X-Api-Key": world.API_KEY, "Authorization": f"Bearer {world.TOKEN}"}
    body = {"code": code, "allowFutureValidation": False}
    url = "/wll/api/v1/commands/validate_voucher"
    answer = await shop.http.post(url, json=body, headers=headers)
    assert answer.is_success, answer.text
