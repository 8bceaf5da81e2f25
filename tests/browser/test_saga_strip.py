"""The saga beside the till, live: what is done, what is taken back, and what stands behind."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site, insist_on_access, picture, sign_in
from tillsaga.demo.stories.building import GIFTCARD, LINES, reward_of
from tillsaga.demo.till import Till
from tillsaga.dev.stores_template import AMSTERDAM, TERMINAL

STEPS, BACK = "Steps", "Taken back, the newest first"
PLANNED = "What payment will set in motion"


@pytest.fixture
def till(site: Site) -> Iterator[Till]:
    with Till(site.url, site.key("pos"), AMSTERDAM, TERMINAL) as opened:
        yield opened


def chips(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name=name, exact=True).get_by_role("button")


def test_a_declined_card_is_seen_taken_back_step_by_step(
    staff: Page, site: Site, till: Till
) -> None:
    ann = site.shopper().leat
    checkout = till.open(LINES, ann.identifier)
    staff.goto(f"/pos/{checkout['id']}/saga/page")
    expect(staff.get_by_role("list", name=PLANNED)).to_contain_text("The customer pays")
    insist_on_access(staff)

    checkout = till.offer(checkout, code=ann.voucher_code)
    expect(chips(staff, STEPS)).to_contain_text(["lock the voucher"])
    expect(staff.get_by_role("list", name=PLANNED)).to_contain_text("The customer pays")
    checkout = till.offer(checkout, offer_id=reward_of(checkout))
    checkout = till.ready(till.tender(checkout, "giftcard", GIFTCARD, ann.giftcard_code))
    expect(chips(staff, STEPS)).to_have_count(3)
    expect(chips(staff, STEPS).nth(2)).to_contain_text("Leat \u00b7 5.00 EUR")
    expect(chips(staff, STEPS).nth(2)).to_contain_text("applied")
    picture(staff, "saga-ready")
    insist_on_access(staff)

    till.wait_for_end(till.pay(checkout, "declined", final=True))

    back = [re.compile(f"takes back step {n}") for n in (3, 2, 1)]
    expect(chips(staff, BACK)).to_have_count(3)
    expect(chips(staff, BACK)).to_contain_text(back)
    expect(chips(staff, BACK).filter(has_text="undone")).to_have_count(3)
    expect(chips(staff, STEPS).filter(has_text="undone")).to_have_count(3)
    expect(staff.get_by_role("status").filter(has_text="cancelled: 3")).to_be_attached()
    picture(staff, "saga-declined")
    insist_on_access(staff)


def test_a_chip_opens_by_keyboard_and_shows_what_stands_behind_it(
    staff: Page, site: Site, till: Till
) -> None:
    ann = site.shopper().leat
    checkout = till.open(LINES, ann.identifier)
    till.tender(checkout, "giftcard", GIFTCARD, ann.giftcard_code)
    staff.context.grant_permissions(["clipboard-read", "clipboard-write"])
    staff.goto(f"/pos/{checkout['id']}/saga/page")
    chip = chips(staff, STEPS).filter(has_text="charge the gift card")

    chip.focus()
    staff.keyboard.press("Enter")
    dialog = staff.get_by_role("dialog", name="What stands behind it")
    expect(dialog).to_contain_text(f"{checkout['id']}/charge_giftcard/leat/")
    expect(dialog).to_contain_text("carried out")
    expect(dialog).to_contain_text("giftcard-transactions")
    said = dialog.inner_text()
    assert "$TOKEN" in said
    assert ann.giftcard_code not in said
    picture(staff, "saga-chip")
    insist_on_access(staff)

    dialog.get_by_role("button", name=re.compile("Copy call 1")).press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Copied")
    assert str(staff.evaluate("navigator.clipboard.readText()")).startswith("curl -X")
    staff.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(chip).to_be_focused()


def test_a_till_sees_the_steps_but_no_records(page: Page, site: Site, till: Till) -> None:
    ann = site.shopper().leat
    checkout = till.offer(till.open(LINES, ann.identifier), code=ann.voucher_code)
    sign_in(page, site.key("pos"))
    page.goto(f"/pos/{checkout['id']}/saga/page")

    chips(page, STEPS).first.click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("support or audit shows the record")
    expect(dialog).not_to_contain_text("curl")
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)


def test_a_paid_checkout_ends_with_its_receipt_and_its_audit(
    staff: Page, site: Site, till: Till
) -> None:
    ann = site.shopper().leat
    checkout = till.offer(till.open(LINES, ann.identifier), code=ann.voucher_code)
    staff.goto(f"/pos/{checkout['id']}/saga/page")
    paid = till.pay(till.pay(till.ready(checkout), "authorized"), "captured")
    till.wait_for_end(paid)

    expect(staff.get_by_role("link", name="Receipt")).to_have_attribute(
        "href", f"/receipts/{checkout['id']}"
    )
    main = staff.get_by_role("main")
    expect(main.get_by_role("link", name="Audit")).to_have_attribute(
        "href", f"/audit/{checkout['id']}"
    )
    workflow = staff.get_by_role("link", name="In the Temporal UI").get_attribute("href")
    assert workflow is not None
    assert workflow.endswith(f"/workflows/{checkout['id']}")
    posted = chips(staff, STEPS).filter(has_text="post the order")
    expect(posted.filter(has_text="applied")).to_have_count(2)
    insist_on_access(staff)


def test_a_fault_is_armed_by_the_drawer_and_seen_behind_its_chip(
    staff: Page, site: Site, till: Till
) -> None:
    ann = site.shopper().leat
    checkout = till.open(LINES, ann.identifier)
    staff.goto(f"/pos/{checkout['id']}/saga/page")
    open_drawer(staff)
    insist_on_access(staff)

    staff.get_by_label("Where").select_option("leat:giftcard_transaction.create")
    staff.get_by_label("What goes wrong").select_option("drop_after")
    staff.get_by_role("button", name="Arm it").press("Enter")
    expect(armed(staff)).to_contain_text("giftcard_transaction.create")
    expect(staff.get_by_role("status").filter(has_text="It is armed")).to_be_visible()
    picture(staff, "breaking-armed")
    insist_on_access(staff)

    till.tender(checkout, "giftcard", GIFTCARD, ann.giftcard_code)
    chip = chips(staff, STEPS).filter(has_text="charge the gift card")
    expect(chip).to_contain_text("applied")
    chip.press("Enter")
    dialog = staff.get_by_role("dialog")
    expect(dialog).to_contain_text("fault: drop_after")
    expect(dialog).to_contain_text("hung up")
    staff.keyboard.press("Escape")
    charges = site.books()["leat"]["giftcards"][ann.giftcard]["transactions"]
    assert [one["amount"] for one in charges if not one["opening"]] == [-GIFTCARD]

    staff.get_by_role("button", name="Look again").press("Enter")
    expect(armed(staff)).to_contain_text("struck 1 of 1")
    staff.get_by_role("button", name="Clear all").press("Enter")
    expect(staff.get_by_text("Nothing. All vendors answer")).to_be_visible()
    expect(staff.locator("#breaking-armed")).to_be_focused()


def test_a_fault_that_makes_no_sense_is_told_with_its_reason(
    staff: Page, site: Site, till: Till
) -> None:
    checkout = till.open(LINES)
    staff.goto(f"/pos/{checkout['id']}/saga/page")
    open_drawer(staff)

    staff.get_by_label("What goes wrong").select_option("refuse")
    expect(staff.get_by_label("message")).to_be_visible()
    staff.get_by_role("button", name="Arm it").press("Enter")

    alert = staff.get_by_role("alert").filter(has_text="refuse needs the vendor's code")
    expect(alert).to_be_visible()
    insist_on_access(staff)


def test_each_vendor_of_the_store_can_be_broken_and_nobody_kills_here(
    staff: Page, site: Site, till: Till
) -> None:
    checkout = till.open(LINES)
    staff.goto(f"/pos/{checkout['id']}/saga/page")
    open_drawer(staff)

    places = staff.get_by_label("Where").locator("option").all_inner_texts()

    assert {place.partition(":")[0] for place in places} == {
        "Leat",
        "Let'sTrade",
        "White Label Loyalty",
        "Loyale",
    }
    assert len(places) > 60
    expect(staff.get_by_role("button", name=re.compile("Kill"))).to_have_count(0)


def open_drawer(page: Page) -> None:
    page.locator("details.breaking > summary").press("Enter")
    expect(page.get_by_role("button", name="Arm it")).to_be_visible()


def armed(page: Page) -> Locator:
    return page.get_by_role("list", name="What is armed")
