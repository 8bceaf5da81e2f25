"""The points at which a worker can be made to die, and what tells it to.

Test and worker share a folder. A worker writes every point that a till's effects reach to
`reached/TILL`; where `armed/TILL` names the point, it stops there, waits shortly for the others
that are armed, and kills itself. So one death meets many checkouts, each at a point of its own.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

BEFORE_RECORD = "before the record"
BEFORE_CALL = "between record and call"
BEFORE_ANSWER = "between effect and answer"
BEFORE_NOTE = "between answer and record"
BEFORE_REPORT = "after the record"

LOCK, COUPON = "lock_voucher at leat", "redeem_coupon at koupon"
VOUCHER, REWARD = "redeem_voucher at leat", "collect_reward at leat"
BILL = "finalise at letstrade"
ONLY_ANSWERED = {
    VOUCHER: ("leat voucher",),
    REWARD: ("leat reward", "leat points"),
    BILL: ("letstrade",),
}
"""What takes these back only their answer names; whether a bill was finalised nobody can ask.

By effect: the vendor, or its ledgers, that are a person's then, and no others."""
CANNOT_BE_ASKED = (COUPON,)
"""Whether Koupon has redeemed a coupon it does not say: a person has to look it up."""

_TOGETHER_SECONDS = 1.2
"""How long the first one waits for the others: well below a vendor's time-out."""


@dataclass(frozen=True)
class Point:
    """One point of one effect; `effect` names it so that another run of the same sale has it too.

    `nth` tells effects of the same operation apart, and `answer` the answers of one call.
    """

    effect: str
    side: str
    at: str
    nth: int = 1
    answer: int = 0

    @property
    def cannot_be_asked(self) -> bool:
        """Whether the vendor cannot be asked what became of the call that was cut off."""
        cut_off = self.at in (BEFORE_CALL, BEFORE_ANSWER, BEFORE_NOTE)
        return self.effect in CANNOT_BE_ASKED and self.side == "do" and cut_off

    @property
    def cannot_be_taken_back(self) -> bool:
        """Whether what it happened as was lost with its answer: to take it back is a person's."""
        answered = self.at in (BEFORE_ANSWER, BEFORE_NOTE)
        return self.effect in ONLY_ANSWERED and self.side == "do" and answered

    @property
    def cuts_off(self) -> int:
        """How many calls its own death cuts off."""
        return int(self.at in (BEFORE_CALL, BEFORE_ANSWER, BEFORE_NOTE))

    @property
    def loses_lock(self) -> bool:
        """Whether Leat locks a voucher and nobody is left who knows the key."""
        answered = self.at == BEFORE_NOTE or (self.at == BEFORE_ANSWER and self.answer == 2)
        return self.effect == LOCK and self.side == "do" and answered

    def __str__(self) -> str:
        """Write it for a table."""
        which = f" {self.nth}" if self.nth > 1 else ""
        undoing = "undoing " if self.side == "undo" else ""
        answer = f" {self.answer}" if self.answer > 1 else ""
        return f"{undoing}{self.effect}{which}, {self.at}{answer}"


@dataclass(frozen=True)
class Reached:
    """A point that was reached, and when."""

    point: Point
    key: str
    at: float


def cut_off(reached: Sequence[Reached], effect: str) -> int:
    """Count the calls of an effect that were begun and whose end was never recorded.

    A worker may also die when the record is written and nothing tells of it yet: what comes after
    finds the record, and calls nobody.
    """
    calls: dict[tuple[str, str], list[str]] = {}
    for each in reached:
        if each.point.effect == effect:
            calls.setdefault((each.key, each.point.side), []).append(each.point.at)
    return sum(
        points.count(BEFORE_CALL) - points.count(BEFORE_REPORT) + (BEFORE_CALL not in points)
        for points in calls.values()
    )


class Switchboard:
    """The test's side: arms points, and reads which were reached."""

    def __init__(self, folder: Path) -> None:
        self._armed, self._reached = folder / "armed", folder / "reached"
        self._deaths = folder / "deaths"
        for made in (self._armed, self._reached, self._deaths):
            made.mkdir(parents=True, exist_ok=True)

    def clear(self, till: str) -> None:
        """Forget what a till did before."""
        for folder in (self._armed, self._reached, self._deaths):
            (folder / till).unlink(missing_ok=True)

    def arm(self, till: str, point: Point) -> None:
        """Have a worker die when this till's sale gets there, once."""
        whole = self._armed.with_name(f"arming-{till}")
        whole.write_text(json.dumps(asdict(point)))
        whole.rename(self._armed / till)

    def disarm(self, till: str) -> None:
        """Let the till's sale pass after all."""
        (self._armed / till).unlink(missing_ok=True)

    def died(self, till: str) -> bool:
        """Whether a worker has died at the point that was armed."""
        return (self._deaths / till).exists()

    def reached(self, till: str) -> list[Reached]:
        """Every point that the till's sale has reached, oldest first."""
        return _read(self._reached / till)


class Mortality:
    """The worker's side."""

    def __init__(self, folder: Path) -> None:
        self._armed, self._reached = folder / "armed", folder / "reached"
        self._deaths = folder / "deaths"

    async def reach(self, till: str, key: str, effect: str, side: str, at: str, n: int = 0) -> None:
        """Write it down; if this is where to die, do not come back."""
        point = Point(effect, side, at, self._nth(till, key, effect), n)
        with (self._reached / till).open("a") as file:
            file.write(json.dumps([asdict(point), key, time.time()]) + "\n")
        if self._is_armed(till, point):
            await self._die(till)

    def _nth(self, till: str, key: str, effect: str) -> int:
        known = dict.fromkeys(
            r.key for r in _read(self._reached / till) if r.point.effect == effect
        )
        return list(known | {key: None}).index(key) + 1

    def _is_armed(self, till: str, point: Point) -> bool:
        file = self._armed / till
        return file.exists() and Point(**json.loads(file.read_text())) == point

    async def _die(self, till: str) -> None:
        (self._armed / till).rename(self._deaths / till)
        latest = time.monotonic() + _TOGETHER_SECONDS
        while any(self._armed.iterdir()) and time.monotonic() < latest:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGKILL)


def _read(file: Path) -> list[Reached]:
    if not file.exists():
        return []
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [Reached(Point(**point), key, at) for point, key, at in lines]
