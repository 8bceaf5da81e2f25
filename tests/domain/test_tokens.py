"""Tokens in messages and documents."""

from typing import Any

from tillsaga.domain.messages import (
    AddTender,
    ApplyOffer,
    ClaimPoints,
    Identify,
    OpenCheckout,
    PaymentReport,
)
from tillsaga.domain.reads import LookUpOrder
from tillsaga.domain.shown import shown_in, with_tokens
from tillsaga.domain.tokens import concealed, in_words, new_token, revealed, tokens_in

LINE: dict[str, Any] = {"line_id": "1", "sku": "S", "title": "T", "quantity": "1", "unit_amount": 1}
GIFT = {
    "line_id": "g",
    "type": "giftcard_sale",
    "title": "Gift card",
    "quantity": "1",
    "unit_amount": 10_00,
    "reference": "card-sold",
    "recipient": {"email": "to@shopper.example", "consent": True},
}
OPEN = OpenCheckout.model_validate(
    {
        "store_id": "ams-1",
        "terminal_id": "till-1",
        "basket": {"id": "basket-1", "currency": "EUR", "lines": [LINE, GIFT]},
        "identifiers": [{"type": "email", "value": "ann@shopper.example"}],
        "codes": ["code-1", "code-2"],
    }
)


def test_everything_that_a_till_shows_of_a_customer_is_found() -> None:
    assert shown_in(OPEN) == {
        "card-sold",
        "to@shopper.example",
        "ann@shopper.example",
        "code-1",
        "code-2",
    }
    assert shown_in(Identify(type="phone", value="+31612345678")) == {"+31612345678"}
    assert shown_in(ClaimPoints(type="card", value="c")) == {"c"}
    assert shown_in(ApplyOffer(code="v-1")) == {"v-1"}
    assert shown_in(AddTender(type="wallet", reference="P1")) == {"P1"}


def test_what_names_nobody_stays() -> None:
    paid = PaymentReport(status="captured", type="card", amount=1, reference="term-1")
    sold = LookUpOrder(store_id="s", providers=(), kind="sold_card", value="uuid")

    assert shown_in(Identify(type="member_id", value="m-1")) == set()
    assert shown_in(ApplyOffer(offer_id="leat:voucher:v-1")) == set()
    assert (shown_in(paid), shown_in(sold)) == (set(), set())


def test_a_message_with_tokens_is_as_valid_as_without() -> None:
    tokens = {value: new_token(value) for value in shown_in(OPEN)}

    hidden = with_tokens(OPEN, tokens)

    assert OpenCheckout.model_validate_json(hidden.model_dump_json()) == hidden
    assert tokens_in(hidden) == set(tokens.values())
    assert with_tokens(hidden, {t: v for v, t in tokens.items()}) == OPEN
    assert revealed(hidden, {t: v for v, t in tokens.items()}) == OPEN


def test_a_document_without_such_values_stays_the_same_object() -> None:
    assert concealed(OPEN, {"nothing-of-it": new_token("x")}) is OPEN
    assert revealed(OPEN, {new_token("x"): "x"}) is OPEN


def test_short_values_are_not_looked_for_in_sentences() -> None:
    tokens = {value: new_token(value) for value in ("A1", "GIFT-0001")}

    assert in_words("A1 of gift-0001", tokens) == "A1 of ****0001"
