"""Plays sales with a worker that dies at a point of each, many sales to one death."""

import re
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from tests.proof.crashes.points import (
    BEFORE_ANSWER,
    COUPON,
    LOCK,
    ONLY_ANSWERED,
    Point,
    cut_off,
)
from tests.proof.crashes.shapes import Shape
from tests.proof.crashes.stack import TILLS, CrashStack
from tests.proof.crashes.stage import (
    CaseStage,
    CrowdedSandbox,
    Disturbed,
    Ended,
    Entry,
    see_through,
)
from tillsaga.demo.movements import Ledger
from tillsaga.demo.stage import Played

TOGETHER = 24
"""Sales at once, each with a point of its own."""
UNKNOWN, NOT_UNDONE = "effect_unknown", "undo_failed"
_UNTOLD = "leat points ID in the books, unrecorded"
_NOTHING = "leat points ID recorded, but not in the books"
_REPORT = Ledger("koupon", "report")
_REPORTED_AGAIN = "koupon report None: in the books, unrecorded"
"""Whether it has a report Koupon cannot be asked; it is sent again, and counts nothing."""
_TRIES = 3
NOBODY = "nobody died"
_ID = re.compile(r"(?<![a-z])\S*\d\S*")


@dataclass(frozen=True)
class Undisturbed:
    """How a shape ends where nobody is killed, and the points that it passes."""

    shape: Shape
    ended: Ended
    without_voucher: Ended
    """Where the lock of Leat's voucher was lost: the same sale without it."""
    points: tuple[Point, ...]

    @property
    def unexpected(self) -> list[str]:
        """What is not as the shape says, although nobody was killed."""
        shape, ended = self.shape, self.ended
        found, wanted = (ended.status, ended.attention), (shape.ends_as, [*shape.attention])
        return [f"{shape.name}: {found} and not {wanted}"] if found != wanted else []


@dataclass(frozen=True, eq=False)
class Case:
    """A sale and the point at which its worker dies."""

    undisturbed: Undisturbed
    point: Point
    depth: int

    def __str__(self) -> str:
        """Write it for a table."""
        return f"{self.undisturbed.shape.name}: {self.point}"


@dataclass(frozen=True)
class Verdict:
    """What is wrong about how a case ended; nothing, as a rule."""

    case: Case
    wrongs: tuple[str, ...]
    disturbed: bool = False

    @property
    def is_to_be_played_again(self) -> bool:
        """Whether it says nothing about its point."""
        return self.disturbed or self.wrongs == (NOBODY,)


