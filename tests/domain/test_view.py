"""What the till sees: the contract's fields, and nothing that is nobody's business."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.samples import (
    NOON,
    checkout,
    effect,
    line,
    offer,
    payment,
    rich_checkout,
    tender,
)
from tests.domain.strategies import baskets, ready_checkouts
from tillsaga.domain.basket import Basket
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.model import Json
from tillsaga.domain.receipt import receipt
from tillsaga.domain.tokens import masked
from tillsaga.domain.view import view

# The example of the HTTP contract, its keys only.
CHECKOUT = """id previous_id status version instruction store_id terminal_id cashier_id
receipt_number currency basket members offers tenders totals payments effects earned degraded
attention give_back created_at updated_at expires_at"""
PARTS = {
    "members": "provider member_id tier points prepaid_amount",
    "offers": """id provider kind title code cost_points missing_points min_spend_amount image_url
        expires_at discount saving_amount status hold_expires_at refusal""",
    "tenders": "id type provider reference amount points status balance_after_amount",
    "payments": "id status type amount reference tip_amount rounding_amount",
    "effects": """id operation provider status reversibility amount reference attempts
        reversed_by""",
    "earned": "provider points balance_after",
    "degraded": "provider reason",
    "attention": "id code effect_id detail amount opened_at allowed_actions owner",
    "give_back": "payment_id type amount",
}
TOTALS = """basket_amount discount_amount fees_amount tax_amount tender_amount paid_amount
due_amount"""
LINE = """line_id type sku title quantity unit_amount categories modifiers discount_amount
total_amount"""
RECEIPT = """checkout_id store_id terminal_id cashier_id receipt_number currency status lines
charges savings totals tenders payments earned members references sold_cards claim_link slip
give_back issued_at"""


def part(sold: Checkout, name: str) -> list[Json]:
    parts = view(sold)[name]
    assert isinstance(parts, list)
    return [each for each in parts if isinstance(each, dict)]


def lines(sold: Checkout) -> list[Json]:
    seen = view(sold)["basket"]
    assert isinstance(seen, dict)
    assert isinstance(seen["lines"], list)
    return [each for each in seen["lines"] if isinstance(each, dict)]


def test_a_checkout_has_the_fields_of_the_contract() -> None:
    assert list(view(rich_checkout())) == CHECKOUT.split()


@pytest.mark.parametrize("name", PARTS)
def test_each_part_has_the_fields_of_the_contract(name: str) -> None:
    parts = part(rich_checkout(), name)
    assert parts
    assert all(set(each) == set(PARTS[name].split()) for each in parts)


def test_the_totals_and_lines_have_the_fields_of_the_contract() -> None:
    assert view(rich_checkout())["totals"] == rich_checkout().totals().model_dump()
    assert set(rich_checkout().totals().model_dump()) == set(TOTALS.split())
    assert set(lines(rich_checkout())[0]) == set(LINE.split())


def test_a_line_shows_what_was_taken_off() -> None:
    sold = checkout(line("1", 3_50, "2"), offers=[offer()])
    shown = lines(sold)[0]
    assert (shown["quantity"], shown["unit_amount"]) == ("2", 3_50)
    assert (shown["discount_amount"], shown["total_amount"]) == (1_00, 6_00)


@given(ready_checkouts())
def test_the_lines_and_charges_add_up_to_the_totals(sold: Checkout) -> None:
    assert sold.basket is not None
    total = sum(n for each in lines(sold) if isinstance(n := each["total_amount"], int))
    totals = sold.totals()
    charges = sold.basket.charges_amount - totals.fees_amount
    assert total + charges == totals.basket_amount - totals.discount_amount


@given(baskets())
def test_what_the_till_sent_is_shown_again(sold: Basket) -> None:
    shown = checkout()
    shown.basket = sold
    for seen, sent in zip(lines(shown), sold.lines, strict=True):
        assert (seen["quantity"], seen["unit_amount"]) == (f"{sent.quantity:f}", sent.unit_amount)
        assert (seen["type"], seen["line_id"]) == (sent.type, sent.line_id)


def test_times_are_written_in_utc_with_a_z() -> None:
    seen = view(checkout(updated_at=NOON, offers=[offer(hold_expires_at=NOON)]))
    assert seen["updated_at"] == seen["created_at"] == "2026-03-01T12:00:00.000Z"
    assert seen["expires_at"] == "2026-03-01T12:15:00.000Z"
    assert part(checkout(offers=[offer(hold_expires_at=NOON)]), "offers")[0]["hold_expires_at"] == (
        "2026-03-01T12:00:00.000Z"
    )


@given(ready_checkouts())
def test_the_view_and_the_receipt_are_plain_json(sold: Checkout) -> None:
    for shown in (view(sold), receipt(sold), view(rich_checkout()), receipt(rich_checkout())):
        assert json.loads(json.dumps(shown, allow_nan=False)) == shown


def test_a_checkout_without_a_basket_can_be_shown() -> None:
    empty = checkout()
    empty.basket = None
    assert view(empty)["basket"] is None
    assert receipt(empty)["lines"] == []


@given(st.text(min_size=1, max_size=40))
def test_a_masked_code_shows_at_most_half_and_four_characters(code: str) -> None:
    shown = masked(code)
    assert shown is not None
    assert shown.startswith("****")
    assert len(shown) - 4 <= max(1, min(4, len(code) // 2))


def test_an_undone_effect_keeps_its_reference_and_names_what_undid_it() -> None:
    undone = effect(status="reversed").model_copy(update={"reversed_by": "r-2"})
    shown = part(checkout(effects=[undone]), "effects")[0]
    assert (shown["status"], shown["reference"], shown["reversed_by"]) == ("reversed", "r-1", "r-2")


def test_a_receipt_has_its_fields() -> None:
    printed = receipt(rich_checkout())
    assert set(printed) == set(RECEIPT.split())
    assert printed["savings"] == [{"source": "leat", "title": "Voucher 1", "amount": 1_00}]
    assert printed["references"] == [
        {"operation": "charge_giftcard", "provider": "leat", "reference": "r-1"}
    ]


def test_a_receipts_line_shows_its_price_before_and_after() -> None:
    printed = receipt(checkout(line("1", 3_50, "2"), offers=[offer()]))["lines"]
    assert printed == [
        {
            "title": "Line 1",
            "quantity": "2",
            "unit_amount": 3_50,
            "amount": 7_00,
            "discount_amount": 1_00,
            "total_amount": 6_00,
        }
    ]


def test_a_receipt_leaves_out_what_did_not_happen() -> None:
    sold = checkout(
        offers=[offer(status="refused")],
        tenders=[tender(status="refused")],
        payments=[payment("declined"), payment("captured", 1_00, "cash-1")],
    )
    printed = receipt(sold)
    assert (printed["savings"], printed["tenders"]) == ([], [])
    assert '"cash-1"' in json.dumps(printed["payments"])
    assert '"card-1"' not in json.dumps(printed["payments"])
