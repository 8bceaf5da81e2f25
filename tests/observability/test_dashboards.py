"""The dashboards ask for metrics that there are, and are what the script draws."""

import json
from pathlib import Path

import pytest
import yaml

from deploy.observability.draw import DASHBOARDS, FOLDER, written
from tests.observability.known import TEMPORAL, named_in, ours

FILES = sorted(FOLDER.glob("*.json"))
PROVISIONING = FOLDER.parent / "grafana"


def queries(file: Path) -> list[str]:
    panels = json.loads(file.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_there_is_a_file_for_every_dashboard() -> None:
    assert {file.stem for file in FILES} == set(DASHBOARDS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_files_are_what_is_drawn(file: Path) -> None:
    assert file.read_text() == written(file.stem), "run `make dashboards`"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_panel_asks_for_metrics_that_there_are(file: Path) -> None:
    known = ours().keys() | TEMPORAL
    for query in queries(file):
        assert named_in(query), f"asks for nothing of ours: {query}"
        assert named_in(query) <= known, query


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_legend_names_a_label_that_its_query_keeps(file: Path) -> None:
    for panel in json.loads(file.read_text())["panels"]:
        for target in panel["targets"]:
            for label in target["legendFormat"].replace("}}", "{{").split("{{")[1::2]:
                assert f"{label}" in target["expr"].partition("by (")[2], target


def test_all_that_stands_open_is_on_some_dashboard() -> None:
    asked = {name for file in FILES for query in queries(file) for name in named_in(query)}

    # When a sweep ran is told by an alert; how often a circuit opened by its state.
    unseen = {"tillsaga_sweep_last_timestamp_seconds", "tillsaga_vendor_circuit_opened_total"}
    assert ours().keys() - asked == unseen


def test_panels_use_the_data_source_that_is_provided() -> None:
    [source] = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    used = {
        panel["datasource"]["uid"]
        for file in FILES
        for panel in json.loads(file.read_text())["panels"]
    }
    assert used == {source["uid"]}
