"""Stories of several vendors where something goes wrong at one of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from tillsaga.demo.shopper import new_shopper
from tillsaga.demo.stage import Json, Played, Stage
from tillsaga.demo.stories.building import GIFTCARD, LINES, authorise, capture, insist
from tillsaga.demo.stories.mixes import POINTS_WORTH
from tillsaga.dev.stores_template import NEW_YORK, UTRECHT

COUPON: Json = {"type": "absolute", "amount": 100}
"""What the till takes off for a newspaper's coupon, for Koupon prices none."""


def goodwill(stage: Stage) -> Played:
    """The coupon is redeemed for good, and then the card is declined after all."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(NEW_YORK) as till:
        cards = (shopper.leat, shopper.loyale)
        with stage.step("identify Ann at Leat and Loyale"):
            checkout = till.open(LINES, *(card.identifier for card in cards))
        with stage.step("lock her Leat voucher: a free coffee"):
            checkout = till.offer(checkout, code=shopper.leat.voucher_code)
        with stage.step("scan a newspaper's Koupon coupon: 1.00 off"):
            barcode = shopper.koupon.barcode
            checkout = till.offer(checkout, code=barcode, discount=COUPON)
        with stage.step("plan 300 Loyale points for 3.00"):
            checkout = till.tender(checkout, "points", POINTS_WORTH)
        checkout = authorise(stage, till, checkout)
        with stage.step("the capture is declined: all back but the coupon"):
            checkout = till.wait_for_end(till.pay(checkout, "declined", final=True))
    return Played(shopper, checkout)


def coupon_lost(stage: Stage) -> Played:
    """Koupon says only at the seal that the coupon is used up; the customer pays the rest."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(NEW_YORK) as till:
        cards = (shopper.leat, shopper.loyale)
        with stage.step("identify Ann at Leat and Loyale"):
            checkout = till.open(LINES, *(card.identifier for card in cards))
        with stage.step("charge 5.00 to her Leat gift card"):
            code = shopper.leat.giftcard_code
            checkout = till.tender(checkout, "giftcard", GIFTCARD, code)
        with stage.step("scan a Koupon coupon that somebody has used before"):
            barcode = shopper.koupon.used_barcode
            checkout = till.offer(checkout, code=barcode, discount=COUPON)
        checkout = authorise(stage, till, checkout)
        insist(checkout["instruction"] == "void", "the till is told to void the payment")
        with stage.step("Koupon refused: the till voids, all else stays"):
            checkout = till.pay(checkout, "voided")
        checkout = authorise(stage, till, checkout, attempt=2)
        checkout = capture(stage, till, checkout, "", attempt=2)
    return Played(shopper, checkout)


def vendor_down(stage: Stage) -> Played:
    """Loyale is down while Ann buys, and hears of her sale when it is back."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(UTRECHT) as till:
        with down(stage, "loyale"):
            cards = (shopper.leat, shopper.loyale)
            with stage.step("Loyale is down; open the checkout all the same"):
                checkout = till.open(LINES, *(card.identifier for card in cards))
            missing = [each["provider"] for each in checkout["degraded"]]
            insist(missing == ["loyale"], "the till is told that Loyale is missing")
            with stage.step("charge 5.00 to her Leat gift card"):
                code = shopper.leat.giftcard_code
                checkout = till.tender(checkout, "giftcard", GIFTCARD, code)
            checkout = authorise(stage, till, checkout)
            checkout = capture(stage, till, checkout, ": sold without Loyale")
        with stage.step("Loyale is back: it is told of the sale, and Ann earns"):
            checkout = till.wait_until(checkout, _earned_at_loyale)
    return Played(shopper, checkout)


@contextmanager
def down(stage: Stage, vendor: str) -> Iterator[None]:
    """Let a vendor answer nothing but that it is being maintained."""
    stage.sandbox.go_wrong(vendor, "maintenance", times=None)
    try:
        yield
    finally:
        stage.sandbox.mend()


def _earned_at_loyale(checkout: Json) -> bool:
    return any(each["provider"] == "loyale" for each in checkout["earned"])
