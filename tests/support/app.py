"""The customer's side of Let'sTrade: a bill that the app can open, and picking vouchers in it."""

from typing import Any

from tests.support.shop import Checkout, Shop, basket
from tillsaga.domain import messages as m
from tillsaga.sandbox.letstrade import world

NOBODY = "http://127.0.0.1:9/"


def coffee(quantity: int = 2, **more: Any) -> dict[str, Any]:
    """Flat whites at 35.00."""
    return {
        "line_id": "1",
        "sku": world.COFFEE,
        "title": "Flat white",
        "quantity": str(quantity),
        "unit_amount": 35_00,
        "provider_ids": {"letstrade": world.COFFEE_PID},
    } | more


def muffin(**more: Any) -> dict[str, Any]:
    return {
        "line_id": "2",
        "sku": world.MUFFIN,
        "title": "Muffin",
        "unit_amount": 30_00,
        "provider_ids": {"letstrade": world.MUFFIN_PID},
    } | more


def meal(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A bill of 100.00: two flat whites and a muffin, unless other lines are given."""
    return basket(*(lines or (coffee(), muffin())), **more)


async def pick(
    shop: Shop, checkout: Checkout, *vouchers: str, url: str = NOBODY, **more: Any
) -> Any:
    """Pick vouchers for the open bill; the app posts them to the URL."""
    picked = {"transaction_id": checkout.view["basket"]["id"], "voucher_ids": list(vouchers)}
    return await shop.control("POST", "/letstrade/append-vouchers", picked | {"url": url} | more)


async def picked(shop: Shop, checkout: Checkout, *vouchers: str) -> m.AppendOffers:
    """Pick vouchers; what the app would post comes from the test itself."""
    sent = (await pick(shop, checkout, *vouchers))["sent"]
    return m.AppendOffers(provider="letstrade", body=sent)


def appended(view: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Each voucher on the bill: its status and what it takes off."""
    return {
        offer["id"].rpartition(":")[2]: (offer["status"], offer["saving_amount"])
        for offer in view["offers"]
    }


async def voucher_state(shop: Shop, voucher: str = world.VOUCHER_TEN) -> str:
    return str((await shop.books("letstrade"))["vouchers"][voucher]["state"])
