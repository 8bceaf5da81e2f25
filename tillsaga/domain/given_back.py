"""What refunds have given back to a tender: whether all of it, and what its card holds since."""

from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Effect
from tillsaga.domain.goodwill import left_spent
from tillsaga.domain.offers import Tender
from tillsaga.domain.refunds import Refund


def is_given_back(checkout: Checkout, tender: Tender) -> bool:
    """Whether the vendor has given back all that a tender paid, at once or in parts."""
    effect = checkout.tender_effect(tender)
    if effect is None:
        return False
    given = sum(
        share.amount
        for refund in checkout.refunds
        for share in refund.shares
        if share.tender_id == tender.id and _is_done(refund, effect)
    )
    moves = [effect, *_parts(checkout, effect)]
    spent = any(tender.subject in left_spent(move) for move in moves)
    return given >= tender.amount and not spent


def _is_done(refund: Refund, effect: Effect) -> bool:
    statuses = {r.status for r in refund.reversals if r.effect_id == effect.id}
    return statuses == {"reversed"}


def balance_after(checkout: Checkout, tender: Tender) -> int | None:
    """What was on the card or account after its latest move by this sale, minor units.

    None where the vendor does not say, which is better than what it said before that move.
    """
    effect = None if tender.planned else checkout.tender_effect(tender)
    if effect is None or effect.id != tender.effect_id:
        return tender.balance_after_amount
    if effect.status == "reversed":
        return effect.outcome.balance_after_amount if effect.outcome else None
    parts = [part for part in _parts(checkout, effect) if part.done]
    if not parts:
        return tender.balance_after_amount
    done = parts[-1].done
    return done.balance_after_amount if done else None


def _parts(checkout: Checkout, effect: Effect) -> list[Effect]:
    """The effects that gave parts of another one back, in their order."""
    whole = (effect.operation, effect.subject, effect.generation)
    names = ("of_operation", "of", "of_generation")
    return [
        part
        for part in checkout.effects
        if part.provider == effect.provider and tuple(map(part.request.get, names)) == whole
    ]
