"""Points as a means of payment: their worth, and whether the tenant is set up for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from tillsaga.connectors.wll.events import Events
from tillsaga.connectors.wll.members import Members
from tillsaga.connectors.wll.refusals import EVENT_UNKNOWN, WllNo
from tillsaga.connectors.wll.wire import Now
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.money import minor_digits
from tillsaga.domain.offers import Member
from tillsaga.domain.ports import FoundTender
from tillsaga.errors import Refused


@dataclass(frozen=True)
class Rate:
    """Points per 1.00 of the currency; rounds so that the tenant never pays for a part point."""

    points_per_unit: Decimal
    currency: str

    def points(self, amount: int) -> int:
        """How many points an amount costs, minor units.

        >>> Rate(Decimal(100), "EUR").points(3_00), Rate(Decimal("0.5"), "EUR").points(1)
        (300, 1)
        """
        exact = amount * self.points_per_unit / self._unit
        return int(exact.to_integral_value(ROUND_CEILING))

    def amount(self, points: int) -> int:
        """The highest amount, minor units, that so many points pay; never below zero.

        >>> Rate(Decimal(3), "EUR").amount(10), Rate(Decimal(3), "EUR").amount(-5)
        (333, 0)
        """
        exact = max(points, 0) * self._unit / self.points_per_unit
        return int(exact.to_integral_value(ROUND_FLOOR))

    @property
    def _unit(self) -> Decimal:
        return Decimal(10) ** minor_digits(self.currency)


@dataclass(frozen=True)
class PointEvents:
    """The tenant's event types that take points and give them back."""

    redeem: str
    refund: str


@dataclass(frozen=True)
class _Deduction:
    wll_id: str
    points: int
    before: int
    until: datetime


class Pending:
    """Deductions that a wallet does not show yet: reactors lag by seconds (trap 5)."""

    def __init__(self, lag: timedelta, now: Now) -> None:
        """Take how long a reactor may take at most."""
        self._lag = lag
        self._now = now
        self._open: dict[str, _Deduction] = {}

    def note(self, key: str, wll_id: str, points: int, before: int) -> None:
        """Remember an effect's deduction; `before` is the balance that it was taken from."""
        self._open[key] = _Deduction(wll_id, points, before, self._now() + self._lag)

    def forget(self, key: str) -> None:
        """Drop an effect's deduction: it was not made, is seen in the wallet or is given back."""
        self._open.pop(key, None)

    def of(self, wll_id: str, balance: int) -> int:
        """How many points are still to go from this balance."""
        now = self._now()
        self._open = {key: each for key, each in self._open.items() if each.until > now}
        mine = (each for each in self._open.values() if each.wll_id == wll_id)
        return sum(each.points for each in mine if balance > each.before - each.points)


class PointTenders:
    """Finds the points of a customer."""

    def __init__(
        self,
        members: Members,
        events: Events,
        pending: Pending,
        rate: Rate,
        types: PointEvents,
    ) -> None:
        """Take the reads, what a point is worth and the tenant's event types."""
        self._members = members
        self._events = events
        self._pending = pending
        self._rate = rate
        self._types = types
        self._proved = False

    async def find(self, reference: str | None, member: Member | None, due: int) -> FoundTender:
        """Find the points of the member, or of whom the reference means.

        Raises:
            Refused: `member_required`, `member_not_found`, or `tender_refused` where the tenant's
                reactors would not take the points or not give them back.
        """
        wll_id = await self._whose(reference, member)
        balance = await self._members.points(wll_id)
        free = max(0, balance - self._pending.of(wll_id, balance))
        available = self._rate.amount(free)
        if available > 0:
            await self._prove(wll_id, self._rate.points(min(due, available) or available))
        return FoundTender(
            subject=wll_id,
            available_amount=available,
            step=Step(operation="spend_points", subject=wll_id, request={"member_id": wll_id}),
            points=free,
            request={"member_id": wll_id},
        )

    async def _whose(self, reference: str | None, member: Member | None) -> str:
        if reference is None and member is None:
            raise Refused("the customer must be identified first", code="member_required")
        if member is not None and reference in (None, member.member_id):
            return member.member_id
        user = await self._members.find(reference or "")
        if user is None or user.is_restricted:
            raise Refused("nobody is behind this reference", code="member_not_found")
        return user.id

    async def _prove(self, wll_id: str, points: int) -> None:
        """See once that the reactors are there: without them an event does nothing (trap 8)."""
        if self._proved:
            return
        payload: Json = {"points": points}
        taken = await self._would(self._types.redeem, wll_id, payload)
        given = await self._would(self._types.refund, wll_id, payload)
        if taken != -points or given <= 0:
            words = "the vendor's reactors would not take the points, or not give them back"
            raise Refused(words, code="tender_refused")
        self._proved = True

    async def _would(self, type_: str, wll_id: str, payload: Json) -> int:
        try:
            return await self._events.dry_run(type_, wll_id, payload)
        except WllNo as no:
            if no.code != EVENT_UNKNOWN:
                raise
        return 0
