"""Sales of every shape, as a till drives them over HTTP, and the till that drives them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.api.till import Till
from tests.proof.support.hand import Hand
from tests.support.shop import Shop
from tillsaga.demo.shopper import Shopper
from tillsaga.demo.stories.building import LINES, reward_of
from tillsaga.demo.vendors import koupon

Json = dict[str, Any]
FINAL = ("completed", "cancelled", "expired")
TILL = "till-1"
WORTH = 23_50
"""What the basket comes to: two coffees, a cake, beans."""


class Over(Exception):
    """The checkout takes no more: the till puts the basket aside."""


@dataclass
class Clerk:
    """Whoever serves at the till: says one thing after another, and the last one twice.

    When support has done something, the till has no answer it can rely on: it says the same again.
    """

    shop: Shop
    till: Till
    hand: Hand
    shopper: Shopper
    recover: Callable[[], Awaitable[None]]
    basket_id: str = field(default_factory=lambda: str(uuid4()))
    view: Json = field(default_factory=dict)
    paid: bool = False
    """Whether a captured payment was said: the customer has paid."""
    recovered: bool = False

    async def open(self, *identifiers: Json, **more: Any) -> None:
        sold = {"id": self.basket_id, "currency": self.shop.store.currency, "lines": LINES}
        place = {"store_id": self.shop.store.id, "terminal_id": TILL}
        await self.say("", place | {"basket": sold, "identifiers": identifiers} | more)

    async def offer(self, **offer: Any) -> None:
        await self.say("offers", offer)

    async def tender(self, kind: str, amount: int, reference: str | None = None) -> None:
        body: Json = {"type": kind, "amount": amount}
        await self.say("tenders", body | ({"reference": reference} if reference else {}))

    async def ready(self, **more: Any) -> None:
        await self.say("ready", more)

    async def pay(self, status: str, **more: Any) -> None:
        body = {"status": status, "type": "card", "reference": "card-1"} | more
        body = {"amount": self.view["totals"]["due_amount"]} | body
        self.paid = self.paid or status == "captured"
        await self.say("payments", body)

    async def say(self, name: str, body: Json) -> None:
        """Say one thing; once more where support's hand came in between.

        Raises:
            Over: The checkout takes no more.
        """
        answer = await self._send(name, body)
        if self.view:
            await self.hand.moment(self.view["id"], f"answered {name or 'open'}")
        if await self.hand.has_struck() and not self.recovered:
            self.recovered = True
            await self.recover()
            first = self.hand.workflow_id
            answer = await self._send(name, body)
            if self.view["id"] != first:
                await self._put_aside(first)
        if not answer.is_success or self.view["status"] in FINAL[1:]:
            raise Over

    async def _put_aside(self, first: str | None) -> None:
        """The bill was opened anew, as its checkout was given up: one proof at a time."""
        await self._send("cancel", {"reason": "not of this proof"})
        assert (self.view["status"], self.view["effects"]) == ("cancelled", [])
        assert self.view["previous_id"] == first
        self.view = {"id": first}
        await self.see()
        raise Over

    async def _send(self, name: str, body: Json) -> httpx.Response:
        if not name or name.startswith("/"):
            path = name or "/v1/checkouts"
        else:
            path = f"/v1/checkouts/{self.view['id']}/{name}"
        answer = await self.till.post(path, body)
        if answer.is_success and "basket" in answer.json():
            self.view = answer.json()
        elif answer.is_success and not self.view:  # goods came back without a sale
            self.view = {"id": answer.json()["checkout_id"]}
            await self.see()
        return answer

    async def see(self) -> Json:
        """Look at the checkout."""
        answer = await self.till.get(f"/v1/checkouts/{self.view['id']}")
        assert answer.is_success, answer.text
        self.view = answer.json()
        return self.view

    async def take_back(self, *identifiers: Json) -> None:
        """Goods come back whose sale nobody knows; they are in the customer's hands no more."""
        place = {"store_id": self.shop.store.id, "terminal_id": TILL, "cashier_id": "c-1"}
        said = {"reason": "no receipt", "approved_by": "m-3", "payment_type": "cash"}
        what = {"refund_id": f"r-{self.basket_id}", "currency": "EUR", "lines": LINES}
        self.paid = True
        await self.say("/v1/refunds", place | said | what | {"identifiers": identifiers})

    async def close(self, *identifiers: Json, discount: Json) -> None:
        """A bill that is paid already, with an offer that the till has given."""
        paid = WORTH - discount["discount_amount"]
        facts = {
            "mode": "closed_bill",
            "occurred_at": "2026-03-01T09:12:00Z",
            "offers": [discount],
            "payments": [{"type": "card", "amount": paid, "reference": "psp-1"}],
        }
        self.paid = True
        await self.open(*identifiers, **facts)


