"""The till in a store that sells in dollars, with coupons that nobody can be asked about."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cashier import Cashier
from tests.browser.conftest import Site, insist_on_access, picture
from tillsaga.demo.movements import net_of
from tillsaga.demo.vendors import koupon


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    kinds = ("leat", "loyale", "koupon")
    with Site(tmp_path_factory.mktemp("dollars"), kinds, skips_time=False) as opened:
        yield opened


def test_a_coupon_of_an_account_is_redeemed_before_the_capture(staff: Page, site: Site) -> None:
    ann = site.shopper()
    till = Cashier(staff)
    till.sell("Flat white")
    till.push("Identify by hand")
    expect(till.page.get_by_label("E-mail address or card number")).to_be_focused()
    till.page.keyboard.type(ann.koupon.account)
    till.page.get_by_label("Whose card it is").select_option("koupon")
    till.push("Identify", "The customer is known.")
    till.scan(koupon.COUPON_CODE, "The offer is on the bill.")
    expect(till.due).to_contain_text("2.50")

    till.press("F9", "Ready to be paid.")
    expect(till.bill).to_contain_text("Point of no return.")
    insist_on_access(till.page)
    picture(till.page, "pos-dollars")
    till.press("F9", "The card is authorised.")
    till.press("F9")
    till.is_sold()

    assert net_of(ann.koupon.booked(site.books()[koupon.VENDOR]))[koupon.COUPON] == 1
