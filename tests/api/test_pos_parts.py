"""The small parts of the till's page: amounts, coins, baskets, and calls to copy."""

from pathlib import Path
from typing import Any

import pytest

from api.pages.own_api import Call
from api.pages.pos import basket, catalogue, payments
from api.pages.pos.bill import Bill
from api.pages.pos.calls import shown
from api.pages.pos.forms import Fields, minor_units
from api.pages.pos.sandbox import is_on_this_machine
from api.pages.pos.scene import terminals_of
from tests.api.fakes import view_of
from tillsaga.dev.stores_template import QUICK_TERMINAL, SECRETS, TERMINAL, provide_stores_file
from tillsaga.errors import Refusal
from tillsaga.stores import load_stores


@pytest.mark.parametrize(
    ("written", "currency", "amount"),
    [("10", "EUR", 1000), ("10,50", "EUR", 1050), ("0.05", "EUR", 5), ("500", "JPY", 500)],
)
def test_an_amount_is_read_as_people_write_it(written: str, currency: str, amount: int) -> None:
    assert minor_units(written, currency) == amount


@pytest.mark.parametrize("written", ["", "x", "-1", "1.005", "NaN", "1e99", "Infinity"])
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(Refusal):
        minor_units(written, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "coins"),
    [(1042, "EUR", 1040), (1043, "EUR", 1045), (1042, "USD", 1042), (1050, "SEK", 1100)],
)
def test_cash_is_rounded_to_coins(amount: int, currency: str, coins: int) -> None:
    assert catalogue.in_coins(amount, currency) == coins


def due(amount: int) -> Bill:
    totals: Any = {"due_amount": amount}
    return Bill(dict(view_of("chk_1", status="ready", totals=totals)))


def test_cash_that_covers_the_bill_is_final_and_gives_change() -> None:
    report, change = payments.cash(due(1042), Fields({"given": "20", "reference": "a"}))

    assert (report["amount"], report["rounding_amount"], report["final"]) == (1042, -2, True)
    assert change == "9.60"


def test_cash_for_a_part_is_taken_as_it_is() -> None:
    report, change = payments.cash(due(1042), Fields({"given": "5", "reference": "a"}))

    assert (report["amount"], report["rounding_amount"], report["final"]) == (500, 0, False)
    assert change is None


@pytest.mark.parametrize(
    ("said", "amount", "status", "final"),
    [
        ("authorized", "10.42", "authorized", True),
        ("captured", "5", "captured", False),
        ("declined", "10.42", "declined", False),
        ("declined_for_good", "10.42", "declined", True),
    ],
)
def test_a_card_is_final_when_nothing_is_left(
    said: str, amount: str, status: str, final: bool
) -> None:
    fields = Fields({"status": said, "amount": amount, "reference": "a"})

    report = payments.card(due(1042), fields)

    assert (report["status"], report["final"]) == (status, final)


def sold(**line: object) -> dict[str, Any]:
    shown = {"line_id": "1", "type": "product", "sku": "CAKE", "title": "Cake", "quantity": "1"}
    answers = {"unit_amount": 450, "discount_amount": 0, "total_amount": 450}
    return {"id": "basket-1", "lines": [{**shown, **answers, **line}]}


def test_a_basket_is_sent_without_what_only_answers_have() -> None:
    (line,) = basket.lines_of(sold(), {})

    assert {"discount_amount", "total_amount"}.isdisjoint(line)


def test_a_gift_cards_code_is_remembered_by_the_page_only() -> None:
    shown_line = sold(type="giftcard_sale", reference="****3ABC")

    known = basket.lines_of(shown_line, {"1": {"reference": "HT123ABC"}})
    forgotten = basket.lines_of(shown_line, {})

    assert basket.basket(known, "EUR", "basket-1")["lines"][0]["reference"] == "HT123ABC"
    with pytest.raises(Refusal):
        basket.basket(forgotten, "EUR", "basket-1")


def test_the_same_article_counts_up() -> None:
    lines = basket.with_article(basket.lines_of(sold(), {}), "CAKE", "EUR", str)

    assert [line["quantity"] for line in lines] == ["2"]


def test_a_call_is_shown_without_what_the_customer_shows() -> None:
    sent: Any = {"type": "giftcard", "reference": "HT123ABC", "codes": ["SECRET-1"]}

    call = shown(Call("POST", "/v1/x", sent, "key-1", 200, {}, {}))

    assert call.sent is not None
    assert "HT123ABC" not in call.sent + call.curl
    assert "SECRET-1" not in call.sent + call.curl
    assert "****3ABC" in call.sent
    assert """"reference": "'"$CODE"'\"""" in call.curl


def test_a_payments_own_reference_is_shown() -> None:
    sent: Any = {"status": "captured", "reference": "chk-1"}

    assert '"chk-1"' in (shown(Call("POST", "/v1/x", sent, None, 200, {}, {})).sent or "")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8600/leat", True),
        ("http://localhost/leat", True),
        ("http://[::1]:1/leat", True),
        ("https://leat.example/x", False),
        ("https://127.0.0.1.example/x", False),
    ],
)
def test_only_loopback_is_this_machine(url: str, here: bool) -> None:
    assert is_on_this_machine(url) is here


def test_who_tries_it_stands_at_a_till_with_the_patience_of_its_store(tmp_path: Path) -> None:
    """They stood at the one that gives a bill up after three seconds."""
    file = tmp_path / "stores.yaml"
    provide_stores_file(file, "http://127.0.0.1:8600")

    stores = load_stores(file, SECRETS).stores

    assert {(first, *others) for first, *others in map(terminals_of, stores)} == {
        (TERMINAL, QUICK_TERMINAL)
    }
