"""A refund's receipt: what came back, what goes to whom, and what is still open."""

from collections.abc import Iterator, Sequence

from tillsaga.domain.attention import Attention
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.domain.ports import EffectRecord
from tillsaga.domain.refunds import Refund, Reversal, Share
from tillsaga.domain.view import refund_view

PLAIN = {
    "goodwill": "What was spent for this sale cannot be given back by itself: we will make it good",
    "points_spent": "The points of these goods are spent already: we will look at them",
    "points_not_taken_back": "The points of these goods are settled later",
    "member_not_found": "The customer was not found: no points were changed",
    "vendor_mismatch": "The points do not add up yet: we will look at them",
}
PLAINLY_OPEN = "A part of this refund is still open: we will settle it"


def refund_receipt(checkout: Checkout, refund: Refund, records: Sequence[EffectRecord]) -> Json:
    """Write the receipt's facts, from the records alone.

    Balances and references are those that the vendors told; what they did not tell is None.
    """
    seen = refund_view(checkout, refund)
    answers = [(r, _answer(r, records)) for r in refund.reversals]
    points = [_points(reversal, done) for reversal, done in answers if reversal.points]
    told = [_reference(reversal, done) for reversal, done in answers if done and done.reference]
    tenders = [_tender(checkout, each, answers) for each in refund.shares if each.tender_id]
    given = [_given(checkout, each) for each in refund.shares if not each.tender_id]
    same = ("refund_id", "checkout_id", "status", "reason", "approved_by", "currency", "amount")
    return {
        **{name: seen[name] for name in same},
        "store_id": checkout.terms.store_id,
        "terminal_id": checkout.terminal_id,
        "cashier_id": checkout.cashier_id,
        "receipt_number": checkout.receipt_number,
        "lines": list(_lines(checkout, refund)),
        "tenders": [*tenders],
        "give_back": [*given],
        "points": [*points],
        "references": [*told],
        "open_cases": [*_cases(checkout, seen)],
        "issued_at": seen["created_at"],
    }


_Answers = Sequence[tuple[Reversal, Done | None]]


def _answer(reversal: Reversal, records: Sequence[EffectRecord]) -> Done | None:
    """Find what the vendor said to it: to the undo of an effect, or to the part given back."""
    of_it = [record for record in records if reversal.concerns(_id(record))]
    whole = [record for record in of_it if _id(record) == reversal.effect_id]
    if reversal.way == "undo":
        return next((record.undo.done for record in whole if record.undo), None)
    parts = [record for record in of_it if record not in whole] or whole
    # A part that was refused and asked for again has several generations.
    return parts[-1].do.done if reversal.way == "give_back_part" and parts else None


def _id(record: EffectRecord) -> str:
    order = record.order
    return f"{order.operation}:{order.provider}:{order.subject}#{order.generation}"


def _lines(checkout: Checkout, refund: Refund) -> Iterator[Json]:
    titles = {
        line.line_id: line.title for line in (checkout.basket.lines if checkout.basket else ())
    }
    for line in refund.lines:
        yield {"title": titles.get(line.line_id, line.line_id), **line.model_dump(mode="json")}


def _tender(checkout: Checkout, share: Share, answers: _Answers) -> Json:
    tender = checkout.tender(share.tender_id or "")
    effect = checkout.tender_effect(tender) if tender else None
    mine = [(r, done) for r, done in answers if effect is not None and r.effect_id == effect.id]
    reversal, done = mine[0] if mine else (None, None)
    return {
        "type": share.type,
        "provider": tender.provider if tender else None,
        "reference": tender.masked if tender else None,
        "amount": share.amount,
        "status": reversal.status if reversal else "planned",
        "balance_after_amount": done.balance_after_amount if done else None,
    }


def _points(reversal: Reversal, done: Done | None) -> Json:
    return {
        "provider": reversal.provider,
        "points": reversal.points,
        "balance_after": done.points_after if done else None,
        "status": reversal.status,
    }


def _reference(reversal: Reversal, done: Done) -> Json:
    named = {"operation": reversal.operation, "provider": reversal.provider}
    return {**named, "reference": done.reference}


def _given(checkout: Checkout, share: Share) -> Json:
    paid = next((p for p in checkout.payments if p.id == share.payment_id), None)
    return {
        "payment_id": share.payment_id,
        "type": share.type,
        "amount": share.amount,
        "reference": paid.reference if paid else None,
    }


def _cases(checkout: Checkout, seen: Json) -> list[Json]:
    shown = seen["attention"]
    ids = (
        {each["id"] for each in shown if isinstance(each, dict)} if isinstance(shown, list) else ()
    )
    return [_case(case) for case in checkout.attention if case.id in ids]


def _case(case: Attention) -> Json:
    return {"code": case.code, "words": PLAIN.get(case.code, PLAINLY_OPEN), "amount": case.amount}
