"""What the picture of a checkout's story is made of; all places and sizes in px."""

from dataclasses import dataclass, field
from typing import Literal

LABELS, RIGHT, TOP, ROW, LANE, BAR = 248, 64, 46, 28, 26, 14
"""The width of the column of labels and of the margin on the right; the heights of the axis, of an
effect's row, of a line of words and of a bar."""
OWN_LANES = ("Till", "Support", "Checkout")

Look = Literal["held", "committed", "refused", "lost", "manual", "waits"]
Sign = Literal["message", "refusal", "payment", "person", "status"]


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
        vendors = [lane.name for lane in self.lanes if lane.name not in OWN_LANES]
        told = f"{len(self.rows)} effects in {len(self.bars)} calls"
        where = f" at {', '.join(vendors)}" if vendors else ""
        return f"{told}{where}. The table below tells the same."
