"""Answers as another version of the vendor's server would write them.

| shape | what is other |
|---|---|
| `newer` | every object has fields more that nobody knows |
| `sparse` | null, and empty texts, lists and objects are left out |
| `texts` | every number is a text |
| `hollow` | every value is null: the fields are all that is left |
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from tillsaga.sandbox.wire import Reply

Shape = Literal["newer", "sparse", "texts", "hollow"]
MORE: dict[str, Any] = {"sandbox_added": {"since": "v9", "list": [1, None]}, "sandbox_flag": True}


def reshaped(reply: Reply, shape: Shape) -> Reply:
    """Write the answer in another shape; what is not JSON stays as it is."""
    try:
        value = json.loads(reply.body)
    except ValueError:
        return reply
    body = json.dumps(_SHAPES[shape](value), separators=(",", ":"), ensure_ascii=False).encode()
    return replace(reply, body=body)


def _newer(value: Any) -> Any:
    if isinstance(value, dict):
        return {**_within(value, _newer), **MORE}
    return _within(value, _newer)


def _sparse(value: Any) -> Any:
    inner = _within(value, _sparse)
    if isinstance(inner, dict):
        return {name: item for name, item in inner.items() if item not in (None, "", [], {})}
    return inner


def _texts(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return _within(value, _texts)


def _hollow(value: Any) -> Any:
    return _within(value, _hollow) if isinstance(value, dict | list) else None


def _within(value: Any, each: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: each(item) for name, item in value.items()}
    return [each(item) for item in value] if isinstance(value, list) else value


_SHAPES: dict[Shape, Callable[[Any], Any]] = {
    "newer": _newer,
    "sparse": _sparse,
    "texts": _texts,
    "hollow": _hollow,
}
