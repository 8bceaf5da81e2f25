"""The page lists every metric with its labels, and every alert; and nothing else."""

import re
from pathlib import Path

from tests.observability.known import named_in, ours
from tests.observability.test_alerts import ALERTS

PAGE = Path(__file__).parents[2] / "docs" / "observability.md"
_ROW = re.compile(r"^\| `(tillsaga_[a-z_]+)` \|(.*?)\| (?:API|worker)", re.MULTILINE)


def listed() -> dict[str, set[str]]:
    """The table of metrics: labels are what stands before a colon, or alone."""
    found = {}
    for name, labels in _ROW.findall(PAGE.read_text()):
        own = re.sub(r": `.*?(?=, `\w+`: |$)", "", labels)
        found[name] = set(re.findall(r"`(\w+)`", own))
    return found


def test_every_metric_is_listed_with_its_labels() -> None:
    assert listed() == ours()


def test_every_alert_is_listed_with_its_page() -> None:
    page = PAGE.read_text()
    for alert in ALERTS:
        runbook = alert["annotations"]["runbook_url"].removeprefix("docs/")
        row = next(line for line in page.splitlines() if f"`{alert['alert']}`" in line)
        assert f"({runbook})" in row


def test_labels_are_few_and_never_ids() -> None:
    allowed = {
        *("operation", "status", "outcome", "message", "what", "code", "vendor", "store"),
        *("provider", "queue", "type", "direction"),
    }
    assert set().union(*ours().values()) <= allowed


def test_what_the_page_names_is_there() -> None:
    elsewhere = {"tillsaga_reconcile_differences"}  # written by the SDK, from an activity
    named = {name for name in named_in(PAGE.read_text()) if name.startswith("tillsaga_")}
    assert named - elsewhere == ours().keys()
