"""Payments that were reported wrong: the right facts, and what a person must look at then."""

from datetime import datetime

from tillsaga.domain.checkout import BY_HAND, Checkout, Payment
from tillsaga.domain.messages import PaymentReport
from tillsaga.errors import Refusal

_OF_CORRECTIONS = ("payment_corrected", "refund_exceeds_payment")


def require_own_reference(checkout: Checkout, payment: Payment, reference: str) -> None:
    """Refuse a reference that stands for another payment.

    Raises:
        Refusal: `payment_mismatch`.
    """
    known = checkout.payment(reference)
    if known is not None and known is not payment:
        raise Refusal("payment_mismatch", f"the reference stands for payment {known.id}")


def replace_facts(checkout: Checkout, payment: Payment, report: PaymentReport) -> None:
    """Write the right facts; the wrong reference keeps standing for this payment."""
    if report.reference != payment.reference:
        payment.former_references.append(payment.reference)
        payment.reference = report.reference
    checkout.record_payment(report)


def facts_of(payment: Payment) -> PaymentReport:
    """Write what is known of a payment as the till would report it."""
    fields = ("type", "amount", "reference", "tip_amount", "rounding_amount", "final")
    status = "captured" if payment.status == "unmatched" else payment.status
    said = {name: getattr(payment, name) for name in fields}
    return PaymentReport.model_validate({"status": status, **said})


def forget_unmatched(checkout: Checkout, payment: Payment) -> None:
    """Close the case of a captured payment that did not fit: its right facts are known."""
    mine = f"payment {payment.id}:"
    checkout.attention = [
        a
        for a in checkout.attention
        if a.code != "payment_unmatched" or not a.detail.startswith(mine)
    ]


def review_sale(checkout: Checkout, why: str, now: datetime) -> None:
    """Open a case where a sale that stands is not paid as it was sold; close what is settled."""
    checkout.attention = [a for a in checkout.attention if a.code not in _OF_CORRECTIONS]
    paid, payable = checkout.totals().paid_amount, checkout.payable_amount
    if paid != payable:
        words = f"{paid} of {payable} is paid: {why}"
        checkout.open_attention("payment_corrected", words, now, amount=abs(payable - paid))
    excess = sum(over_refunded(checkout).values())
    if excess:
        words = f"{excess} more was given back than these payments brought in: {why}"
        code = "refund_exceeds_payment"
        checkout.open_attention(code, words, now, amount=excess, actions=BY_HAND)


def over_refunded(checkout: Checkout) -> dict[str, int]:
    """Say of which payments more was given back than they turned out to be, by id."""
    given: dict[str, int] = {}
    for share in (share for refund in checkout.refunds for share in refund.shares):
        if share.payment_id is not None:
            given[share.payment_id] = given.get(share.payment_id, 0) + share.amount
    paid = {p.id: p.amount for p in checkout.payments if p.status == "captured"}
    excess = {name: amount - paid.get(name, 0) for name, amount in given.items()}
    return {name: amount for name, amount in excess.items() if amount > 0}
