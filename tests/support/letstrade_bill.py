"""A bill of 100.00 as Let'sTrade's world knows its products, and a till that sells it."""

from typing import Any

from tests.support.shop import Checkout, Shop, basket
from tillsaga.domain import messages as m
from tillsaga.sandbox.letstrade import world

COFFEES: dict[str, Any] = {
    "line_id": "1",
    "sku": world.COFFEE,
    "title": "Flat white",
    "quantity": "2",
    "unit_amount": 35_00,
    "provider_ids": {"letstrade": world.COFFEE_PID},
}
MUFFIN: dict[str, Any] = {
    "line_id": "2",
    "sku": world.MUFFIN,
    "title": "Muffin",
    "unit_amount": 30_00,
    "provider_ids": {"letstrade": world.MUFFIN_PID},
}
ALL_SPENT = {
    f"wallet:{world.THANDI}": -40_00,
    f"card:{world.THANDI}": 10_00,
    world.VOUCHER_TEN: "BURNED",
    world.CODE_TEN: "USED",
    world.CODE_PAY: "USED",
    "orders": 1,
}
"""What the books show once `with_codes` is finalised."""


def bill(**more: Any) -> dict[str, Any]:
    """Two flat whites and a muffin."""
    return basket(COFFEES, MUFFIN, **more)


async def wallet(checkout: Checkout, code: str, amount: int | None = None) -> dict[str, Any]:
    """Pay a part with a payment code."""
    message = m.AddTender(type="wallet", reference=code, amount=amount)
    return await checkout.ok("add_tender", message)


async def with_codes(shop: Shop) -> Checkout:
    """10.00 off by a redemption code and 50.00 by a payment code: 40.00 is due."""
    checkout = await shop.open(bill())
    await checkout.scan(world.CODE_TEN)
    await wallet(checkout, world.CODE_PAY, 50_00)
    return checkout


def status_of(view: dict[str, Any], operation: str) -> list[str]:
    """The statuses of an operation's effects, generation by generation."""
    return [one["status"] for one in view["effects"] if one["operation"] == operation]


async def stages(checkout: Checkout) -> list[tuple[str, str]]:
    """The plan without what only claims: stage and operation, in order."""
    plan = await checkout.handle.query("plan")
    return [(s["stage"], s["operation"]) for s in plan if s["operation"] != "reserve"]
