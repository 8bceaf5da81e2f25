"""What the payment sets in motion, in the order in which it will happen."""

from typing import Any

import pytest

from tests.domain.samples import NOON, checkout, effect, line, offer, payment, tender
from tillsaga.domain.checkout import Checkout, Status
from tillsaga.domain.effects import OPERATIONS, Step
from tillsaga.domain.plan import plan, sale_of
from tillsaga.domain.ports import SaleStep


def planned(status: Status = "ready") -> Checkout:
    """A held voucher, a charged card, a sold digital card with its e-mail, and an order."""
    create = Step(operation="create_giftcard", subject="chk_1:gc")
    load = Step(operation="load_giftcard", subject="chk_1:gc")
    mail = Step(operation="send_giftcard", subject="chk_1:gc")
    return checkout(
        line("1", 3_50, "2"),
        line("gc", 25_00, "1", type="giftcard_sale", sku=None),
        status=status,
        offers=[offer(), offer(number=2, status="released"), offer(number=3, commit=None)],
        tenders=[tender()],
        effects=[effect("lock_voucher", "v-1"), effect(amount=2_00)],
        sales={"gc": SaleStep(line_id="gc", steps=(create, load), later=(mail,))},
        sale_providers={"gc": "leat"},
        earning={"leat": Step(operation="post_order", subject="chk_1")},
        paid_at=NOON,
    )


def names(sold: Checkout) -> list[Any]:
    return [each["operation"] for each in plan(sold)]


@pytest.mark.parametrize("status", ["open", "ready"])
def test_holds_and_charges_come_first_then_the_payment_the_commits_and_the_earning(
    status: Status,
) -> None:
    assert names(planned(status)) == [
        "lock_voucher",
        "charge_giftcard",
        "payment",
        "redeem_voucher",
        "create_giftcard",
        "load_giftcard",
        "send_giftcard",
        "post_order",
    ]


def test_the_stages_follow_one_another() -> None:
    stages = [each["stage"] for each in plan(planned())]
    order = ["apply", "pivot", "commit", "earn"]
    assert stages == sorted(stages, key=lambda stage: order.index(str(stage)))


def test_everything_but_the_payment_says_whether_it_can_be_taken_back() -> None:
    for each in plan(planned()):
        if each["operation"] != "payment":
            assert each["reversibility"] == OPERATIONS[str(each["operation"])].reversibility


def test_the_pivot_names_what_is_payable() -> None:
    sold = planned()
    pivot = next(each for each in plan(sold) if each["operation"] == "payment")
    assert pivot["amount"] == sold.payable_amount == 7_00 + 25_00 - 1_00 - 1_00 - 2_00


def test_what_is_done_and_what_is_planned_are_told_apart() -> None:
    shown = [(each["operation"], each.get("status"), each["amount"]) for each in plan(planned())]
    assert ("charge_giftcard", "applied", 2_00) in shown
    assert ("load_giftcard", "planned", 25_00) in shown


def test_a_step_that_was_taken_back_is_planned_under_its_next_generation() -> None:
    sold = planned()
    sold.effects.append(effect("post_order", "chk_1", "reversed", generation=2))
    assert plan(sold)[-1]["id"] == "post_order:leat:chk_1#3"


@pytest.mark.parametrize("status", ["completing", "completed", "cancelled", "expired"])
def test_after_the_payment_only_what_stands_is_listed(status: Status) -> None:
    sold = planned(status)
    sold.effects[0].status = "reversed"
    assert names(sold) == ["charge_giftcard"]


def test_an_offer_that_the_store_bears_is_not_redeemed() -> None:
    sold = planned()
    sold.offers[0].honoured = True
    assert "redeem_voucher" not in names(sold)


def test_the_sale_tells_what_each_line_and_offer_came_to() -> None:
    sale = sale_of(planned())
    assert [(each.discount_amount, each.total_amount) for each in sale.lines] == [
        (2_00, 5_00),
        (0, 25_00),
    ]
    assert [each.amount for each in sale.offers] == [1_00, 1_00]
    assert (sale.basket_amount, sale.discount_amount, sale.total_amount) == (32_00, 2_00, 30_00)


def test_the_sale_names_the_vendors_ids_of_what_was_done() -> None:
    sold = planned("completing")
    sold.payments.append(payment(amount=28_00))
    sold.effects += [effect("redeem_voucher", "v-1"), effect("load_giftcard", "chk_1:gc")]
    sale = sale_of(sold)
    assert sale.offers[0].redemption_reference == "t-1"
    assert sale.tenders[0].transaction_id == "t-1"
    assert (sale.lines[1].sold_operation, sale.lines[1].sold_reference) == ("load_giftcard", "t-1")
