"""The receipt's facts, for the till to print or show."""

from tillsaga.domain.checkout import Checkout
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer
from tillsaga.domain.view import view


def receipt(checkout: Checkout) -> Json:
    """Write what the customer gets: lines, savings, tenders, points, balances, references.

    Before the payment it is the bill; `slip` then says by what the vendor's app finds it.
    """
    seen = view(checkout)
    basket = checkout.basket
    lines = seen["basket"]["lines"] if isinstance(seen["basket"], dict) else []
    assert isinstance(lines, list), "the view's lines are a list"
    return {
        "checkout_id": checkout.id,
        "store_id": checkout.terms.store_id,
        "terminal_id": checkout.terminal_id,
        "cashier_id": checkout.cashier_id,
        "receipt_number": checkout.receipt_number,
        "currency": checkout.currency,
        "status": checkout.status,
        "lines": [_line(line) for line in lines if isinstance(line, dict)],
        "charges": [c.model_dump(mode="json") for c in basket.charges] if basket else [],
        "savings": [
            _saving(offer, sum(saved.values()))
            for offer, saved in checkout.offer_savings()
            if saved
        ],
        "totals": seen["totals"],
        "tenders": [
            {
                "type": t.type,
                "provider": t.provider,
                "reference": t.masked,
                "amount": t.amount,
                "status": t.status,
                "balance_after_amount": t.balance_after_amount,
            }
            for t in checkout.tenders
            if t.status in ("charged", "reversed")
        ],
        "payments": [
            p.model_dump(mode="json", exclude={"id", "final"})
            for p in checkout.payments
            if p.status == "captured"
        ],
        "earned": seen["earned"],
        "members": seen["members"],
        "references": [
            {
                "operation": e.operation,
                "provider": e.provider,
                "reference": e.done.reference,
            }
            for e in checkout.effects
            if e.done and e.operation not in ("reserve", "lock_voucher")
        ],
        "sold_cards": [_card(checkout, line_id) for line_id in _cards_to_hand_over(checkout)],
        # Whoever has the points already needs no link to them.
        "claim_link": None if checkout.members else checkout.claim_link,
        "slip": checkout.slip if checkout.status in ("open", "ready") else None,
        "give_back": seen["give_back"],
        "issued_at": seen["updated_at"],
    }


def _saving(offer: Offer, amount: int) -> Json:
    shown: Json = {"source": offer.provider, "title": offer.title, "amount": amount}
    return shown | ({"reference": offer.reference} if offer.reference else {})


def _cards_to_hand_over(checkout: Checkout) -> list[str]:
    """Lines that sold a digital card which no e-mail carries."""
    lines = checkout.basket.lines if checkout.basket else ()
    digital = [line for line in lines if line.type == "giftcard_sale" and not line.reference]
    sold = [line.line_id for line in digital if line.line_id in checkout.sales]
    return [line_id for line_id in sold if not checkout.sales[line_id].later]


def _card(checkout: Checkout, line_id: str) -> Json:
    """Name the vendor's card; its code is read when the receipt is, and kept nowhere."""
    provider = checkout.sale_providers.get(line_id, "")
    effect = checkout.effect("create_giftcard", provider, line_id)
    reference = effect.done.reference if effect and effect.done else None
    return {"line_id": line_id, "provider": provider, "reference": reference, "code": None}


_LINE_FIELDS = ("title", "quantity", "unit_amount", "discount_amount", "total_amount")


def _line(line: Json) -> Json:
    shown: Json = {name: line[name] for name in _LINE_FIELDS}
    total, discount = line["total_amount"], line["discount_amount"]
    assert isinstance(total, int), "amounts are integers"
    assert isinstance(discount, int), "amounts are integers"
    shown["amount"] = total + discount
    return shown
