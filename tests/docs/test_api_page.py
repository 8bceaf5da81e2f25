"""The page about the API is made from what the API is."""

import json
from typing import Any

import pytest

from api.reference_markdown import reference_markdown
from tests.support import contract
from tests.support.publish import API_PAGE


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(contract.PATH.read_text())
    return known


def test_the_page_is_the_documents(document: dict[str, Any]) -> None:
    stale = "docs/api.md is stale; write it anew with: make openapi"
    assert API_PAGE.read_text() == reference_markdown(document), stale


def test_it_has_every_operation_and_every_schema(document: dict[str, Any]) -> None:
    page = API_PAGE.read_text()
    paths = document["paths"].values()

    operations = [each["operationId"] for methods in paths for each in methods.values()]
    assert len(operations) > 40
    assert [name for name in operations if f"\n### {name}\n" not in page] == []
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if f"\n### Schema {name}\n" not in page] == []
