"""What of an OpenAPI document a newer one may not take away from those who use it.

Additions are free: operations, optional inputs, answers, fields of answers. An enum of an answer
may not grow, unless it says which errors or kinds there are: integrators must expect new ones.
"""

import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_PROSE = frozenset({"description", "summary", "examples", "example", "links", "title", "tags"})
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
# The smaller may grow to the limit of a request; the larger may shrink.
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def canonical(document: Json) -> str:
    """Write it so that the same document is the same text."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def shape(value: Any) -> Any:
    """Leave out the words: what is left is what programs rely on."""
    if isinstance(value, list):
        return [shape(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: part for name, part in value.items() if not _is_prose(name, part)}
    return {name: shape(part) for name, part in kept.items()}


def _is_prose(name: str, part: Any) -> bool:
    # A field may be called `description` too; then its part is a schema.
    is_schema = isinstance(part, dict) and bool({"type", "$ref", "anyOf", "const"} & part.keys())
    return name in _PROSE and not is_schema


def breaks(old: Json, new: Json) -> list[str]:
    """List how programs written for the old document would fail with the new one."""
    return [*_Comparison(old, new).all()]


@dataclass(frozen=True)
class _Comparison:
    old: Json
    new: Json

    def all(self) -> Iterator[str]:
        """Compare every operation of the old document."""
        for path, methods in self.old["paths"].items():
            for method in methods.keys() & _METHODS:
                where = f"{method.upper()} {path}"
                now = self.new["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{where}: removed"
                else:
                    yield from self._operation(where, methods[method], now)

    def _operation(self, where: str, old: Json, new: Json) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"{where}: operationId was {old['operationId']}"
        if old.get("security") != new.get("security"):
            yield f"{where}: other credentials are needed"
        yield from self._parameters(where, old, new)
        yield from self._body(where, old, new)
        for status, answer in old["responses"].items():
            now = new["responses"].get(status)
            if now is None:
                yield f"{where}: {status} removed"
            else:
                yield from self._answer(f"{where} {status}", answer, now)

    def _parameters(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, now = _parameters(old), _parameters(new)
        for key in before.keys() - now.keys():
            yield f"{where}: parameter {key[1]} removed"
        for key, parameter in now.items():
            was = before.get(key)
            needed_now = parameter.get("required") and not (was and was.get("required"))
            if needed_now:
                yield f"{where}: parameter {key[1]} is required now"
            if was is not None:
                at = f"{where} parameter {key[1]}"
                yield from self._taken(at, was["schema"], parameter["schema"], frozenset())

    def _body(self, where: str, old: Json, new: Json) -> Iterator[str]:
        was, now = old.get("requestBody"), new.get("requestBody")
        if was is None or now is None:
            if was is not None or (now or {}).get("required"):
                yield f"{where}: the body is {'required now' if now else 'gone'}"
            return
        if now.get("required") and not was.get("required"):
            yield f"{where}: the body is required now"
        for media_type, content in was["content"].items():
            if media_type not in now["content"]:
                yield f"{where}: {media_type} is not taken any more"
            else:
                schema = now["content"][media_type]["schema"]
                yield from self._taken(f"{where} body", content["schema"], schema, frozenset())

    def _answer(self, where: str, old: Json, new: Json) -> Iterator[str]:
        for name in old.get("headers", {}).keys() - new.get("headers", {}).keys():
            yield f"{where}: header {name} removed"
        for media_type, content in old.get("content", {}).items():
            now = new.get("content", {}).get(media_type)
            if now is None:
                yield f"{where}: {media_type} removed"
            else:
                yield from self._given(where, content["schema"], now["schema"], frozenset())

    def _taken(self, where: str, old: Json, new: Json, seen: Set[str]) -> Iterator[str]:
        """A request's part may only widen."""
        if (pair := _pair(old, new)) in seen:
            return
        seen = seen | {pair}
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        for kind in _kinds(old) - _kinds(new) if _kinds(new) else set():
            yield f"{where}: {kind} is not taken any more"
        for value in _values(old) - _values(new) if _values(new) else set():
            yield f"{where}: {value} is not taken any more"
        if _values(new) and not _values(old):
            yield f"{where}: only certain values are taken now"
        yield from _narrowed(where, old, new)
        for name in set(new.get("required", ())) - set(old.get("required", ())):
            yield f"{where}/{name}: required now"
        for name, part in old.get("properties", {}).items():
            now = new.get("properties", {}).get(name)
            if now is None and new.get("additionalProperties") is False:
                yield f"{where}/{name}: not taken any more"
            elif now is not None:
                yield from self._taken(f"{where}/{name}", part, now, seen)
        yield from self._nested(self._taken, where, old, new, seen)

    def _given(self, where: str, old: Json, new: Json, seen: Set[str]) -> Iterator[str]:
        """An answer's part may only narrow; new fields are additions."""
        if (pair := _pair(old, new)) in seen:
            return
        seen = seen | {pair}
        open_ended = where.endswith("/code")
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        for kind in _kinds(new) - _kinds(old) if _kinds(old) else set():
            yield f"{where}: may be {kind} now"
        for value in _values(new) - _values(old) if _values(old) and not open_ended else set():
            yield f"{where}: may be {value} now"
        if _values(old) and not _values(new):
            yield f"{where}: may be anything now"
        for value in _values(old) - _values(new) if open_ended and _values(new) else set():
            yield f"{where}: {value} removed"
        for name in set(old.get("required", ())) - set(new.get("required", ())):
            yield f"{where}/{name}: may be absent now"
        for name, part in old.get("properties", {}).items():
            now = new.get("properties", {}).get(name)
            if now is None:
                yield f"{where}/{name}: removed"
            else:
                yield from self._given(f"{where}/{name}", part, now, seen)
        yield from self._nested(self._given, where, old, new, seen)

    def _nested(
        self, compare: Any, where: str, old: Json, new: Json, seen: Set[str]
    ) -> Iterator[str]:
        """Items of arrays, and the alternatives that both sides name or number alike."""
        if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
            yield from compare(f"{where}/*", old["items"], new["items"], seen)
        for word in ("anyOf", "oneOf", "allOf"):
            before = [one for one in old.get(word, ()) if one.get("type") != "null"]
            now = [one for one in new.get(word, ()) if one.get("type") != "null"]
            for one, other in zip(before, now, strict=False):
                yield from compare(where, one, other, seen)


