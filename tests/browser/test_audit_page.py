"""The audit in a real browser: found, read, tried and taken along, with a mouse or without."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from tests.browser.conftest import Site, insist_on_access, picture, sign_in
from tests.support.audited import rich_checkout
from tests.support.shop import basket, flat_whites
from tillsaga.demo.shopper import Shopper
from tillsaga.sandbox import world


async def undone(site: Site) -> str:
    """A checkout over two vendors whose payment fails after its charge's answer was lost."""
    shop = site.shop
    await shop.fault("drop_after", "giftcard_transaction.create")
    checkout = await shop.open(basket(flat_whites()), world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.until(lambda seen: all(t["status"] == "charged" for t in seen["tenders"]))
    await checkout.pay(await checkout.ready(), "declined", final=True)
    assert await checkout.ended() == "cancelled"
    await shop.mend()
    return checkout.id


async def over_several(site: Site, shopper: Shopper, last: str) -> str:
    """A burned voucher, points and prepaid credit pay parts; a card pays the rest, or does not."""
    known = [shopper.wll.identifier, shopper.leat.identifier]
    checkout = await site.shop.open(basket(), identifiers=known)
    await checkout.offer(f"wll:voucher:{shopper.wll.voucher}")
    await checkout.points(1_00)
    await checkout.prepaid(2_00)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await checkout.pay(due, last, final=True)
    await checkout.ended()
    return checkout.id


@pytest.fixture(scope="module")
def sold(site: Site) -> str:
    """A sale with all that an audit can tell of."""
    return site.run(rich_checkout(site.shop, site.till))


@pytest.fixture
def auditor(page: Page, site: Site) -> Page:
    sign_in(page, site.key("audit"))
    return page


@pytest.fixture
def without_script(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    opened = context.new_page()
    sign_in(opened, site.key("audit", "support"))
    yield opened
    context.close()


def test_an_auditor_finds_a_checkout_by_keyboard(auditor: Page, sold: str) -> None:
    auditor.goto("/audit")
    expect(auditor).to_have_title("Audit · Tillsaga")
    insist_on_access(auditor)

    auditor.get_by_label("Checkout", exact=True).focus()
    auditor.keyboard.type("chk_nothing")
    auditor.keyboard.press("Enter")
    expect(auditor.get_by_role("alert")).to_contain_text("Copy it as a whole")
    expect(auditor.get_by_label("Checkout", exact=True)).to_be_focused()
    insist_on_access(auditor)

    auditor.keyboard.press("Control+A")
    auditor.keyboard.type(sold)
    auditor.keyboard.press("Enter")
    expect(auditor.get_by_role("heading", level=1)).to_contain_text(sold)


def test_filters_are_an_address_that_can_be_passed_on(auditor: Page, sold: str) -> None:
    auditor.goto("/audit")
    auditor.get_by_label("Status").select_option("completed")
    auditor.get_by_label("Vendor").select_option("leat")
    auditor.get_by_role("button", name="Find").press("Enter")

    expect(auditor.get_by_role("link", name=sold)).to_be_visible()
    assert "status=completed" in auditor.url
    assert "provider=leat" in auditor.url
    expect(auditor.get_by_label("Status")).to_have_value("completed")
    query = auditor.get_by_role("link", name="The same in the Temporal UI")
    assert "TillsagaStatus" in str(query.get_attribute("href"))
    insist_on_access(auditor)
    picture(auditor, "audit-search")


def test_a_sale_is_told_in_a_picture_a_table_and_accounts(auditor: Page, sold: str) -> None:
    auditor.goto(f"/audit/{sold}")

    timeline = auditor.get_by_role("img", name="Timeline of")
    expect(timeline).to_be_visible()
    expect(auditor.get_by_role("rowheader", name="charge the gift card").first).to_be_visible()
    steps = auditor.locator("table.steps tr[id^=effect-]")
    rows = timeline.locator(".row-name")
    assert steps.count() == rows.count() > 3
    expect(auditor.get_by_role("heading", name="leat: Stored value that paid")).to_be_visible()
    checks = auditor.get_by_role("listitem").filter(has_text="Chain unchanged")
    expect(checks.first).to_contain_text("holds")
    people = auditor.get_by_role("region", name="People").last
    expect(people).to_contain_text("kim")
    expect(people).to_contain_text("the customer keeps the card")
    insist_on_access(auditor)
    picture(auditor, "audit-sale")
    auditor.emulate_media(color_scheme="dark")
    picture(auditor, "audit-sale-dark")
    auditor.set_viewport_size({"width": 320, "height": 800})
    picture(auditor, "audit-sale-320")


def test_what_was_taken_back_nets_to_zero(auditor: Page, site: Site) -> None:
    checkout_id = site.run(undone(site))
    auditor.goto(f"/audit/{checkout_id}")

    expect(auditor.get_by_text("nets to zero").first).to_be_visible()
    left = auditor.get_by_role("listitem").filter(has_text="Nothing is left at any vendor")
    expect(left.first).to_contain_text("holds")
    assert auditor.locator("svg[role=img] .bar.lost").count() >= 1
    assert auditor.locator("svg[role=img] .bar.undo").count() >= 1
    assert auditor.locator(".checks .broken").count() == 0
    insist_on_access(auditor)
    picture(auditor, "audit-undone")


def test_each_vendor_has_its_lane_and_its_accounts(auditor: Page, site: Site) -> None:
    checkout_id = site.run(over_several(site, site.shopper(), "captured"))
    auditor.goto(f"/audit/{checkout_id}")

    timeline = auditor.get_by_role("img", name="Timeline of")
    lanes = timeline.locator(".lane-name").all_text_contents()
    assert {"wll", "leat", "letstrade"} <= {*lanes}
    assert timeline.locator(".flag").count() >= 1
    assert timeline.locator(".paid").count() == 1
    assert auditor.locator(".checks .broken").count() == 0
    finalised = auditor.get_by_role("listitem").filter(has_text="Finalised exactly once")
    expect(finalised.first).to_contain_text("holds")
    picture(auditor, "audit-several")


def test_what_nobody_takes_back_is_red_with_its_amount(auditor: Page, site: Site) -> None:
    checkout_id = site.run(over_several(site, site.shopper(), "declined"))
    auditor.goto(f"/audit/{checkout_id}")

    expect(auditor.get_by_role("alert")).to_contain_text("accounts at wll do not come to nothing")
    expect(auditor.get_by_role("alert")).to_contain_text("goodwill")
    burned = auditor.get_by_role("region", name="wll: Vouchers and rewards")
    expect(burned).to_contain_text("off by")
    spent = auditor.get_by_role("region", name="wll: Points")
    expect(spent).to_contain_text("nets to zero")
    insist_on_access(auditor)
    picture(auditor, "audit-goodwill")


def test_the_keyboard_reaches_everything(auditor: Page, sold: str) -> None:
    auditor.goto(f"/audit/{sold}")

    auditor.get_by_role("link", name="Calls", exact=True).press("Enter")
    assert auditor.url.endswith("#steps")
    region = auditor.get_by_role("region", name="Timeline").last
    region.focus()
    expect(region).to_be_focused()
    auditor.set_viewport_size({"width": 320, "height": 800})
    auditor.keyboard.press("ArrowRight")
    auditor.wait_for_function("document.querySelector('.picture').scrollLeft > 0")
    auditor.get_by_text("Sequence diagram (Mermaid)").press("Enter")
    expect(auditor.get_by_label("Sequence diagram (Mermaid)")).to_contain_text("sequenceDiagram")


def test_the_evidence_is_a_download_that_the_audit_knows_of(auditor: Page, sold: str) -> None:
    auditor.goto(f"/audit/{sold}")

    with auditor.expect_download() as coming:
        auditor.get_by_role("button", name="Evidence bundle").press("Enter")

    path = coming.value.path()
    assert coming.value.suggested_filename == f"evidence-{sold}.zip"
    with zipfile.ZipFile(io.BytesIO(Path(path).read_bytes())) as bundle:
        about = json.loads(bundle.read("about.json"))
        assert "history-1.json" in bundle.namelist()
    assert (about["unchanged"], about["export_noted"]) == (True, True)
    auditor.reload()
    expect(auditor.get_by_role("region", name="People").last).to_contain_text("evidence bundle")


def test_without_script_the_whole_page_is_there(without_script: Page, sold: str) -> None:
    without_script.goto("/audit?status=completed")
    without_script.get_by_role("link", name=sold).click()

    expect(without_script.get_by_role("img", name="Timeline of")).to_be_visible()
    assert without_script.locator("svg[role=img] .bar").count() > 3
    assert without_script.locator("table.steps tr").count() > 4
    with without_script.expect_download() as coming:
        without_script.get_by_role("button", name="Ledger of leat").click()
    assert "charge_giftcard" in Path(coming.value.path()).read_text()


def test_on_paper_stands_all_and_nothing_to_click(auditor: Page, sold: str) -> None:
    auditor.goto(f"/audit/{sold}")
    auditor.emulate_media(media="print")

    expect(auditor.get_by_role("img", name="Timeline of")).to_be_visible()
    expect(auditor.locator("table.entries")).to_be_visible()
    expect(auditor.locator("header.bar")).to_be_hidden()
    expect(auditor.get_by_role("button", name="Evidence bundle")).to_be_hidden()
    auditor.set_viewport_size({"width": 1000, "height": 1400})
    picture(auditor, "audit-print")
    auditor.emulate_media(media="screen")


def test_a_chain_that_was_changed_says_so_first(auditor: Page, site: Site) -> None:
    checkout_id = site.run(undone(site))
    site.run(_change(site, checkout_id, 4))

    auditor.goto(f"/audit/{checkout_id}")

    alert = auditor.get_by_role("alert")
    expect(alert).to_contain_text("This audit was changed after it was written")
    alert.get_by_role("link", name="Entry 4").press("Enter")
    assert auditor.url.endswith("#entry-4")
    insist_on_access(auditor)
    picture(auditor, "audit-changed")


async def _change(site: Site, checkout_id: str, number: int) -> None:
    words = "UPDATE audit_entries SET actor = 'me' WHERE checkout_id = :id AND number = :number"
    async with site.shop.wiring.database.write() as session:
        await session.execute(text(words), {"id": checkout_id, "number": number})
