"""How workers are counted, and how one version of them follows another."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.deploy.kustomize import render
from tests.deploy.manifests import (
    EVERYTHING,
    KUBERNETES,
    OVERLAYS,
    Object,
    Pod,
    config_map,
    of_kind,
    pods,
    rendered,
)
from tests.deploy.mounted import environment, mount
from tillsaga.settings import Settings
from tillsaga.stores import load_stores
from worker.wiring import kinds_in_use
from workflows.queues import vendor_queue

SCALED = [name for name in EVERYTHING if name.split()[-1] not in ("base", "staging")]
VERSIONED = [name for name in SCALED if name != "worker-controller"]
POLLED_FROM = "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"


@pytest.mark.parametrize("name", SCALED)
def test_workers_are_counted_by_every_queue_that_they_poll(name: str, tmp_path: Path) -> None:
    """But for those of webhooks: they wait for the endpoints, and no till waits for them."""
    worker = the_worker(rendered(name))
    queue = environment(worker, rendered(name)).get("TILLSAGA_TASK_QUEUE", "tillsaga")
    mount(worker, rendered(name), tmp_path)
    kinds = kinds_in_use(load_stores(tmp_path / "etc/tillsaga/stores.yaml", {}))
    polled = {(queue, "workflow"), (queue, "activity")}
    polled |= {(vendor_queue(kind, queue), "activity") for kind in kinds}

    asked = triggers(name)

    assert {(it["taskQueue"], it["queueTypes"]) for it in asked} == polled
    # Vendors' activities have no version: worker/wiring.py.
    assert {it["taskQueue"] for it in asked if "workerDeploymentName" in it} == {queue}


@pytest.mark.parametrize("name", SCALED)
def test_keda_asks_the_temporal_that_the_workers_ask(name: str) -> None:
    variables = environment(the_worker(rendered(name)), rendered(name))

    for it in triggers(name):
        assert (it["endpointFromEnv"], it["namespaceFromEnv"]) == POLLED_FROM
        assert set(POLLED_FROM) <= set(variables)


@pytest.mark.parametrize("name", VERSIONED)
def test_a_version_is_the_same_wherever_it_stands(name: str) -> None:
    worker = the_worker(rendered(name))
    version = worker.labels["app.kubernetes.io/version"]
    suffix = version.replace(".", "-")

    assert worker.owner["metadata"]["name"] == f"tillsaga-worker-{suffix}"
    assert worker.container["image"] == f"registry.example/tillsaga:{version}"
    assert environment(worker, rendered(name))["TILLSAGA_BUILD_ID"] == version
    [scaled] = of_kind(rendered(name), "ScaledObject")
    assert scaled["spec"]["scaleTargetRef"]["name"] == worker.owner["metadata"]["name"]
    ours = [it for it in triggers(name) if "workerDeploymentName" in it]
    assert {it["workerDeploymentBuildIdFromEnv"] for it in ours} == {"TILLSAGA_BUILD_ID"}
    deployment = Settings.model_fields["deployment"].default
    assert {it["workerDeploymentName"] for it in ours} == {deployment}


def test_a_release_runs_beside_the_one_before(tmp_path: Path) -> None:
    """As docs/kubernetes.md tells it: a folder copied, the version changed, a line, a tag."""
    overlay = copied(tmp_path)
    release(overlay, "0.1.0", "0.2.0")

    objects = render(overlay)

    every = [pod for pod in pods(objects) if pod.component == "worker"]
    workers = {pod.labels["app.kubernetes.io/version"]: pod for pod in every}
    assert sorted(workers) == ["0.1.0", "0.2.0"]
    for version, worker in workers.items():
        assert worker.container["image"] == f"registry.example/tillsaga:{version}"
        assert environment(worker, tuple(objects))["TILLSAGA_BUILD_ID"] == version
    others = [pod for pod in pods(objects) if pod.component != "worker"]
    assert {pod.container["image"] for pod in others} == {"registry.example/tillsaga:0.2.0"}
    targets = {it["spec"]["scaleTargetRef"]["name"] for it in of_kind(objects, "ScaledObject")}
    assert targets == {"tillsaga-worker-0-1-0", "tillsaga-worker-0-2-0"}


def test_a_changed_setting_is_rolled_out(tmp_path: Path) -> None:
    overlay = copied(tmp_path)
    before = {pod.component: pod.spec for pod in pods(render(overlay))}

    file = overlay / "stores.yaml"
    file.write_text(file.read_text().replace("Amsterdam", "Rotterdam"))

    after = {pod.component: pod.spec for pod in pods(render(overlay))}
    assert {name for name in after if after[name] != before[name]} == {"api", "worker"}


def test_the_controllers_pod_is_that_of_the_deployment() -> None:
    """It names its versions itself: by a label of the pod, and after its own object."""
    controlled, plain = (the_worker(rendered(it)) for it in ("worker-controller", "production"))
    variables = environment(controlled, rendered("worker-controller"))
    namespace, name = (controlled.owner["metadata"][key] for key in ("namespace", "name"))

    assert variables["TILLSAGA_BUILD_ID"] == "metadata.labels['temporal.io/build-id']"
    assert variables["TILLSAGA_DEPLOYMENT"] == f"{namespace}/{name}"
    assert Settings(deployment=variables["TILLSAGA_DEPLOYMENT"]).deployment
    assert _without_version(controlled) == _without_version(plain)


def test_the_controller_ramps_by_steps_and_tells_workers_of_the_same_temporal() -> None:
    objects = rendered("worker-controller")
    [connection] = of_kind(objects, "Connection")
    spec = the_worker(objects).owner["spec"]
    settings = config_map(objects, "tillsaga-settings")

    assert [step["rampPercentage"] for step in spec["rollout"]["steps"]] == [10, 50]
    assert connection["spec"]["hostPort"] == settings["TEMPORAL_ADDRESS"]
    assert spec["workerOptions"]["temporalNamespace"] == settings["TEMPORAL_NAMESPACE"]
    assert spec["workerOptions"]["connectionRef"]["name"] == connection["metadata"]["name"]


def the_worker(objects: tuple[Object, ...]) -> Pod:
    """The workers' pod, where there is one version."""
    [worker] = [pod for pod in pods(objects) if pod.component == "worker"]
    return worker