def _pair(old: Json, new: Json) -> str:
    # Only what is referred to can come back to itself.
    if "$ref" in old and "$ref" in new:
        return f"{old['$ref']} {new['$ref']} {old.get('properties')} {new.get('properties')}"
    return f"{id(old)} {id(new)}"


def _resolved(document: Json, schema: Json) -> Json:
    """Put what is referred to in its place; what stands beside a reference adds to it."""
    if "$ref" not in schema:
        return schema
    target = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    beside = {name: part for name, part in schema.items() if name != "$ref"}
    properties = target.get("properties", {}) | beside.get("properties", {})
    return target | beside | ({"properties": properties} if properties else {})


def _parameters(operation: Json) -> dict[tuple[str, str], Json]:
    return {(one["in"], one["name"]): one for one in operation.get("parameters", [])}


def _kinds(schema: Json) -> set[str]:
    """The JSON types that a schema admits; none if it does not say."""
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if alternatives:
        return set().union(*(_kinds(one) or {"object"} for one in alternatives))
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def _values(schema: Json) -> set[str]:
    found = schema.get("enum", [schema["const"]] if "const" in schema else [])
    for one in schema.get("anyOf", ()):
        found = [*found, *one.get("enum", ())]
    return {str(value) for value in found}


def _narrowed(where: str, old: Json, new: Json) -> Iterator[str]:
    for word in _AT_LEAST:
        if new.get(word, float("-inf")) > old.get(word, 0 if "min" in word[:3] else float("-inf")):
            yield f"{where}: {word} is {new[word]} now"
    for word in _AT_MOST:
        if new.get(word, float("inf")) < old.get(word, float("inf")):
            yield f"{where}: {word} is {new[word]} now"
    if new.get("pattern") not in (None, old.get("pattern")):
        yield f"{where}: another pattern"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{where}: unknown fields are refused now"
