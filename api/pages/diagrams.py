"""A checkout's story as Mermaid text, for documents and tickets."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from api.pages.telling import began_as, ended_as
from tillsaga.domain.audit import AuditEntry
from tillsaga.domain.audit_effects import ToldCall, ToldEffect, words
from tillsaga.domain.ports import CallState

# Whatever is not one of these ends a statement somewhere in Mermaid's grammar.
_UNSAFE = re.compile(r"[^\w .,()/+-]+")
_MESSAGES = ("message", "answer")
_LOOKS: dict[str, str] = {CallState.APPLIED: "done, ", CallState.REFUSED: "crit, "}
_SHORTEST = timedelta(milliseconds=1)


def sequence_diagram(entries: Sequence[AuditEntry], effects: Sequence[ToldEffect]) -> str:
    """Write who said what to whom, in the order of time."""
    vendors = list(dict.fromkeys(effect.provider for effect in effects))
    lines = ["sequenceDiagram", "  participant till as Till", "  participant checkout as Checkout"]
    lines += [f"  participant v{n} as {_safe(name)}" for n, name in enumerate(vendors)]
    steps = [*_spoken(entries), *_called(effects, vendors)]
    lines += [f"  {line}" for _, line in sorted(steps, key=lambda step: step[0])]
    return "\n".join(lines) + "\n"


def gantt(effects: Sequence[ToldEffect]) -> str:
    """Write every call with its time, a section for each vendor."""
    lines = ["gantt", "  dateFormat x", "  axisFormat %H:%M:%S.%L"]
    for provider in dict.fromkeys(effect.provider for effect in effects):
        lines.append(f"  section {_safe(provider)}")
        mine = [effect for effect in effects if effect.provider == provider]
        lines += [f"  {_task(effect, call)}" for effect in mine for call in effect.calls]
    return "\n".join(lines) + "\n"


def _spoken(entries: Sequence[AuditEntry]) -> Iterator[tuple[datetime, str]]:
    for entry in entries:
        message = words(entry.facts, "message")
        if entry.kind not in _MESSAGES or message is None or message == "heartbeat":
            continue
        refusal, status = words(entry.facts, "refusal"), words(entry.facts, "status")
        if entry.kind == "message":
            yield entry.at, f"till->>checkout: {_safe(message)}"
        elif refusal:
            yield entry.at, f"checkout--xtill: {_safe(f'refused {refusal}')}"
        else:
            yield entry.at, f"checkout-->>till: {_safe(status or 'answered')}"


def _called(
    effects: Sequence[ToldEffect], vendors: Sequence[str]
) -> Iterator[tuple[datetime, str]]:
    for effect in effects:
        vendor = f"v{vendors.index(effect.provider)}"
        for call in effect.calls:
            if call.kind != "noted":
                yield call.began, f"checkout->>{vendor}: {_safe(_what(effect, call))}"
            if call.ended is None:
                continue
            arrow = "--x" if call.is_lost or call.state == CallState.REFUSED else "-->>"
            yield call.ended, f"{vendor}{arrow}checkout: {_safe(ended_as(call))}"


def _task(effect: ToldEffect, call: ToldCall) -> str:
    look = _LOOKS.get(call.state, "")
    end = max(call.ended or call.began, call.began + _SHORTEST)
    return f"{_safe(_what(effect, call))} :{look}{_ms(call.began)}, {_ms(end)}"


def _what(effect: ToldEffect, call: ToldCall) -> str:
    undo = "undo of " if call.side == "undo" else ""
    how = "" if call.kind == "sent" else f" ({began_as(call)})"
    return f"{effect.number} {undo}{effect.title}{how}"


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _safe(text: str) -> str:
    """Keep a vendor's name from being a statement; `end` alone is a word of Mermaid's."""
    plain = " ".join(_UNSAFE.sub(" ", text).split()) or "-"
    return f"({plain})" if plain.lower() == "end" else plain
