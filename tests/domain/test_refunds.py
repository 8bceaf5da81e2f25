"""What goes back, of which line and to whom: to the cent, whatever the series of refunds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.samples import NOON, basket, checkout_of, line, tender
from tests.domain.strategies import ready_checkouts
from tillsaga.domain.basket import Charge
from tillsaga.domain.checkout import Checkout, Payment
from tillsaga.domain.refund_amounts import left_of, paid_by, refund_of
from tillsaga.domain.refunds import Refund, RefundRequest, ReturnedLine
from tillsaga.errors import Refusal


def sold(checkout: Checkout) -> Checkout:
    """The checkout as it is once its bill is paid by two cards."""
    for each in checkout.tenders:
        if each.pays:
            each.status = "charged"
    due = checkout.totals().due_amount
    parts = [due // 3, due - due // 3]
    checkout.payments = [
        Payment(id=f"pay_{n}", status="captured", type="card", amount=part, reference=f"r-{n}")
        for n, part in enumerate(parts, 1)
    ]
    checkout.status = "completed"
    return checkout


def coffee_and_cake() -> Checkout:
    lines = (line("1", 3_33, "3"), line("2", 4_50))
    bought = checkout_of(basket(*lines, charges=(Charge(type="service", amount=1_00),)))
    bought.tenders.append(tender(5_00, 1, status="charged"))
    return sold(bought)


def request(refund_id: str = "r-1", **more: object) -> RefundRequest:
    return RefundRequest.model_validate({"refund_id": refund_id, "reason": "returned"} | more)


def returned(line_id: str, quantity: str) -> dict[str, str]:
    return {"line_id": line_id, "quantity": quantity}


@st.composite
def series(draw: st.DrawFn, checkout: Checkout) -> list[Refund]:
    """Partial refunds, each in an order of its own, until everything is back."""
    refunds: list[Refund] = []
    assert checkout.basket is not None
    stored_value = {line.line_id for line in checkout.basket.lines if line.type != "product"}
    for number in range(draw(st.integers(0, 4))):
        left = {i: q for i, q in left_of(checkout, refunds).quantities.items() if q}
        if not left:
            break
        names = draw(st.lists(st.sampled_from(sorted(left)), min_size=1, unique=True))
        share = draw(st.sampled_from(["all", "half", "some"]))
        parts = {"all": Decimal(1), "half": Decimal("0.5"), "some": Decimal("0.1")}
        quantities = {
            name: left[name]
            if name in stored_value
            else (left[name] * parts[share]).quantize(Decimal("0.0001"))
            for name in names
        }
        wanted = [ReturnedLine(line_id=i, quantity=q) for i, q in quantities.items() if q > 0]
        if wanted:
            order = draw(st.sampled_from(["reverse", "pro_rata"]))
            asked = request(f"r-{number}", lines=wanted, tender_order=order)
            refunds.append(refund_of(checkout, refunds, asked, NOON))
    if any(left_of(checkout, refunds).quantities.values()):
        refunds.append(refund_of(checkout, refunds, request("rest"), NOON))
    return refunds


@given(st.data())
def test_any_series_adds_up_to_the_sale(data: st.DataObject) -> None:
    checkout = sold(data.draw(ready_checkouts()))
    refunds = data.draw(series(checkout))

    paid = {share.source: share.amount for share in paid_by(checkout)}
    back: dict[str, int] = {}
    for refund in refunds:
        assert refund.amount == sum(share.amount for share in refund.shares)
        assert all(line.amount >= 0 for line in refund.lines)
        for share in refund.shares:
            back[share.source] = back.get(share.source, 0) + share.amount
    assert {source: back.get(source, 0) for source in paid} == paid
    left = left_of(checkout, refunds)
    assert (left.amount, left.shares, any(left.quantities.values())) == (0, (), False)
    with pytest.raises(Refusal) as no:
        refund_of(checkout, refunds, request("more"), NOON)
    assert no.value.code == "refund_exceeds_sale"


def test_parts_of_a_line_take_their_rounding_with_them() -> None:
    """3 x 3.33 come to 9.99, of which each unit brings 3.33 back."""
    checkout = coffee_and_cake()
    refunds: list[Refund] = []
    for number in range(3):
        asked = request(f"r-{number}", lines=[returned("1", "1")])
        refunds.append(refund_of(checkout, refunds, asked, NOON))

    assert [refund.amount for refund in refunds] == [3_33, 3_33, 3_33]


def test_what_is_on_no_line_goes_back_with_the_last_one() -> None:
    checkout = coffee_and_cake()
    first = refund_of(checkout, [], request(lines=[returned("1", "3")]), NOON)
    last = refund_of(checkout, [first], request("r-2", lines=[returned("2", "1")]), NOON)

    assert (first.amount, last.amount) == (9_99, 4_50 + 1_00)


def test_the_last_to_pay_is_the_first_to_be_paid_back() -> None:
    checkout = coffee_and_cake()  # 15.49: 5.00 by gift card, 3.49 and 7.00 by card
    refund = refund_of(checkout, [], request(lines=[returned("1", "3")]), NOON)

    assert [(s.source, s.amount) for s in refund.shares] == [("pay_2", 7_00), ("pay_1", 2_99)]


def test_pro_rata_gives_back_to_everybody() -> None:
    checkout = coffee_and_cake()
    refund = refund_of(
        checkout, [], request(lines=[returned("2", "1")], tender_order="pro_rata"), NOON
    )

    assert [s.amount for s in refund.shares] == [1_45, 1_02, 2_03]


def test_the_till_may_choose_but_nobody_gets_more_than_they_paid() -> None:
    checkout = coffee_and_cake()
    tender_id = checkout.tenders[0].id

    def asked(**share: object) -> RefundRequest:
        lines = [returned("2", "1")]
        return request(lines=lines, tender_order="chosen", tenders=[share])

    refund = refund_of(checkout, [], asked(tender_id=tender_id, amount=4_50), NOON)
    assert [(s.source, s.amount) for s in refund.shares] == [(tender_id, 4_50)]
    for wrong in (
        {"tender_id": tender_id, "amount": 4_49},
        {"payment_id": "pay_1", "amount": 4_50},
        {"payment_id": "pay_9", "amount": 4_50},
    ):
        with pytest.raises(Refusal) as no:
            refund_of(checkout, [], asked(**wrong), NOON)
        assert no.value.code == "refund_exceeds_sale"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([returned("1", "4")], "refund_exceeds_sale"),
        ([returned("9", "1")], "line_not_found"),
    ],
)
def test_more_than_was_sold_does_not_come_back(lines: list[dict[str, str]], code: str) -> None:
    with pytest.raises(Refusal) as no:
        refund_of(coffee_and_cake(), [], request(lines=lines), NOON)
    assert no.value.code == code


def test_only_a_completed_sale_is_refunded() -> None:
    with pytest.raises(Refusal) as no:
        refund_of(checkout_of(basket()), [], request(), NOON)
    assert no.value.code == "state_conflict"
