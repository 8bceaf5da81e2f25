"""Offers lost after the payment: the customer has paid the lower price, so the sale stands."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import BY_HAND, Checkout
    from tillsaga.domain.effects import Effect, Outcome
    from tillsaga.domain.offers import Offer, Refusing

REVIEW = ("offer_lost_after_payment", None)
OUTCOMES = {"charge_store": ("offer_charged_to_store", BY_HAND), "review": REVIEW}
"""What the store's policy `late_offers` puts before a person; `honour` asks nobody."""


def why(outcome: Outcome) -> Refusing:
    """Say in the till's words why an offer's effect did not happen."""
    return Refusing(code=outcome.code or "offer_lost", detail=outcome.detail or "")


def bear(checkout: Checkout, offer: Offer, refusal: Refusing) -> None:
    """Count an offer that no vendor takes any more: the store bears its discount."""
    offer.status, offer.honoured, offer.refusal = "lost", True, refusal
    offer.sequence = offer.sequence or checkout.next_sequence()
    checkout.reprice()


def lose(
    checkout: Checkout,
    offer: Offer,
    refusal: Refusing,
    words: str,
    effect: Effect | None = None,
) -> None:
    """Let the store bear an offer, and tell a person as the store wants it.

    Only closed bills follow `late_offers`: in a dialogue a loss is an exception worth a look.
    """
    bear(checkout, offer, refusal)
    policy = checkout.terms.late_offers if checkout.closed is not None else "review"
    if policy in OUTCOMES:
        code, actions = OUTCOMES[policy]
        amount = offer.saving_amount
        now = workflow.now()
        checkout.open_attention(code, words, now, effect=effect, amount=amount, actions=actions)
