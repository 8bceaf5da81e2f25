"""The documentation as a site: whole, linked throughout, and in need of nothing from elsewhere."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from tests.docs.pages import ROOT, Page, documentation
from tests.docs.site import build, in_navigation, loaded_by_styles, read, searchable

DOCS = ROOT / "docs"
OUTWARD = {"github.com", "www.standardwebhooks.com"}
"""The hosts that a reader may be sent to, and that nothing is loaded from."""
FETCHED_BY_THE_THEME = {"mermaid", "glightbox", "arithmatex", "md-source"}
"""For what carries one of these the theme's script would go to another host."""
PAGES = [*documentation(), Page.at(ROOT / "CHANGELOG.md")]

pytestmark = pytest.mark.xdist_group("site")  # built once


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def built(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_every_page_is_there(site: Path) -> None:
    sources = {page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md")}

    assert {page.relative_to(site) for page in site.rglob("*.html")} == {
        *sources,
        Path("404.html"),
    }


def test_every_page_but_decisions_is_in_the_navigation() -> None:
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    named = in_navigation()

    assert len(named) == len({*named})
    assert {*named} == {page for page in pages if not page.startswith("decisions/")}


def test_nothing_is_loaded_from_elsewhere(site: Path, built: list[Path]) -> None:
    loaded = {address for page in built for address in read(page).loads}
    loaded |= {*loaded_by_styles(site)}

    # `data:` is part of the page.
    strange = [each for each in loaded if urlsplit(each).scheme not in ("", "data")]
    assert strange == []
    assert [each for each in loaded if each.startswith("//")] == []


def test_nothing_is_there_for_which_the_theme_would_go_elsewhere(built: list[Path]) -> None:
    assert {page.name for page in built if read(page).classes & FETCHED_BY_THE_THEME} == set()


def test_links_lead_out_only_where_we_mean_it(built: list[Path]) -> None:
    hosts = {urlsplit(link).netloc for page in built for link in read(page).links}

    assert hosts - {""} == OUTWARD


def test_every_link_and_anchor_of_the_site_leads_somewhere(site: Path, built: list[Path]) -> None:
    assert [f"{page.relative_to(site)}: {link}" for page, link in _dead(site, built)] == []


def _dead(site: Path, built: list[Path]) -> Iterator[tuple[Path, str]]:
    for page in built:
        for link in read(page).links:
            parts = urlsplit(link)
            # The page for what is not found is served at any depth, so its links are absolute.
            base = site if parts.path.startswith("/") else page.parent
            to = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else page
            to = to / "index.html" if to.is_dir() else to
            if parts.scheme or parts.netloc:
                continue
            is_html = to.suffix == ".html" and to.is_file()
            if not to.is_file() or (parts.fragment and is_html and not _has(to, parts.fragment)):
                yield page, link


def _has(page: Path, anchor: str) -> bool:
    return unquote(anchor) in read(page).ids


def test_everything_that_was_written_is_understood(site: Path, built: list[Path]) -> None:
    unread = {page.relative_to(site): read(page).unread for page in built}

    assert {page: words for page, words in unread.items() if words} == {}


def test_the_search_finds_every_page_without_a_network(site: Path) -> None:
    index = searchable(site)

    found = {place.partition("#")[0] for place in index}
    assert {page.removesuffix(".md") for page in in_navigation()} <= {
        place.removesuffix(".html") for place in found
    }
    assert any("effect_in_doubt" in text for text in index.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere_in_the_source_as_well(page: Page) -> None:
    dead = []
    for link in page.links:
        parts = urlsplit(link)
        to = page.path.parent / unquote(parts.path) if parts.path else page.path
        if parts.scheme or parts.netloc:
            continue
        known = to.suffix != ".md" or not parts.fragment or parts.fragment in _anchors(to)
        dead += [] if to.exists() and known else [link]

    assert dead == []


@cache
def _anchors(page: Path) -> set[str]:
    return Page(page, page.name).anchors


def test_no_page_of_the_site_links_out_of_it() -> None:
    out = [
        f"{page.name}: {link}"
        for page in documentation()[1:]
        for link in page.links
        if not urlsplit(link).scheme
        and urlsplit(link).path
        and not (page.path.parent / unquote(urlsplit(link).path)).resolve().is_relative_to(DOCS)
    ]

    assert out == []


@pytest.mark.parametrize("page", documentation(), ids=lambda page: page.name)
def test_data_that_a_page_shows_can_be_read(page: Page) -> None:
    for block in page.blocks:
        if block.language == "json":
            json.loads(block.content)
        if block.language == "yaml":
            yaml.safe_load(block.content)


def test_the_readme_says_how_to_build_it() -> None:
    assert re.search(r"`make docs`", (ROOT / "README.md").read_text())
