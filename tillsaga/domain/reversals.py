"""What a refund asks of the vendors: whole effects undone, parts given back, or a person."""

from collections.abc import Iterator
from decimal import Decimal

from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Effect, Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer, Tender
from tillsaga.domain.refund_amounts import is_all_back, paid_by, quantities_back
from tillsaga.domain.refunds import Refund, Reversal, Share
from tillsaga.domain.spent_value import loaded_by

PARTS: dict[str, str] = {
    "charge_giftcard": "refund_giftcard",
    "charge_prepaid": "refund_prepaid",
    "spend_points": "refund_points",
    "load_giftcard": "take_from_giftcard",
    "topup_prepaid": "take_from_prepaid",
    "post_order": "return_lines",
    "post_transaction": "return_lines",
}
"""The operation that takes back a part of what another one did."""

SALES = frozenset({"post_order", "post_transaction", "finalise"})
"""How vendors are told of a whole sale; a report for statistics needs no taking back."""


def reversals_of(checkout: Checkout, before: list[Refund], refund: Refund) -> list[Reversal]:
    """List what a refund takes back, after the refunds before it."""
    return [
        *_sales(checkout, before, refund),
        *_tenders(checkout, before, refund),
        *_offers(checkout, before, refund),
        *_sold_value(checkout, refund),
    ]


def object_of(effect: Effect) -> str:
    """Name what it moves at its vendor, as two on one object take turns.

    What a sale earned and what it spent are the points of one customer: seen from the balance,
    one would look like a fault of the other.
    """
    moves_points = effect.operation in SALES or effect.operation == "spend_points"
    return "points" if moves_points else effect.subject


def _undo(effect: Effect, amount: int | None = None) -> Reversal:
    return Reversal(
        way="goodwill" if effect.nature.undo is None else "undo",
        effect_id=effect.id,
        provider=effect.provider,
        operation=effect.nature.undo or effect.operation,
        amount=effect.amount if amount is None else amount,
    )


_OURS = {"spent_amount", "withheld_amount"}
"""What no vendor is told of a line."""


def _part(effect: Effect, refund: Refund, request: Json, amount: int) -> Reversal:
    """Give back a part; what has no such operation is a person's."""
    step = _step(effect, refund, request)
    if step is None:
        return Reversal(
            way="goodwill",
            effect_id=effect.id,
            provider=effect.provider,
            operation=effect.operation,
            amount=amount,
        )
    return Reversal(
        way="give_back_part",
        effect_id=effect.id,
        provider=effect.provider,
        operation=step.operation,
        step=step,
        amount=amount,
    )


def _step(effect: Effect, refund: Refund, request: Json) -> Step | None:
    """The step that gives a part of an effect back; None where no vendor does.

    `request` has the effect's own, and: `of`, `of_operation` and `of_generation` name the effect,
    `did` is its `Done.data`, `refund_id` the refund; for the rest see who calls.
    """
    operation = PARTS.get(effect.operation)
    if operation is None or effect.done is None:
        return None
    whole: Json = {
        "of": effect.subject,
        "of_operation": effect.operation,
        "of_generation": effect.generation,
        "did": effect.done.data,
        "refund_id": refund.refund_id,
    }
    subject = f"{effect.subject}/{refund.refund_id}"
    return Step(
        operation=operation, subject=subject, request={**effect.request, **whole, **request}
    )


# --- the sale as the vendors were told of it ------------------------------------------------------


def _sales(checkout: Checkout, before: list[Refund], refund: Refund) -> Iterator[Reversal]:
    for effect in checkout.effects:
        if effect.operation not in SALES or not effect.may_stand:
            continue
        points = points_back(checkout, before, refund, effect.provider)
        asked = {**_goods(checkout, before, refund, effect.provider), "points": points}
        plain = not points or checkout.terms.spent_points_on_refund == "negative"
        if asked["rest"] and (effect.done is None or (not before and plain)):
            undone = _undo(effect, refund.amount)
            undone.step = _step(effect, refund, asked)
        else:
            undone = _part(effect, refund, asked, refund.amount)
        if undone.way == "goodwill" and not refund.amount:
            continue  # nobody has lost anything
        undone.points = -points if points else None
        yield undone


def _goods(checkout: Checkout, before: list[Refund], refund: Refund, provider: str) -> Json:
    """Say what comes back, as the vendor of the sale is told.

    `lines` that come back and what was paid for them; `left`: what stays sold of each line, by
    its id; `rest`: nothing does. `tenders`: what goes back to those that this vendor charged with
    its sale, so that its return gives it back. `paid`: money back `before` and `after` this
    refund, of what was `sold`, minor units. `earned`: points, None where that is not known.
    `spent_points`: the store's policy.
    """
    back = quantities_back([*before, refund])
    lines = checkout.basket.lines if checkout.basket else ()
    left = {i.line_id: i.quantity - back.get(i.line_id, Decimal(0)) for i in lines}
    shares = ((share, _charged_with_sale(checkout, share, provider)) for share in refund.shares)
    own = [(share, tender) for share, tender in shares if tender]
    return {
        "lines": [line.model_dump(mode="json", exclude=_OURS) for line in refund.lines],
        "left": {line_id: f"{quantity:f}" for line_id, quantity in left.items()},
        "rest": is_all_back(checkout, [*before, refund]),
        "tenders": [
            {"type": share.type, "amount": share.amount, "subject": tender.subject}
            for share, tender in own
        ],
        "paid": {**_paid_back(checkout, before, refund)},
        "earned": _earned(checkout, provider),
        "spent_points": checkout.terms.spent_points_on_refund,
    }


