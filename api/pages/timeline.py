"""A checkout's story as a picture: from entries to shapes. The template draws them.

A lane for the till, for people, for the checkout and for each vendor, a row for each effect, and
time from left to right.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Literal

from api.pages.axis import Axis
from api.pages.shapes import (
    BAR,
    LANE,
    OWN_LANES,
    RIGHT,
    ROW,
    Bar,
    Flag,
    Lane,
    Link,
    Look,
    Mark,
    Picture,
    Row,
    Sign,
)
from api.pages.telling import told_in_words
from tillsaga.domain.audit import AuditEntry
from tillsaga.domain.audit_effects import ToldCall, ToldEffect, whole, words
from tillsaga.domain.audit_words import summary
from tillsaga.domain.holds import HOLDING
from tillsaga.domain.ports import CallState

_WORD_SPACE, _CHARACTER, _LABEL_CHARACTERS = 10, 6.6, 36
_NARROWEST = 5.0
_LANES: dict[Sign, str] = {"status": "Checkout", "person": "Support"}
_STAYS, _PAID = ("status", "payment"), "payment captured"
_STILL = frozenset({"heartbeat"})
_PEOPLE = frozenset({"resolve_attention", "assign_attention", "release_hold"})


def draw(entries: Sequence[AuditEntry], effects: Sequence[ToldEffect]) -> Picture:
    """Draw a checkout's story, in whatever order its entries come."""
    told = sorted(entries, key=lambda entry: (entry.at, entry.number))
    return _Drawing(told, effects).picture


class _Drawing:
    def __init__(self, entries: Sequence[AuditEntry], effects: Sequence[ToldEffect]) -> None:
        self.picture = Picture()
        self._entries = [entry for entry in entries if _is_shown(entry)]
        calls = [call for effect in effects for call in effect.calls]
        ends = [call.ended for call in calls if call.ended]
        moments = [e.at for e in self._entries] + [c.began for c in calls] + ends
        self._axis = Axis(moments)
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
        lanes: dict[str, list[Mark]] = {name: [] for name in OWN_LANES}
        told: dict[tuple[str, int | None], str] = {}
        for entry in self._entries:
            look, text = _mark_of(entry)
            # A status that stays, and what the checkout made of a payment, are no news.
            subject = (look or "", whole(entry.facts, "payment"))
            if look is None or (look in _STAYS and told.get(subject) == text):
                continue
            told[subject] = text
            title = f"{_clock(entry.at)} {entry.said_by}: {summary(entry)}"
            mark = Mark(self._axis.at(entry.at), 0, look, title, text)
            lanes[_LANES.get(look, "Till")].append(mark)
            if text == _PAID and self.picture.paid_at is None:
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
