"""The scan field: a scanner is a keyboard, and a person at the keyboard is no scanner."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cashier import PERSON_MS, Cashier
from tests.browser.conftest import Site, insist_on_access, picture

ARTICLE = "MUF-01"


@pytest.fixture
def till(staff: Page) -> Cashier:
    opened = Cashier(staff)
    opened.sell("Cheesecake")
    return opened


def test_a_scan_is_taken_wherever_the_focus_is(till: Cashier) -> None:
    till.page.get_by_role("button", name="Help").focus()

    till.read(ARTICLE)

    expect(till.bill.get_by_role("listitem").filter(has_text="Muffin")).to_be_visible()
    expect(till.page.get_by_role("dialog")).to_be_hidden()
    expect(till.page.get_by_label("Scan or type")).to_be_focused()


@pytest.mark.parametrize("end", ["Enter", "Tab"])
def test_a_scan_ends_with_enter_or_tab_and_loses_its_kind(till: Cashier, end: str) -> None:
    till.page.get_by_role("heading", name="Basket").click()

    till.read(f"]C1{ARTICLE}", end)

    expect(till.bill.get_by_role("listitem").filter(has_text="Muffin")).to_be_visible()


def test_a_person_typing_outside_the_field_scans_nothing(till: Cashier) -> None:
    till.page.get_by_role("heading", name="Basket").click()

    till.read(ARTICLE, gap_ms=PERSON_MS)
    till.read("TEA-01")

    expect(till.bill.get_by_role("listitem").filter(has_text="Pot of tea")).to_be_visible()
    expect(till.bill.get_by_role("listitem").filter(has_text="Muffin")).to_have_count(0)


def test_a_person_types_into_the_field_and_sends_with_enter(till: Cashier) -> None:
    expect(till.page.get_by_label("Scan or type")).to_be_focused()

    till.read(ARTICLE, gap_ms=PERSON_MS)

    expect(till.bill.get_by_role("listitem").filter(has_text="Muffin")).to_be_visible()


def test_a_double_scan_counts_once(till: Cashier) -> None:
    till.read(ARTICLE)
    till.read(ARTICLE)
    till.read("TEA-01")

    expect(till.bill.get_by_role("listitem").filter(has_text="Pot of tea")).to_be_visible()
    expect(till.bill.get_by_role("listitem").filter(has_text="Muffin")).to_contain_text(
        "1 \N{MULTIPLICATION SIGN}"
    )


def test_quick_scans_of_different_things_all_count(till: Cashier) -> None:
    for article in (ARTICLE, "TEA-01", "COLA", "SNACK"):
        till.read(article)

    for title in ("Muffin", "Pot of tea", "Cola", "Snack bar"):
        expect(till.bill.get_by_role("listitem").filter(has_text=title)).to_be_visible()


def test_a_field_that_somebody_fills_in_keeps_its_keys(till: Cashier) -> None:
    till.press("F8")
    card = till.page.get_by_label("Scan the gift card")
    expect(card).to_be_focused()

    till.page.keyboard.type(ARTICLE, delay=8)

    expect(card).to_have_value(ARTICLE)
    expect(till.page.get_by_label("Scan or type")).to_have_value("")


def test_an_unknown_code_says_what_to_do(till: Cashier) -> None:
    till.read("NOBODYS-CODE")

    expect(till.trouble).to_contain_text("Scan it again, or go on without it.")
    expect(till.page.get_by_label("Scan or type")).to_be_focused()
    expect(till.page.get_by_label("Scan or type")).to_have_value("")
    insist_on_access(till.page)
    picture(till.page, "pos-unknown-code")


def test_keys_are_listed_and_work(till: Cashier) -> None:
    till.push("Help")
    expect(till.page.get_by_role("dialog", name="Keys of the till")).to_be_visible()
    insist_on_access(till.page)
    till.press("Escape")
    expect(till.page.get_by_label("Scan or type")).to_be_focused()

    till.press("F2", "Scan the customer's card.")
    till.press("F4", "Scan the voucher.")
    till.press("Escape")
    expect(till.page.get_by_role("heading", name="Cancel the bill?")).to_be_visible()
    insist_on_access(till.page)
    till.press("Escape")
    expect(till.page.get_by_role("heading", name="Cancel the bill?")).to_be_hidden()


def test_the_soft_keyboard_comes_when_it_is_wanted(till: Cashier) -> None:
    field = till.page.get_by_label("Scan or type")
    expect(field).to_have_attribute("inputmode", "none")

    till.push("Keyboard")

    expect(field).to_have_attribute("inputmode", "text")
    expect(field).to_be_focused()


def test_the_call_is_shown_without_the_code_of_the_customer(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.scan(ann.leat.card, "The customer is known.")

    till.page.get_by_text("Show the call").click()

    calls = till.page.locator("#calls")
    expect(calls).to_contain_text("POST /v1/checkouts/")
    expect(calls).to_contain_text('"value": "\'"$CODE"\'"')
    expect(calls).to_contain_text("Bearer $TILLSAGA_KEY")
    assert ann.leat.card not in till.page.content()
    insist_on_access(till.page)
    picture(till.page, "pos-call")
