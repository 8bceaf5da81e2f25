"""Calls and spans of time in words."""

from datetime import timedelta

from tillsaga.domain.audit_effects import ToldCall, ToldEffect
from tillsaga.domain.ports import CallState

_BEGINS = {
    "sent": "sent",
    "sent_again": "sent again",
    "asked": "asked what became of it",
    "noted": "noted",
}
_ENDS: dict[str, str] = {
    CallState.APPLIED: "applied",
    CallState.REFUSED: "refused",
    CallState.WITHDRAWN: "withdrawn",
    CallState.MANUAL: "left to a person",
    CallState.IN_DOUBT: "its answer was lost",
    CallState.NOT_SENT: "surely not done",
    CallState.CALLING: "no answer yet",
}


def told_in_words(effect: ToldEffect, call: ToldCall) -> str:
    """Say what a bar shows."""
    undo = "undo of " if call.side == "undo" else ""
    what = f"effect {effect.number}, {undo}{effect.title} at {effect.provider}"
    attempt = f", attempt {call.attempt}" if call.kind in ("sent", "sent_again") else ""
    code = f" ({call.code})" if call.code else ""
    return f"{what}: {began_as(call)}{attempt}; {ended_as(call)}{code}{took(call, ' after ')}"


def began_as(call: ToldCall) -> str:
    """Say what kind of call it is."""
    return _BEGINS[call.kind]


def ended_as(call: ToldCall) -> str:
    """Say how it ended."""
    return _ENDS.get(call.state, call.state.replace("_", " "))


def took(call: ToldCall, before: str = "") -> str:
    """Say how long it took; nothing where no end was told."""
    return f"{before}{since(call.ended - call.began).lstrip('+')}" if call.ended else ""


def since(gone: timedelta) -> str:
    """Write a time span as short as it can be told.

    >>> [since(timedelta(milliseconds=ms)) for ms in (0, 52, 1240, 61_000, 93_784_000)]
    ['0 ms', '+52 ms', '+1.24 s', '+1 min 1 s', '+1 d 2 h']
    """
    ms = round(gone / timedelta(milliseconds=1))
    if ms == 0:
        return "0 ms"
    sign, ms = ("+" if ms > 0 else "-"), abs(ms)
    if ms < 1000:
        return f"{sign}{ms} ms"
    if ms < 60_000:
        return f"{sign}{ms / 1000:.2f} s"
    seconds = ms // 1000
    for larger, smaller, size, unit in _UNITS:
        if seconds >= size:
            rest = seconds % size // unit
            return f"{sign}{seconds // size} {larger}" + (f" {rest} {smaller}" if rest else "")
    raise AssertionError("a minute is the smallest of them")


_UNITS = (("d", "h", 86_400, 3600), ("h", "min", 3600, 60), ("min", "s", 60, 1))
