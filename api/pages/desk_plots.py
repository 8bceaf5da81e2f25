"""What the desk's plots show: days and hours by a store's clocks, and counts made into bars."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from api.pages.desk import query
from api.pages.plots import Mark, Plot, Series
from tillsaga.domain.model import Model
from tillsaga.domain.reconcile import BusinessDay
from tillsaga.records.figures import Compensations, Outcome, Span, VendorCalls

DAYS_BY_HOUR = 2
MOST_CASES = 1000
WAIT_EDGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10)
"""Seconds; the lines at half a second and at five are what tills are promised."""
AGE_EDGES = (
    ("1 h", 3600),
    ("4 h", 4 * 3600),
    ("1 d", 86_400),
    ("3 d", 3 * 86_400),
    ("7 d", 7 * 86_400),
)
LOOKS = {"completed": "good", "cancelled": "plain", "expired": "warn"}
GOING_ON = "going on"


class Shown(Model):
    """The days that are shown, by the clocks of the (first) store."""

    stores: tuple[str, ...]
    store_id: str
    first: date
    last: date
    timezone: str

    @property
    def span(self) -> Span:
        """From the first day's first moment to the last one's end."""
        start = BusinessDay(date=self.first, timezone=self.timezone).start
        return Span(start=start, end=BusinessDay(date=self.last, timezone=self.timezone).end)

    @property
    def by_hour(self) -> bool:
        """Whether hours are told apart, or only days."""
        return (self.last - self.first).days < DAYS_BY_HOUR

    @property
    def query(self) -> str:
        """The same days, for another address."""
        return query(store_id=self.store_id, **{"from": self.first, "to": self.last})

    def label(self, at: datetime) -> str:
        """Name the hour or the day of a moment."""
        local = at.astimezone(ZoneInfo(self.timezone))
        if not self.by_hour:
            return local.strftime("%d %b")
        return local.strftime("%H:00" if self.first == self.last else "%d %Hh")

    @property
    def labels(self) -> list[str]:
        """Name all hours or days, in their order; an hour that comes twice in autumn once."""
        step = timedelta(hours=1 if self.by_hour else 24)
        # By the clock of the wall, so that a day has its name also where it has 23 hours.
        at, end = datetime.combine(self.first, datetime.min.time()), self.last
        found = []
        while at.date() <= end:
            found.append(self.label(at.replace(tzinfo=ZoneInfo(self.timezone))))
            at += step
        return list(dict.fromkeys(found))


def outcomes_plot(shown: Shown, found: Sequence[Outcome]) -> Plot:
    """Show what became of checkouts, by when they were opened."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in found:
        status = one.status if one.status in LOOKS else GOING_ON
        counts[shown.label(one.at), status] += one.checkouts
    labels = shown.labels
    series = [
        Series(status, look, [counts[label, status] for label in labels])
        for status, look in {**LOOKS, GOING_ON: "busy"}.items()
    ]
    axis = "hour" if shown.by_hour else "day"
    title = f"Outcomes per {axis}"
    return Plot("outcomes", title, axis, "checkouts", labels, series, is_wide=True)


def waits_plot(seconds: Sequence[float]) -> Plot:
    """Show how long tills waited for offers, with lines at what they are promised."""
    counts = [0] * (len(WAIT_EDGES) + 1)
    for wait in seconds:
        counts[bisect_left(WAIT_EDGES, wait)] += 1
    labels = [f"{edge:g} s" for edge in WAIT_EDGES] + [f"> {WAIT_EDGES[-1]:g} s"]
    lines = [Mark(WAIT_EDGES.index(0.5) + 1, "500 ms"), Mark(WAIT_EDGES.index(5) + 1, "5 s")]
    note = "From the bill's first row to the answer with its offers; a bar ends at its label."
    if seconds:
        low, high = (quantile(seconds, share) for share in (0.5, 0.95))
        note += f" Half within {low:.2f} s, 95 of 100 within {high:.2f} s."
    bars = [Series("checkouts", "busy", counts)]
    return Plot("waits", "Time to offers", "up to", "checkouts", labels, bars, lines, note)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Find the value below or at which a share of them lies.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([1.0], 0.95)
    (2.0, 1.0)
    """
    return ordered[max(0, ceil(len(ordered) * share) - 1)]


def vendors_plot(found: Sequence[VendorCalls]) -> Plot:
    """Show what was asked of each vendor, and how often it had to be asked again."""
    series = [
        Series("effects", "good", [one.effects for one in found]),
        Series("repeated calls", "warn", [one.repeats for one in found]),
    ]
    labels = [one.provider for one in found]
    note = "A call is repeated where it surely did nothing, or after the vendor has been asked."
    return Plot(
        "vendors", "Effects and repeats per vendor", "vendor", "calls", labels, series, note=note
    )


def compensations_plot(shown: Shown, found: Sequence[Compensations]) -> Plot:
    """Show of 100 checkouts with effects in how many something was taken back."""
    whole: Counter[str] = Counter()
    part: Counter[str] = Counter()
    for one in found:
        whole[shown.label(one.at)] += one.checkouts
        part[shown.label(one.at)] += one.compensated
    labels = shown.labels
    rates = [round(100 * part[name] / whole[name], 1) if whole[name] else 0 for name in labels]
    axis = "hour" if shown.by_hour else "day"
    total, undone = whole.total(), part.total()
    note = f"In all {undone} of {total} checkouts that asked a vendor for something."
    return Plot(
        "compensations",
        "Compensation rate",
        axis,
        "per cent",
        labels,
        [Series("took something back, %", "warn", rates)],
        note=note,
        is_wide=True,
    )


def ages_plot(seconds: Sequence[float]) -> Plot:
    """Show how long open cases have waited."""
    counts = [0] * (len(AGE_EDGES) + 1)
    for age in seconds:
        counts[bisect_left([edge for _, edge in AGE_EDGES], age)] += 1
    labels = [*(name for name, _ in AGE_EDGES), "more"]
    bars = [Series("open cases", "bad", counts)]
    note = "Of now, whatever days are chosen. A bar ends at its label."
    if len(seconds) >= MOST_CASES:
        note += f" The oldest {len(seconds)} are counted."
    return Plot("ages", "Age of unresolved cases", "up to", "cases", labels, bars, note=note)
