"""The reference checkout: what is sold, how it is timed, and what must come of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from tillsaga.demo.movements import Net
from tillsaga.demo.stories.building import LINES as THREE_LINES
from tillsaga.demo.stories.building import REWARD_POINTS
from tillsaga.demo.vendors import leat

Json = dict[str, Any]
OURS, FLOOR, UNDURABLE, DBOS = "ours", "floor", "un-durable", "DBOS"
SIDES = (OURS, FLOOR, UNDURABLE, DBOS)
GIFTCARD = 5_00
LINES: list[Json] = [
    *THREE_LINES,
    {"line_id": "4", "type": "product", "sku": "TEA-1", "title": "Tea",
     "quantity": "1", "unit_amount": 3_00, "categories": ["drinks"]},
]  # fmt: skip
MESSAGES = ("open", "voucher", "reward", "gift card", "ready", "pay")
"""What the till says: identify and quote; lock; pre-redeem; charge; freeze; redeem to order."""


class CheckoutFailed(Exception):
    """A checkout did not go through."""


@dataclass
class Sale:
    """One reference checkout that a side has played; `laps` in milliseconds."""

    customer: leat.Customer
    checkout_id: str = ""
    points: int = 0
    laps: dict[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> float:
        """All messages together: the till does not think in between."""
        return sum(self.laps.values())

    @contextmanager
    def lap(self, message: str) -> Iterator[None]:
        """Time one message of the till, until what it asked for is done."""
        began = time.perf_counter()
        yield
        self.laps[message] = (time.perf_counter() - began) * 1000

    def expected(self) -> Net:
        """What the vendor's books must come to."""
        return {
            leat.VOUCHER: 1,
            leat.REWARD: 1,
            leat.GIFTCARD: -GIFTCARD,
            leat.POINTS: self.points - REWARD_POINTS,
            leat.ORDER: 1,
        }


class Side(Protocol):
    """One way of doing the checkout."""

    async def play(self, sale: Sale) -> None:
        """Do the customer's checkout and time each message.

        Raises:
            CheckoutFailed: it did not go through.
        """

    async def settle(self, sale: Sale) -> None:
        """Wait until nothing of it goes on in the background.

        Raises:
            CheckoutFailed: it did not end well.
        """
