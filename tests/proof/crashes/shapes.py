"""The shapes of sales: those of the demo, and what else a till can do."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.proof.crashes.stage import CaseStage
from tillsaga.demo.shopper import new_shopper
from tillsaga.demo.stage import Json, Played
from tillsaga.demo.stories import leat_only, mixes, refunds, trouble
from tillsaga.demo.stories.building import GIFTCARD, LINES, PREPAID
from tillsaga.dev.stores_template import NEW_YORK, UTRECHT

COFFEES, CAKE, BEANS = LINES
FEWER = 11_50
"""What the coffees and the cake cost."""


def one_step(stage: CaseStage) -> Played:
    """Vouchers are burned and points spent before the till knows of any payment."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(UTRECHT) as till:
        checkout = till.open(LINES, shopper.wll.identifier, shopper.loyale.identifier)
        checkout = till.offer(checkout, offer_id=f"wll:voucher:{shopper.wll.voucher}")
        checkout = till.tender(checkout, "giftcard", GIFTCARD, shopper.loyale.giftcard)
        checkout = till.ready(checkout, payment_flow="one_step")
        checkout = till.wait_for_end(till.pay(checkout, "captured"))
    return Played(shopper, checkout)


def earning(stage: CaseStage) -> Played:
    """Nothing is spent; every vendor is told of the sale afterwards."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(UTRECHT) as till:
        cards = (shopper.leat, shopper.wll, shopper.loyale)
        checkout = till.ready(till.open(LINES, *(card.identifier for card in cards)))
        checkout = till.wait_for_end(till.pay(checkout, "captured", kind="cash"))
    return Played(shopper, checkout)


def earned_and_back(stage: CaseStage) -> Played:
    """All that earned points at every vendor comes back."""
    played = earning(stage)
    with stage.till(UTRECHT) as till:
        checkout = till.wait_until(played.checkout, lambda now: len(now["earned"]) == 3)
        till.refund(checkout, f"{checkout['id']}-all")
        checkout = till.read(checkout)
    return Played(played.shopper, checkout)


def tender_dropped(stage: CaseStage) -> Played:
    """The customer would rather not pay with the gift card."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = till.open(LINES, shopper.leat.identifier)
        code = shopper.leat.giftcard_code
        checkout = till.tender(checkout, "giftcard", GIFTCARD, code)
        (card,) = [t["id"] for t in checkout["tenders"] if t["status"] == "charged"]
        checkout = till.drop_tender(checkout, card)
        checkout = till.tender(checkout, "prepaid", PREPAID)
        checkout = till.wait_for_end(till.pay(till.ready(checkout), "captured"))
    return Played(shopper, checkout)


def fewer_goods(stage: CaseStage) -> Played:
    """The card has paid more than what is left of the basket."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = till.open(LINES, shopper.leat.identifier)
        code = shopper.leat.giftcard_code
        checkout = till.tender(checkout, "giftcard", 18_00, code)
        while checkout["totals"]["basket_amount"] != FEWER:  # refused while the card is in doubt
            checkout = till.change_basket(checkout, [COFFEES, CAKE])
        checkout = till.wait_until(checkout, lambda now: _is_covered(now) or _is_unpaid(now))
        if not _is_covered(checkout):  # the card's part was cut off, or what comes back for it
            checkout = till.tender(checkout, "giftcard", FEWER, code)
        checkout = till.wait_for_end(till.pay(till.ready(checkout), "captured", kind="none"))
    return Played(shopper, checkout)


def _is_covered(checkout: Json) -> bool:
    paying = [t["amount"] for t in checkout["tenders"] if t["status"] == "charged"]
    return bool(sum(paying) == checkout["totals"]["basket_amount"])


def _is_unpaid(checkout: Json) -> bool:
    over = ("refused", "reversed")
    return all(tender["status"] in over for tender in checkout["tenders"])


def value_sold(stage: CaseStage) -> Played:
    """A gift card and a top-up are sold."""
    shopper = new_shopper(stage.sandbox)
    made = stage.sandbox.seed("leat", {"giftcards": [{"balance_in_cents": 0}]})["giftcards"][0]
    owner = replace(shopper.leat, giftcard=made["uuid"], giftcard_code=made["hash"])
    card = {"line_id": "1", "type": "giftcard_sale", "title": "Card", "unit_amount": 25_00}
    credit = {"line_id": "2", "type": "prepaid_topup", "title": "Top", "unit_amount": 10_00}
    with stage.till() as till:
        sold = [card | {"reference": owner.giftcard_code}, credit]
        checkout = till.ready(till.open(sold, owner.identifier))
        checkout = till.wait_for_end(till.pay(checkout, "captured"))
    return Played(replace(shopper, leat=owner), checkout)


def value_back(stage: CaseStage) -> Played:
    """A gift card and a top-up are sold and come back."""
    played = value_sold(stage)
    with stage.till() as till:
        till.refund(played.checkout, f"{played.checkout['id']}-all")
        return Played(played.shopper, till.read(played.checkout))


def claimed(stage: CaseStage) -> Played:
    """The customer shows the card after the payment."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = till.wait_for_end(till.pay(till.ready(till.open(LINES)), "captured"))
        till.say(checkout, "claims", **shopper.leat.identifier)
        checkout = till.wait_until(checkout, lambda now: bool(now["earned"]))
    return Played(shopper, checkout)


