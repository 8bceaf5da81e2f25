"""The desk in a real browser: a real case is found, read and settled, and all of it by keyboard."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api import examples
from api.schemas import Reconciliations
from tests.browser.conftest import Site, insist_on_access, picture, sign_in
from tests.support.finding import moved
from tests.support.shop import Checkout
from tests.workflows.test_attention import earning_failed, undo_failed
from tillsaga.domain.guessing import GuessRule
from tillsaga.domain.webhooks import Endpoint, Event
from tillsaga.records.guesses import SqlGuessBook
from tillsaga.records.reconciliations import SqlReconciliationBook
from tillsaga.records.webhooks import SqlDeliveryBook
from tillsaga.sandbox import world

NAME, REASON = "Kim", "the vendor has unblocked the card"


def tab_to(page: Page, wanted: Locator) -> None:
    """Go there as somebody without a mouse does."""
    expect(wanted).to_be_visible()
    for _ in range(120):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    tab_to(page, wanted)
    page.keyboard.press(key)


def write(page: Page, label: str, words: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(words)


@pytest.fixture
def support(page: Page, site: Site) -> Page:
    """The browser of somebody of support."""
    sign_in(page, site.key("support"))
    return page


@pytest.fixture
def mended(site: Site) -> Any:
    """What the vendors' books were before; no fault stays for the next customer."""
    yield site.run(site.shop.books())
    site.run(site.shop.mend())


def opened(site: Site, failing: Any) -> Checkout:
    """A checkout with a case that the vendor's fault made; the vendor is well again."""
    checkout: Checkout = site.run(failing(site.shop))
    site.run(site.shop.mend())
    return checkout


def address(checkout: Checkout) -> str:
    return f"/attention/{checkout.id}/att_1"


def test_a_case_is_found_read_and_tried_again(support: Page, site: Site, mended: Any) -> None:
    checkout = opened(site, undo_failed)
    page = support
    page.goto("/attention")
    expect(page.get_by_role("heading", level=1)).to_have_text("What waits for a person")
    insist_on_access(page)
    picture(page, "attention-queue")

    press(page, page.locator(f"a[href='{address(checkout)}']"))

    expect(page.get_by_role("heading", level=1)).to_have_text("Not taken back")
    expect(page.get_by_role("status")).to_contain_text("They say")
    expect(page.get_by_role("status")).to_contain_text("happened")
    insist_on_access(page)
    picture(page, "attention-case")
    write(page, "Reason", REASON)
    write(page, "Your name", NAME)
    press(page, page.get_by_role("button", name="Try again"))

    told = page.get_by_role("status").filter(has_text="It was tried again, and it worked.")
    expect(told).to_be_focused()
    insist_on_access(page)
    picture(page, "attention-settled")
    assert moved(mended, site.run(site.shop.books())) == {}
    page.goto("/attention?state=settled")
    expect(page.get_by_text(f"{NAME}: {REASON}")).to_be_visible()
    insist_on_access(page)


