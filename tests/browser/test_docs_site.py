"""The built documentation in a real browser, read from a file: it is searched without a network."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.docs.site import build

PATIENCE = 30_000
"""How long the site may read its index, in milliseconds, on a machine that does other things."""


def test_the_site_is_searched_and_nothing_leaves_the_machine(
    browser: Browser, tmp_path: Path
) -> None:
    site = build(tmp_path)
    asked: list[str] = []
    complaints: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((site / "index.html").as_uri())

        page.locator(".md-search__button").first.click()
        page.get_by_role("combobox").fill("guessed codes")

        found = page.get_by_role("option", name="Guessed codes")
        expect(found.first).to_be_visible(timeout=PATIENCE)
        found.first.click()
        expect(page.get_by_role("heading", name="Guessed codes")).to_be_visible()
    assert complaints == []
    assert [url for url in asked if not url.startswith(site.as_uri())] == []
