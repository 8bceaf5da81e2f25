"""Prometheus takes what we ship, and each alert fires once upon what it is for."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.observability.test_alerts import ALERTS, RULES
from tests.observability.test_dashboards import FILES, queries
from tests.ops.cases import CASES, HEALTHY, Series
from tests.ops.conftest import Tool

INTERVAL = "1m"


def test_the_configuration_is_one(promtool: Tool, tmp_path: Path) -> None:
    shutil.copytree(RULES.parent, tmp_path / "etc")
    config, key = tmp_path / "etc" / "prometheus.yml", tmp_path / "metrics_key"
    key.write_text("ts_live_0000")
    config.write_text(config.read_text().replace("/run/secrets/metrics_key", str(key)))

    said = promtool("check", "config", str(config))

    assert f"{len(ALERTS)} rules found" in said


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_panels_queries_are_ones(promtool: Tool, tmp_path: Path, file: Path) -> None:
    asked = [query.replace("$__rate_interval", "5m") for query in queries(file)]
    rules = [{"record": f"panel:{n}", "expr": query} for n, query in enumerate(asked)]
    written = tmp_path / "panels.yml"
    written.write_text(json.dumps({"groups": [{"name": file.stem, "rules": rules}]}))

    assert f"{len(asked)} rules found" in promtool("check", "rules", str(written))


def test_every_alert_has_a_case() -> None:
    assert set(CASES) == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("name", CASES)
def test_an_alert_fires_once_upon_what_it_is_for(promtool: Tool, tmp_path: Path, name: str) -> None:
    case, firing = CASES[name], f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'

    judge(promtool, tmp_path, case.seen, firing, {0: None, case.minutes: 1, 59: 1})


def test_no_alert_fires_on_a_healthy_day(promtool: Tool, tmp_path: Path) -> None:
    firing = 'count(ALERTS{alertstate="firing"})'

    judge(promtool, tmp_path, HEALTHY, firing, dict.fromkeys((5, 15, 30, 45, 60)))


def judge(
    promtool: Tool, folder: Path, seen: Series, query: str, expected: dict[int, int | None]
) -> None:
    """Have Prometheus evaluate the rules over these series; a number by minute, or nothing."""
    tests: list[dict[str, Any]] = [
        {
            "expr": query,
            "eval_time": f"{minute}m",
            "exp_samples": [] if number is None else [{"labels": "{}", "value": number}],
        }
        for minute, number in expected.items()
    ]
    series = [{"series": name, "values": values} for name, values in seen.items()]
    written = folder / "test.yml"
    plan = {"interval": INTERVAL, "input_series": series, "promql_expr_test": tests}
    written.write_text(
        yaml.safe_dump(
            {"rule_files": [str(RULES)], "evaluation_interval": INTERVAL, "tests": [plan]}
        )
    )
    promtool("test", "rules", str(written))
