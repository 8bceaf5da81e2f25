"""A shop with all vendors, its API on a port, and a real browser in front of it."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

from tests.api.till import Till
from tests.support.door import open_door
from tests.support.street import Street
from tillsaga.records.apikeys import SqlApiKeys

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
KINDS = ("leat", "letstrade", "wll", "loyale")
WIDTHS = (320, 768, 1280)


class Site(Street):
    """A shop, and the pages in front of it."""

    def __enter__(self) -> Self:
        """Open the shop and its door."""
        super().__enter__()
        self._door = open_door(self.shop, "pos", "support", "audit", "admin")
        self.till: Till = self.run(self._door.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        """Close them."""
        self.run(self._door.__aexit__(None, None, None))
        super().__exit__()

    @property
    def url(self) -> str:
        """Where the pages are."""
        return str(self.till.http.base_url).rstrip("/")

    def key(self, *scopes: str) -> str:
        """Make an API key with these scopes."""
        return self.run(self._made(scopes))

    async def _made(self, scopes: tuple[str, ...]) -> str:
        keys = SqlApiKeys(self.shop.wiring.database)
        return (await keys.create("browser", list(scopes), [self.shop.store.id]))[1]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; `make test-browser` installs it."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert program, "no Chromium was found: make test-browser installs it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One shop for the tests of a module; each test is a new customer's."""
    with Site(tmp_path_factory.mktemp("site"), KINDS, skips_time=False) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser of its own, not signed in. What it complains of fails the test."""
    context = browser.new_context(base_url=site.url, viewport=ViewportSize(width=1280, height=800))
    opened = context.new_page()
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(f"{said.text} ({said.location})")

    opened.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    opened.on("console", hear)
    opened.set_default_timeout(15_000)
    yield opened
    picture(opened, re.sub(r"\W+", "-", request.node.name))
    context.close()
    # A refusal that the page shows is no complaint; the browser logs each 4xx.
    unexpected = [one for one in complaints if "Failed to load resource" not in one]
    assert not unexpected, unexpected


@pytest.fixture
def staff(page: Page, site: Site) -> Page:
    """The browser of somebody whose key may do everything."""
    sign_in(page, site.key("pos", "support", "audit", "admin"))
    return page


def sign_in(page: Page, key: str) -> None:
    """Sign in as a person does."""
    page.goto("/sign-in")
    page.get_by_label("API key").fill(key)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def picture(page: Page, name: str) -> None:
    """Keep what it looks like, for people."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    # To hide the caret would write a style into every field, which the page's policy forbids.
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True, caret="initial")


def insist_on_access(page: Page) -> None:
    """Nothing stands in the way of anybody, in light and dark, on a phone and on a desk (axe)."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size(ViewportSize(width=width, height=800))
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{scheme} {width}: the page is {wide} px wide")
            result = Axe().run(
                page,
                options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
            )
            found += [
                f"{scheme} {width}: {one['id']}: {node['html']}"
                for one in result.response["violations"]
                for node in one["nodes"]
            ]
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(ViewportSize(width=1280, height=800))
    assert not found, "\n".join(found)