class Matrix:
    """Plays shapes at the tills of one stack."""

    def __init__(self, stack: CrashStack, sandbox: CrowdedSandbox, key: str) -> None:
        self.stack, self._sandbox, self._key = stack, sandbox, key

    def undisturbed(self, shapes: Sequence[Shape]) -> list[Undisturbed]:
        """Play every shape once, and let everybody live."""
        with ThreadPoolExecutor(TOGETHER) as players:
            return list(players.map(self._undisturbed, shapes, TILLS))

    def cases(self, shapes: Sequence[Undisturbed]) -> list[Case]:
        """Every point of every shape, those that come early in a sale first."""
        points = {each.shape.name: each.points for each in shapes}
        found = [
            Case(each, point, depth)
            for each in shapes
            for depth, point in enumerate(each.points)
            if _is_to_be_tried(point, each, points.get(each.shape.after or "", ()))
        ]
        return sorted(found, key=lambda case: case.depth)

    def verdicts(self, cases: Sequence[Case]) -> Iterator[Verdict]:
        """Play the cases, as many to a death as there are tills.

        Those that lose a lock are played by themselves, for there an hour has to pass. What met
        another's death where no vendor can be asked, or never came to its own, is played again.
        """
        again: Counter[Case] = Counter()
        left = sorted(cases, key=lambda case: not case.point.loses_lock)
        while left:
            loses = left[0].point.loses_lock
            wave = [case for case in left[:TOGETHER] if case.point.loses_lock == loses]
            left = left[len(wave) :]
            for verdict in self._wave(wave):
                if verdict.is_to_be_played_again and again[verdict.case] < _TRIES:
                    again[verdict.case] += 1
                    left.append(verdict.case)
                else:
                    yield verdict

    def _wave(self, wave: Sequence[Case]) -> Iterator[Verdict]:
        till_of = dict(zip(wave, TILLS, strict=False))
        for case, till in till_of.items():
            self.stack.switchboard.clear(till)
            self.stack.switchboard.arm(till, case.point)
        with ThreadPoolExecutor(TOGETHER) as players:
            acts = list(players.map(self.played, wave, TILLS))
        for verdict in self.judged(list(zip(wave, acts, strict=True))):
            case, till = verdict.case, till_of[verdict.case]
            disturbed = verdict.disturbed or self._is_disturbed(case, till)
            verdict = replace(verdict, disturbed=bool(verdict.wrongs) and disturbed)
            if not self.stack.switchboard.died(till):
                verdict = replace(verdict, wrongs=(*verdict.wrongs, NOBODY))
            yield verdict
            self.stack.switchboard.disarm(till)
        self.stack.set_vendors_clock(real=True)

    def _is_disturbed(self, case: Case, till: str) -> bool:
        """Whether another's death has cut off what no vendor can tell enough about."""
        reached, own = self.stack.switchboard.reached(till), case.point
        return any(
            cut_off(reached, effect) > (own.cuts_off if own.effect == effect else 0)
            for effect in (LOCK, COUPON, *ONLY_ANSWERED)
        )

    def judged(self, acts: Sequence[tuple[Case, "Act | Failed"]]) -> Iterator[Verdict]:
        """See all through, and compare the books."""
        with ThreadPoolExecutor(TOGETHER) as judges:
            yield from judges.map(lambda each: self._verdict(*each), acts)

    def _undisturbed(self, shape: Shape, till: str) -> Undisturbed:
        self.stack.switchboard.clear(till)
        stage = self._stage(till)
        ended = see_through(stage, shape.play(stage))
        reached = dict.fromkeys(each.point for each in self.stack.switchboard.reached(till))
        without = ended
        if any(point.effect == LOCK for point in reached):
            stage = self._stage(till, without_voucher=True)
            without = see_through(stage, shape.play(stage))
        return Undisturbed(shape, ended, without, tuple(reached))

    def played(self, case: Case, till: str, *, without_voucher: bool = False) -> "Act | Failed":
        """Play a case; says what went wrong if it could not be played."""
        stage = self._stage(
            till, without_voucher=without_voucher, may_lose_lock=case.point.loses_lock
        )
        try:
            return Act(stage, case.undisturbed.shape.play(stage))
        except Exception as failed:
            self.stack.switchboard.disarm(till)
            return Failed(traceback.format_exc(limit=-4), isinstance(failed, Disturbed))

    def _verdict(self, case: Case, act: "Act | Failed") -> Verdict:
        if isinstance(act, Failed):
            return Verdict(case, (act.words,), act.disturbed)
        try:
            ended = see_through(act.stage, act.played)
        except Exception:
            return Verdict(case, (traceback.format_exc(limit=-4),))
        bare = act.stage.lock_was_lost or act.stage.without_voucher
        wanted = case.undisturbed.without_voucher if bare else case.undisturbed.ended
        if case.point.cannot_be_asked:
            return Verdict(case, tuple(_left_to_a_person(wanted, ended, UNKNOWN, "koupon")))
        compared = _sold_otherwise if act.stage.collected else _compared
        wrongs = tuple(compared(wanted, ended))
        if wrongs and case.point.cannot_be_taken_back:
            which = ONLY_ANSWERED[case.point.effect]
            wrongs = tuple(_left_to_a_person(wanted, ended, NOT_UNDONE, *which))
        return Verdict(case, wrongs)

    def _stage(self, till: str, **more: bool) -> CaseStage:
        return CaseStage(self.stack, self._sandbox, self._key, till, **more)


