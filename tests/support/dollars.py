"""The dollar store: Leat, Loyale and Koupon in one sale, and what moved in all their books."""

from typing import Any

from tests.support import finding
from tests.support.books import koupon as koupon_books
from tests.support.books import loyale as loyale_books
from tests.support.shop import Checkout, Shop, basket
from tillsaga.domain import messages as m
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale

KINDS = ("leat", "loyale", "koupon")
DUE = 2_00
"""Of 11.50, after 7.50 of offers and 2.00 of tenders."""

ANNS_POINTS, CARD, COUPON = loyale.ANN, loyale.GIFT_CARD, loyale.COUPON
SNACK = f"{koupon.LOYALTY}/{koupon.SNACK}"
REDEEMED = {koupon.BARCODE: 1, SNACK: 1}
SPENT = {ANNS_POINTS: -1_00 + 18, CARD: -1_00, COUPON: -1}
"""At Loyale: 1.00 in points, 18 points for the other 3.00, 1.00 of the gift card, the coupon."""
SOLD = {"leat": {f"points:{leat.ANN}": 4, leat.VOUCHER_COFFEE: 1}, "loyale": SPENT}
NOTHING: dict[str, dict[str, int]] = {"leat": {}, "loyale": {}, "koupon": {}}


def _balances(before: Any, after: Any) -> dict[str, int]:
    """Loyale's balances alone: how many sales there were, tests ask by themselves."""
    moves = loyale_books.moved(before, after)
    return {name: amount for name, amount in moves.items() if name != "sales"}


_MOVED = {"leat": finding.moved, "loyale": _balances, "koupon": koupon_books.moved}


class Books:
    """The books of some vendors as they were, to compare with."""

    def __init__(self, shop: Shop, before: dict[str, Any]) -> None:
        self._shop = shop
        self._before = before

    async def moved(self) -> dict[str, dict[str, int]]:
        """What has moved since, by vendor."""
        now = {vendor: await self._shop.books(vendor) for vendor in self._before}
        return {vendor: _MOVED[vendor](self._before[vendor], now[vendor]) for vendor in now}


async def books(shop: Shop, *vendors: str) -> Books:
    """Look at the books of these vendors, or all three."""
    return Books(shop, {vendor: await shop.books(vendor) for vendor in vendors or KINDS})


def dollars(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A basket in dollars: 11.50 without lines."""
    return basket(*lines, **({"currency": "USD"} | more))


async def loaded(shop: Shop) -> Checkout:
    """A checkout with everything that the three vendors can spend in one sale."""
    checkout = await shop.open(dollars(), leat.ANN_CARD, loyale.ANN_BARCODE)
    loyalty = m.Identify(type="card", value=koupon.LOYALTY, provider="koupon")
    await checkout.ok("identify", loyalty)
    for code in (leat.VOUCHER_COFFEE, koupon.BARCODE, koupon.SNACK, loyale.COUPON):
        await checkout.scan(code)
    await checkout.giftcard(loyale.GIFT_CARD, 1_00)
    await points(checkout, 1_00)
    return checkout


async def points(checkout: Checkout, amount: int | None = None) -> dict[str, Any]:
    """Pay with the member's points."""
    return await checkout.ok("add_tender", m.AddTender(type="points", amount=amount))


async def switch(shop: Shop, vendor: str, **switches: Any) -> None:
    """Change how a vendor behaves."""
    await shop.control("POST", "/switches", {vendor: switches})


def offers(view: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Status and saving of what the till has asked for, by title."""
    asked = (o for o in view["offers"] if o["status"] != "available")
    held = (o for o in asked if (o["refusal"] or {}).get("code") != "offer_held")
    return {o["title"]: (o["status"], o["saving_amount"]) for o in held}


def tenders(view: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Type, amount and status of each tender."""
    return [(t["type"], t["amount"], t["status"]) for t in view["tenders"]]


def cases(view: dict[str, Any]) -> list[tuple[str, int | None]]:
    """Code and amount of what is before a person."""
    return sorted((a["code"], a["amount"]) for a in view["attention"])
