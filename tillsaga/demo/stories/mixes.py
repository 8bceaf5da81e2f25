"""Stories of several vendors in one checkout, and of each where the others only hear of it."""

from tillsaga.demo.shopper import new_shopper
from tillsaga.demo.stage import Played, Stage
from tillsaga.demo.stories.building import (
    GIFTCARD,
    LINES,
    PREPAID,
    authorise,
    capture,
    due,
    freeze,
)
from tillsaga.demo.vendors import koupon
from tillsaga.dev.stores_template import NEW_YORK, UTRECHT

WALLET, POINTS_WORTH, POINTS = 6_00, 3_00, 300


def app_codes(stage: Stage) -> Played:
    """Let'sTrade's codes pay and redeem, Leat's gift card pays a part, cash the rest."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(UTRECHT) as till:
        with stage.step("identify Ann at Leat"):
            checkout = till.open(LINES, shopper.leat.identifier)
        with stage.step("scan the voucher code of her Let'sTrade app: 3.00 off"):
            checkout = till.offer(checkout, code=shopper.letstrade.voucher_code)
        with stage.step("charge 5.00 to her Leat gift card"):
            code = shopper.leat.giftcard_code
            checkout = till.tender(checkout, "giftcard", GIFTCARD, code)
        with stage.step("plan 6.00 from her Let'sTrade wallet"):
            code = shopper.letstrade.payment_code
            checkout = till.tender(checkout, "wallet", WALLET, code)
        checkout = freeze(stage, till, checkout)
        with stage.step(f"{due(checkout)} in cash: Let'sTrade charges and burns first"):
            checkout = till.wait_for_end(till.pay(checkout, "captured", kind="cash"))
    return Played(shopper, checkout)


def white_label(stage: Stage) -> Played:
    """A White Label voucher is burned, its points and Leat's prepaid credit pay parts."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(UTRECHT) as till:
        with stage.step("identify Ann at White Label and Leat"):
            checkout = till.open(LINES, shopper.wll.identifier, shopper.leat.identifier)
        with stage.step("activate her White Label voucher: 5.00 off"):
            offer = f"wll:voucher:{shopper.wll.voucher}"
            checkout = till.offer(checkout, offer_id=offer)
        with stage.step("take 300 White Label points for 3.00"):
            checkout = till.tender(checkout, "points", POINTS_WORTH)
        with stage.step("charge 4.00 to her Leat prepaid credit"):
            checkout = till.tender(checkout, "prepaid", PREPAID)
        checkout = authorise(stage, till, checkout)
        checkout = capture(stage, till, checkout, ", the voucher was burned before")
    return Played(shopper, checkout)


def loyale_values(stage: Stage) -> Played:
    """Loyale's points and gift card pay parts, in one transaction of its own."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(UTRECHT) as till:
        with stage.step("identify Ann at Loyale"):
            checkout = till.open(LINES, shopper.loyale.identifier)
        with stage.step("plan 300 Loyale points for 3.00"):
            checkout = till.tender(checkout, "points", POINTS_WORTH)
        with stage.step("plan 5.00 from her Loyale gift card"):
            checkout = till.tender(checkout, "giftcard", GIFTCARD, shopper.loyale.giftcard)
        checkout = authorise(stage, till, checkout)
        checkout = capture(stage, till, checkout, ", Loyale has charged before")
    return Played(shopper, checkout)


def dollars(stage: Stage) -> Played:
    """A Leat voucher, Loyale points and a Koupon coupon in dollars."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(NEW_YORK) as till:
        cards = (shopper.leat, shopper.loyale, shopper.koupon)
        with stage.step("identify Ann at all three vendors"):
            checkout = till.open(LINES, *(card.identifier for card in cards))
        with stage.step("lock her Leat voucher: a free coffee"):
            checkout = till.offer(checkout, code=shopper.leat.voucher_code)
        with stage.step("scan her Koupon coupon: 1.00 off the other coffee"):
            checkout = till.offer(checkout, code=koupon.COUPON_CODE)
        with stage.step("plan 300 Loyale points for 3.00"):
            checkout = till.tender(checkout, "points", POINTS_WORTH)
        checkout = authorise(stage, till, checkout)
        checkout = capture(stage, till, checkout, ": redeem, report, earn")
    return Played(shopper, checkout)
