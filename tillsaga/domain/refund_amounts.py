"""What a refund gives back: lines, money and whose money, to the cent.

Each figure is worked out from what is back altogether, less what was given back before, so that
any series of partial refunds adds up to the full one.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from tillsaga.domain.checkout import EXCHANGE, Checkout
from tillsaga.domain.model import Instant, Model
from tillsaga.domain.money import round_half_up, spread
from tillsaga.domain.refunds import ChosenShare, Refund, RefundedLine, RefundRequest, Share
from tillsaga.domain.spent_value import less_what_is_spent
from tillsaga.errors import Refusal

NOTHING_SPENT: Mapping[str, tuple[int, int]] = {}


class Left(Model):
    """What of a sale has not been refunded yet."""

    quantities: dict[str, Decimal]
    """By line id."""
    amount: int
    shares: tuple[Share, ...]
    """By tender or payment, in the order in which they paid."""


def left_of(checkout: Checkout, refunds: Sequence[Refund]) -> Left:
    """Say what of a completed sale may still be refunded."""
    back = quantities_back(refunds)
    quantities = {
        line_id: sold - back.get(line_id, Decimal(0)) for line_id, sold in _sold(checkout).items()
    }
    given: dict[str, int] = {}
    for share in (share for refund in refunds for share in refund.shares):
        given[share.source] = given.get(share.source, 0) + share.amount
    shares = [
        share.model_copy(update={"amount": share.amount - given.get(share.source, 0)})
        for share in paid_by(checkout)
    ]
    standing = tuple(share for share in shares if share.amount > 0)
    return Left(
        quantities=quantities,
        amount=sum(share.amount for share in standing),
        shares=standing,
    )


def paid_by(checkout: Checkout) -> list[Share]:
    """List who paid what, in the order in which it was paid.

    Goods that were taken back on the same bill come first, then vendors' stored value.
    """
    tenders = sorted(checkout.tenders, key=lambda tender: tender.sequence)
    return [
        *_exchanged(checkout),
        *(
            Share(tender_id=tender.id, type=tender.type, amount=tender.amount)
            for tender in tenders
            if tender.status == "charged"
        ),
        *(
            Share(payment_id=payment.id, type=payment.type, amount=payment.amount)
            for payment in checkout.payments
            if payment.status == "captured" and payment.amount
        ),
    ]


def _exchanged(checkout: Checkout) -> list[Share]:
    """What goods taken back have paid; nobody keeps it, so the till gives it back itself."""
    returned = checkout.basket.returned_amount if checkout.basket else 0
    paid = returned - max(0, -checkout.totals().owed_amount)
    return [Share(type=EXCHANGE, amount=paid)] if paid > 0 else []


def refund_of(
    checkout: Checkout,
    refunds: Sequence[Refund],
    request: RefundRequest,
    at: Instant,
    spent: Mapping[str, tuple[int, int]] = NOTHING_SPENT,
) -> Refund:
    """Work out a refund, changing nothing.

    Args:
        checkout: A completed sale.
        refunds: The refunds before.
        request: What the till asks for.
        at: Now.
        spent: What is missing of the value that returned lines loaded; see `less_what_is_spent`.

    Raises:
        Refusal: `state_conflict` unless the sale is completed, `line_not_found`,
            `line_not_divisible`, `sold_value_spent`, or `refund_exceeds_sale`.
    """
    left = left_of(checkout, refunds)
    lines = less_what_is_spent(
        returned_lines(checkout, refunds, request),
        spent,
        checkout.terms.spent_value_on_refund,
    )
    amount = min(_amount(checkout, refunds, lines), left.amount)
    if amount <= 0 and any(line.withheld_amount for line in lines):
        raise Refusal("sold_value_spent", "all that was loaded has been spent")
    return Refund(
        refund_id=request.refund_id,
        reason=request.reason,
        lines=tuple(lines),
        amount=amount,
        shares=tuple(_shares(request, left, amount)),
        created_at=at,
    )


# --- lines ----------------------------------------------------------------------------------------


def returned_lines(
    checkout: Checkout, refunds: Sequence[Refund], request: RefundRequest
) -> list[RefundedLine]:
    """Say what comes back and what was paid for it; see `refund_of` for the refusals."""
    if checkout.status != "completed":
        raise Refusal("state_conflict", f"nothing is sold yet: the checkout is {checkout.status}")
    return _lines(checkout, refunds, request, left_of(checkout, refunds))


def _sold(checkout: Checkout) -> dict[str, Decimal]:
    lines = checkout.basket.lines if checkout.basket else ()
    return {line.line_id: line.quantity for line in lines if line.quantity > 0}


def quantities_back(refunds: Iterable[Refund]) -> dict[str, Decimal]:
    """Add up what has come back, by line id."""
    back: dict[str, Decimal] = {}
    for line in (line for refund in refunds for line in refund.lines):
        back[line.line_id] = back.get(line.line_id, Decimal(0)) + line.quantity
    return back


def _lines(
    checkout: Checkout, refunds: Sequence[Refund], request: RefundRequest, left: Left
) -> list[RefundedLine]:
    wanted = _wanted(checkout, request, left)
    back = quantities_back(refunds)
    paid = _paid_per_line(checkout)
    sold = _sold(checkout)

    def paid_for(line_id: str, quantity: Decimal) -> int:
        return round_half_up(Decimal(paid[line_id]) * quantity / sold[line_id])

    return [
        RefundedLine(
            line_id=line_id,
            quantity=quantity,
            amount=paid_for(line_id, back.get(line_id, Decimal(0)) + quantity)
            - paid_for(line_id, back.get(line_id, Decimal(0))),
        )
        for line_id, quantity in wanted.items()
    ]


def _is_stored_value(checkout: Checkout, line_id: str) -> bool:
    lines = checkout.basket.lines if checkout.basket else ()
    return any(line.line_id == line_id and line.type != "product" for line in lines)


def _wanted(checkout: Checkout, request: RefundRequest, left: Left) -> dict[str, Decimal]:
    if request.lines is None:
        wanted = {line_id: quantity for line_id, quantity in left.quantities.items() if quantity}
    else:
        wanted = {line.line_id: line.quantity for line in request.lines}
    if not wanted:
        raise Refusal("refund_exceeds_sale", "all of it has been refunded")
    for line_id, quantity in wanted.items():
        if line_id not in left.quantities:
            raise Refusal("line_not_found", f"nothing was sold as line {line_id}")
        if quantity > left.quantities[line_id]:
            words = f"{left.quantities[line_id]:f} of line {line_id} may still come back"
            raise Refusal("refund_exceeds_sale", words)
        if quantity < left.quantities[line_id] and _is_stored_value(checkout, line_id):
            words = f"line {line_id} loaded stored value: it comes back whole or not at all"
            raise Refusal("line_not_divisible", words)
    return wanted


def _paid_per_line(checkout: Checkout) -> dict[str, int]:
    """Spread what was paid over the sold lines; what is on no line stays with the last of them."""
    basket = checkout.basket
    assert basket is not None, "a completed checkout has its basket"
    saved: dict[str, int] = {}
    for _, amounts in checkout.offer_savings():
        for line_id, amount in amounts.items():
            saved[line_id] = saved.get(line_id, 0) + amount
    sold = [line for line in basket.lines if line.quantity > 0]
    prices = [max(0, line.amount - saved.get(line.line_id, 0)) for line in sold]
    paid = min(sum(prices), _paid(checkout))
    shares = spread(paid, prices)
    return {line.line_id: share for line, share in zip(sold, shares, strict=True)}


def _paid(checkout: Checkout) -> int:
    return sum(share.amount for share in paid_by(checkout))


def _amount(checkout: Checkout, refunds: Sequence[Refund], lines: Sequence[RefundedLine]) -> int:
    """Charges, fees and added tax go back with the last line: only then is nothing sold."""
    amount = sum(line.amount for line in lines)
    back = quantities_back(refunds)
    for line in lines:
        back[line.line_id] = back.get(line.line_id, Decimal(0)) + line.quantity
    if back != _sold(checkout):
        return amount
    withheld = sum(line.withheld_amount for line in lines)
    before = sum(line.withheld_amount for refund in refunds for line in refund.lines)
    given = sum(refund.amount for refund in refunds)
    # More may have been given back than a corrected payment turned out to be.
    return max(0, _paid(checkout) - given - before - withheld)


def is_all_back(checkout: Checkout, refunds: Sequence[Refund]) -> bool:
    """Whether nothing of the sale is left with the customer."""
    return quantities_back(refunds) == _sold(checkout)


# --- money ----------------------------------------------------------------------------------------


def _shares(request: RefundRequest, left: Left, amount: int) -> list[Share]:
    if request.tender_order == "chosen":
        return _chosen(request.tenders, left, amount)
    if request.tender_order == "pro_rata":
        amounts = spread(amount, [share.amount for share in left.shares])
        shared = zip(left.shares, amounts, strict=True)
        return [s.model_copy(update={"amount": part}) for s, part in shared if part]
    return _last_first(left.shares, amount)


def _last_first(shares: Sequence[Share], amount: int) -> list[Share]:
    given = []
    for share in reversed(shares):
        part = min(amount, share.amount)
        amount -= part
        if part:
            given.append(share.model_copy(update={"amount": part}))
    return given


def _chosen(wanted: Sequence[ChosenShare], left: Left, amount: int) -> list[Share]:
    if sum(share.amount for share in wanted) != amount:
        raise Refusal("refund_exceeds_sale", f"the tenders must add up to {amount}")
    known = {share.source: share for share in left.shares}
    given = []
    for share in wanted:
        source = share.tender_id or share.payment_id or ""
        paid = known.get(source)
        if paid is None or share.amount > paid.amount:
            most = paid.amount if paid else 0
            raise Refusal("refund_exceeds_sale", f"{source} may get back {most} at most")
        given.append(paid.model_copy(update={"amount": share.amount}))
    return given
