"""A checkout's story as a picture: from entries to shapes. The template draws them.

A lane for the till, for people, for the checkout and for each vendor, a row for each effect. Time
runs from left to right and is stretched: a wait of a minute is little wider than one of a second,
so that what takes milliseconds can be seen; the labels are true.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise, zip_longest
from math import log2
from typing import Literal

from tillsaga.domain.audit import AuditEntry
from tillsaga.domain.audit_effects import ToldCall, ToldEffect, words
from tillsaga.domain.audit_words import summary
from tillsaga.domain.holds import HOLDING
from tillsaga.domain.ports import CallState

LABELS, RIGHT, TOP, ROW, LANE, BAR = 248, 64, 46, 28, 26, 14
"""The width of the column of labels and of the margin, and the heights; px."""
_TICK_SPACE, _WORD_SPACE, _CHARACTER = 76, 10, 6.6
_NARROWEST, _WIDEST_GAP = 5.0, 150.0
_WAIT = timedelta(seconds=2)
_LABEL_CHARACTERS = 36

Look = Literal["held", "committed", "refused", "lost", "manual", "waits"]
Sign = Literal["message", "refusal", "payment", "person", "status"]

_STILL = frozenset({"heartbeat"})
_PEOPLE = frozenset({"resolve_attention", "assign_attention", "release_hold"})
_ENDS: dict[str, str] = {
    CallState.APPLIED: "applied",
    CallState.REFUSED: "refused",
    CallState.WITHDRAWN: "withdrawn",
    CallState.MANUAL: "left to a person",
    CallState.IN_DOUBT: "its answer was lost",
    CallState.NOT_SENT: "surely not done",
    CallState.CALLING: "no answer yet",
}
_OWN_LANES = ("Till", "Support", "Checkout")
_LANES: dict[Sign, str] = {"status": "Checkout", "person": "Support"}
_BEGINS = {
    "sent": "sent",
    "sent_again": "sent again",
    "asked": "asked what became of it",
    "noted": "noted",
}


@dataclass(frozen=True)
class Bar:
    """One call: `x` and `y` of its left upper corner."""

    x: float
    y: float
    width: float
    look: Look
    title: str
    is_undo: bool = False
    is_again: bool = False
    is_asked: bool = False

    @property
    def arrow(self) -> str:
        """The outline of an undo, which points back: a polygon's points."""
        x, y, end, tip = self.x, self.y, self.x + self.width, min(6.0, self.width)
        corners = ((x, y + BAR / 2), (x + tip, y), (end, y), (end, y + BAR), (x + tip, y + BAR))
        return " ".join(f"{across:.1f},{down:.1f}" for across, down in corners)


@dataclass(frozen=True)
class Mark:
    """A moment with words beside it, or without where there is no room."""

    x: float
    y: float
    look: Sign
    title: str
    words: str = ""


@dataclass(frozen=True)
class Link:
    """A line along a row: from what was done to its undo, or while something is held."""

    x1: float
    x2: float
    y: float
    look: Literal["undo", "holding"]


@dataclass(frozen=True)
class Flag:
    """Says that nobody takes back what stands beside it."""

    x: float
    y: float
    title: str


@dataclass(frozen=True)
class Row:
    """An effect's row."""

    y: float
    effect: int
    label: str
    title: str


@dataclass(frozen=True)
class Lane:
    """Who acts, and where their rows begin and end."""

    y: float
    height: float
    name: str


@dataclass(frozen=True)
class Tick:
    """A moment on the axis: how long after the first one, and its clock time in UTC."""

    x: float
    words: str
    clock: str


@dataclass(frozen=True)
class Wait:
    """A gap of the axis in which nothing happened for long."""

    x1: float
    x2: float
    title: str


@dataclass
class Picture:
    """All shapes; px."""

    width: float = LABELS + RIGHT
    height: float = TOP
    lanes: list[Lane] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    paid_at: float | None = None

    @property
    def words(self) -> str:
        """The picture in a sentence, for who does not see it."""
        vendors = [lane.name for lane in self.lanes if lane.name not in _OWN_LANES]
        told = f"{len(self.rows)} effects in {len(self.bars)} calls"
        where = f" at {', '.join(vendors)}" if vendors else ""
        return f"{told}{where}. The table below tells the same."