def triggers(name: str) -> list[dict[str, str]]:
    """What KEDA asks Temporal."""
    templates = of_kind(rendered(name), "WorkerResourceTemplate")
    scaled = of_kind(rendered(name), "ScaledObject") or [it["spec"]["template"] for it in templates]
    return [it["metadata"] for it in scaled[0]["spec"]["triggers"] if it["type"] == "temporal"]


def copied(folder: Path) -> Path:
    """A copy of the manifests to change; where its production is."""
    shutil.copytree(KUBERNETES, folder / "kubernetes")
    return folder / "kubernetes" / OVERLAYS.name / "production"


def release(overlay: Path, old: str, new: str) -> None:
    """Do what the page says about a release."""
    file = shutil.copytree(overlay / f"worker-{old}", overlay / f"worker-{new}")
    text = (file / "kustomization.yaml").read_text()
    text = text.replace(old, new).replace(old.replace(".", "-"), new.replace(".", "-"))
    (file / "kustomization.yaml").write_text(text)
    said = yaml.safe_load((overlay / "kustomization.yaml").read_text())
    said["resources"].append(f"worker-{new}")
    said["images"][0]["newTag"] = new
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump(said))


def _without_version(worker: Pod) -> Object:
    def bare(it: object) -> object:
        if isinstance(it, dict):
            return {key: bare(value) for key, value in it.items() if key != _VERSION}
        return [bare(each) for each in it] if isinstance(it, list) else it

    spec = bare(worker.spec)
    assert isinstance(spec, dict)
    [container] = spec["containers"]
    del container["env"]
    return spec


_VERSION = "app.kubernetes.io/version"
