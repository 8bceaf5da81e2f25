"""Signing in and out, and what is left of a session, in a real browser."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, insist_on_access, picture, sign_in
from tillsaga.records.apikeys import SqlApiKeys

SOME_PAGE = "/receipts/chk_0000000000000000"


def test_a_person_signs_in_and_out_by_keyboard(page: Page, site: Site) -> None:
    page.goto(SOME_PAGE)
    expect(page).to_have_title("Sign in · Tillsaga")
    expect(page.get_by_label("API key")).to_be_focused()
    insist_on_access(page)
    picture(page, "sign-in")

    page.get_by_label("API key").focus()
    page.keyboard.type("ts_test_nonsense")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("No live API key")
    expect(page.get_by_label("API key")).to_be_focused()
    insist_on_access(page)
    picture(page, "sign-in-wrong")

    page.get_by_label("API key").focus()
    page.keyboard.type(site.key("pos"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{SOME_PAGE}")
    expect(page.get_by_role("banner")).to_contain_text("browser")
    insist_on_access(page)

    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_title("Sign in · Tillsaga")
    # What was seen is not kept: the way back leads to the sign-in.
    page.goto(SOME_PAGE)
    expect(page).to_have_title("Sign in · Tillsaga")


def test_the_bar_shows_the_pages_that_a_key_may_see(page: Page, site: Site) -> None:
    pages = {"pos": ["Till"], "support": ["Till", "Attention", "Audit"], "audit": ["Audit"]}
    for scope, names in pages.items():
        sign_in(page, site.key(scope))
        page.goto(SOME_PAGE)
        links = page.get_by_role("navigation", name="Pages").get_by_role("link")
        expect(links).to_have_text(names)


def test_the_first_tab_leads_past_the_bar(page: Page, site: Site) -> None:
    sign_in(page, site.key("support"))
    page.goto(SOME_PAGE)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_a_session_ends_with_its_key(page: Page, site: Site) -> None:
    secret = site.key("support")
    sign_in(page, secret)
    page.goto(SOME_PAGE)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    keys = SqlApiKeys(site.shop.wiring.database)
    holder = site.run(keys.verify(secret))
    assert holder is not None
    site.run(keys.revoke(holder.id))
    page.get_by_role("button", name="Sign out").click()

    expect(page).to_have_title("Sign in · Tillsaga")


def test_a_link_with_the_key_behind_a_hash_signs_in(page: Page, site: Site) -> None:
    page.goto(f"/sign-in?next={SOME_PAGE}#{site.key('pos', 'support')}")
    page.wait_for_url(f"**{SOME_PAGE}")

    assert "ts_test" not in page.url
    assert page.evaluate("document.cookie") == ""
