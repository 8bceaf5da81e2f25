"""Payment at the till in the browser, its ways out, and what comes back after the sale."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.cashier import Cashier
from tests.browser.conftest import Site, insist_on_access, picture
from tillsaga.demo.movements import Net, net_of
from tillsaga.demo.shopper import Shopper
from tillsaga.demo.vendors import leat

KNOWN = "The customer is known."
PAYS = "It pays its part."


@pytest.fixture
def till(staff: Page) -> Cashier:
    return Cashier(staff)


def at_leat(site: Site, shopper: Shopper) -> Net:
    return net_of(shopper.leat.booked(site.books()[leat.VENDOR]))


def sold_partly_by_gift_card(till: Cashier, shopper: Shopper) -> None:
    """Three bags of beans: 25.50, of which a gift card pays 20.00."""
    for _ in range(3):
        till.sell("Coffee beans")
    expect(till.due).to_contain_text("25.50")
    till.scan(shopper.leat.giftcard_code, PAYS)
    expect(till.due).to_contain_text("5.50")


def insist_on_the_one_that_is_final(till: Cashier) -> None:
    """All comes back but for the bill at Let'sTrade, which a person hears of."""
    expect(till.bill).to_contain_text("A colleague has to look at this")
    expect(till.bill).to_contain_text("finalise the bill")


def test_a_card_declined_for_good_gives_everything_back(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    sold_partly_by_gift_card(till, ann)
    till.press("F9", "Ready to be paid.")

    till.push("Declined, no other way to pay")

    expect(till.page.get_by_role("heading", name="Cancelled.")).to_be_visible()
    expect(till.bill).to_contain_text("Nothing is held and nothing is charged any more.")
    insist_on_access(till.page)
    picture(till.page, "pos-declined")
    assert at_leat(site, ann) == {}


def test_after_a_declined_card_another_one_pays(till: Cashier) -> None:
    till.sell("Cheesecake")
    till.press("F9", "Ready to be paid.")
    till.push("Declined", "The card was declined.")
    expect(till.bill).to_contain_text("declined")

    till.press("F9", "The card is authorised.")
    till.press("F9")

    till.is_sold()


def test_two_cards_share_a_bill(till: Cashier) -> None:
    till.sell("Cheesecake")
    till.press("F9", "Ready to be paid.")
    till.page.get_by_label("Amount on the card").fill("2.00")
    till.push("Paid at once", "It is paid.")
    expect(till.page.get_by_label("Amount on the card")).to_have_value("2.50")
    picture(till.page, "pos-split")

    till.push("Paid at once")

    till.is_sold()


def test_an_authorised_card_is_voided(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    sold_partly_by_gift_card(till, ann)
    till.press("F9", "Ready to be paid.")
    till.press("F9", "The card is authorised.")

    till.push("Voided", "The payment is void.")
    till.push("Cancel the bill")
    expect(till.page.get_by_label("Reason")).to_be_focused()
    till.press("Enter")

    expect(till.page.get_by_role("heading", name="Cancelled.")).to_be_visible()
    assert at_leat(site, ann) == {}


def test_a_bill_is_opened_again_and_cancelled(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    sold_partly_by_gift_card(till, ann)
    till.press("F9", "Ready to be paid.")
    till.press("Escape", "The basket is open again.")
    till.push("Give back: gift card", "It is given back.")
    expect(till.due).to_contain_text("25.50")

    till.press("Escape")
    expect(till.page.get_by_label("Reason")).to_be_focused()
    till.press("Enter")

    expect(till.page.get_by_role("heading", name="Cancelled.")).to_be_visible()
    assert at_leat(site, ann) == {}


def test_taking_out_the_last_line_asks_whether_to_cancel(till: Cashier) -> None:
    till.sell("Cheesecake")

    till.push("One less: Cheesecake", "A bill needs a line. Is it to be cancelled?")

    expect(till.page.get_by_role("heading", name="Cancel the bill?")).to_be_visible()


def test_a_wrong_amount_says_how_to_write_it(till: Cashier) -> None:
    till.sell("Cheesecake")
    till.press("F9", "Ready to be paid.")
    till.page.get_by_label("Amount on the card").fill("four")

    till.push("Authorised")

    expect(till.trouble).to_contain_text("write an amount such as 10.50")


def test_a_whole_sale_is_given_back(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    sold_partly_by_gift_card(till, ann)
    till.pay_by_card()
    till.push("Refund")
    expect(till.page.get_by_role("heading", name="Refund")).to_be_visible()
    insist_on_access(till.page)
    picture(till.page, "pos-refund")

    till.push("Give the whole sale back")

    expect(till.bill).to_contain_text("Give to the customer:")
    insist_on_the_one_that_is_final(till)
    insist_on_access(till.page)
    picture(till.page, "pos-refunded")
    assert leat.GIFTCARD not in at_leat(site, ann)


def test_one_of_three_is_given_back(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.sell("Coffee beans")
    till.sell("Coffee beans")
    till.scan(ann.leat.giftcard_code, PAYS)
    till.close_without_money()
    till.push("Refund")
    till.page.get_by_label("Coffee beans").fill("1")

    till.push("Give these lines back")

    expect(till.bill).to_contain_text("pay a part back to the gift card")
    insist_on_the_one_that_is_final(till)
    assert at_leat(site, ann)[leat.GIFTCARD] == -8_50


def test_a_forgotten_card_earns_after_the_sale(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.sell("Coffee beans")
    till.pay_by_card()

    till.scan(ann.leat.card, "The points go to the customer.")

    expect(till.bill).to_contain_text("points at Leat")
    assert at_leat(site, ann)[leat.POINTS] > 0


def test_a_vendor_whose_answer_is_lost_is_asked_again(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.sell("Flat white")
    till.sell("Cheesecake")
    till.scan(ann.leat.voucher_code, "The offer is on the bill.")
    till.press("F9", "Ready to be paid.")
    till.press("F9", "The card is authorised.")
    fault = {"vendor": "leat", "kind": "drop_after", "operation": "voucher.redeem"}
    httpx.post(f"{site.shop.http.base_url}/_sandbox/faults", json=fault).raise_for_status()

    till.press("F9")
    till.is_sold()

    assert at_leat(site, ann)[leat.VOUCHER] == 1


def test_the_next_customer_finds_an_empty_till(till: Cashier) -> None:
    till.sell("Cheesecake")
    till.pay_by_card()

    till.press("F9")

    expect(till.bill).to_contain_text("Nothing yet.")
    expect(till.page.get_by_label("Scan or type")).to_be_focused()
    insist_on_access(till.page)
    picture(till.page, "pos-empty")


def test_a_gift_card_is_sold_anew_after_the_page_was_loaded_again(
    till: Cashier, site: Site
) -> None:
    seed = f"{site.shop.http.base_url}/_sandbox/seed/leat"
    card = httpx.post(seed, json={"giftcards": [{}]}).raise_for_status().json()["giftcards"][0]
    till.push("Sell a gift card")
    expect(till.page.get_by_label("Scan the gift card")).to_be_focused()
    till.read(card["hash"])
    expect(till.due).to_contain_text("25.00")
    till.sell("Cheesecake")
    expect(till.due).to_contain_text("29.50")

    till.page.reload()
    till.push("Cheesecake")
    expect(till.trouble).to_contain_text("remove the card's line and sell it again")
    till.push("Remove: Gift card", "The basket is changed.")

    expect(till.due).to_contain_text("4.50")
