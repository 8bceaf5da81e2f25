"""What the stories have in common: the basket, and the way to the card terminal's yes."""

from typing import Any

from tillsaga.demo.shopper import Shopper
from tillsaga.demo.stage import Stage
from tillsaga.demo.till import Till, TillRefused
from tillsaga.demo.vendors import leat
from tillsaga.sandbox import world

Json = dict[str, Any]
GIFTCARD, PREPAID, REWARD_POINTS = 5_00, 4_00, 50
LINES: list[Json] = [
    {"line_id": "1", "type": "product", "sku": world.COFFEE, "title": "Flat white",
     "quantity": "2", "unit_amount": 3_50, "categories": ["drinks"]},
    {"line_id": "2", "type": "product", "sku": "CAKE-1", "title": "Apple cake",
     "quantity": "1", "unit_amount": 4_50, "categories": ["bakery"]},
    {"line_id": "3", "type": "product", "sku": "BEANS-1", "title": "Coffee beans, 1 kg",
     "quantity": "1", "unit_amount": 12_00, "categories": ["groceries"]},
]  # fmt: skip


def gather(stage: Stage, till: Till, shopper: Shopper) -> Json:
    """Build a checkout with one of everything that Leat has."""
    ann = shopper.leat
    with stage.step("identify Ann by her card"):
        checkout = till.open(LINES, ann.identifier)
    with stage.step("lock her voucher: a free coffee"):
        checkout = till.offer(checkout, code=ann.voucher_code)
    with stage.step("pre-redeem her reward: another coffee for 50 points"):
        checkout = till.offer(checkout, offer_id=reward_of(checkout))
    with stage.step("charge 5.00 to her gift card"):
        checkout = till.tender(checkout, "giftcard", GIFTCARD, ann.giftcard_code)
    with stage.step("charge 4.00 to her prepaid credit"):
        return till.tender(checkout, "prepaid", PREPAID)


def reward_of(checkout: Json) -> str:
    """Find Leat's coffee reward among the offers."""
    found: str = next(o["id"] for o in checkout["offers"] if leat.COFFEE_REWARD in o["id"])
    return found


def freeze(stage: Stage, till: Till, checkout: Json) -> Json:
    """Freeze the basket."""
    with stage.step("freeze the basket"):
        return till.ready(checkout)


def authorise(stage: Stage, till: Till, checkout: Json, *, attempt: int = 1) -> Json:
    """Go as far as the card terminal's yes."""
    checkout = freeze(stage, till, checkout)
    with stage.step(f"card authorised: {due(checkout)}"):
        return till.pay(checkout, "authorized", attempt=attempt)


def capture(stage: Stage, till: Till, checkout: Json, words: str, *, attempt: int = 1) -> Json:
    """Take the authorised money, and see the checkout through to its end."""
    with stage.step(f"card captured{words}"):
        return till.wait_for_end(till.pay(checkout, "captured", attempt=attempt))


def due(checkout: Json) -> str:
    """Write what is left to pay."""
    return f"{checkout['totals']['due_amount'] / 100:.2f} {checkout['currency']}"


def insist(holds: bool, words: str) -> None:
    """Go on only where the story is as told.

    Raises:
        TillRefused: it is not.
    """
    if not holds:
        raise TillRefused(f"it is not so that {words}")
