"""The axis of time: moments in their places.

It is stretched: a wait of a minute is little wider than one of a second, so that what takes
milliseconds can be seen. Its labels are true.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from math import log2

from api.pages.shapes import LABELS, Tick, Wait
from api.pages.telling import since

_TICK_SPACE, _WIDEST_GAP = 76, 150.0
_WAIT = timedelta(seconds=2)


class Axis:
    """From moments to places."""

    def __init__(self, moments: Iterable[datetime]) -> None:
        self._moments = sorted(set(moments))
        self._places = [float(LABELS)]
        for before, after in pairwise(self._moments):
            self._places.append(self._places[-1] + _stretched(after - before))

    @property
    def end(self) -> float:
        """Where the last moment is."""
        return self._places[-1]

    def at(self, moment: datetime) -> float:
        """Find a moment's place."""
        place = bisect_left(self._moments, moment)
        return self._places[min(place, len(self._places) - 1)]

    def ticks(self) -> list[Tick]:
        """Label as many moments as there is room for."""
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
        """Name the gaps in which nothing happened for long."""
        gaps = zip(pairwise(self._moments), pairwise(self._places), strict=True)
        return [
            Wait(x1, x2, f"{since(after - before)[1:]} without an event")
            for (before, after), (x1, x2) in gaps
            if after - before >= _WAIT
        ]


def _stretched(gap: timedelta) -> float:
    ms = gap / timedelta(milliseconds=1)
    return min(_WIDEST_GAP, 3 + 13 * log2(1 + ms / 6))
