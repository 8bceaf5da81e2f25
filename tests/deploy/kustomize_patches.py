"""The patches of a kustomization: JSON Patch, and strategic merge as far as ours go."""

from copy import deepcopy
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

Object = dict[str, Any]
MERGED_BY = {"containers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath"}
"""Lists whose entries a strategic merge tells apart, and by what."""


class Target(BaseModel):
    """Which objects a patch is for; what is not said may be anything."""

    model_config = ConfigDict(extra="forbid")

    kind: str | None = None
    name: str | None = None
    label_selector: str | None = Field(default=None, alias="labelSelector")

    def fits(self, one: Object) -> bool:
        """Say whether an object is meant."""
        name, _, value = (self.label_selector or "").partition("=")
        labels = one["metadata"].get("labels", {})
        return (
            self.kind in (None, one["kind"])
            and self.name in (None, one["metadata"]["name"])
            and (not name or (name in labels and value in ("", labels[name])))
        )


class Patch(BaseModel):
    """One of a kustomization's `patches`, written in place."""

    model_config = ConfigDict(extra="forbid")

    patch: str
    target: Target | None = None

    @property
    def content(self) -> Any:
        """A list is a JSON Patch, a mapping a strategic merge."""
        return yaml.safe_load(self.patch)


def patched(objects: list[Object], patch: Patch) -> list[Object]:
    """Change the objects that a patch is for.

    Raises:
        LookupError: it is for none, or changes what is not there.
    """
    content = patch.content
    target = patch.target
    if target is None:
        target = Target(kind=content["kind"], name=content["metadata"]["name"])
    meant = [one for one in objects if target.fits(one)]
    if not meant:
        raise LookupError(f"a patch for nothing: {patch}")
    if isinstance(content, dict) and content.pop("$patch", None) == "delete":
        return [one for one in objects if one not in meant]
    return [_changed(one, content) if one in meant else one for one in objects]


def _changed(one: Object, content: Any) -> Object:
    one = deepcopy(one)
    if isinstance(content, list):
        for step in content:
            _apply(one, step)
    else:
        _merge(one, {key: value for key, value in content.items() if key != "metadata"})
    return one


def _apply(one: Any, step: dict[str, Any]) -> None:
    *way, last = step["path"].removeprefix("/").split("/")
    for name in way:
        one = one[int(name) if isinstance(one, list) else name]
    key = int(last) if isinstance(one, list) and last != "-" else last
    match step["op"], one:
        case "add", list() if key == "-":
            one.append(step["value"])
        case "add", dict():
            one[key] = step["value"]
        case "replace", _:
            one[key]  # it must be there
            one[key] = step["value"]
        case "remove", _:
            del one[key]
        case _:
            raise LookupError(f"a step that is not known: {step}")


def _merge(one: Any, change: Any) -> None:
    for key, value in change.items():
        there = one.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            _merge(there, value)
        elif isinstance(value, list):
            one[key] = _merged(there or [], value, MERGED_BY[key])
        else:
            one[key] = value


def _merged(there: list[Any], change: list[Any], by: str) -> list[Any]:
    """What is changed or new comes first, as kustomize has it."""
    known = {entry[by]: entry for entry in there}
    first = [known.pop(entry[by], {}) for entry in change]
    for entry, changes in zip(first, change, strict=True):
        _merge(entry, changes)
    return [*first, *known.values()]
