"""Canaries: planted wherever a code or an address may come in, and found nowhere."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.domain.samples import NOON, card_line, checkout, line, offer, tender
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Step
from tillsaga.domain.offers import Member
from tillsaga.domain.plan import plan, sale_of
from tillsaga.domain.receipt import receipt
from tillsaga.domain.tokens import masked
from tillsaga.domain.view import view

CODES = st.text(string.ascii_uppercase + string.digits, min_size=8, max_size=20)


def planted(code: str) -> Checkout:
    """A checkout that holds the code and addresses made of it wherever it may hold them."""
    address = f"{code}@example.com"
    card = card_line(reference=code, recipient={"email": address, "consent": True})
    topup = line("t", 10_00, "1", type="prepaid_topup", sku=None, reference=address)
    held = Step(operation="lock_voucher", subject="v-1", request={"code": code})
    member = Member(provider="leat", member_id="c-1", data={"email": address, "card": code})
    return checkout(
        line(),
        card,
        topup,
        paid_at=NOON,
        offers=[offer(code=code, hold=held)],
        tenders=[tender(masked=masked(code), request={"code": code})],
        members={"leat": member},
    )


@given(CODES)
def test_no_code_or_address_is_in_what_anybody_sees(code: str) -> None:
    sold = planted(code)
    sold.start_effect("leat", Step(operation="lock_voucher", subject="v-1", request={"c": code}))
    for shown in (view(sold), receipt(sold), plan(sold)):
        assert code not in json.dumps(shown)
        assert "@example" not in json.dumps(shown)


@given(CODES)
def test_no_code_or_address_is_in_what_vendors_are_told_of_the_sale(code: str) -> None:
    told = sale_of(planted(code)).model_dump_json()
    assert code not in told
    assert "@example" not in told


@given(CODES)
def test_a_code_cannot_come_in_by_the_side_door(code: str) -> None:
    hidden = card_line("m", reference=code)
    for place in ({"modifiers": [hidden]}, {"add_ons": [hidden]}):
        with pytest.raises(ValidationError, match="are products"):
            line("1", 3_50, "1", **place)


def test_the_last_characters_of_a_code_tell_a_cashier_which_one_it_is() -> None:
    seen = view(planted("ABCDEFGH3XQ"))
    offers, tenders = seen["offers"], seen["tenders"]
    assert isinstance(offers, list)
    assert isinstance(tenders, list)
    assert "****H3XQ" in json.dumps(offers)
    assert "****H3XQ" in json.dumps(tenders)
