"""Settling: what a person's word means for the cases of one checkout."""

from datetime import datetime

from tillsaga.domain.attention import BY_HAND, GIVING_BACK, Attention, SettledCase
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Effect
from tillsaga.domain.messages import AssignAttention, ResolveAttention
from tillsaga.domain.offers import Tender
from tillsaga.domain.refunds import Refund
from tillsaga.errors import Refusal


def allowed_actions(checkout: Checkout, case: Attention) -> tuple[str, ...]:
    """Say what may be done about a case now, which may be less than when it opened.

    Once something of the sale has come back, nothing of it is carried forward any more; and what
    a sale stands on is not taken back.
    """
    if case.code in GIVING_BACK:
        stands = case.code == "undo_failed" and _stands_for_sale(checkout, case)
    else:
        stands = bool(checkout.refunds)
    return BY_HAND if stands else case.allowed_actions


def _stands_for_sale(checkout: Checkout, case: Attention) -> bool:
    """Whether a charge or hold that failed to be taken back serves a sale that was paid late."""
    if checkout.status not in ("completing", "completed") or reversed_by(checkout, case.effect_id):
        return False
    return any(
        effect.id == case.effect_id and serves(checkout, effect) for effect in checkout.effects
    )


def serves(checkout: Checkout, effect: Effect) -> bool:
    """Whether a tender is paid by an effect, or an offer held or used up by it."""
    serving = [checkout.tender_effect(tender) for tender in paying(checkout)]
    for offer in checkout.counting_offers():
        steps = (step for step in (offer.commit, offer.hold) if step and not offer.honoured)
        serving += [checkout.effect(s.operation, offer.provider, s.subject) for s in steps]
    return any(each is effect for each in serving)


def paying(checkout: Checkout) -> list[Tender]:
    """The tenders that pay at their vendors, and not out of the store's own pocket."""
    return [tender for tender in checkout.tenders if tender.pays and not tender.honoured]


def as_allowed(checkout: Checkout, case: Attention) -> Attention:
    """Write a case with what may be done about it now."""
    return case.model_copy(update={"allowed_actions": allowed_actions(checkout, case)})


def effect_of(checkout: Checkout, case: Attention) -> Effect:
    """Find the effect of a case; what is carried forward, in its latest generation.

    A later one may serve the sale meanwhile: it is neither asked about nor taken back for this.
    """
    found = next(e for e in checkout.effects if e.id == case.effect_id)
    if case.code in ("undo_failed", "effect_unknown"):
        return found
    return checkout.effect(found.operation, found.provider, found.subject) or found


def reversed_by(checkout: Checkout, effect_id: str | None) -> Refund | None:
    """Find the refund that waits until an effect is taken back, or a person settles that."""
    waiting = ("manual", "pending")
    for refund in checkout.refunds:
        if any(r.concerns(effect_id) and r.status in waiting for r in refund.reversals):
            return refund
    return None


def assign(checkout: Checkout, message: AssignAttention) -> None:
    """Give an open case to its owner, or back to the queue.

    Raises:
        Refusal: `attention_not_found` or `attention_settled`.
    """
    case = _open_case(checkout, message.item)
    if case is None:
        raise _gone(checkout, message.item)
    owned = case.model_copy(update={"owner": message.owner})
    checkout.attention = [owned if a is case else a for a in checkout.attention]


def settle(checkout: Checkout, message: ResolveAttention, now: datetime) -> list[SettledCase]:
    """Close a case as a person says; for a `retry` all that wait for the same work.

    Returns:
        What was closed; nothing if the same was said before.

    Raises:
        Refusal: `attention_not_found`, `attention_settled` or `action_not_allowed`.
    """
    case = _open_case(checkout, message.item)
    if case is None:
        if _said_before(checkout, message):
            return []
        raise _gone(checkout, message.item)
    allowed = allowed_actions(checkout, case)
    if message.action not in allowed:
        words = f"{message.action} is not possible; allowed: {', '.join(allowed)}"
        raise Refusal("action_not_allowed", words, allowed_actions=allowed)
    retrying = message.action == "retry"
    closed = [case]
    if retrying:
        same = (case.code, case.effect_id)
        closed = [a for a in checkout.attention if (a.code, a.effect_id) == same]
    settled = [
        SettledCase(
            case=each,
            action=message.action,
            actor=message.actor,
            reason=message.reason,
            at=now,
            retrying=retrying,
        )
        for each in closed
    ]
    checkout.attention = [a for a in checkout.attention if a not in closed]
    checkout.settled += settled
    conclude_refunds(checkout)
    return settled


def conclude_refunds(checkout: Checkout) -> None:
    """Complete the refunds of which nothing is left to a person."""
    for refund in checkout.refunds:
        left = any(r.concerns(a.effect_id) for a in checkout.attention for r in refund.reversals)
        again = (s.case.effect_id for s in checkout.settled if s.retrying)
        left = left or any(r.concerns(e) for e in again for r in refund.reversals)
        if refund.status == "attention" and not left:
            refund.status = "completed"


def _open_case(checkout: Checkout, item: str) -> Attention | None:
    return next((a for a in checkout.attention if a.id == item), None)


def _said_before(checkout: Checkout, message: ResolveAttention) -> bool:
    mine = (s for s in checkout.settled if s.case.id == message.item)
    return any(settled.action == message.action for settled in mine)


def _gone(checkout: Checkout, item: str) -> Refusal:
    settled = next((s for s in checkout.settled if s.case.id == item), None)
    if settled is None:
        return Refusal("attention_not_found", "the checkout has no such case")
    return Refusal("attention_settled", f"the case was settled by {settled.action}")
