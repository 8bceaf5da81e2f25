"""The headers of every answer, as far as they follow from what the operation is."""

from typing import Any

Json = dict[str, Any]

_CHECKOUT = {"$ref": "#/components/schemas/CheckoutDocument"}
# What the door refuses before it knows the caller.
_BEFORE_THE_KEY = frozenset({"401", "413", "415"})
# A checkout's own answers are kept with the key; what the door refuses does not use it up.
_REPLAYED = frozenset({"200", "201", "202", "404", "409", "412", "422", "503"})
_LATER = frozenset({"202", "409", "429", "500", "503"})

_TEXT: Json = {"type": "string"}
COMPONENTS: dict[str, Json] = {
    "X-Request-Id": {
        "description": "The request's id, for support; the caller's own if it sent one.",
        "required": True,
        "schema": _TEXT,
    },
    "RateLimit-Policy": {
        "description": 'The quota, as in the IETF draft: `"default";q=6000;w=60`.',
        "schema": _TEXT,
    },
    "RateLimit": {
        "description": 'What is left of it, and for how many seconds: `"default";r=5999;t=41`.',
        "schema": _TEXT,
    },
    "Retry-After": {
        "description": "Seconds to wait before the same request is worth sending again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Idempotency-Replayed": {
        "description": "`true` on the first answer, sent again for the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "ETag": {
        "description": "The checkout's version in quotes, for `If-Match` and `If-None-Match`.",
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
    },
    "Location": {"description": "Where it is read.", "schema": _TEXT},
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": _TEXT},
    "Vary": {"description": "`Accept`.", "schema": _TEXT},
}
"""Each header once; answers refer to them."""


def add_headers(operation: Json) -> None:
    """Say which headers each answer of the operation has."""
    for status, response in operation["responses"].items():
        names = _names(operation, status, response)
        references = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        response["headers"] = references | response.get("headers", {})


def _names(operation: Json, status: str, response: Json) -> list[str]:
    content = response.get("content", {})
    takes_key = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", []))
    shows_checkout = any(one.get("schema") == _CHECKOUT for one in content.values())
    said = {
        "X-Request-Id": True,
        "RateLimit-Policy": operation["security"] and status not in _BEFORE_THE_KEY,
        "RateLimit": operation["security"] and status not in _BEFORE_THE_KEY,
        "Retry-After": status in _LATER,
        "Idempotency-Replayed": takes_key and status in _REPLAYED,
        "ETag": shows_checkout or status == "304",
        "Location": status in ("201", "202"),
        "WWW-Authenticate": status == "401",
        "Vary": len(content) > 1,
    }
    return [name for name, is_so in said.items() if is_so]
