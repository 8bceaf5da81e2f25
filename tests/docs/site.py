"""The built site as a browser gets it: what it loads, where it leads, and what it is called."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT

CONFIG = ROOT / "zensical.toml"
_LOADING = {"img", "script", "iframe", "source", "video", "audio", "embed", "object", "input"}
_LOADED = {"src", "srcset", "data", "poster"}
_IN_STYLE = re.compile(r"""(?:url\(|@import\s+)\s*["']?([^"')\s;]+)""")
_QUIET = {"script", "style", "pre", "code", "svg"}
_UNREAD = re.compile(r"^(?:```|~~~|\||[-*] |\d+\. |#+ )|\]\(|\*\*", re.M)
"""Markdown that was meant as a list, table, block, heading or link, and became text."""


def build(folder: Path) -> Path:
    """Build the site from a copy; answers its folder.

    Raises:
        AssertionError: the builder complains.
    """
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(CONFIG, folder / CONFIG.name)
    program = Path(sys.executable).with_name("zensical")
    said = subprocess.run(
        [program, "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return folder / str(_project()["site_dir"])


def in_navigation() -> list[str]:
    """List the pages that the navigation leads to."""
    return [*_pages(_project()["nav"])]


def _project() -> dict[str, Any]:
    known: dict[str, Any] = tomllib.loads(CONFIG.read_text())["project"]
    return known


def _pages(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        for page in entry.values() if isinstance(entry, dict) else (entry,):
            yield from _pages(page) if isinstance(page, list) else (page,)


@dataclass
class Html(HTMLParser):
    """One page: what a browser loads by itself, the links, the ids, and text outside of code."""

    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    _within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make ready to read."""
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads, where it leads, and what it is called."""
        known = {name: value for name, value in attrs if value is not None}
        if tag in _QUIET or tag == "article":
            self._within.append(tag)
        if tag == "link":
            self.loads.append(known["href"])
        elif tag == "a" and "href" in known:
            self.links.append(known["href"])
        self.loads += [known[name] for name in _LOADED & known.keys() if tag in _LOADING]
        self.loads += _IN_STYLE.findall(known.get("style", ""))
        self.ids |= {known[name] for name in ("id", "name") if name in known}
        self.classes |= {*known.get("class", "").split()}

    def handle_endtag(self, tag: str) -> None:
        """Leave what is read otherwise."""
        if tag in self._within:
            self._within.remove(tag)

    def handle_data(self, data: str) -> None:
        """Note text, and what a style within the page loads."""
        if "style" in self._within:
            self.loads += _IN_STYLE.findall(data)
        if "article" in self._within and not _QUIET & {*self._within}:
            self.words.append(data)

    @property
    def unread(self) -> list[str]:
        """Text that looks like Markdown which was not understood."""
        return [each for each in self.words if _UNREAD.search(each)]


@cache
def read(page: Path) -> Html:
    """Read a page of the site."""
    found = Html()
    found.feed(page.read_text(encoding="utf-8"))
    return found


def loaded_by_styles(site: Path) -> list[str]:
    """List what the style sheets load."""
    sheets = (sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css"))
    return [address for sheet in sheets for address in _IN_STYLE.findall(sheet)]


def searchable(site: Path) -> dict[str, str]:
    """Read the index that the search loads without a network: text by place."""
    script = (site / "search.js").read_text(encoding="utf-8")
    index = json.loads(script[script.index("{") : script.rindex("}") + 1])
    return {each["location"]: f"{each['title']} {each['text']}" for each in index["items"]}
