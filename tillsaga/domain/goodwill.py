"""What was spent for good although the sale failed: a person makes it good, item by item."""

from datetime import datetime

from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Effect

Item = tuple[str, int | None]
"""What the customer spent, in words, and its worth in minor units."""


def spent_by(checkout: Checkout, effect: Effect) -> list[Item]:
    """List what an irreversible effect spent: one offer, or all of a vendor's own sale."""
    of_vendor = [offer for offer in checkout.offers if offer.provider == effect.provider]
    step = (effect.operation, effect.subject)
    own = [o for o in of_vendor if o.commit and (o.commit.operation, o.commit.subject) == step]
    if own:
        return [(offer.title, offer.saving_amount or None) for offer in own]
    sold = [offer for offer in of_vendor if offer.sealed_by_sale and offer.counts]
    tenders = [
        (f"{tender.type} {tender.masked or ''}".strip(), tender.amount)
        for tender in checkout.tenders
        if tender.provider == effect.provider and tender.planned and tender.pays
    ]
    return [*tenders, *((offer.title, offer.saving_amount or None) for offer in sold)]


def open_goodwill(checkout: Checkout, effect: Effect, now: datetime, items: list[Item]) -> None:
    """Open one case per item, or one for a step that spent nothing."""
    effect.status = "irreversible"
    words = f"{effect.nature.title} at {effect.provider} cannot be undone"
    for what, amount in items or [("", effect.amount)]:
        detail = f"{words}: {what}" if what else words
        checkout.open_attention("goodwill", detail, now, effect=effect, amount=amount, again=True)


def not_restored(effect: Effect) -> set[str]:
    """Name what a vendor's return of its sale transaction left spent: offers and subjects."""
    return left_spent(effect) if effect.status == "reversed" else set()


def left_spent(effect: Effect) -> set[str]:
    """Name what a return, whole or in part, did not bring back."""
    concerns = effect.outcome.concerns if effect.outcome else ()
    return {each.subject for each in concerns if each.code == "goodwill" and each.subject}


def serve_after_all(checkout: Checkout) -> None:
    """The customer has paid all the same: what stayed spent counts, and nobody makes it good.

    A transaction that was returned is made again, but without what it has spent already.
    """
    for effect in checkout.effects:
        left = not_restored(effect)
        offers = [o for o in checkout.offers if o.id in left and o.status == "redeemed"]
        tenders = [t for t in checkout.tenders if t.subject in left and t.status == "charged"]
        for offer in offers:
            offer.honoured = True
        for tender in tenders:
            tender.honoured = True
        if effect.status == "irreversible":
            effect.status, effect.wanted = "applied", True
        elif not offers and not tenders:
            continue
        case = ("goodwill", effect.id)
        checkout.attention = [a for a in checkout.attention if (a.code, a.effect_id) != case]
