"""What a refund asks of the vendors, by parts, and that the parts add up."""

from typing import Any

import pytest

from tests.domain.samples import (
    NOON,
    basket,
    card_line,
    checkout_of,
    effect,
    line,
    offer,
    tender,
)
from tillsaga.domain.checkout import Checkout, Earned, Payment
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import Done, Effect
from tillsaga.domain.offers import TenderType
from tillsaga.domain.refund_amounts import refund_of
from tillsaga.domain.refunds import Refund, RefundRequest, Reversal
from tillsaga.domain.reversals import reversals_of
from tillsaga.errors import Refusal


def sold(*effects: Effect, policy: str = "negative", earned: int | None = 11) -> Checkout:
    """Three coffees at 3.33 and a 4.50 cake, 5.00 of it by stored value."""
    checkout = checkout_of(basket(line("1", 3_33, "3"), line("2", 4_50)))
    checkout.terms = checkout.terms.model_copy(update={"spent_points_on_refund": policy})
    due = Payment(id="p", status="captured", type="card", amount=9_49, reference="r")
    checkout.tenders = [tender(5_00, 1, status="charged")]
    checkout.payments = [due]
    checkout.effects = list(effects)
    checkout.earned = [Earned(provider="leat", points=earned, balance_after=None)]
    checkout.status = "completed"
    return checkout


def posted() -> Effect:
    told = effect("post_order", "basket-1", done=Done(data={"external_identifier": "chk_1"}))
    told.request = {"contact_uuid": "c-1"}
    return told


def refunded(checkout: Checkout, *wanted: dict[str, str] | None, **more: Any) -> list[Refund]:
    """Give back one after another; None is all that is left."""
    refunds: list[Refund] = []
    for number, parts in enumerate(wanted):
        lines = [{"line_id": i, "quantity": q} for i, q in (parts or {}).items()]
        said = {"refund_id": f"r-{number}", "reason": "returned"} | more
        asked = RefundRequest.model_validate(said | ({"lines": lines} if lines else {}))
        refund = refund_of(checkout, refunds, asked, NOON)
        refund.reversals = reversals_of(checkout, refunds, refund)
        refunds.append(refund)
    return refunds


def of(refund: Refund, operation: str) -> Reversal:
    return next(r for r in refund.reversals if r.operation == operation)


def request(reversal: Reversal) -> dict[str, Any]:
    assert reversal.step is not None
    return dict(reversal.step.request)


def test_a_part_says_what_comes_back_and_what_stays() -> None:
    (refund,) = refunded(sold(posted()), {"1": "2"})

    reversal = of(refund, "return_lines")
    asked = request(reversal)

    assert reversal.step is not None
    assert (reversal.step.subject, reversal.amount) == ("basket-1/r-0", 6_66)
    assert asked["lines"] == [{"line_id": "1", "quantity": "2", "amount": 6_66}]
    assert (asked["left"], asked["rest"]) == ({"1": "1", "2": "1"}, False)
    assert (asked["of"], asked["of_operation"]) == ("basket-1", "post_order")
    assert (asked["of_generation"], asked["did"]) == (1, {"external_identifier": "chk_1"})
    assert (asked["contact_uuid"], asked["refund_id"]) == ("c-1", "r-0")
    assert asked["paid"] == {"before": 0, "after": 6_66, "sold": 14_49}
    assert asked["spent_points"] == "negative"


def test_parts_take_back_exactly_what_was_earned() -> None:
    refunds = refunded(sold(posted()), {"1": "1"}, {"1": "1"}, {"2": "1"}, None)

    points = [of(refund, "return_lines").points for refund in refunds]
    assert (points, sum(p or 0 for p in points)) == ([-2, -3, -3, -3], -11)
    assert [request(of(r, "return_lines"))["rest"] for r in refunds] == [False] * 3 + [True]


def test_a_whole_sale_is_undone_unless_the_policy_has_a_say() -> None:
    ways = {
        policy: refunded(sold(posted(), policy=policy), None)[0].reversals[0].way
        for policy in ("negative", "floor", "review")
    }
    assert ways == {
        "negative": "undo",
        "floor": "give_back_part",
        "review": "give_back_part",
    }
    nothing = sold(posted(), policy="review", earned=None)
    assert refunded(nothing, None)[0].reversals[0].way == "undo"


