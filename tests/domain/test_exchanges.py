"""Sums of bills on which goods come back."""

from decimal import Decimal

import pytest
from hypothesis import given, settings

from tests.domain.samples import NOON, basket, checkout_of, line, offer
from tests.domain.strategies import STACKS, exchanges
from tillsaga.domain.basket import Basket
from tillsaga.domain.checkout import Checkout, Payment
from tillsaga.domain.discounts import Discount
from tillsaga.domain.goods_back import goods_of
from tillsaga.domain.plan import sale_of
from tillsaga.domain.refund_amounts import refund_of
from tillsaga.domain.refunds import RefundRequest
from tillsaga.errors import Refusal


def handed_out(checkout: Checkout) -> int:
    return sum(given.amount for given in checkout.money_back)


def paid(checkout: Checkout) -> Checkout:
    """The checkout once its bill is settled, one way or the other."""
    due = checkout.totals().due_amount
    checkout.payments = [
        Payment(id="pay_1", status="captured", type="card", amount=due, reference="r")
    ]
    checkout.status = "completed"
    return checkout


@settings(max_examples=150)
@given(exchanges(), STACKS)
def test_what_is_due_less_what_is_handed_out_is_what_is_owed(
    sold: Basket, discounts: list[Discount]
) -> None:
    checkout = checkout_of(sold, status="ready")
    checkout.offers = [offer(discount, n) for n, discount in enumerate(discounts, 1)]
    totals = checkout.totals()

    assert totals.due_amount - handed_out(checkout) == totals.owed_amount
    assert 0 in (totals.due_amount, handed_out(checkout))


@settings(max_examples=150)
@given(exchanges(), STACKS)
def test_no_discount_touches_goods_taken_back(sold: Basket, discounts: list[Discount]) -> None:
    checkout = checkout_of(sold)
    checkout.offers = [offer(discount, n) for n, discount in enumerate(discounts, 1)]
    saved = [savings for _, savings in checkout.offer_savings()]
    back = {line.line_id for line in sold.lines if line.quantity < 0}

    assert all(back.isdisjoint(savings) for savings in saved)
    assert sum(sum(savings.values()) for savings in saved) <= max(0, sold.amount)


@settings(max_examples=150)
@given(exchanges())
def test_a_vendor_is_never_told_of_less_than_nothing(sold: Basket) -> None:
    sale = sale_of(checkout_of(sold, status="completed", paid_at=NOON))
    told = sale.above_zero
    goods = sum(s.total_amount for s in told.lines if s.line.type == "product")
    tenders = sum(tender.amount for tender in told.tenders)

    assert min(goods, told.total_amount, told.due_amount) >= 0
    assert told.total_amount == told.due_amount + tenders
    assert goods_of(checkout_of(sold)).total_amount == sold.returned_amount


@settings(max_examples=150)
@given(exchanges())
def test_a_refund_gives_back_all_that_was_sold_and_nothing_else(sold: Basket) -> None:
    checkout = paid(checkout_of(sold))
    bought = sum(line.amount for line in sold.lines if line.quantity > 0)

    refund = refund_of(checkout, [], RefundRequest(refund_id="r", reason="x"), NOON)

    assert refund.amount == bought == sum(share.amount for share in refund.shares)
    card = sum(share.amount for share in refund.shares if share.payment_id)
    assert card == checkout.totals().paid_amount


def test_the_tills_own_vouchers_cannot_make_money_of_nothing() -> None:
    flyer = [{"id": "x", "title": "Flyer", "amount": 3_00}]
    back = line("2", 5_00, "-1")
    bill = basket(line(unit_amount=2_00), back, external_vouchers=flyer)

    with pytest.raises(Refusal, match="vouchers exceed"):
        bill.check("EUR")


def test_goods_taken_back_are_weighed_with_their_modifiers() -> None:
    back = line("2", 3_50, "-2", modifiers=[line("m", 50)])
    goods = goods_of(checkout_of(basket(line(), back), status="completed", paid_at=NOON))

    assert [sold.line.quantity for sold in goods.lines] == [Decimal(2)]
    assert (goods.total_amount, goods.due_amount) == (8_00, 8_00)
