"""What a kustomization does to the objects that it has brought together."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]

POD = "spec/template/spec"
SELECTORS = {
    "Deployment": [
        "spec/selector/matchLabels",
        "spec/template/metadata/labels",
        f"{POD}/topologySpreadConstraints/labelSelector/matchLabels",
    ],
    "PodDisruptionBudget": ["spec/selector/matchLabels"],
    "ScaledObject": [],
}
"""Where the labels of an object stand once more, in the kinds that ours are put on."""
# The digits of a hash that might spell something, and what kustomize writes instead.
SPELT = str.maketrans("013ae", "ghkmt")


class Refused(Exception):
    """The overlay uses what this renderer does not know, or contradicts itself."""


def places(one: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Find each mapping and key that a path leads to, through every entry of a list."""
    name, _, rest = path.partition("/")
    if isinstance(one, list):
        for entry in one:
            yield from places(entry, path)
    elif isinstance(one, dict) and name in one:
        if rest:
            yield from places(one[name], rest)
        else:
            yield one, name


def label(one: Object, said: dict[str, Any]) -> None:
    """Put labels on an object, and into what it selects by."""
    if set(said) != {"includeSelectors", "pairs"} or not said["includeSelectors"]:
        raise Refused(f"labels: {said}")
    if one["kind"] not in SELECTORS:
        raise Refused(f"labels for a {one['kind']}")
    one["metadata"].setdefault("labels", {}).update(said["pairs"])
    for path in SELECTORS[one["kind"]]:
        for at, key in places(one, path):
            at[key] = at[key] | said["pairs"]


def retag(one: Any, said: dict[str, str]) -> None:
    """Change images in every list of containers, wherever it is: of objects unknown as well."""
    if not {"name"} < set(said) <= {"name", "newName", "newTag"}:
        raise Refused(f"images: {said}")
    if isinstance(one, list):
        for entry in one:
            retag(entry, said)
    elif isinstance(one, dict):
        for key, value in one.items():
            for container in value if key in ("containers", "initContainers") else []:
                name, _, tag = container["image"].partition(":")
                if name == said["name"]:
                    tag = said.get("newTag", tag)
                    container["image"] = f"{said.get('newName', name)}:{tag}"
            retag(value, said)


def content_hash(one: Object) -> str:
    """The end of a generated name, as kustomize makes it of what is in the ConfigMap."""
    told = {"data": one["data"], "kind": "ConfigMap", "name": ""}  # it looks the name up in vain
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&":  # as its encoder writes them
        text = text.replace(character, f"\\u{ord(character):04x}")
    return hashlib.sha256(text.encode()).hexdigest()[:10].translate(SPELT)
