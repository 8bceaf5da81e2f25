"""What a till sees of a checkout: the fixed fields of the contract, codes masked."""

from tillsaga.domain.basket import Line
from tillsaga.domain.checkout import Checkout, Terms
from tillsaga.domain.effects import Effect
from tillsaga.domain.given_back import balance_after, is_given_back
from tillsaga.domain.model import Instant, Json, Model
from tillsaga.domain.offers import Offer, Tender
from tillsaga.domain.refunds import Refund
from tillsaga.domain.settling import as_allowed
from tillsaga.domain.tokens import masked
from tillsaga.errors import Refusal


class StartCheckout(Model):
    """What the workflow `Checkout` starts with. `resumed`: go on from the records."""

    checkout_id: str
    previous_id: str | None = None
    terms: Terms
    terminal_id: str
    cashier_id: str | None = None
    receipt_number: str | None = None
    created_at: Instant
    resumed: bool = False


class RefusalBody(Model):
    """A refusal as it travels from the workflow to the door."""

    code: str
    detail: str
    errors: tuple[dict[str, str], ...] = ()
    current_status: str | None = None
    allowed_actions: tuple[str, ...] = ()


class Reply(Model):
    """The workflow's answer to one till message: an HTTP status and the checkout, or a refusal.

    `answer` is what a vendor's message is answered with.
    """

    status: int = 200
    checkout: Json
    refusal: RefusalBody | None = None
    answer: Json | None = None
    """What was asked for, where that is not the checkout itself."""


def refusal_body(refusal: Refusal, checkout: Checkout) -> RefusalBody:
    """Say no, and what is allowed now."""
    return RefusalBody(
        code=refusal.code,
        detail=refusal.detail,
        errors=tuple(refusal.errors),
        current_status=checkout.status,
        allowed_actions=tuple(refusal.allowed_actions or checkout.allowed_actions),
    )


def view(checkout: Checkout) -> Json:
    """Write the checkout as the contract's JSON. `links` are added at the door."""
    return {
        "id": checkout.id,
        "previous_id": checkout.previous_id,
        "status": checkout.status,
        "version": checkout.version,
        "instruction": checkout.instruction,
        "store_id": checkout.terms.store_id,
        "terminal_id": checkout.terminal_id,
        "cashier_id": checkout.cashier_id,
        "receipt_number": checkout.receipt_number,
        "currency": checkout.currency,
        "basket": _basket(checkout),
        "members": [m.model_dump(mode="json", exclude={"data"}) for m in checkout.members.values()],
        "offers": [_offer(checkout, offer) for offer in checkout.offers],
        "tenders": [_tender(checkout, tender) for tender in checkout.tenders],
        "totals": checkout.totals().model_dump(),
        "payments": [p.model_dump(mode="json", exclude=_OURS) for p in checkout.payments],
        "effects": [_effect(effect) for effect in checkout.effects],
        "earned": [e.model_dump() for e in checkout.earned],
        "degraded": [d.model_dump() for d in checkout.degraded],
        "attention": [as_allowed(checkout, a).model_dump(mode="json") for a in checkout.attention],
        "give_back": [g.model_dump(exclude_none=True) for g in checkout.money_back],
        "created_at": _instant(checkout.created_at),
        "updated_at": _instant(checkout.updated_at),
        "expires_at": _instant(checkout.expires_at),
    }


def clock(checkout: Checkout) -> Json:
    """Write what moves with every visible change, whatever has changed."""
    return {"version": checkout.version, "updated_at": _instant(checkout.updated_at)}


_OURS = {"final", "sold_late", "former_references"}
"""What no till is shown of a payment."""


