"""The six flows of a point of sale, by keyboard and scanner; the vendors' books are compared."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.cashier import Cashier
from tests.browser.conftest import Site, insist_on_access, picture
from tillsaga.demo.movements import Bill, Net, net_of
from tillsaga.demo.shopper import Shopper
from tillsaga.demo.vendors import leat, letstrade, loyale, wll

KNOWN = "The customer is known."
ON_THE_BILL = "The offer is on the bill."
PAYS = "It pays its part."


@pytest.fixture
def till(staff: Page) -> Cashier:
    return Cashier(staff)


def at_leat(site: Site, shopper: Shopper) -> Net:
    """What a shopper's books at Leat come to."""
    return net_of(shopper.leat.booked(site.books()[leat.VENDOR]))


def test_a_member_uses_a_voucher_and_a_reward(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.sell("Flat white")
    till.sell("Cheesecake")
    till.scan(ann.leat.card, KNOWN)
    expect(till.bill).to_contain_text("Gold")
    expect(till.bill).to_contain_text("380 points to go")
    insist_on_access(till.page)
    picture(till.page, "pos-member")

    till.push("Use: Free coffee", ON_THE_BILL)
    till.push("Use: 2.00 off", ON_THE_BILL)
    expect(till.due).to_contain_text("2.50")
    till.press("F9", "Ready to be paid.")
    insist_on_access(till.page)
    picture(till.page, "pos-ready")
    till.press("F9", "The card is authorised.")
    insist_on_access(till.page)
    picture(till.page, "pos-authorised")
    till.press("F9")
    till.is_sold()
    insist_on_access(till.page)

    net = at_leat(site, ann)
    assert net[leat.VOUCHER] == net[leat.ORDER] == 1
    assert net[leat.POINTS] < 0


def test_a_voucher_is_scanned_without_a_card(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.sell("Flat white")
    till.scan(ann.leat.voucher_code, ON_THE_BILL)
    expect(till.due).to_contain_text("0.00")
    expect(till.bill).to_contain_text("held")
    assert ann.leat.voucher_code not in till.bill.inner_text()

    till.close_without_money()

    assert at_leat(site, ann)[leat.VOUCHER] == 1


def test_a_physical_gift_card_is_sold(till: Cashier, site: Site) -> None:
    code, uuid = new_gift_card(site)
    till.push("Sell a gift card")
    expect(till.page.get_by_label("Scan the gift card")).to_be_focused()
    insist_on_access(till.page)
    till.page.get_by_label("Scan the gift card").focus()
    till.read(code)
    expect(till.due).to_contain_text("25.00")
    assert code not in till.bill.inner_text()

    till.sell("Muffin")
    till.pay_by_card()

    assert balance_of(site, uuid) == 25_00


def test_a_digital_gift_card_is_sold(till: Cashier, site: Site) -> None:
    before = set(site.books()["leat"]["giftcards"])
    till.push("Sell a digital gift card")
    expect(till.page.get_by_label("E-mail address of who gets it")).to_be_focused()
    till.page.keyboard.type("gift@example.test")
    till.page.get_by_label("Another amount").fill("12,50")
    till.page.keyboard.press("Enter")
    expect(till.due).to_contain_text("12.50")

    till.pay_by_card()

    (made,) = set(site.books()["leat"]["giftcards"]) - before
    assert balance_of(site, made) == 12_50


def test_a_gift_card_pays_a_part_and_cash_the_rest(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    for article in ("Coffee beans", "Coffee beans", "Cheesecake", "Cheesecake"):
        till.sell(article)
    expect(till.due).to_contain_text("26.00")
    till.scan(ann.leat.giftcard_code, PAYS)
    expect(till.due).to_contain_text("6.00")

    till.press("F9", "Ready to be paid.")
    till.page.get_by_label("The customer gives").fill("10")
    till.push("Into the drawer")
    till.is_sold()
    expect(till.said).to_contain_text("Change: 4.00")

    assert at_leat(site, ann)[leat.GIFTCARD] == -20_00


def test_prepaid_credit_is_sold(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.scan(ann.leat.card, "The customer is noted. Now the goods.")
    picture(till.page, "pos-card-first")
    insist_on_access(till.page)
    till.push("Top up prepaid")
    till.push("Into the basket", "The bill is open.")
    expect(till.due).to_contain_text("20.00")

    till.pay_by_card()

    assert at_leat(site, ann)[leat.PREPAID] == 20_00


def test_prepaid_credit_pays(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.sell("Cheesecake")
    till.scan(ann.leat.card, KNOWN)
    till.press("F8")
    expect(till.page.get_by_label("Scan the gift card")).to_be_focused()
    insist_on_access(till.page)
    picture(till.page, "pos-stored-value")
    till.push("Take prepaid credit", PAYS)

    till.close_without_money()

    assert at_leat(site, ann)[leat.PREPAID] == -4_50


def test_codes_of_an_app_redeem_and_pay(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.sell("Coffee beans")
    till.scan(ann.letstrade.voucher_code, ON_THE_BILL)
    expect(till.due).to_contain_text("5.50")
    till.scan(ann.letstrade.payment_code, PAYS)

    till.press("F9", "Ready to be paid.")
    expect(till.bill).to_contain_text("Point of no return.")
    insist_on_access(till.page)
    picture(till.page, "pos-point-of-no-return")
    till.press("F9")
    till.is_sold()

    books: Any = site.books()[letstrade.VENDOR]
    paid = [e for e in books["customers"][ann.letstrade.user]["money_entries"] if e["order_id"]]
    assert [entry["amount_in_cents"] for entry in paid] == [-5_50]
    assert books["codes"][ann.letstrade.voucher_code]["used_at"]


def test_white_label_points_and_loyale_members_are_served(till: Cashier, site: Site) -> None:
    ann = site.shopper()
    till.sell("Coffee beans")
    till.scan(ann.wll.account, KNOWN)
    till.scan(ann.loyale.barcode, KNOWN)
    expect(till.bill).to_contain_text("White Label")
    expect(till.bill).to_contain_text("1000 points")

    till.pay_by_card()

    bill = Bill(till.page.url.rsplit("/", 1)[-1], "")
    assert net_of(ann.wll.booked(site.books()[wll.VENDOR], bill))[wll.POINTS] > 0
    assert net_of(ann.loyale.booked(site.books()[loyale.VENDOR]))[loyale.SALE] == 1


def test_a_new_customer_joins_by_e_mail(till: Cashier, site: Site) -> None:
    before = set(site.books()["leat"]["points"])
    till.sell("Coffee beans")
    till.push("Identify by hand")
    expect(till.page.get_by_label("E-mail address or card number")).to_be_focused()
    till.page.keyboard.type("new-here@example.test")
    till.page.get_by_label("New here").check()
    insist_on_access(till.page)
    till.push("Identify", KNOWN)
    expect(till.bill).to_contain_text("0 points")

    till.pay_by_card()

    assert len(set(site.books()["leat"]["points"]) - before) == 1


def test_the_sandbox_makes_codes_to_scan(till: Cashier) -> None:
    till.sell("Cheesecake")
    till.page.get_by_text("What to scan").click()
    till.push("Make codes; they live ten minutes")
    redeems = till.page.get_by_role("listitem").filter(has_text="a voucher: 3.00 off")
    insist_on_access(till.page)
    picture(till.page, "pos-to-scan")

    redeems.get_by_role("button").press("Enter")

    expect(till.said).to_have_text(ON_THE_BILL)
    expect(till.due).to_contain_text("1.50")


def test_a_phone_in_the_dark_shows_it_all(till: Cashier, site: Site) -> None:
    till.page.set_viewport_size({"width": 320, "height": 800})
    till.page.emulate_media(color_scheme="dark")
    till.sell("Flat white")
    till.scan(site.shopper().leat.card, KNOWN)
    picture(till.page, "pos-phone-dark")

    till.press("F9", "Ready to be paid.")
    picture(till.page, "pos-phone-dark-ready")
    till.press("F9", "The card is authorised.")
    till.press("F9")
    till.is_sold()


def new_gift_card(site: Site) -> tuple[str, str]:
    """A card from behind the counter: nothing is on it."""
    seed = f"{site.shop.http.base_url}/_sandbox/seed/leat"
    made = httpx.post(seed, json={"giftcards": [{}]}).raise_for_status().json()["giftcards"][0]
    return str(made["hash"]), str(made["uuid"])


def balance_of(site: Site, uuid: str) -> int:
    """What the vendor says is on a card, minor units."""
    return int(site.books()["leat"]["giftcards"][uuid]["balance"])
