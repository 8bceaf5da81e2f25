"""Stories of goods that come back."""

from datetime import timedelta

from tillsaga.demo.shopper import new_shopper
from tillsaga.demo.stage import Json, Played, Stage
from tillsaga.demo.stories.building import GIFTCARD, LINES, authorise, capture, gather, insist
from tillsaga.demo.stories.mixes import POINTS_WORTH
from tillsaga.demo.stories.trouble import down
from tillsaga.demo.vendors import koupon
from tillsaga.dev.stores_template import NEW_YORK

CAKE = "2"


def full(stage: Stage) -> Played:
    """Everything comes back, and everybody gets back what they gave."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = authorise(stage, till, gather(stage, till, shopper))
        checkout = capture(stage, till, checkout, "")
        with stage.step("all of it comes back: points, voucher, reward, cards"):
            refund = till.refund(checkout, f"{checkout['id']}-all")
            insist(_paid_out(refund) == _paid(checkout), "the till gives back what it was paid")
        checkout = till.read(checkout)
    return Played(shopper, checkout)


def in_two_parts(stage: Stage) -> Played:
    """One coffee comes back, then the rest: together exactly the sale."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = authorise(stage, till, gather(stage, till, shopper))
        checkout = capture(stage, till, checkout, "")
        with stage.step("the cake comes back, spread over all that paid"):
            cake = till.refund(
                checkout,
                f"{checkout['id']}-cake",
                lines=[{"line_id": CAKE, "quantity": "1"}],
                tender_order="pro_rata",
            )
        with stage.step("the rest comes back, newest money first"):
            rest = till.refund(checkout, f"{checkout['id']}-rest")
        back = _paid_out(cake) + _paid_out(rest)
        insist(back == _paid(checkout), "two parts are the whole, to the cent")
        checkout = till.read(checkout)
    return Played(shopper, checkout)


def six_hours(stage: Stage) -> Played:
    """Loyale is down when the goods come back, and for six hours more."""
    shopper = new_shopper(stage.sandbox)
    with stage.skipped_time() as clock, stage.till(NEW_YORK) as till:
        cards = (shopper.leat, shopper.loyale)
        with stage.step("Ann pays with her Leat card, her Loyale points and cash"):
            checkout = till.open(LINES, *(card.identifier for card in cards))
            code = shopper.leat.giftcard_code
            checkout = till.tender(checkout, "giftcard", GIFTCARD, code)
            checkout = till.ready(till.tender(checkout, "points", POINTS_WORTH))
            checkout = till.wait_for_end(till.pay(checkout, "captured", kind="cash"))
        with down(stage, "loyale"):
            with stage.step("all of it comes back, but Loyale is down"):
                refund = till.refund(checkout, f"{checkout['id']}-all")
                insist(refund["status"] == "pending", "the refund waits for Loyale")
            with stage.step("six hours pass, skipped: the till has paid out long ago"):
                clock.skip(timedelta(hours=6))
                insist(till.read_refund(refund)["status"] == "pending", "it still waits")
        with stage.step("Loyale is back: minutes later the points are, too"):

            def is_done() -> bool:
                clock.skip(timedelta(minutes=10))
                return bool(till.read_refund(refund)["status"] != "pending")

            # The circuit counts in real time: the vendor is asked again a little later.
            stage.wait_for(is_done, "the refund at Loyale")
        checkout = till.read(checkout)
    return Played(shopper, checkout)


def with_a_person(stage: Stage) -> Played:
    """Koupon cannot take a redeemed coupon back: somebody must say what becomes of it."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(NEW_YORK) as till:
        cards = (shopper.leat, shopper.loyale, shopper.koupon)
        with stage.step("Ann pays with a Koupon coupon, her Leat card and a card"):
            checkout = till.open(LINES, *(card.identifier for card in cards))
            checkout = till.offer(checkout, code=koupon.COUPON_CODE)
            code = shopper.leat.giftcard_code
            checkout = till.tender(checkout, "giftcard", GIFTCARD, code)
        checkout = authorise(stage, till, checkout)
        checkout = capture(stage, till, checkout, "")
        with stage.step("all of it comes back, but a coupon cannot"):
            refund = till.refund(checkout, f"{checkout['id']}-all")
            insist(refund["status"] == "attention", "a person has to look at it")
        with stage.step("Kim of support decides: the store bears the coupon"):
            checkout = till.settle(till.read(checkout), "accept_loss", "given as goodwill")
            insist(till.read_refund(refund)["status"] == "completed", "nothing is left open")
    return Played(shopper, checkout)


def _paid_out(refund: Json) -> int:
    return sum(each["amount"] for each in refund["give_back"])


def _paid(checkout: Json) -> int:
    return sum(each["amount"] for each in checkout["payments"])
