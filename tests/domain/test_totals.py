"""The sums of a checkout, in every state that a till can bring about."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.samples import checkout, checkout_of, line, offer, payment, tender
from tests.domain.strategies import baskets, ready_checkouts, reports
from tillsaga.domain.basket import Basket
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.discounts import Discount
from tillsaga.domain.payments import judge


def adds_up(sold: Checkout) -> bool:
    t = sold.totals()
    owed = t.basket_amount - t.discount_amount + t.fees_amount + t.tax_amount
    return owed - t.tender_amount - t.paid_amount == t.due_amount >= 0


@settings(max_examples=120)
@given(ready_checkouts(), st.data())
def test_the_sums_add_up_in_every_state(sold: Checkout, data: st.DataObject) -> None:
    assert adds_up(sold)
    for said in data.draw(st.lists(reports(sold.payable_amount), max_size=5)):
        if judge(sold, said).meaning not in ("mismatch", "too_early"):
            sold.record_payment(said)
        assert adds_up(sold)
        assert 0 <= sold.covered_amount <= sold.payable_amount


@given(ready_checkouts())
def test_before_any_payment_everything_payable_is_due(sold: Checkout) -> None:
    assert sold.totals().due_amount == sold.payable_amount


@given(ready_checkouts())
def test_what_the_offers_save_is_what_the_totals_say(sold: Checkout) -> None:
    sold.reprice()
    assert sum(o.saving_amount for o in sold.offers) == sold.totals().discount_amount
    assert all(o.saving_amount == 0 for o in sold.offers if not o.counts)


@given(baskets())
def test_without_offers_tenders_and_payments_the_basket_is_due(sold: Basket) -> None:
    assert checkout_of(sold).totals().due_amount == sold.amount


def test_a_checkout_without_a_basket_owes_nothing() -> None:
    empty = checkout()
    empty.basket = None
    assert empty.totals().due_amount == empty.payable_amount == 0


def test_only_captured_payments_are_paid_but_authorised_ones_cover_too() -> None:
    sold = checkout(line(unit_amount=10_00), status="ready")
    sold.payments = [payment("authorized", 6_00, "a"), payment("captured", 3_00, "b")]
    sold.payments += [payment("declined", 9_00, "c"), payment("unmatched", 9_00, "d")]
    assert (sold.totals().paid_amount, sold.totals().due_amount) == (3_00, 7_00)
    assert (sold.covered_amount, sold.payable_amount) == (9_00, 10_00)


def test_tax_from_the_basket_and_from_ready_are_both_due() -> None:
    sold = checkout(line(unit_amount=10_00), added_tax_amount=50)
    assert sold.basket is not None
    taxed = {"tax_amount": 90, "prices_include_tax": False}
    sold.basket = sold.basket.model_copy(update=taxed)
    assert (sold.totals().tax_amount, sold.totals().due_amount) == (1_40, 11_40)


def test_offers_count_in_the_order_in_which_the_till_applied_them() -> None:
    half = offer(Discount.model_validate({"type": "percentage", "percent": "50"}), 2)
    two = offer(Discount(type="absolute", amount=2_00), 1)
    sold = checkout(line(unit_amount=10_00), offers=[half, two])
    sold.reprice()
    assert [o.saving_amount for o in sold.offers] == [4_00, 2_00]


def test_what_was_lost_after_the_payment_still_counts_where_the_store_bears_it() -> None:
    lost = offer(status="lost", honoured=True)
    gone = tender(2_00, status="refused", honoured=True)
    sold = checkout(line(unit_amount=10_00), offers=[lost], tenders=[gone])
    assert sold.totals().due_amount == 7_00
