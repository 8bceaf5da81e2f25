"""The receipt in a real browser: as it is seen, printed and scanned."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import Site, insist_on_access, picture
from tests.support.app import meal
from tests.support.scanning import scanned
from tests.support.shop import basket
from tillsaga.sandbox.letstrade import world as letstrade

CALLBACK = "/v1/callbacks/letstrade/append-vouchers"
POINTS_PER_MM = 72 / 25.4
PIXELS_PER_MM = 96 / 25.4


def send(site: Site, path: str, body: Any) -> Any:
    """Send what a till sends; it must not be refused."""
    answer = site.run(site.till.post(path, body))
    assert answer.is_success, answer.text
    return answer.json()


def read(site: Site, checkout_id: str) -> Any:
    return site.run(site.till.get(f"/v1/checkouts/{checkout_id}/receipt")).json()


def opened(site: Site, sold: Any, *identifiers: Any) -> str:
    """Open a checkout; answers its id."""
    asked = {
        "store_id": site.shop.store.id,
        "terminal_id": "till-1",
        "cashier_id": "kim",
        "basket": sold,
        "identifiers": list(identifiers),
    }
    return str(send(site, "/v1/checkouts", asked)["id"])


def pay(site: Site, checkout_id: str, **more: Any) -> None:
    """Pay what is due by card."""
    address = f"/v1/checkouts/{checkout_id}"
    due = send(site, f"{address}/ready", {})["totals"]["due_amount"]
    paid = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
    assert send(site, f"{address}/payments", paid | more)["status"] == "completed"


def sold_to_a_member(site: Site) -> str:
    """Two flat whites and a cake, with a voucher, a gift card, a card, a tip, and points."""
    leat = site.shopper().leat
    checkout_id = opened(site, basket(), leat.identifier)
    address = f"/v1/checkouts/{checkout_id}"
    send(site, f"{address}/offers", {"code": leat.voucher_code})
    card = {"type": "giftcard", "reference": leat.giftcard_code, "amount": 3_00}
    send(site, f"{address}/tenders", card)
    pay(site, checkout_id, tip_amount=50)
    return checkout_id


@pytest.fixture
def sharp(browser: Browser, staff: Page, site: Site) -> Iterator[Page]:
    """The same visitor at a screen with as many dots as paper has."""
    state = staff.context.storage_state()
    size = ViewportSize(width=1280, height=900)
    context = browser.new_context(
        base_url=site.url, viewport=size, device_scale_factor=3, storage_state=state
    )
    yield context.new_page()
    context.close()


def test_a_sale_is_read_and_printed(staff: Page, site: Site) -> None:
    checkout_id = sold_to_a_member(site)

    staff.goto(f"/receipts/{checkout_id}")

    paper = staff.get_by_role("article", name="Receipt")
    expect(paper).to_contain_text("Amsterdam Centraal")
    expect(paper.get_by_role("row", name="Total EUR")).to_be_visible()
    expect(paper.get_by_role("row", name="Gift card ****")).to_contain_text("Balance left 17.00")
    expect(paper.get_by_role("row", name="Tip")).to_contain_text("0.50")
    expect(paper.get_by_role("row", name="Points earned")).to_contain_text("Leat")
    expect(paper).to_contain_text(checkout_id)
    insist_on_access(staff)
    picture(staff, "receipt-sale")

    staff.evaluate("window.print = () => { document.body.dataset.printed = 'yes' }")
    button = staff.get_by_role("button", name="Print")
    reach(staff, button)
    staff.keyboard.press("Enter")
    expect(staff.locator("body")).to_have_attribute("data-printed", "yes")
    staff.emulate_media(media="print")
    expect(staff.get_by_role("banner")).to_be_hidden()
    expect(staff.get_by_role("region", name="About this paper")).to_be_hidden()
    staff.set_viewport_size(ViewportSize(width=302, height=800))
    picture(staff, "receipt-on-paper")
    sheet = staff.pdf(prefer_css_page_size=True)
    [width, _] = re.findall(rb"/MediaBox ?\[ ?0 0 ([\d.]+) ([\d.]+)", sheet)[0]
    assert float(width) == pytest.approx(80 * POINTS_PER_MM, abs=1)
    staff.emulate_media(media="screen")

    reach(staff, staff.get_by_role("link", name="As text"))
    staff.keyboard.press("Enter")
    staff.wait_for_url("**/*.txt")
    text = staff.locator("body").inner_text()
    assert text.strip() == _text(site, checkout_id).strip()


def _text(site: Site, checkout_id: str) -> str:
    address = f"/v1/checkouts/{checkout_id}/receipt"
    return site.run(site.till.get(address, accept="text/plain")).text


def reach(page: Page, wanted: Any) -> None:
    """Go there by keyboard alone."""
    for _ in range(30):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not lead there")


def test_a_bill_is_scanned_and_shows_what_was_picked(staff: Page, sharp: Page, site: Site) -> None:
    sold = meal()
    checkout_id = opened(site, sold)
    slip = read(site, checkout_id)["slip"]
    assert json.loads(slip)["transaction_id"] == sold["id"]

    staff.goto(f"/receipts/{checkout_id}")
    paper = staff.get_by_role("article", name="Bill")
    expect(paper).to_contain_text("Scan to use your vouchers")
    insist_on_scan(sharp, checkout_id, slip)

    picked = {
        "url": f"{site.url}{CALLBACK}",
        "transaction_id": sold["id"],
        "voucher_ids": [letstrade.VOUCHER_TEN],
    }
    site.run(site.shop.control("POST", "/letstrade/append-vouchers", picked))
    staff.reload()

    expect(paper.get_by_role("row", name="Let'sTrade")).to_contain_text("R10 OFF / V-1")
    expect(paper.get_by_role("row", name="To pay")).to_contain_text("90.00")
    insist_on_access(staff)
    picture(staff, "receipt-bill")
    send(site, f"/v1/checkouts/{checkout_id}/cancel", {"reason": "left"})
    staff.reload()
    expect(staff.get_by_role("article", name="Cancelled")).to_contain_text("This is no receipt")
    insist_on_access(staff)
    picture(staff, "receipt-cancelled")


def test_who_did_not_identify_scans_a_link_to_the_points(sharp: Page, site: Site) -> None:
    checkout_id = opened(site, basket())
    pay(site, checkout_id)
    receipt = read(site, checkout_id)

    assert receipt["claim_link"].startswith("https://")
    insist_on_scan(sharp, checkout_id, receipt["claim_link"])
    # The picture alone, as the API gives it to a till.
    address = f"/v1/checkouts/{checkout_id}/receipt"
    drawn = site.run(site.till.get(address, accept="image/svg+xml")).text
    sharp.set_content(drawn)
    assert scanned(sharp.locator("svg").screenshot()) == [receipt["claim_link"]]


def insist_on_scan(page: Page, checkout_id: str, payload: str) -> None:
    """A phone reads the code off the screen, by day and by night, and off the paper."""
    page.goto(f"/receipts/{checkout_id}")
    code = page.get_by_role("img", name="QR code")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        for width in (320, 1280):
            page.emulate_media(media="screen", color_scheme=scheme)
            page.set_viewport_size(ViewportSize(width=width, height=900))
            assert scanned(code.screenshot()) == [payload], (scheme, width)
    page.emulate_media(media="print")
    assert scanned(code.screenshot()) == [payload]
    box = code.locator("svg").bounding_box()
    assert box is not None
    assert box["width"] >= 25 * PIXELS_PER_MM
    assert box["width"] == pytest.approx(box["height"])


def test_what_came_back_is_on_the_receipt_and_on_its_own(staff: Page, site: Site) -> None:
    checkout_id = sold_to_a_member(site)
    back = {"refund_id": "rfd.1:a", "reason": "cold", "lines": [{"line_id": "2", "quantity": "1"}]}
    refund = send(site, f"/v1/checkouts/{checkout_id}/refunds", back)
    said = f"{refund['amount'] / 100:.2f}"

    staff.goto(f"/receipts/{checkout_id}")
    expect(staff.get_by_role("row", name="Refunded")).to_contain_text(f"\N{MINUS SIGN}{said}")
    expect(staff.get_by_text("Refunded in part")).to_be_visible()
    insist_on_access(staff)
    picture(staff, "receipt-refunded")
    reach(staff, staff.get_by_role("link", name="rfd.1:a"))
    staff.keyboard.press("Enter")

    paper = staff.get_by_role("article", name="Refund")
    expect(paper.get_by_role("row", name="Given back EUR")).to_contain_text(said)
    expect(paper).to_contain_text("Cheesecake")
    insist_on_access(staff)
    picture(staff, "receipt-refund")
    staff.get_by_role("link", name="The receipt of the sale").click()
    expect(staff.get_by_role("article", name="Receipt")).to_be_visible()


def test_before_the_payment_it_says_that_there_is_none_yet(staff: Page, site: Site) -> None:
    # The vendor that would find the bill was not told of it, so it has no slip.
    site.run(site.shop.fault("error_before", "offerings.get", "letstrade", status=503))
    checkout_id = opened(site, meal())
    site.run(site.shop.mend())

    staff.goto(f"/receipts/{checkout_id}")

    expect(staff.get_by_role("article", name="No receipt yet")).to_contain_text("is not paid")
    insist_on_access(staff)
    picture(staff, "receipt-waiting")
    staff.get_by_role("link", name="Look again").click()
    expect(staff.get_by_role("article", name="No receipt yet")).to_be_visible()
