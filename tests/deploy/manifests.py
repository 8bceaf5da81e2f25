"""What the overlays and the chart come to, and the pods in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import yaml

from tests.deploy.kustomize import render

Object = dict[str, Any]

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
OVERLAYS = KUBERNETES / "overlays"
CHART = ROOT / "deploy/helm/tillsaga"
KUSTOMIZED = {
    "base": KUBERNETES / "base",
    "staging": OVERLAYS / "staging",
    "production": OVERLAYS / "production",
    "temporal-cloud": OVERLAYS / "temporal-cloud",
    "worker-controller": OVERLAYS / "worker-controller",
}
HELM = {
    "base": (),
    "production": ("values-production.yaml",),
    "temporal-cloud": ("values-production.yaml", "values-temporal-cloud.yaml"),
}
"""The chart's values files, by the overlay that says the same."""
EVERYTHING = [*KUSTOMIZED, *(f"helm {name}" for name in HELM)]
FROM_KUBERNETES = ["apps", "batch", "policy", "autoscaling", "networking.k8s.io"]


@dataclass(frozen=True)
class Pod:
    """A pod template, and the object that makes pods of it."""

    owner: Object
    labels: dict[str, str]
    spec: Object

    @property
    def component(self) -> str:
        """`api`, `worker`, `migrate` or `sandbox`."""
        return self.labels["app.kubernetes.io/component"]

    @property
    def container(self) -> Object:
        """The one container that each of ours has."""
        [container] = self.spec["containers"]
        return dict(container)


@cache
def rendered(name: str) -> tuple[Object, ...]:
    """Everything of an overlay, or of the chart where the name begins with `helm`."""
    chart, _, values = name.rpartition(" ")
    return tuple(chart_rendered(values_of(values)) if chart else render(KUSTOMIZED[name]))


def pods(objects: Iterable[Object]) -> list[Pod]:
    """The pod templates among objects."""
    owners = [one for one in objects if "template" in one.get("spec", {})]
    templates = [
        (owner, owner["spec"]["template"])
        for owner in owners
        if "containers" in owner["spec"]["template"].get("spec", {})
    ]
    return [Pod(owner, dict(it["metadata"]["labels"]), it["spec"]) for owner, it in templates]


def of_kind(objects: Iterable[Object], kind: str) -> list[Object]:
    """The objects of a kind."""
    return [one for one in objects if one["kind"] == kind]


def config_map(objects: Iterable[Object], prefix: str) -> dict[str, str]:
    """What is in the ConfigMap whose name begins so."""
    [found] = [
        one for one in of_kind(objects, "ConfigMap") if one["metadata"]["name"].startswith(prefix)
    ]
    return dict(found["data"])


def is_built_in(one: Object) -> bool:
    """Whether Kubernetes itself knows objects of this kind."""
    return one["apiVersion"].rpartition("/")[0] in ("", *FROM_KUBERNETES)


def chart_rendered(values: Object) -> list[Object]:
    """Everything that the chart makes of values on top of its own, hooks included."""
    with helm_python.Chart.load(CHART) as chart:
        files = chart.render(values, name="tillsaga", namespace="tillsaga", is_install=True)
    texts = [text for file, text in files.items() if file.endswith(".yaml")]
    return [one for text in texts for one in yaml.safe_load_all(text) if one]


def values_of(name: str) -> Object:
    """The values that say what an overlay says, with that overlay's stores file."""
    stores = config_map(rendered(name), "tillsaga-stores")["stores.yaml"]
    values: Object = {"stores": stores}
    for file in HELM[name]:
        values = merged(values, yaml.safe_load((CHART / file).read_text()))
    return values


def merged(values: Object, more: Object) -> Object:
    """Lay values over others as `helm --values` does: maps are merged, all else is replaced."""
    both = {
        key: merged(values[key], more[key])
        for key in values.keys() & more.keys()
        if isinstance(values[key], dict) and isinstance(more[key], dict)
    }
    return values | more | both
