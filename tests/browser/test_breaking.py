"""Killing the worker, and Temporal, in the middle of a checkout of a real `tillsaga dev`."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import insist_on_access, picture
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.shopper import new_shopper
from tillsaga.demo.stories.building import GIFTCARD, LINES
from tillsaga.demo.till import Till
from tillsaga.dev.stores_template import AMSTERDAM, TERMINAL

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack")]

PATIENCE = 60_000


@dataclass
class Dev:
    """What `tillsaga dev` said when it was up."""

    said: dict[str, str]

    @property
    def url(self) -> str:
        """Where the pages are."""
        return self.said["API"]

    def till(self) -> Till:
        """Man a till with the folder's own key."""
        return Till(self.url, self.said["API key"], AMSTERDAM, TERMINAL)


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    folder = tmp_path_factory.mktemp("dev")
    environ = {**os.environ, "TILLSAGA_DATA_DIR": str(folder), "TILLSAGA_API_PORT": "0"}
    command = [sys.executable, "-u", "-m", "tillsaga.cli", "dev"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = {}
        for line in process.stdout:
            name, _, words = line.strip().partition("  ")
            said[name] = words.strip()
            if name == "API key":
                break
        assert "API key" in said, "it ended before it was up"
        yield Dev(said)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 0


@pytest.fixture
def page(browser: Browser, dev: Dev) -> Iterator[Page]:
    context = browser.new_context(base_url=dev.url, viewport=ViewportSize(width=1280, height=800))
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    # The link that it prints signs in, whoever clicks on it.
    opened.goto(dev.said["Pages, signed in"])
    opened.wait_for_url(lambda url: "/sign-in" not in url)
    yield opened
    expect.set_options(timeout=5_000)
    context.close()


def test_a_worker_killed_during_a_charge_is_watched_recovering(page: Page, dev: Dev) -> None:
    sandbox = Sandbox(dev.said["Vendor sandbox"].removesuffix("/_sandbox/books"))
    ann = new_shopper(sandbox).leat
    with dev.till() as till, ThreadPoolExecutor(1) as aside:
        checkout = till.open(LINES, ann.identifier)
        watch(page, checkout)
        insist_on_access(page)
        sandbox.go_wrong("leat", "delay", "giftcard_transaction.create", delay_ms=2500)
        charged: Future[Any] = aside.submit(
            till.tender, checkout, "giftcard", GIFTCARD, ann.giftcard_code
        )
        chip = page.get_by_role("button", name=re.compile("charge the gift card", re.IGNORECASE))
        expect(chip).to_contain_text("calling")
        page.get_by_role("button", name="Kill the worker").press("Enter")
        expect(page.get_by_role("status").filter(has_text="Killed")).to_be_visible()
        picture(page, "killed-worker")

        expect(chip).to_contain_text("applied")
        paid = till.pay(till.pay(till.ready(charged.result()), "authorized"), "captured")
        till.wait_for_end(paid)

    expect(page.get_by_text("completed", exact=True)).to_be_visible()
    charges = sandbox.books()["leat"]["giftcards"][ann.giftcard]["transactions"]
    assert [one["amount"] for one in charges if not one["opening"]] == [-GIFTCARD]
    sandbox.close()


def test_temporal_killed_in_a_checkout_is_watched_coming_back(page: Page, dev: Dev) -> None:
    sandbox = Sandbox(dev.said["Vendor sandbox"].removesuffix("/_sandbox/books"))
    ann = new_shopper(sandbox).leat
    with dev.till() as till:
        checkout = till.open(LINES, ann.identifier)
        checkout = till.tender(checkout, "giftcard", GIFTCARD, ann.giftcard_code)
        watch(page, checkout)
        page.get_by_role("button", name="Kill Temporal").press("Enter")
        expect(page.get_by_text("Temporal does not answer")).to_be_visible()
        picture(page, "killed-temporal")
        expect(page.get_by_text("Temporal does not answer")).to_be_hidden()

        paid = till.pay(till.pay(till.ready(checkout), "authorized"), "captured")
        till.wait_for_end(paid)

    expect(page.get_by_text("completed", exact=True)).to_be_visible()
    charges = sandbox.books()["leat"]["giftcards"][ann.giftcard]["transactions"]
    assert [one["amount"] for one in charges if not one["opening"]] == [-GIFTCARD]
    sandbox.close()


def watch(page: Page, checkout: dict[str, Any]) -> None:
    page.goto(f"/pos/{checkout['id']}/saga/page")
    page.locator("details.breaking > summary").press("Enter")
    expect(page.get_by_role("button", name="Kill Temporal")).to_be_visible()


def test_the_socket_is_the_owners_alone(dev: Dev) -> None:
    folder = Path(dev.said["Stores file"]).parent

    assert (folder / "control").is_socket()
    assert (folder / "control").stat().st_mode & 0o777 == 0o600