def exchanged(stage: CaseStage) -> Played:
    """The goods that come back are worth more than those that are sold."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        swapped = [COFFEES, BEANS | {"quantity": "-1"}]
        checkout = till.ready(till.open(swapped, shopper.leat.identifier))
        checkout = till.wait_for_end(till.pay(checkout, "captured", kind="none"))
    return Played(shopper, checkout)


def returned(stage: CaseStage) -> Played:
    """Goods come back without their sale."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        refund = till.return_goods([COFFEES], shopper.leat.identifier)
        checkout = till.read({"id": refund["checkout_id"]})
    return Played(shopper, checkout)


def closed_bill(stage: CaseStage) -> Played:
    """The bill is paid already, and its till has given a voucher."""
    shopper = new_shopper(stage.sandbox)
    given = [{"code": shopper.leat.voucher_code, "discount_amount": 3_50}]
    with stage.till() as till:
        cards = (shopper.leat.identifier,)
        checkout = till.open_with(LINES, *cards, mode="closed_bill", offers=given)
        checkout = till.wait_for_end(checkout)
    return Played(shopper, checkout)


def paid_after_all(stage: CaseStage) -> Played:
    """The card terminal captures what the till had given up."""
    shopper = new_shopper(stage.sandbox)
    with stage.till() as till:
        checkout = till.open(LINES, shopper.leat.identifier)
        code = shopper.leat.giftcard_code
        checkout = till.tender(checkout, "giftcard", GIFTCARD, code)
        checkout = till.ready(till.offer(checkout, code=shopper.leat.voucher_code))
        till.wait_for_end(till.say(checkout, "cancel", reason="the terminal is silent"))
        paid = till.pay(checkout, "captured")
        checkout = till.wait_until(paid, lambda now: now["status"] == "completed")
    return Played(shopper, checkout)


def coupon_lost(stage: CaseStage) -> Played:
    """Koupon says only at the seal that the coupon is used up; the customer pays the rest."""
    shopper = new_shopper(stage.sandbox)
    with stage.till(NEW_YORK) as till:
        checkout = till.open(LINES, shopper.leat.identifier, shopper.loyale.identifier)
        code, barcode = shopper.leat.giftcard_code, shopper.koupon.used_barcode
        checkout = till.tender(checkout, "giftcard", GIFTCARD, code)
        checkout = till.offer(checkout, code=barcode, discount=trouble.COUPON)
        checkout, attempt = till.authorise_once(till.ready(checkout), 1), 1
        if checkout["instruction"] == "void":
            checkout, attempt = till.freeze(till.pay(checkout, "voided")), 2
            checkout = till.authorise_once(checkout, attempt)
        checkout = till.wait_for_end(till.pay(checkout, "captured", attempt=attempt))
    return Played(shopper, checkout)


@dataclass(frozen=True)
class Shape:
    """One shape: what happens, and how it ends if nobody is killed."""

    name: str
    play: Callable[[CaseStage], Played]
    ends_as: str = "completed"
    attention: tuple[str, ...] = ()
    after: str | None = None
    """The shape that it begins as: there all of their common points are tried, and here those
    alone after which something is known only by having asked."""


_LEAT, _KOUPON, _EARNED, _VALUE = (
    "paid with everything of Leat",
    "sealed at Koupon",
    "earned afterwards",
    "value sold",
)

SHAPES = (
    Shape(_LEAT, leat_only.paid),
    Shape("declined", leat_only.declined, "cancelled", after=_LEAT),
    Shape("cancelled in Temporal", leat_only.cancelled, "cancelled", after="declined"),
    Shape("sealed at Let'sTrade", mixes.app_codes),
    Shape("sealed at White Label", mixes.white_label),
    Shape("sealed at Loyale", mixes.loyale_values),
    Shape(_KOUPON, mixes.dollars),
    Shape("one step", one_step),
    Shape(_EARNED, earning),
    Shape("declined after the seal", trouble.goodwill, "cancelled", ("goodwill",), after=_KOUPON),
    Shape("a coupon is lost", coupon_lost),
    Shape("tender dropped", tender_dropped),
    Shape("fewer goods", fewer_goods),
    Shape(_VALUE, value_sold),
    Shape("claimed", claimed),
    Shape("closed bill", closed_bill),
    Shape("paid after all", paid_after_all),
    Shape("exchanged", exchanged),
    Shape("returned without its sale", returned),
    Shape("refunded", refunds.full, after=_LEAT),
    Shape("refunded in two parts", refunds.in_two_parts, after=_LEAT),
    Shape("refunded but for a coupon", refunds.with_a_person, after=_KOUPON),
    Shape("points come back", earned_and_back, attention=("undo_failed",), after=_EARNED),
    Shape("value comes back", value_back, after=_VALUE),
)