Story = Callable[[Clerk], Awaitable[None]]


@dataclass(frozen=True)
class Shape:
    """One shape of a sale, in a store with these vendors."""

    kinds: tuple[str, ...]
    story: Story
    since: str = ""
    """Until this moment it goes as another shape does."""
    policy: str = ""


async def leat(at: Clerk) -> None:
    """Voucher, reward, gift card and credit; the card is authorised, then captured."""
    await _gather(at)
    await at.ready()
    await at.pay("authorized")
    await at.pay("captured")


async def _gather(at: Clerk) -> None:
    ann = at.shopper.leat
    await at.open(ann.identifier)
    await at.offer(code=ann.voucher_code)
    await at.offer(offer_id=reward_of(at.view))
    await at.tender("giftcard", 5_00, ann.giftcard_code)
    await at.tender("prepaid", 4_00)


async def given_up(at: Clerk) -> None:
    """The same, and the till cancels."""
    await _gather(at)
    await at.ready()
    await at.say("cancel", {"reason": "customer left"})


async def declined(at: Clerk) -> None:
    """Codes are spent with the authorisation, and then the card is declined for good."""
    await _euros(at)
    await at.pay("authorized")
    await at.pay("declined", final=True)


async def euros(at: Clerk) -> None:
    """Four vendors: codes, a voucher that is burned, points, stored values, deferred earning."""
    await _euros(at)
    await at.pay("authorized")
    await at.pay("captured")


async def _euros(at: Clerk) -> None:
    who = at.shopper
    await at.open(who.leat.identifier, who.wll.identifier, who.loyale.identifier)
    await at.offer(code=who.letstrade.voucher_code)
    await at.offer(offer_id=f"wll:voucher:{who.wll.voucher}")
    await at.tender("giftcard", 2_00, who.leat.giftcard_code)
    await at.tender("giftcard", 1_00, who.loyale.giftcard)
    await at.tender("wallet", 2_00, who.letstrade.payment_code)
    await at.ready()


async def dollars(at: Clerk) -> None:
    """Coupons that are redeemed for good, at once when the basket is frozen."""
    who = at.shopper
    await at.open(who.leat.identifier, who.loyale.identifier, who.koupon.identifier)
    await at.offer(code=who.leat.voucher_code)
    await at.offer(code=koupon.COUPON_CODE)
    await at.tender("points", 3_00)
    await at.ready(payment_flow="one_step")
    await at.pay("captured")


async def told_later(at: Clerk) -> None:
    """A vendor is down from the first basket on, and hears of the sale when it is back."""
    down = {"vendor": "wll", "kind": "maintenance", "times": None}
    await at.shop.control("POST", "/faults", down)
    try:
        await at.open(at.shopper.leat.identifier, at.shopper.wll.identifier)
        await at.tender("giftcard", 5_00, at.shopper.leat.giftcard_code)
        await at.ready()
        await at.pay("captured")
    finally:
        await at.shop.mend()


async def refunded(at: Clerk) -> None:
    """A sale of which a line comes back."""
    await _gather(at)
    await at.ready()
    await at.pay("captured")
    lines = [{"line_id": "2", "quantity": "1"}]
    await at.say("refunds", {"refund_id": f"r-{at.view['id']}", "reason": "cold", "lines": lines})


async def closed(at: Clerk) -> None:
    """A bill that was paid while the till was offline: a fact from its first message on."""
    given = {"code": at.shopper.leat.voucher_code, "discount_amount": 1_00}
    await at.close(at.shopper.leat.identifier, at.shopper.wll.identifier, discount=given)


async def returned(at: Clerk) -> None:
    """Goods without their sale: the points that they earn today are taken from the customer."""
    await at.take_back(at.shopper.leat.identifier, at.shopper.wll.identifier)


RETURNS = "returns_without_sale: {per_return: 100000, per_store_day: 90000000}"

SHAPES: Mapping[str, Shape] = {
    "leat": Shape(("leat",), leat),
    "given up": Shape(("leat",), given_up, since="answered ready"),
    "four vendors": Shape(("leat", "letstrade", "wll", "loyale"), euros),
    "declined": Shape(("leat", "letstrade", "wll", "loyale"), declined, since="answered ready"),
    "dollars, one step": Shape(("leat", "loyale", "koupon"), dollars),
    "told later": Shape(("leat", "wll"), told_later),
    "refunded": Shape(("leat",), refunded, since="answered ready"),
    "closed bill": Shape(("leat", "wll"), closed),
    "returned": Shape(("leat", "wll"), returned, policy=RETURNS),
}
