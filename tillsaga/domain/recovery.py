"""Going on without the history: a checkout rebuilt from what the records know."""

from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import OPERATIONS, Effect, EffectStatus
from tillsaga.domain.messages import PaymentReport
from tillsaga.domain.news import old_news_of
from tillsaga.domain.ports import CallState, EffectRecord, Facts, outcome_of
from tillsaga.domain.view import StartCheckout

_STATUS: dict[str, EffectStatus] = {
    "applied": "applied",
    "refused": "refused",
    "reversed": "reversed",
    "manual": "manual",
}
_MAY_STAND = (CallState.CALLING, CallState.IN_DOUBT, CallState.APPLIED, CallState.MANUAL)
_LEAVING = (CallState.CALLING, CallState.IN_DOUBT)
"""An undo that may have reached the vendor: what it takes back is not to be counted on."""


def fresh(start: StartCheckout) -> Checkout:
    """Begin an empty checkout."""
    return Checkout(
        id=start.checkout_id,
        previous_id=start.previous_id,
        terms=start.terms,
        terminal_id=start.terminal_id,
        cashier_id=start.cashier_id,
        receipt_number=start.receipt_number,
        payment_flow=start.terms.payment_flow,
        created_at=start.created_at,
        updated_at=start.created_at,
        active_at=start.created_at,
    )


def restored(start: StartCheckout, facts: Facts) -> Checkout:
    """Rebuild a checkout from its saved state, if there is one, and its effect records.

    Records win over the saved state, which may be older; so tills have seen later versions.
    """
    checkout = fresh(start)
    if facts.state is not None:
        known = {k: v for k, v in facts.state.items() if k in Checkout.model_fields}
        checkout = Checkout.model_validate(known)
        if "announced" not in known:
            checkout.announced = old_news_of(checkout)
    checkout.version = max(checkout.version, facts.version)
    for record in facts.effects:
        _adopt(checkout, record)
    if checkout.status in ("open", "ready"):
        _notice_what_went_back(checkout)
    return checkout


def overlooked(checkout: Checkout, facts: Facts) -> list[Effect]:
    """Take in what the records know and the checkout does not, and answer what of it may stand."""
    known = {effect.id for effect in checkout.effects}
    for record in facts.effects:
        if _find(checkout, record) is None:
            _adopt(checkout, record)
    return [e for e in checkout.effects if e.id not in known and e.may_stand]


def spent_for_good(facts: Facts) -> bool:
    """Whether a sealed step that cannot be undone may stand: then nothing is built anew."""
    return any(
        OPERATIONS[record.order.operation].rank
        and OPERATIONS[record.order.operation].reversibility == "irreversible"
        and may_stand(record)
        for record in facts.effects
    )


def may_stand(record: EffectRecord) -> bool:
    """Whether the vendor's books may show it."""
    return record.do.state in _MAY_STAND


def _notice_what_went_back(checkout: Checkout) -> None:
    """A run that died while it gave everything back: its state is older than its effects."""
    for tender in checkout.tenders:
        operation = "reserve" if tender.planned else tender.operation
        effect = checkout.effect(operation, tender.provider, tender.subject)
        if tender.pays and effect is not None and _went_back(effect):
            tender.status = "reversed"
            checkout.status = "cancelling"
    for offer in checkout.counting_offers():
        step = offer.holding[0]
        effect = checkout.effect(step.operation, offer.provider, step.subject)
        if effect is not None and _went_back(effect):
            offer.status = "released"
            checkout.status = "cancelling"


def _went_back(effect: Effect) -> bool:
    return effect.status == "reversed" or not effect.wanted


def _adopt(checkout: Checkout, record: EffectRecord) -> None:
    order = record.order
    effect = _find(checkout, record) or Effect(
        operation=order.operation,
        provider=order.provider,
        kind=order.kind,
        subject=order.subject,
        generation=order.generation,
        amount=order.amount,
        request=order.request,
    )
    if effect not in checkout.effects:
        checkout.effects.append(effect)
    outcome = outcome_of(record)
    effect.attempts = record.do.attempts
    if effect.status == "irreversible":
        return  # its vendor's yes stands, and so does the case that was opened for it
    if outcome is None:
        effect.status = "in_doubt"
    else:
        if (effect.status, outcome.status) != ("irreversible", "applied"):
            effect.status = _STATUS[outcome.status]
        effect.outcome = outcome
        effect.reversed_by = outcome.reversed_by
    if record.undo is not None and record.undo.state in _LEAVING:
        effect.wanted = False


def _find(checkout: Checkout, record: EffectRecord) -> Effect | None:
    order = record.order
    for effect in checkout.effects:
        key = (effect.operation, effect.provider, effect.subject, effect.generation)
        if key == (order.operation, order.provider, order.subject, order.generation):
            return effect
    return None


def unheard(checkout: Checkout, facts: Facts) -> list[PaymentReport]:
    """The recorded payments that the checkout has not heard of, oldest first."""
    new: list[PaymentReport] = []
    for fact in facts.payments:
        if fact.verdict in ("refused", "unmatched", "corrected"):
            continue
        if _is_where_it_stands(checkout, fact.report):
            # What was said of this payment before is older than what the checkout knows.
            new = [report for report in new if report.reference != fact.report.reference]
        else:
            new.append(fact.report)
    return new


def _is_where_it_stands(checkout: Checkout, report: PaymentReport) -> bool:
    known = checkout.payment(report.reference)
    if known is None:
        return False
    return known.status in ("captured", "unmatched", report.status)