def _is_to_be_tried(point: Point, shape: Undisturbed, before: Sequence[Point]) -> bool:
    if point.loses_lock and any(each.effect == COUPON for each in shape.points):
        return False  # an hour has to pass, and Koupon serves nobody whose clock is wrong
    # What was found out by asking may differ from what was answered: how does it go on?
    is_asked = point.at == BEFORE_ANSWER and not point.cannot_be_asked
    return is_asked or point not in before


@dataclass(frozen=True)
class Act:
    """A case that was played, and has still to be judged."""

    stage: CaseStage
    played: Played


@dataclass(frozen=True)
class Failed:
    """A case that could not be played to its end, and why."""

    words: str
    disturbed: bool


def _compared(wanted: Ended, ended: Ended) -> Iterator[str]:
    yield from _sold_otherwise(wanted, ended)
    unequal = _unequal(Counter(wanted.books), Counter(ended.books))
    yield from (f"books: {words} ({ended.checkout['id']})" for words in unequal)


def _sold_otherwise(wanted: Ended, ended: Ended) -> Iterator[str]:
    """What was lost was collected at the till: other sums, and the records still have it all."""
    pairs: Mapping[str, tuple[object, object]] = {
        "status": (wanted.status, ended.status),
        "attention": (wanted.attention, ended.attention),
        "records": (_without_ids(wanted), _without_ids(ended)),
    }
    for name, (should, does) in pairs.items():
        if should != does:
            yield f"{name}: {does} and not {should} ({ended.checkout['id']})"


def _left_to_a_person(wanted: Ended, ended: Ended, code: str, *which: str) -> Iterator[str]:
    """What a vendor cannot tell is a person's; all else is as it should be.

    `which` are that person's: a whole vendor, or its ledgers. The price may be another one: where
    the customer keeps a discount that was refused otherwise.
    """
    if wanted.status != ended.status or code not in ended.attention:
        yield f"it ended as {ended.status} with {ended.attention} ({ended.checkout['id']})"
    should, does = (
        {led for led, _ in each.books if not {led.vendor, f"{led.vendor} {led.name}"} & {*which}}
        for each in (wanted, ended)
    )
    if should != does:
        yield f"books: {does} and not {should} ({ended.checkout['id']})"


def _unequal(wanted: Counter[Entry], found: Counter[Entry]) -> Iterator[str]:
    """What is missing in the books, and what is there beside it and was not taken back.

    Where the till was told that it is unknown what became of something, it was taken back, and the
    till has asked for it anew.
    """
    for (ledger, amount), times in (wanted - found).items():
        yield f"{ledger.vendor} {ledger.name} {amount} is missing {times} times"
    beside: Counter[Ledger] = Counter()
    for (ledger, amount), times in (found - wanted).items():
        beside[ledger] += times * (1 if amount is None else amount)
    for ledger, amount in beside.items():
        if amount and ledger != _REPORT:
            yield f"{ledger.vendor} {ledger.name} has {amount} too much"


def _without_ids(ended: Ended) -> list[str]:
    """Where records and books differ, whatever the ids are.

    Whether an order came back Leat can be asked, but not by which entry and for how many points:
    these are known only where its answer was heard. So are the points of an order; of a sale that
    earns none Leat books none.
    """
    told = [each for each in ended.differences if each != _REPORTED_AGAIN]
    differences = sorted(_ID.sub("ID", each) for each in told)
    checkout = ended.checkout
    if any(_takes_points_back(effect) for effect in checkout["effects"]):
        differences = [each for each in differences if each != _UNTOLD]
    if not any(one["provider"] == "leat" and one["points"] for one in checkout["earned"]):
        differences = [each for each in differences if each != _NOTHING]
    return differences


def _takes_points_back(effect: Mapping[str, object]) -> bool:
    by_order = effect["operation"] == "post_order" and effect["status"] == "reversed"
    return by_order or effect["operation"] == "return_lines"
