"""Closing a day of the audit: one root over all chains that moved."""

from typing import Protocol

from temporalio import activity

from tillsaga.domain.audit_roots import DailyRoot, Signer
from tillsaga.domain.model import Model


class AuditBook(Protocol):
    """The audit as the daily closing sees it."""

    async def close_days(self, signer: Signer | None) -> DailyRoot | None:
        """Make the root of yesterday (UTC); None if it is there."""
        ...


class ClosedDay(Model):
    """The root that was made, if one was."""

    number: int | None = None
    day: str | None = None
    chains: int = 0
    signed: bool = False


class AuditActivities:
    """Makes the daily root. A repetition finds it made."""

    def __init__(self, book: AuditBook, signer: Signer | None) -> None:
        """Take the audit, and who signs; nobody: roots are made unsigned, and say so."""
        self._book = book
        self._signer = signer

    @activity.defn(name="close_audit_day")
    async def close_day(self) -> ClosedDay:
        """Close what is not closed up to yesterday."""
        root = await self._book.close_days(self._signer)
        if root is None:
            return ClosedDay()
        if root.signature is None:
            activity.logger.warning("root %s is unsigned: set TILLSAGA_AUDIT_KEYS", root.number)
        signed = root.signature is not None
        return ClosedDay(number=root.number, day=root.day, chains=root.leaves, signed=signed)
