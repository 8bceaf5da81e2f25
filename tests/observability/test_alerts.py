"""Every alert asks for a metric that there is, and leads to a page that says what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.observability.known import TEMPORAL, named_in, ours

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "observability" / "alerts.yml"
RUNBOOKS = ROOT / "docs" / "runbooks"
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
]
BY_NAME = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])


def test_names_are_told_apart() -> None:
    names = [alert["alert"] for alert in ALERTS]
    assert len(names) == len(set(names))


@BY_NAME
def test_it_asks_for_metrics_that_there_are(alert: dict[str, Any]) -> None:
    assert named_in(alert["expr"]) <= ours().keys() | TEMPORAL
    assert named_in(alert["expr"]) or "up{" in alert["expr"]


@BY_NAME
def test_it_says_how_urgent_it_is(alert: dict[str, Any]) -> None:
    assert alert["labels"] in ({"severity": "page"}, {"severity": "ticket"})


@BY_NAME
def test_its_words_use_labels_that_its_query_keeps(alert: dict[str, Any]) -> None:
    used = set(re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]))
    kept = re.search(r"(?:max|sum) by \(([\w, ]+)\)", alert["expr"])
    assert used <= set(re.split(r", ?", kept[1]) if kept else [])


@BY_NAME
def test_its_runbook_names_it_and_says_what_to_do(alert: dict[str, Any]) -> None:
    link = Path(alert["annotations"]["runbook_url"])
    assert link.parent == Path("docs/runbooks")
    page = (ROOT / link).read_text()
    assert f"`{alert['alert']}`" in page
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings == ["What it means", "What to look at", "What to do"]
    assert "```" in page, "there is something to type"
