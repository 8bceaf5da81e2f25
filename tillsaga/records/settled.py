"""The cases that people have settled, for the desk: who decided what, and why."""

from collections.abc import Sequence

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import Select, exists, select
from sqlmodel import col

from tillsaga.domain.attention import SettledCase
from tillsaga.domain.model import Model
from tillsaga.records.database import Database
from tillsaga.records.figures import Span, fact
from tillsaga.records.tables import Archive, AuditEntryRow, Bill

_SETTLED = TypeAdapter(tuple[SettledCase, ...])


class ClosedCase(Model):
    """A settled case and its checkout."""

    checkout_id: str
    store_id: str
    settled: SettledCase

    @property
    def provider(self) -> str | None:
        """The vendor whose effect it was about."""
        effect_id = self.settled.case.effect_id
        return effect_id.split(":", 2)[1] if effect_id is not None else None


class SqlSettledCases:
    """Reads them from what is saved, or archived, of each checkout."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def opened_in(self, store_ids: Sequence[str], span: Span) -> list[ClosedCase]:
        """List those of the checkouts that were opened in a time, latest decision first."""
        spoken = exists().where(
            col(AuditEntryRow.checkout_id) == col(Bill.checkout_id),
            col(AuditEntryRow.kind) == "message",
            fact("message") == "resolve_attention",
        )
        query = _checkouts().where(
            col(Bill.store_id).in_(store_ids),
            col(Bill.created_at) >= span.start,
            col(Bill.created_at) < span.end,
            spoken,
        )
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        found = [case for row in rows for case in _read(*row)]
        return sorted(found, key=lambda case: case.settled.at, reverse=True)

    async def of(self, checkout_id: str) -> list[ClosedCase]:
        """List those of one checkout."""
        query = _checkouts().where(col(Bill.checkout_id) == checkout_id)
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        return [case for row in rows for case in _read(*row)]


def _checkouts() -> Select[str, str, JsonValue, JsonValue]:
    ended = col(Archive.checkout_id) == col(Bill.checkout_id)
    saved, archived = col(Bill.state)["settled"], col(Archive.document)[("state", "settled")]
    return select(col(Bill.checkout_id), col(Bill.store_id), saved, archived).outerjoin(
        Archive, ended
    )


def _read(
    checkout_id: str, store_id: str, saved: JsonValue, archived: JsonValue
) -> list[ClosedCase]:
    """A run that was woken after the end saves anew: what it has saved is the latest."""
    found = _SETTLED.validate_python(saved or archived or ())
    return [ClosedCase(checkout_id=checkout_id, store_id=store_id, settled=one) for one in found]