def draw(entries: Sequence[AuditEntry], effects: Sequence[ToldEffect]) -> Picture:
    """Draw a checkout's story, in whatever order its entries come."""
    told = sorted(entries, key=lambda entry: (entry.at, entry.number))
    return _Drawing(told, effects).picture


class _Axis:
    """From moments to places."""

    def __init__(self, moments: Iterable[datetime]) -> None:
        self._moments = sorted(set(moments))
        self._places = [float(LABELS)]
        for before, after in pairwise(self._moments):
            self._places.append(self._places[-1] + _stretched(after - before))

    @property
    def end(self) -> float:
        return self._places[-1]

    def at(self, moment: datetime) -> float:
        place = bisect_left(self._moments, moment)
        return self._places[min(place, len(self._places) - 1)]

    def ticks(self) -> list[Tick]:
        found: list[Tick] = []
        clock = ""
        for moment, x in zip(self._moments, self._places, strict=False):
            if found and x - found[-1].x < _TICK_SPACE:
                continue
            now = f"{moment:%H:%M:%S}"
            shown = "" if now == clock else now
            found.append(Tick(x, since(moment - self._moments[0]), shown))
            clock = now
        return found

    def waits(self) -> list[Wait]:
        gaps = zip(pairwise(self._moments), pairwise(self._places), strict=True)
        return [
            Wait(x1, x2, f"{since(after - before)[1:]} without an event")
            for (before, after), (x1, x2) in gaps
            if after - before >= _WAIT
        ]


class _Drawing:
    def __init__(self, entries: Sequence[AuditEntry], effects: Sequence[ToldEffect]) -> None:
        self.picture = Picture()
        self._entries = [entry for entry in entries if _is_shown(entry)]
        calls = [call for effect in effects for call in effect.calls]
        ends = [call.ended for call in calls if call.ended]
        moments = [e.at for e in self._entries] + [c.began for c in calls] + ends
        self._axis = _Axis(moments)
        self._sold_at = _sold_at(self._entries)
        self._last = max(moments, default=None)
        self._draw_speakers()
        for provider in dict.fromkeys(effect.provider for effect in effects):
            self._draw_vendor(provider, [e for e in effects if e.provider == provider])
        picture = self.picture
        picture.ticks, picture.waits = self._axis.ticks(), self._axis.waits()
        furthest = max((_right(mark) for mark in picture.marks), default=0.0)
        picture.width = max(self._axis.end + RIGHT, furthest + 8)

    # --- lanes of words ---------------------------------------------------------------------------

    def _draw_speakers(self) -> None:
        lanes: dict[str, list[Mark]] = {"Till": [], "Support": [], "Checkout": []}
        status = ""
        for entry in self._entries:
            look, text = _mark_of(entry)
            if look is None or (look == "status" and text == status):
                continue
            status = text if look == "status" else status
            title = f"{_clock(entry.at)} {entry.said_by}: {summary(entry)}"
            mark = Mark(self._axis.at(entry.at), 0, look, title, text)
            lanes[_LANES.get(look, "Till")].append(mark)
            if look == "payment" and words(entry.facts, "status") == "captured":
                self.picture.paid_at = mark.x
        for name, marks in lanes.items():
            if marks or name != "Support":
                self._draw_words(name, marks)

    def _draw_words(self, name: str, marks: Sequence[Mark]) -> None:
        """Put words beside marks, on as many lines as they need, three at the most."""
        top, free = self.picture.height, [0.0]
        for mark in marks:
            needs = mark.x + _WORD_SPACE + _CHARACTER * len(mark.words)
            line = next((n for n, until in enumerate(free) if until <= mark.x), None)
            if line is None and len(free) < 3:
                free.append(0.0)
                line = len(free) - 1
            if line is None:
                line, mark = 0, Mark(mark.x, 0, mark.look, mark.title)
                needs = free[0]
            free[line] = max(free[line], needs + _WORD_SPACE)
            y = top + LANE * line + LANE / 2
            self.picture.marks.append(Mark(mark.x, y, mark.look, mark.title, mark.words))
        self._end_lane(name, top, LANE * len(free))

    # --- lanes of vendors -------------------------------------------------------------------------

    def _draw_vendor(self, provider: str, effects: Sequence[ToldEffect]) -> None:
        top = self.picture.height
        for place, effect in enumerate(effects):
            self._draw_effect(effect, top + LANE + ROW * place)
        self._end_lane(provider, top, LANE + ROW * len(effects))

    def _draw_effect(self, effect: ToldEffect, y: float) -> None:
        label = f"{effect.number} {effect.title}"
        self.picture.rows.append(Row(y + ROW / 2, effect.number, _short(label), label))
        bars = {"do": self._bars(effect, "do", y), "undo": self._bars(effect, "undo", y)}
        did, undid = bars["do"], bars["undo"]
        middle = y + ROW / 2
        if did and undid:
            self.picture.links.append(Link(_end(did[-1]), undid[0].x, middle, "undo"))
        elif did and effect.do.is_applied and effect.operation in HOLDING:
            until = self._sold_at or self._last
            x = self._axis.at(until) if until else 0.0
            if x > _end(did[-1]):
                self.picture.links.append(Link(_end(did[-1]), x, middle, "holding"))
        if did and effect.is_irreversible and effect.do.is_applied:
            title = f"effect {effect.number} cannot be taken back"
            self.picture.flags.append(Flag(_end(did[-1]), y + ROW / 2 - BAR / 2, title))
        self.picture.bars += [*did, *undid]

    def _bars(self, effect: ToldEffect, side: Literal["do", "undo"], y: float) -> list[Bar]:
        told = effect.do if side == "do" else effect.undo
        calls = told.calls if told else ()
        following = zip_longest(calls, calls[1:])
        return [self._bar(effect, call, after, y) for call, after in following]

    def _bar(self, effect: ToldEffect, call: ToldCall, after: ToldCall | None, y: float) -> Bar:
        began = self._axis.at(call.began)
        end = call.ended or (after.began if after else self._last) or call.began
        return Bar(
            x=began,
            y=y + (ROW - BAR) / 2,
            width=max(_NARROWEST, self._axis.at(end) - began),
            look=_look(effect, call),
            title=told_in_words(effect, call),
            is_undo=call.side == "undo",
            is_again=call.kind == "sent_again",
            is_asked=call.kind in ("asked", "noted"),
        )

    def _end_lane(self, name: str, top: float, height: float) -> None:
        self.picture.lanes.append(Lane(top, height, name))
        self.picture.height = top + height


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


