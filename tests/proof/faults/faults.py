"""What can go wrong with one call."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """A rule of the sandbox.

    `slow`: each try takes real time, so it is tried less often. `every_call`: not only the one that
    makes or undoes the effect goes wrong, but whatever the vendor is asked meanwhile. `readable`:
    an answer in a shape that must be understood, without asking again.
    """

    rule: dict[str, Any]
    slow: bool = False
    every_call: bool = False
    readable: bool = False

    @property
    def late(self) -> bool:
        return bool(self.rule["kind"] == "late")

    @property
    def refuses(self) -> bool:
        return bool(self.rule["kind"] == "refuse")


def _kind(kind: str, **more: object) -> Fault:
    return Fault({"kind": kind, **more})


FAULTS: dict[str, Fault] = {
    "refused": _kind("refuse"),
    "500 before the effect": _kind("error_before"),
    "500 after the effect": _kind("error_after"),
    "dropped before the effect": _kind("drop_before"),
    "dropped after the effect": _kind("drop_after"),
    "applied after the client has gone": _kind("late", delay_ms=20),
    "slower than the budget": Fault({"kind": "delay", "delay_ms": 800}, slow=True),
    "429": _kind("rate_limited"),
    "503 page before the effect": _kind("maintenance"),
    "200 page before the effect": _kind("html_before"),
    "200 page after the effect": _kind("html_after"),
    "half of the body": _kind("malformed"),
    "an older answer": Fault({"kind": "old_shape"}, readable=True),
    "no call arrives": Fault({"kind": "drop_before"}, every_call=True),
    "no answer arrives": Fault({"kind": "drop_after"}, every_call=True),
    "an answer with more fields": Fault({"kind": "other_shape", "shape": "newer"}, readable=True),
    "an answer without empty fields": Fault(
        {"kind": "other_shape", "shape": "sparse"}, readable=True
    ),
    "an answer with numbers as texts": _kind("other_shape", shape="texts"),
    "an answer of nulls": _kind("other_shape", shape="hollow"),
}
