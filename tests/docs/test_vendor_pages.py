"""Each vendor's page shows a stores file that is right, and leaves no setting out."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Page
from tillsaga.providers import KINDS, ProviderSettings
from tillsaga.stores import load_stores

VENDORS = ROOT / "docs" / "vendors"
STORE = """\
stores:
  - id: s-1
    name: Here
    timezone: Europe/Amsterdam
"""


def shown(kind: str) -> str:
    """The part of a stores file on a vendor's page."""
    page = Page.at(VENDORS / f"{kind}.md")
    [block] = [each for each in page.blocks if each.language == "yaml"]
    return block.content


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_is_taken(kind: str, tmp_path: Path) -> None:
    example = shown(kind)
    currency = "" if "currency:" in example else "    currency: EUR\n"
    file = tmp_path / "stores.yaml"
    file.write_text(STORE + currency + example)
    secrets = dict.fromkeys(re.findall(r"env:(\w+)", example), "a-secret")

    [store] = load_stores(file, secrets).stores

    assert [provider.kind for provider in store.providers] == [kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_credential_and_setting_is_explained(kind: str) -> None:
    page = Page.at(VENDORS / f"{kind}.md").text.partition("## Settings and credentials")[2]
    parts = (KINDS[kind].model_fields[part].annotation for part in ("credentials", "settings"))
    names = {name for part in parts if part is not None for name in part.model_fields}

    explained = set(re.findall(r"`(\w+)`", page))
    assert names - {*ProviderSettings.model_fields} <= explained


def test_every_vendor_has_a_page() -> None:
    pages = {page.stem for page in VENDORS.glob("*.md")}

    assert pages == {*KINDS, "index"}
    comparison = Page.at(VENDORS / "index.md")
    assert {f"{kind}.md" for kind in KINDS} <= {*comparison.links}
