"""Show the call: a request to our API and its answer, as a till's author would write them.

What a customer shows stands in no page as it is: a request has it masked, and the command to copy
takes it from `$CODE`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.pages.own_api import Call
from tillsaga.domain.tokens import masked

_SHOWN_BY_CUSTOMERS = ("value", "reference", "code", "email")
_FROM_SHELL = "\N{NULL}CODE\N{NULL}"


@dataclass(frozen=True)
class Shown:
    """One call as the page shows it."""

    method: str
    path: str
    status: int
    sent: str | None
    answer: str
    curl: str


def shown(call: Call) -> Shown:
    """Write a call for people."""
    answer = _hidden(call.body, masked)
    return Shown(
        method=call.method,
        path=call.path,
        status=call.status,
        sent=None if call.sent is None else _written(_hidden(call.sent, masked)),
        answer=_written(answer),
        curl=_curl(call),
    )


def _written(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _curl(call: Call) -> str:
    lines = [f'curl -X {call.method} "$TILLSAGA_URL{call.path}"']
    lines.append('-H "Authorization: Bearer $TILLSAGA_KEY"')
    if call.key is not None:
        lines.append(f"-H 'Idempotency-Key: {call.key}'")
    if call.sent is not None:
        lines.append("-H 'Content-Type: application/json'")
        body = json.dumps(_hidden(call.sent, lambda _: _FROM_SHELL), ensure_ascii=False)
        body = body.replace("'", "'\\''").replace(json.dumps(_FROM_SHELL)[1:-1], "'\"$CODE\"'")
        lines.append(f"-d '{body}'")
    return " \\\n  ".join(lines)


def _hidden(value: Any, hide: Callable[[str], str | None], name: str = "") -> Any:
    """Hide what a customer shows, wherever it stands; a payment's reference is the till's own."""
    if isinstance(value, dict):
        own = "status" in value or "payment_id" in value
        return {
            key: inner if own and key == "reference" else _hidden(inner, hide, key)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_hidden(inner, hide, "code" if name == "codes" else name) for inner in value]
    if isinstance(value, str) and name in _SHOWN_BY_CUSTOMERS:
        return hide(value)
    return value