def test_what_closes_a_case_for_good_is_confirmed(support: Page, site: Site, mended: Any) -> None:
    checkout = opened(site, earning_failed)
    left = site.run(site.shop.books())
    page = support
    page.goto(address(checkout))
    write(page, "Reason", "not worth a claim")
    press(page, page.get_by_role("button", name="The store bears it"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("are you sure?")
    insist_on_access(page)
    picture(page, "attention-confirm")

    press(page, page.get_by_role("button", name="Yes, close the case"))

    expect(page.get_by_role("status")).to_contain_text("The store bears it.")
    page.goto(address(checkout))
    expect(page.get_by_text("not worth a claim")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    assert site.run(site.shop.books()) == left


def test_two_people_at_one_case_are_told_who_was_first(
    support: Page, site: Site, mended: Any
) -> None:
    checkout = opened(site, undo_failed)
    page = support
    page.goto(address(checkout))
    word = {"action": "settled_by_hand", "actor": "Lee", "reason": "paid out in cash"}
    path = f"/v1/checkouts/{checkout.id}/attention/att_1/resolve"
    assert site.run(site.till.post(path, word)).is_success
    write(page, "Reason", REASON)
    press(page, page.get_by_role("button", name="Try again"))

    expect(page.get_by_role("alert")).to_contain_text("Somebody else was first")
    expect(page.get_by_text("paid out in cash")).to_be_visible()
    insist_on_access(page)
    picture(page, "attention-too-late")


def test_a_case_is_taken_on_and_given_back(support: Page, site: Site, mended: Any) -> None:
    checkout = opened(site, undo_failed)
    page = support
    page.goto(address(checkout))
    write(page, "Owner", NAME)
    press(page, page.get_by_role("button", name="Take it on"))
    expect(page.get_by_role("status").filter(has_text="It is looked after.")).to_be_focused()
    page.goto(f"/attention?owner={NAME}")
    expect(page.locator(f"a[href='{address(checkout)}']")).to_be_visible()

    page.goto(address(checkout))
    press(page, page.get_by_role("button", name="Give it back to the queue"))

    expect(page.get_by_role("status").filter(has_text="back in the queue")).to_be_visible()
    expect(page.get_by_role("button", name="Take it on")).to_be_visible()


async def charged(site: Site) -> Checkout:
    checkout = await site.shop.open()
    await checkout.giftcard(world.CARD_20, 2_00)
    return checkout


def test_a_stuck_hold_is_released(support: Page, site: Site, mended: Any) -> None:
    checkout = site.run(charged(site))
    page = support
    page.goto("/attention/holds")
    mine = page.get_by_role("listitem").filter(has_text=checkout.id)
    expect(mine).to_contain_text("2.00 EUR")
    insist_on_access(page)
    press(page, mine.locator("summary"))
    expect(mine.get_by_label("Reason")).to_be_visible()
    insist_on_access(page)
    picture(page, "attention-holds")
    tab_to(page, mine.get_by_label("Reason"))
    page.keyboard.type("till replaced")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").filter(has_text="The hold is free.")).to_be_focused()
    expect(mine).to_have_count(0)
    assert moved(mended, site.run(site.shop.books())) == {}


def test_a_case_is_read_and_settled_without_script(
    browser: Browser, site: Site, mended: Any
) -> None:
    checkout = opened(site, undo_failed)
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site.key("support"))
    page.goto(address(checkout))
    page.get_by_role("link", name="Ask the vendor's books").click()
    expect(page.get_by_role("status")).to_contain_text("happened")
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status")).to_contain_text("it worked")
    context.close()
    assert moved(mended, site.run(site.shop.books())) == {}


async def filled(site: Site) -> None:
    """Something to see on every page."""
    database = site.shop.wiring.database
    [compared] = Reconciliations.model_validate(examples.RECONCILIATIONS).data
    await SqlReconciliationBook(database).save(compared)
    await SqlGuessBook(database).note(site.shop.store.id, "key_5a1e0c9d7f3b2a64", GuessRule(), 500)
    told = Event(
        type="checkout.completed",
        store_id=site.shop.store.id,
        checkout_id="chk_9T3M2K7QW4RB5X8Z",
        version=7,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        data={"id": "chk_9T3M2K7QW4RB5X8Z"},
    )
    gone = Endpoint(id="whe_1", url="https://pos.example.com/hooks", config="c-1")
    await SqlDeliveryBook(database).note(told, [gone])
    for _ in range(3):
        await site.shop.open(None, world.ANN_CARD)


PAGES = {
    "reconciliations": ("/attention/reconciliations?date=2026-03-01", "Another amount"),
    "guesses": ("/attention/guesses", "pauses"),
    "deliveries": ("/attention/deliveries?status=", "whe_1"),
    "figures": ("/attention/figures", "Time to offers"),
    "figures-by-day": ("/attention/figures?from=2026-09-01&to=2026-11-22", "Outcomes per day"),
    "nothing": ("/attention?code=bill_differs", "Nothing waits here."),
    "trouble": ("/attention/chk_NOBODY/att_1", "This did not work"),
}


@pytest.fixture(scope="module")
def full(site: Site) -> Site:
    site.run(filled(site))
    return site


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_open_to_everybody(full: Site, support: Page, name: str) -> None:
    path, words = PAGES[name]
    support.goto(path)
    expect(support.get_by_text(words).first).to_be_visible()
    for summary in support.locator("summary").all():
        if not summary.evaluate("element => element.parentElement.open"):
            summary.click()
    insist_on_access(support)
    picture(support, f"attention-{name}")


def test_a_plot_s_numbers_are_downloaded(full: Site, support: Page) -> None:
    support.goto("/attention/figures")
    with support.expect_download() as download:
        press(support, support.get_by_role("link", name="CSV Outcomes per hour"))
    text = download.value.path().read_text()
    assert text.startswith("hour,completed,cancelled,expired,going on\n")
    assert sum(int(n) for line in text.splitlines()[1:] for n in line.split(",")[1:]) >= 3
