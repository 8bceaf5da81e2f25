"""The chart says what the overlays say, and refuses values that it would not understand."""

from typing import Any

import helm_python
import pytest

from tests.deploy.manifests import (
    CHART,
    HELM,
    Object,
    chart_rendered,
    merged,
    of_kind,
    pods,
    rendered,
    values_of,
)

ONLY_HELM = {"helm.sh/chart", "app.kubernetes.io/managed-by"}


@pytest.mark.parametrize("name", HELM)
def test_the_chart_makes_what_the_overlay_makes(name: str) -> None:
    overlay = [one for one in rendered(name) if one["kind"] != "Namespace"]

    assert _plain(chart_rendered(values_of(name))) == _plain(overlay)


@pytest.mark.parametrize("name", HELM)
def test_the_chart_has_nothing_to_complain_about(name: str) -> None:
    report = helm_python.lint(CHART, values_of(name), strict=True)

    said = [it["error"] for it in report["messages"]]
    assert (said, report["errors"]) == (["icon is recommended"], [])


def test_the_records_are_migrated_before_anything_else_changes() -> None:
    [job] = of_kind(rendered("helm base"), "Job")
    annotations = job["metadata"]["annotations"]

    assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation"
    # Before the first release there is nothing of ours but the Secret.
    spec = job["spec"]["template"]["spec"]
    assert "serviceAccountName" not in spec
    assert "envFrom" not in spec["containers"][0]
    assert {next(iter(set(volume) - {"name"})) for volume in spec["volumes"]} == {
        "secret",
        "emptyDir",
    }


def test_a_release_runs_beside_the_one_before() -> None:
    versions = [{"buildId": it, "tag": it} for it in ("0.1.0", "0.2.0")]
    values = merged(values_of("production"), {"worker": {"versions": versions}})

    workers = [pod for pod in pods(chart_rendered(values)) if pod.component == "worker"]

    names = [pod.owner["metadata"]["name"] for pod in workers]
    assert names == ["tillsaga-worker-0-1-0", "tillsaga-worker-0-2-0"]
    assert [pod.container["image"].rpartition(":")[2] for pod in workers] == ["0.1.0", "0.2.0"]
    told = [pod.container["env"] for pod in workers]
    assert told == [[{"name": "TILLSAGA_BUILD_ID", "value": it}] for it in ("0.1.0", "0.2.0")]


def test_a_changed_stores_file_is_rolled_out() -> None:
    values = values_of("production")
    changed = values | {"stores": values["stores"].replace("Amsterdam", "Rotterdam")}

    before, after = (_checksums(chart_rendered(it)) for it in (values, changed))

    assert before.keys() == after.keys() == {"api", "worker"}
    assert not set(before.values()) & set(after.values())


def test_vendors_queues_follow_the_stores_file() -> None:
    stores = "stores:\n  - providers: [{kind: wll}, {kind: leat}]\n  - providers: [{kind: leat}]\n"
    [scaled] = of_kind(chart_rendered(values_of("production") | {"stores": stores}), "ScaledObject")

    queues = [it["metadata"].get("taskQueue") for it in scaled["spec"]["triggers"]]

    assert queues == [None, "tillsaga", "tillsaga", "tillsaga-leat", "tillsaga-wll"]


@pytest.mark.parametrize("name", HELM)
def test_the_values_that_are_there_are_taken(name: str) -> None:
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(values_of(name))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"stores": ""}, "stores"),
        ({"replicas": 3}, "replicas"),
        ({"worker": {"replicas": 1}}, "replicas"),
        ({"worker": {"keda": {"minReplicas": 0}}}, "minReplicas"),
        ({"worker": {"versions": [{"buildId": "0.1.0"}]}}, "tag"),
        ({"worker": {"versions": [{"buildId": "With Space", "tag": "1"}]}}, "buildId"),
        ({"settings": {"TILLSAGA_WORKER_PORT": 8001}}, "TILLSAGA_WORKER_PORT"),
        ({"settings": {"PASSWORD": "x"}}, "PASSWORD"),
        ({"network": {"temporal": []}}, "temporal"),
        ({"api": {"minReplicas": 1}}, "minReplicas"),
    ],
)
def test_values_that_are_wrong_are_named(wrong: dict[str, Any], told: str) -> None:
    with (
        helm_python.Chart.load(CHART) as chart,
        pytest.raises(helm_python.HelmValuesError, match=told),
    ):
        chart.validate_schema(merged(values_of("production"), wrong))


def test_the_chart_is_of_the_version_that_it_installs() -> None:
    from importlib.metadata import version

    with helm_python.Chart.load(CHART) as chart:
        assert chart.metadata["appVersion"] == chart.version == version("tillsaga")


def _checksums(objects: list[Object]) -> dict[str, str]:
    return {
        pod.component: pod.owner["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        for pod in pods(objects)
        if pod.component in ("api", "worker")
    }


def _plain(objects: list[Object]) -> dict[tuple[str, str], Object]:
    """Objects by kind and name, without what only Helm or only kustomize says."""
    hashes = {
        one["metadata"]["name"]: one["metadata"]["name"].rsplit("-", 1)[0]
        for one in of_kind(objects, "ConfigMap")
        if one["metadata"]["name"].count("-") == 2
    }
    made = [_stripped(one, hashes) for one in objects]
    return {(one["kind"], one["metadata"]["name"]): one for one in made}


def _stripped(it: Any, hashes: dict[str, str]) -> Any:
    if isinstance(it, list):
        return [_stripped(each, hashes) for each in it]
    if not isinstance(it, dict):
        return hashes.get(it, it) if isinstance(it, str) else it
    kept = {key: _stripped(value, hashes) for key, value in it.items() if key not in ONLY_HELM}
    kept.pop("annotations", None)  # hooks and checksums
    if kept.get("kind") == "ConfigMap":
        kept["metadata"].pop("labels", None)  # generated ones have none
    if "name" in kept:
        kept.pop("namespace", None)
    return kept
