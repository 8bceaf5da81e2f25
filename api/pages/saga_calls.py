"""What stands behind a chip: our record of request and answer, and what went over the wire."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.masking import masked_body, masked_document, masked_url
from tillsaga.domain.correlation import correlation_id
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.ports import CallRecord, EffectRecord

_SECRET = re.compile(r"\$([A-Z][A-Z_]+)")


@dataclass(frozen=True)
class Side:
    """The doing or the taking back of an effect, as it is recorded."""

    name: str
    call: CallRecord
    answer: str

    @property
    def times(self) -> list[tuple[str, str]]:
        """When it began, was sent last, and ended: UTC."""
        found = [("Begun", self.call.started_at)]
        if self.call.attempts > 1:
            found.append(("Last sent", self.call.last_started_at))
        if self.call.last_ended_at is not None:
            found.append(("Ended", self.call.last_ended_at))
        return [(name, f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}") for name, at in found]


@dataclass(frozen=True)
class Recorded:
    """An effect record in words and JSON for people, codes masked."""

    key: str
    correlation: str
    request: str
    sides: tuple[Side, ...]


def recorded(record: EffectRecord) -> Recorded:
    """Write a record for people."""
    order, undo = record.order, OPERATIONS[record.order.operation].undo
    asked = order.model_dump(
        mode="json",
        exclude_none=True,
        include={"operation", "provider", "subject", "amount", "request", "sale"},
    )
    sides = [Side(order.operation, record.do, _answer(record.do))]
    if record.undo is not None:
        sides.append(Side(undo or "undo", record.undo, _answer(record.undo)))
    return Recorded(str(_masked(order.key)), correlation_id(order.key), _json(asked), tuple(sides))


def _answer(call: CallRecord) -> str:
    return _json(call.done.model_dump(mode="json", exclude_defaults=True)) if call.done else ""


def _json(document: object) -> str:
    return json.dumps(masked_document(document), indent=2, ensure_ascii=False)


def _masked(text: str) -> object:
    return masked_document(text)


@dataclass(frozen=True)
class Sent:
    """A call as the vendor's sandbox got it. `status` is None where it hung up instead."""

    title: str
    status: int | None
    applied: bool
    fault: str | None
    at: str
    curl: str


def sent(entry: Mapping[str, Any]) -> Sent:
    """Write a request of the sandbox's log as a command that sends it again."""
    return Sent(
        title=f"{entry['method']} {masked_url(entry['path'])}",
        status=entry["status"],
        applied=entry["applied"],
        fault=entry["fault"],
        at=str(entry["at"])[11:19],
        curl=_curl(entry),
    )


def _curl(entry: Mapping[str, Any]) -> str:
    headers: Mapping[str, str] = entry["headers"]
    parts = [f"curl -X {entry['method']} {_quoted(masked_url(entry['url']))}"]
    parts += [f"-H {_quoted(f'{name}: {value}')}" for name, value in headers.items()]
    if entry["body"]:
        parts.append(f"-d {_quoted(masked_body(entry['body'], headers.get('content-type', '')))}")
    return " \\\n  ".join(parts)


def _quoted(text: str) -> str:
    """Quote for a shell, which puts its own variables in the place of `$NAME`.

    >>> print(_quoted("Authorization: Bearer $TOKEN"))
    'Authorization: Bearer '"$TOKEN"
    """
    quoted = shlex.quote(text)
    open_up = _SECRET.sub(lambda found: f"'\"${found[1]}\"'", quoted)
    return open_up.removesuffix("''") if quoted != text else quoted
