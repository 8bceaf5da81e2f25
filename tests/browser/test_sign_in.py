"""Signing in, in a real browser."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, insist_on_access, picture, sign_in


def test_a_person_signs_in_and_out_by_keyboard(page: Page, site: Site) -> None:
    page.goto("/")
    expect(page).to_have_title("Sign in · Tillsaga")
    insist_on_access(page)

    page.keyboard.type("ts_test_nonsense")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("No live API key")
    insist_on_access(page)
    picture(page, "sign-in-wrong")

    sign_in(page, site.key("pos"))
    page.goto("/sign-in")


def test_a_link_with_the_key_behind_a_hash_signs_in(page: Page, site: Site) -> None:
    page.goto(f"/sign-in#{site.key('pos', 'support')}")
    page.wait_for_url(lambda url: "/sign-in" not in url)

    assert "ts_test" not in page.url
    assert page.evaluate("document.cookie") == ""
