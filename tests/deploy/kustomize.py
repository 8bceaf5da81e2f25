"""Renders our overlays as `kustomize build` does, as far as they use it; refuses everything else.

No kustomize is needed to try the manifests. `test_kustomize.py` holds this to what the real one
(5.5.0) has made of a case that uses every feature below.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.kustomize_changes import (
    POD,
    SELECTORS,
    Object,
    Refused,
    content_hash,
    label,
    places,
    retag,
)
from tests.deploy.kustomize_patches import Patch, patched

Paths = dict[str, list[tuple[str, str]]]
"""Per kind of the object that is named: in which kind, and where, another names it."""

FIELDS = {
    "apiVersion",
    "kind",
    "namespace",
    "nameSuffix",
    "resources",
    "labels",
    "images",
    "configMapGenerator",
    "configurations",
    "patches",
}
REFERENCES: Paths = {
    "ConfigMap": [
        ("Deployment", f"{POD}/containers/envFrom/configMapRef/name"),
        ("Deployment", f"{POD}/volumes/projected/sources/configMap/name"),
    ],
    "Deployment": [("HorizontalPodAutoscaler", "spec/scaleTargetRef/name")],
    "ServiceAccount": [("Deployment", f"{POD}/serviceAccountName")],
}


@dataclass
class Accumulated:
    """What a folder comes to: its objects, which of them were generated, and who names whom."""

    objects: list[Object] = field(default_factory=list)
    generated: set[str] = field(default_factory=set)
    references: Paths = field(default_factory=dict)

    def add(self, other: "Accumulated") -> None:
        """Take in what a resource comes to."""
        self.objects += other.objects
        self.generated |= other.generated
        for kind, named_at in other.references.items():
            self.references.setdefault(kind, []).extend(named_at)
        names = [identity(one) for one in self.objects]
        if len(set(names)) != len(names):
            raise Refused(f"two objects of one name: {sorted(names)}")

    def rename(self, one: Object, name: str) -> None:
        """Give an object another name, also where others name it."""
        old, one["metadata"]["name"] = one["metadata"]["name"], name
        known = REFERENCES.get(one["kind"], []) + self.references.get(one["kind"], [])
        for kind, path in known:
            for other in self.objects:
                for at, key in places(other, path) if other["kind"] == kind else []:
                    if at[key] == old:
                        at[key] = name


def render(folder: Path) -> list[Object]:
    """Say what `kubectl apply -k FOLDER` would apply, in no order."""
    whole = accumulate(folder)
    for one in whole.objects:
        if one["kind"] == "ConfigMap" and one["metadata"]["name"] in whole.generated:
            whole.rename(one, f"{one['metadata']['name']}-{content_hash(one)}")
    return whole.objects


def accumulate(folder: Path) -> Accumulated:
    """Bring a folder's resources together and change them as its kustomization says."""
    said = yaml.safe_load((folder / "kustomization.yaml").read_text())
    if unknown := set(said) - FIELDS:
        raise Refused(f"{folder}: {sorted(unknown)}")
    whole = Accumulated()
    for name in said.get("resources", []):
        whole.add(_resource(folder, name))
    for name in said.get("configurations", []):
        whole.references |= _references(yaml.safe_load(_within(folder, name).read_text()))
    for generator in said.get("configMapGenerator", []):
        _generate(folder, generator, whole)
    for patch in said.get("patches", []):
        whole.objects = patched(whole.objects, Patch.model_validate(patch))
    _transform(said, whole)
    return whole


def identity(one: Object) -> tuple[str, str]:
    """Kind and name: an overlay has one namespace."""
    return one["kind"], one["metadata"]["name"]


def _resource(folder: Path, name: str) -> Accumulated:
    if (folder / name).is_dir():
        return accumulate((folder / name).resolve())
    documents = yaml.safe_load_all(_within(folder, name).read_text())
    return Accumulated(objects=[one for one in documents if one])


def _within(folder: Path, name: str) -> Path:
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise Refused(f"{folder}: {name} is not in or below it")
    return file


def _references(said: dict[str, Any]) -> Paths:
    if set(said) != {"nameReference"}:
        raise Refused(f"configurations: {sorted(said)}")
    return {
        each["kind"]: [(at["kind"], at["path"]) for at in each["fieldSpecs"]]
        for each in said["nameReference"]
    }


def _generate(folder: Path, said: dict[str, Any], whole: Accumulated) -> None:
    name, behavior = said["name"], said.get("behavior", "create")
    if set(said) - {"name", "behavior", "files", "envs", "literals"}:
        raise Refused(f"{folder}: {said}")
    data = {file: _within(folder, file).read_text() for file in said.get("files", [])}
    lines = [line for file in said.get("envs", []) for line in _lines(_within(folder, file))]
    data |= dict(line.split("=", 1) for line in [*lines, *said.get("literals", [])])
    known = [one for one in whole.objects if identity(one) == ("ConfigMap", name)]
    if bool(known) == (behavior == "create"):
        raise Refused(f"{folder}: cannot {behavior} {name}")
    if not known:
        metadata = {"name": name}
        whole.objects.append(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        )
        whole.generated.add(name)
    else:
        known[0]["data"] = (known[0]["data"] if behavior == "merge" else {}) | data


def _lines(file: Path) -> list[str]:
    lines = (line.strip() for line in file.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _transform(said: dict[str, Any], whole: Accumulated) -> None:
    for one in whole.objects:
        if (namespace := said.get("namespace")) and one["kind"] != "Namespace":
            one["metadata"]["namespace"] = namespace
    for labels in said.get("labels", []):
        for one in whole.objects:
            label(one, labels)
    for image in said.get("images", []):
        for one in whole.objects:
            retag(one, image)
    if suffix := said.get("nameSuffix"):
        for one in whole.objects:
            if one["kind"] not in SELECTORS:
                raise Refused(f"a suffix for a {one['kind']}")
            whole.rename(one, one["metadata"]["name"] + suffix)