def _charged_with_sale(checkout: Checkout, share: Share, provider: str) -> Tender | None:
    tender = checkout.tender(share.tender_id) if share.tender_id else None
    own = tender is not None and tender.planned and tender.provider == provider
    return tender if own else None


def points_back(
    checkout: Checkout, before: list[Refund], refund: Refund, provider: str
) -> int | None:
    """How many earned points go back with a refund; a series takes back what was earned."""
    total = _earned(checkout, provider)
    paid = _paid_back(checkout, before, refund)
    if total is None or not paid["sold"]:
        return None
    return total * paid["after"] // paid["sold"] - total * paid["before"] // paid["sold"]


def _paid_back(checkout: Checkout, before: list[Refund], refund: Refund) -> dict[str, int]:
    """Money back `before` and `after` a refund, of what was `sold`, which bounds them.

    With the last line all is back: what was withheld or corrected does not keep its points.
    """
    sold = sum(share.amount for share in paid_by(checkout))
    was = min(sold, sum(each.amount for each in before))
    rest = is_all_back(checkout, [*before, refund])
    return {"before": was, "after": sold if rest else min(sold, was + refund.amount), "sold": sold}


def _earned(checkout: Checkout, provider: str) -> int | None:
    earned = [e.points for e in checkout.earned if e.provider == provider and e.points is not None]
    return sum(earned) if earned else None


# --- tenders, offers and what was sold ------------------------------------------------------------


def _tenders(checkout: Checkout, before: list[Refund], refund: Refund) -> Iterator[Reversal]:
    for share in refund.shares:
        tender = checkout.tender(share.tender_id) if share.tender_id else None
        effect = checkout.tender_effect(tender) if tender else None
        if tender is None or effect is None or tender.planned:
            continue  # the till's own, or given back with the vendor's sale transaction
        before_this = sum(
            s.amount for each in before for s in each.shares if s.tender_id == share.tender_id
        )
        points = _points_given(effect, before_this, share.amount, tender.amount)
        whole = share.amount == tender.amount
        request: Json = {} if points is None else {"points": points}
        given = _undo(effect) if whole else _part(effect, refund, request, share.amount)
        given.points = points
        yield given


def _points_given(effect: Effect, was: int, amount: int, paid: int) -> int | None:
    """How many of the points that paid a tender come back; a series gives back all of them."""
    spent = effect.done.points if effect.done else None
    if effect.operation != "spend_points" or not spent:
        return None
    return -spent * (was + amount) // paid - -spent * was // paid


def _offers(checkout: Checkout, before: list[Refund], refund: Refund) -> Iterator[Reversal]:
    """A voucher comes back only when all the lines are back that it lowered the price of."""
    back, now = quantities_back(before), quantities_back([*before, refund])
    for offer, amounts in checkout.offer_savings():
        lowered = [line_id for line_id, amount in amounts.items() if amount]
        if _all_back(checkout, lowered, now) and not _all_back(checkout, lowered, back):
            yield from (_offer_back(effect, offer) for effect in _effects_of(checkout, offer))


def _offer_back(effect: Effect, offer: Offer) -> Reversal:
    """What no vendor gives back is worth to the customer what it had saved them."""
    back = _undo(effect)
    back.points = -effect.done.points if effect.done and effect.done.points else None
    if back.way == "goodwill" and back.amount is None:
        back.amount = offer.saving_amount or None
    return back


def _effects_of(checkout: Checkout, offer: Offer) -> Iterator[Effect]:
    steps = (step for step in (offer.commit, offer.hold) if step)
    for step in steps:
        effect = checkout.effect(step.operation, offer.provider, step.subject)
        gone = effect is None or not effect.may_stand
        if effect is None or gone or effect.nature.reversibility == "none_needed":
            continue
        if effect.operation != "lock_voucher":
            yield effect


def _all_back(checkout: Checkout, line_ids: list[str], back: dict[str, Decimal]) -> bool:
    lines = checkout.basket.lines if checkout.basket else ()
    sold = {line.line_id: line.quantity for line in lines}
    return bool(line_ids) and all(back.get(i, Decimal(0)) == sold[i] for i in line_ids)


def _sold_value(checkout: Checkout, refund: Refund) -> Iterator[Reversal]:
    """A returned gift card is unloaded, a returned top-up withdrawn, as far as it is there."""
    lines = {line.line_id: line for line in refund.lines}
    for line_id, effect in loaded_by(checkout, lines):
        line = lines[line_id]
        if not line.spent_amount:
            yield _undo(effect)
            continue
        missing = 0 if line.withheld_amount else line.spent_amount
        left = (effect.amount or 0) - line.spent_amount
        if left or missing:
            yield what_is_left(effect, refund, left, missing)


def what_is_left(effect: Effect, refund: Refund, left: int, missing: int) -> Reversal:
    """Take back what is left of sold value; what is `missing` is a person's, minor units."""
    taken = _part(effect, refund, {}, left)
    taken.missing_amount = missing
    if not left:
        taken.way, taken.step, taken.amount = "goodwill", None, missing
    return taken