def _stretched(gap: timedelta) -> float:
    ms = gap / timedelta(milliseconds=1)
    return min(_WIDEST_GAP, 3 + 13 * log2(1 + ms / 6))


def _is_shown(entry: AuditEntry) -> bool:
    return _mark_of(entry)[0] is not None


def _mark_of(entry: AuditEntry) -> tuple[Sign | None, str]:
    message = words(entry.facts, "message") or "?"
    match entry.kind:
        case "message" if message in _PEOPLE:
            return "person", f"{message.replace('_', ' ')} by {entry.said_by}"
        case "message" if message not in _STILL:
            return "message", message.replace("_", " ")
        case "answer" if words(entry.facts, "refusal"):
            return "refusal", str(entry.facts["refusal"])
        case "payment":
            return "payment", f"payment {words(entry.facts, 'status') or ''}".strip()
        case "decided" | "archived" if words(entry.facts, "status"):
            return "status", str(entry.facts["status"])
    return None, ""


def _sold_at(entries: Sequence[AuditEntry]) -> datetime | None:
    """When what was held counted as spent."""
    ends = (e.at for e in entries if words(e.facts, "status") == "completed" and e.kind != "answer")
    return next(ends, None)


def _look(effect: ToldEffect, call: ToldCall) -> Look:
    if call.is_lost:
        return "lost"
    match call.state:
        case CallState.APPLIED:
            is_held = call.side == "do" and effect.operation in HOLDING
            return "held" if is_held else "committed"
        case CallState.MANUAL:
            return "manual"
        case CallState.REFUSED | CallState.WITHDRAWN:
            return "refused"
    return "waits"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03} UTC"


def _right(mark: Mark) -> float:
    return mark.x + _WORD_SPACE + _CHARACTER * len(mark.words)


def _end(bar: Bar) -> float:
    return bar.x + bar.width


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_CHARACTERS else f"{label[: _LABEL_CHARACTERS - 1]}…"
