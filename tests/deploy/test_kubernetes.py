"""The manifests: each object is what its API takes, and each pod is as tight as it can be.

No cluster is needed: kustomize's part is played by `kustomize.py`, Helm's by its own library.
"""

import json
from itertools import permutations
from pathlib import Path

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from yamllint import linter  # type: ignore[import-untyped]
from yamllint.config import YamlLintConfig  # type: ignore[import-untyped]

from tests.deploy.manifests import (
    EVERYTHING,
    KUBERNETES,
    Object,
    Pod,
    is_built_in,
    of_kind,
    pods,
    rendered,
)

VERSIONS = ["1.29", kubernetes_validate.latest_version()]
"""The oldest that the chart takes, and the newest that the schemas know."""

LINT = YamlLintConfig("""
extends: default
rules:
  document-start: disable
  line-length: {max: 110}
  octal-values: disable
""")
ALLOWED_VOLUMES = {"configMap", "emptyDir", "projected", "secret"}
SCHEMAS = Path(__file__).parent / "schemas"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", EVERYTHING)
def test_every_object_is_what_its_api_takes(name: str, version: str) -> None:
    for one in rendered(name):
        if is_built_in(one):
            kubernetes_validate.validate(one, version, strict=True)
        else:
            _validate_custom(one, version)


@pytest.mark.parametrize("name", EVERYTHING)
def test_secrets_are_named_and_never_given(name: str) -> None:
    assert of_kind(rendered(name), "Secret") == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_pod_is_restricted(name: str) -> None:
    for pod in pods(rendered(name)):
        context = pod.spec["securityContext"]
        assert context["runAsNonRoot"] is True
        assert (context["runAsUser"], context["runAsGroup"]) == (10001, 10001)
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod.container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(pod.spec)


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_pod_can_ask_kubernetes_for_anything(name: str) -> None:
    assert all(
        account["automountServiceAccountToken"] is False
        for account in of_kind(rendered(name), "ServiceAccount")
    )
    for pod in pods(rendered(name)):
        assert pod.spec["automountServiceAccountToken"] is False
        kinds = {key for volume in pod.spec["volumes"] for key in volume} - {"name"}
        assert kinds <= ALLOWED_VOLUMES
        sources = [source for v in pod.spec["volumes"] for source in _sources(v)]
        assert not any("serviceAccountToken" in source for source in sources)


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_pod_writes_to_tmp_alone(name: str) -> None:
    for pod in pods(rendered(name)):
        volumes = {volume["name"]: volume for volume in pod.spec["volumes"]}
        written = [m for m in pod.container["volumeMounts"] if not m.get("readOnly")]
        assert [mount["mountPath"] for mount in written] == ["/tmp"]
        assert "sizeLimit" in volumes[written[0]["name"]]["emptyDir"]


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_pod_says_what_it_needs(name: str) -> None:
    for pod in pods(rendered(name)):
        resources = pod.container["resources"]
        assert {"cpu", "memory"} <= set(resources["requests"])
        assert "memory" in resources["limits"]
        image, _, tag = pod.container["image"].rpartition(":")
        assert image.endswith("tillsaga")
        assert tag not in ("", "latest")


@pytest.mark.parametrize("name", EVERYTHING)
def test_one_node_may_go(name: str) -> None:
    """Two of each at least, apart from each other, and never taken away at once."""
    objects = rendered(name)
    for pod in pods(objects):
        if pod.component in ("api", "worker"):
            assert fewest(pod, objects) >= 2
            assert len(budgets(pod, objects)) == 1
            spread = {it["topologyKey"] for it in pod.spec["topologySpreadConstraints"]}
            assert spread == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_controller_takes_another_ones_pods(name: str) -> None:
    deployments = of_kind(rendered(name), "Deployment")

    for one, other in permutations(deployments, 2):
        selector = one["spec"]["selector"]["matchLabels"].items()
        assert not selector <= other["spec"]["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_spread_is_over_pods_like_the_pod(name: str) -> None:
    for pod in pods(rendered(name)):
        for constraint in pod.spec.get("topologySpreadConstraints", []):
            assert constraint["labelSelector"]["matchLabels"] == pod.labels


@pytest.mark.parametrize("overlay", ["staging", "production", "temporal-cloud"])
def test_the_namespace_lets_no_other_pod_in(overlay: str) -> None:
    [namespace] = of_kind(rendered(overlay), "Namespace")

    for what in ("enforce", "audit", "warn"):
        label = f"pod-security.kubernetes.io/{what}"
        assert namespace["metadata"]["labels"][label] == "restricted"
    names = {one["metadata"].get("namespace") for one in rendered(overlay)} - {None}
    assert names == {namespace["metadata"]["name"]}


@pytest.mark.parametrize("file", sorted(KUBERNETES.rglob("*.yaml")), ids=lambda it: it.name)
def test_a_manifest_is_written_as_the_others(file: Path) -> None:
    assert list(linter.run(file.read_text(), LINT)) == []


def fewest(pod: Pod, objects: tuple[Object, ...]) -> int:
    """How many of a pod there always are."""
    name = pod.owner["metadata"]["name"]
    for one in objects:
        spec = one.get("spec", {})
        if one["kind"] == "WorkerResourceTemplate":
            assert spec["workerDeploymentRef"]["name"] == name
            return int(spec["template"]["spec"]["minReplicaCount"])
        if spec.get("scaleTargetRef", {}).get("name") == name:
            assert "replicas" not in pod.owner["spec"]  # or applying would count anew
            return int(spec.get("minReplicas") or spec["minReplicaCount"])
    return int(pod.owner["spec"]["replicas"])


def budgets(pod: Pod, objects: tuple[Object, ...]) -> list[Object]:
    """The disruption budgets that count a pod."""
    every = of_kind(objects, "PodDisruptionBudget")
    labels = pod.labels.items()
    return [one for one in every if one["spec"]["selector"]["matchLabels"].items() <= labels]


def _sources(volume: Object) -> list[Object]:
    return list(volume.get("projected", {}).get("sources", []))


def _validate_custom(one: Object, version: str) -> None:
    schema = json.loads((SCHEMAS / f"{one['kind'].lower()}.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(one, schema)
    template = one["spec"].get("template")
    if one["kind"] == "WorkerDeployment":
        selector = {"matchLabels": template["metadata"]["labels"]}
        spec = {"selector": selector, "template": template}
        made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": one["metadata"]}
        kubernetes_validate.validate(made | {"spec": spec}, version, strict=True)
    elif one["kind"] == "WorkerResourceTemplate":
        _validate_custom({**template, "metadata": one["metadata"]}, version)
