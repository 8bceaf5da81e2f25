"""A real Prometheus reads real processes, and tells when a vendor does not take something back."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.observability.conftest import Observed, observed
from tests.observability.test_alerts import RULES
from tests.observability.test_dashboards import FILES, queries
from tillsaga.demo.shopper import new_shopper
from tillsaga.demo.stories.building import GIFTCARD, LINES
from tillsaga.dev.ports import HOST, Ports
from tillsaga.dev.stack import API, WORKER

__all__ = ["observed"]  # the fixture
SECONDS = 60.0


class Prometheus:
    """What Prometheus answers."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=10)

    def close(self) -> None:
        self._http.close()

    def is_up(self) -> bool:
        try:
            return self._http.get("/status/buildinfo").is_success
        except httpx.TransportError:
            return False

    def targets(self) -> dict[str, str]:
        """How each target is, by its job and address."""
        active = self._ask("/targets")["activeTargets"]
        return {f"{t['labels']['job']} {t['labels']['instance']}": t["health"] for t in active}

    def value(self, query: str) -> list[Any]:
        return list(self._ask("/query", query=query)["result"])

    def firing(self) -> list[dict[str, str]]:
        """The labels of the alerts that fire."""
        alerts = self._ask("/alerts")["alerts"]
        return [alert["labels"] for alert in alerts if alert["state"] == "firing"]

    def _ask(self, path: str, **parameters: str) -> Any:
        return self._http.get(path, params=parameters).raise_for_status().json()["data"]


def until(happened: Callable[[], bool], words: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain: {words}"
        time.sleep(0.1)


def config_for(observed: Observed, folder: Path) -> Path:
    """What we ship, with these processes for targets, and quicker."""
    stack = observed.stack
    where = {
        "tillsaga-api": [stack.ports.api],
        "tillsaga-worker": [stack.ports.worker],
        "tillsaga-sdk": [stack.sdk_ports[API], stack.sdk_ports[WORKER]],
    }
    shutil.copytree(RULES.parent, folder)
    file = folder / "prometheus.yml"
    config = yaml.safe_load(file.read_text())
    config["global"] = dict.fromkeys(("scrape_interval", "evaluation_interval"), "1s")
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] in where]
    for job in config["scrape_configs"]:
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [f"{HOST}:{n}" for n in where[job["job_name"]]]}]
        if "authorization" in job:
            job["authorization"] = {"credentials_file": str(stack.home.key_file)}
    file.write_text(yaml.safe_dump(config))
    return file


@pytest.fixture(scope="module")
def prometheus(
    observed: Observed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    folder, port = tmp_path_factory.mktemp("prometheus"), Ports.free().api
    program = shutil.which("prometheus")
    assert program is not None, "`make test-ops` installs it"
    command = [
        program,
        f"--config.file={config_for(observed, folder / 'etc')}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={HOST}:{port}",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            asked = Prometheus(f"http://{HOST}:{port}")
            until(asked.is_up, (folder / "log").name)
            yield asked
            asked.close()
        finally:
            process.terminate()


def test_every_process_is_read(prometheus: Prometheus) -> None:
    until(lambda: set(prometheus.targets().values()) == {"up"}, str(prometheus.targets()))

    assert len(prometheus.targets()) == 4


def test_what_was_not_taken_back_is_told_once(observed: Observed, prometheus: Prometheus) -> None:
    shopper = new_shopper(observed.stage.sandbox)
    assert prometheus.firing() == []
    reverse = "giftcard_transaction.reverse"
    observed.stage.sandbox.go_wrong("leat", "refuse", reverse, code=5006, times=None)
    with observed.stage.till() as till:
        checkout = till.open(LINES, shopper.leat.identifier)
        checkout = till.tender(checkout, "giftcard", GIFTCARD, shopper.leat.giftcard_code)
        till.wait_for_end(till.pay(till.ready(checkout), "declined", final=True))

    until(lambda: bool(prometheus.firing()), "the alert fires")

    told = {"alertname": "TillsagaUndoFailed", "code": "undo_failed", "severity": "page"}
    assert prometheus.firing() == [told]
    manual = 'tillsaga_effects_total{direction="undo",outcome="manual"}'
    assert len(prometheus.value(manual)) == 1


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_panels_ask_is_answered(prometheus: Prometheus, file: Path) -> None:
    quiet = {
        "Left alone, since they do not answer",
        "Failed (5xx)",
        "Taken, and finished later (202)",
        "Without an answer within the budget",
        "Codes that nobody knows",
        "Webhooks that wait",
        "Oldest webhook",
        "Attempts at webhooks",
        "Workflow tasks that failed in our code",
    }
    panels = {panel["title"]: panel for panel in json.loads(file.read_text())["panels"]}
    asked = {title: panels[title]["targets"][0]["expr"] for title in panels.keys() - quiet}

    for title, query in asked.items():
        prometheus.value(query.replace("$__rate_interval", "1m"))
        assert query in queries(file), title
