"""Baskets, offers and checkouts, written the short way."""

import json
from datetime import UTC, datetime

from tillsaga.domain.basket import Basket, Line
from tillsaga.domain.checkout import Checkout, Payment, ProviderTerms, Status, Terms
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import Done, Effect, EffectStatus, Outcome, Step
from tillsaga.domain.messages import PaymentReport, PaymentStatus
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer, Tender
from tillsaga.domain.view import StartCheckout

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BASKET_ID = "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01"
LINE: Json = {"line_id": "1", "sku": "A", "title": "A", "quantity": "1", "unit_amount": 1_00}
BASKET: Json = {"id": BASKET_ID, "currency": "EUR", "lines": [LINE]}
TERMS = Terms(
    store_id="ams-1",
    currency="EUR",
    providers=(ProviderTerms(name="leat", kind="leat"), ProviderTerms(name="wll", kind="wll")),
)
START = StartCheckout(checkout_id="chk_1", terms=TERMS, terminal_id="till-2", created_at=NOON)


def sent(**changes: object) -> Line:
    return Line.model_validate_json(json.dumps({**LINE, **changes}))


def sent_basket(**changes: object) -> Basket:
    return Basket.model_validate_json(json.dumps({**BASKET, **changes}))


def line(line_id: str = "1", unit_amount: int = 3_50, quantity: str = "1", **more: object) -> Line:
    said = {"line_id": line_id, "sku": f"SKU-{line_id}", "title": f"Line {line_id}"}
    amounts = {"unit_amount": unit_amount, "quantity": quantity}
    return Line.model_validate({**said, **amounts, **more})


def card_line(line_id: str = "gc", amount: int = 25_00, **more: object) -> Line:
    return line(line_id, amount, "1", type="giftcard_sale", sku=None, **more)


def basket(*lines: Line, **more: object) -> Basket:
    sold = lines or (line(),)
    return Basket.model_validate({"id": BASKET_ID, "currency": "EUR", "lines": sold, **more})


def checkout(*lines: Line, status: Status = "open", **more: object) -> Checkout:
    return checkout_of(basket(*lines), status=status, **more)


def checkout_of(sold: Basket, status: Status = "open", **more: object) -> Checkout:
    terms = TERMS.model_copy(update={"currency": sold.currency})
    said = {"id": "chk_1", "terms": terms, "status": status, "terminal_id": "till-2"}
    times = {"created_at": NOON, "updated_at": NOON, "active_at": NOON}
    return Checkout.model_validate({**said, "basket": sold, **times, **more})


def owing(amount: int, status: Status = "ready") -> Checkout:
    """A checkout with this much to pay."""
    sold = checkout(line(unit_amount=max(amount, 1)), status=status)
    if amount == 0:
        sold.offers.append(offer(Discount(type="absolute", amount=1)))
    return sold


def offer(discount: Discount | None = None, number: int = 1, **more: object) -> Offer:
    subject = f"v-{number}"
    said = {
        "id": f"leat:voucher:{subject}",
        "provider": "leat",
        "kind": "voucher",
        "title": f"Voucher {number}",
        "subject": subject,
        "discount": discount or Discount(type="absolute", amount=1_00),
        "hold": Step(operation="lock_voucher", subject=subject),
        "commit": Step(operation="redeem_voucher", subject=subject),
        "status": "held",
        "sequence": number,
    }
    return Offer.model_validate({**said, **more})


def tender(amount: int = 2_00, number: int = 1, **more: object) -> Tender:
    said = {
        "id": f"tnd_{number}",
        "type": "giftcard",
        "provider": "leat",
        "subject": f"gc-{number}",
        "masked": "****3ABC",
        "amount": amount,
        "status": "charged",
        "operation": "charge_giftcard",
        "sequence": number,
    }
    return Tender.model_validate({**said, **more})


def effect(
    operation: str = "charge_giftcard",
    subject: str = "gc-1",
    status: EffectStatus = "applied",
    *,
    generation: int = 1,
    amount: int | None = None,
    done: Done | None = None,
) -> Effect:
    answered = Outcome(status="applied", done=done or Done(reference="r-1", transaction_id="t-1"))
    return Effect(
        operation=operation,
        provider="leat",
        kind="leat",
        subject=subject,
        generation=generation,
        status=status,
        amount=amount,
        outcome=None if status == "pending" else answered,
    )


def report(
    status: PaymentStatus = "captured",
    amount: int = 5_00,
    reference: str = "card-1",
    *,
    final: bool | None = None,
    **more: object,
) -> PaymentReport:
    said = {"status": status, "amount": amount, "reference": reference, "final": final}
    return PaymentReport.model_validate({"type": "card", **said, **more})


def payment(
    status: str = "captured", amount: int = 5_00, reference: str = "card-1", *, final: bool = True
) -> Payment:
    said = {"id": f"pay_{reference}", "status": status, "amount": amount, "reference": reference}
    return Payment.model_validate({**said, "type": "card", "final": final})


def rich_checkout() -> Checkout:
    """One of everything, as after a paid sale."""
    sold = checkout(
        line("1", 3_50, "2", categories=["drinks"], modifiers=[line("m", 50)]),
        line("2", 9_99, "0.350"),
        card_line(reference="CARD-SECRET-1"),
        line("t", 10_00, type="prepaid_topup", sku=None, reference="anna@example.com"),
        status="completed",
        offers=[offer(code="VOUCHER-SECRET", hold_expires_at=NOON), offer(number=2, status="lost")],
        tenders=[tender()],
        payments=[payment(amount=40_00)],
        effects=[effect(amount=2_00), effect("lock_voucher", "v-1")],
        members={"leat": {"provider": "leat", "member_id": "c-7f1", "data": {"email": "b@c.nl"}}},
        earned=[{"provider": "leat", "points": 12, "balance_after": 132}],
        degraded=[{"provider": "wll", "reason": "vendor_unavailable"}],
        give_back=[{"payment_id": "pay_1", "type": "card", "amount": 1}],
        receipt_number="R-1",
        paid_at=NOON,
    )
    sold.open_attention("delivery_failed", "not loaded", NOON, effect=sold.effects[0])
    return sold


def as_json(checkout_: Checkout) -> Json:
    return checkout_.model_dump(mode="json")