@pytest.mark.parametrize(
    ("type_", "charge", "operation"),
    [
        ("giftcard", "charge_giftcard", "refund_giftcard"),
        ("points", "spend_points", "refund_points"),
    ],
)
def test_a_tender_is_given_back_by_parts_and_whole(
    type_: TenderType, charge: str, operation: str
) -> None:
    done = Done(points=-500 if type_ == "points" else None)
    paid = sold(effect(charge, "gc-1", amount=5_00, done=done))
    paid.tenders = [tender(5_00, 1, status="charged", type=type_, operation=charge)]
    paid.payments = [p.model_copy(update={"amount": 9_49}) for p in paid.payments]

    parts = refunded(paid, {"1": "1"}, {"2": "1"}, None, tender_order="pro_rata")
    given = [of(refund, operation) for refund in parts]

    assert sum(reversal.amount or 0 for reversal in given) == 5_00
    if type_ == "points":
        assert [request(r)["points"] for r in given] == [r.points for r in given]
        assert sum(reversal.points or 0 for reversal in given) == 500
    assert [r.way for r in refunded(paid, None)[0].reversals] == ["undo"]


def test_what_the_sale_itself_charged_is_told_to_its_return() -> None:
    told = effect("post_transaction", "basket-1", done=Done(points=11))
    paid = sold(told)
    paid.tenders = [tender(5_00, 1, status="charged", type="points", planned=True)]

    (refund,) = refunded(paid, {"2": "1"}, tender_order="pro_rata")

    told_back = {"type": "points", "amount": 1_55, "subject": "gc-1"}
    assert request(of(refund, "return_lines"))["tenders"] == [told_back]
    assert len(refund.reversals) == 1


@pytest.mark.parametrize("operation", ["finalise", "redeem_coupon"])
def test_what_no_vendor_takes_back_is_a_persons_if_it_is_a_sale(operation: str) -> None:
    (refund,) = refunded(sold(effect(operation, "b")), {"2": "1"})

    ways = [(r.way, r.amount) for r in refund.reversals if r.operation == operation]
    assert ways == ([("goodwill", 4_50)] if operation == "finalise" else [])


def test_stored_value_comes_back_whole_or_not_at_all() -> None:
    checkout = checkout_of(basket(card_line("gc", 25_00)))
    checkout.payments = [
        Payment(id="p", status="captured", type="card", amount=25_00, reference="r")
    ]
    checkout.status = "completed"

    with pytest.raises(Refusal) as no:
        refunded(checkout, {"gc": "0.5"})
    assert no.value.code == "line_not_divisible"


def test_earlier_parts_are_told_to_a_later_one() -> None:
    checkout = sold(posted())
    first, last = refunded(checkout, {"1": "1"}, None)
    for refund, points in ((first, 2), (last, 9)):
        step = of(refund, "return_lines").step
        assert step is not None
        part = checkout.start_effect("leat", step)
        part.status = "applied"
        part.outcome = posted().outcome
        assert part.outcome is not None
        done = Done(data={"points": points})
        part.outcome = part.outcome.model_copy(update={"done": done})

    order = checkout.order_for(checkout.effects[-1], patient=True)

    assert order.prior == {"return_lines": {"parts": [{"points": 2}]}}
    assert order.whole.key == "chk_1/post_order/leat/basket-1#1"
    assert order.did == {"external_identifier": "chk_1"}


def finalised(**more: Any) -> Effect:
    told = effect("finalise", "basket-1", done=Done(data={}))
    told.provider, told.request = "letstrade", more
    return told


def test_a_part_worth_nothing_is_nobodys_loss() -> None:
    checkout = sold(finalised(user={"id": "u-1"}))
    worth = Discount(type="vendor_computed", line_amounts={"2": 4_50})
    checkout.offers = [offer(worth, status="redeemed")]
    checkout.tenders, checkout.payments[0].amount = [], 9_99

    refunds = refunded(checkout, {"2": "1"}, {"1": "1"})

    ways = [[r.way for r in refund.reversals if r.provider == "letstrade"] for refund in refunds]
    assert ways == [[], ["goodwill"]]