def _basket(checkout: Checkout) -> Json | None:
    basket = checkout.basket
    if basket is None:
        return None
    saved: dict[str, int] = {}
    for _, savings in checkout.offer_savings():
        for line_id, amount in savings.items():
            saved[line_id] = saved.get(line_id, 0) + amount
    answer: Json = {
        "id": basket.id,
        "currency": basket.currency,
        "lines": [_line(line, saved.get(line.line_id, 0)) for line in basket.lines],
        "charges": [c.model_dump(mode="json", exclude_none=True) for c in basket.charges],
    }
    if basket.external_vouchers:
        answer["external_vouchers"] = [
            v.model_dump(mode="json", exclude_none=True) for v in basket.external_vouchers
        ]
    return answer


def _line(line: Line, saved: int) -> Json:
    answer: Json = line.model_dump(mode="json", exclude_defaults=True, exclude={"recipient"})
    answer |= {"type": line.type, "quantity": f"{line.quantity:f}"}
    if line.reference:
        answer["reference"] = masked(line.reference)
    answer["discount_amount"] = saved
    answer["total_amount"] = line.amount - saved
    return answer


_OFFER_FIELDS = {
    "id",
    "provider",
    "kind",
    "title",
    "cost_points",
    "missing_points",
    "min_spend_amount",
    "image_url",
    "expires_at",
    "saving_amount",
    "status",
    "hold_expires_at",
    "refusal",
}


def _offer(checkout: Checkout, offer: Offer) -> Json:
    answer: Json = offer.model_dump(mode="json", include=_OFFER_FIELDS)
    spent = offer.commit or offer.hold
    effect = checkout.effect(spent.operation, offer.provider, spent.subject) if spent else None
    if offer.status == "redeemed" and _was_refunded(checkout, effect):
        answer["status"] = "reversed"
    answer["code"] = masked(offer.code)
    answer["discount"] = (
        offer.discount.model_dump(mode="json", exclude_defaults=True) if offer.discount else None
    )
    return answer


def _was_refunded(checkout: Checkout, effect: Effect | None) -> bool:
    """What a failed sale left spent stands, although its transaction was returned."""
    return bool(checkout.refunds) and effect is not None and effect.status == "reversed"


def _tender(checkout: Checkout, tender: Tender) -> Json:
    answer: Json = tender.model_dump(
        mode="json",
        include={"id", "type", "provider", "amount", "points", "status", "balance_after_amount"},
    )
    answer["reference"] = tender.masked
    answer["balance_after_amount"] = balance_after(checkout, tender)
    if tender.status == "charged" and is_given_back(checkout, tender):
        answer["status"] = "reversed"
    return answer


def _effect(effect: Effect) -> Json:
    done = effect.outcome.done if effect.outcome else None
    return {
        "id": effect.id,
        "operation": effect.operation,
        "provider": effect.provider,
        "status": effect.status,
        "reversibility": effect.nature.reversibility,
        "amount": effect.amount,
        "reference": done.reference if done else None,
        "attempts": effect.attempts,
        "reversed_by": effect.reversed_by,
    }


def refund_view(checkout: Checkout, refund: Refund) -> Json:
    """Write a refund as the contract's JSON."""
    left = [r for r in refund.reversals if r.needs_a_person or r.status in ("manual", "goodwill")]
    alone = checkout.returned is not None
    cases = [a for a in checkout.attention if alone or any(r.concerns(a.effect_id) for r in left)]
    shown = {"provider", "operation", "status", "amount", "points"}
    return {
        "refund_id": refund.refund_id,
        "checkout_id": checkout.id,
        "status": refund.status,
        "reason": refund.reason,
        "approved_by": checkout.returned.approved_by if checkout.returned else None,
        "currency": checkout.currency,
        "lines": [line.model_dump(mode="json", exclude_defaults=True) for line in refund.lines],
        "amount": refund.amount,
        "reversals": [reversal.model_dump(include=shown) for reversal in refund.reversals],
        "give_back": [
            share.model_dump(include={"payment_id", "type", "amount"}, exclude_none=True)
            for share in refund.shares
            if share.tender_id is None
        ],
        "attention": [as_allowed(checkout, a).model_dump(mode="json") for a in cases],
        "created_at": _instant(refund.created_at),
    }


def _instant(at: Instant | None) -> str | None:
    if at is None:
        return None
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
