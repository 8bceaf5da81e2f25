"""What the repository says about itself in two places must agree."""

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from standardwebhooks.webhooks import WebhookVerificationError

from tillsaga.config_types import Secrets
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.refunds import RefundRequest
from tillsaga.domain.returns import ReturnRequest
from tillsaga.domain.webhooks import EventType, Failing
from tillsaga.stores import Policy, load_stores
from tillsaga.webhooks.config import Webhook
from tillsaga.webhooks.signing import headers as signed

ROOT = Path(__file__).parents[2]
LOCKS = ["runtime.txt", "dev.txt"]
PINNED = re.compile(r"(?m)^([a-z0-9._-]+)(?:\[[a-z,]+\])?==")


def test_the_dependencies_are_those_of_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    lines = (ROOT / "requirements/runtime.in").read_text().splitlines()
    assert project["dependencies"] == [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()

    assert "://" not in text
    assert not re.search(r"(?m)^-", text)


def test_developers_run_what_is_shipped() -> None:
    runtime, dev = ((ROOT / "requirements" / lock).read_text() for lock in LOCKS)

    assert set(re.findall(r"(?m)^\S+==\S+", runtime)) <= set(re.findall(r"(?m)^\S+==\S+", dev))
    assert "uv" in PINNED.findall(dev)


def test_the_documented_stores_file_is_right(tmp_path: Path) -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    (tmp_path / "stores.yaml").write_text(page.split("```yaml\n")[1].split("```")[0])

    secrets = {"LEAT_TOKEN": "t", "WEBHOOK_SECRET": "whsec_" + "c2Vz" * 8}
    stores = load_stores(tmp_path / "stores.yaml", secrets)

    assert stores.stores[0].policy == Policy()


def test_the_page_about_webhooks_verifies_what_is_sent(tmp_path: Path) -> None:
    page = (ROOT / "docs/webhooks.md").read_text()
    [snippet] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [body] = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)
    [hooks] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    known: dict[str, Any] = {}
    exec(snippet, known)
    word = "whsec_" + "c2Vz" * 8
    sent = signed("whd_1", datetime.now(UTC), body.encode(), [word])

    assert known["event_of"](word, body.encode(), sent) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        known["event_of"](word, body.encode() + b" ", sent)
    words = Secrets({"WEBHOOK_SECRET": word}, tmp_path)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/internal").write_text(word)
    for hook in yaml.safe_load(hooks)["webhooks"]:
        assert Webhook.model_validate(hook, context=words).secrets == (word,)
    assert all(f"`{event}`" in page for event in get_args(EventType))
    assert all(f"`{failure}`" in page for failure in get_args(Failing))


def test_the_page_about_returns_shows_what_is_taken() -> None:
    page = (ROOT / "docs/returns.md").read_text()
    [policy] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    refund, goods = (json.loads(each) for each in re.findall(r"```json\n(.*?)```", page, re.DOTALL))

    assert Policy.model_validate(yaml.safe_load(policy)["policy"]).returns_without_sale
    assert RefundRequest.model_validate(refund).refund_id == "rfd-17"
    assert ReturnRequest.model_validate(goods).amount == 7_00
    codes = ("member_not_found", "points_not_taken_back", "return_limit_exceeded")
    assert all(f"`{code}`" in page for code in codes)


def test_every_operation_is_in_the_guide_to_adding_a_vendor() -> None:
    page = (ROOT / "docs/adding-a-vendor.md").read_text()

    assert [name for name in OPERATIONS if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/adding-a-vendor.md",
        "docs/pages.md",
        "docs/returns.md",
        "docs/sandbox.md",
        "docs/support.md",
    ],
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())

    assert links
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
