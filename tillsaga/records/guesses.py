"""Wrong codes, counted over all processes. Only they write: a sale without one costs a read."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col, select

from tillsaga.domain.guessing import Guesses, GuessRule, after_failures
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import insert_new
from tillsaga.records.tables import GuessRow


class CallerGuesses(Guesses):
    """Whose they are: `caller` is the API key, the first of its family."""

    store_id: str
    caller: str


class SqlGuessBook:
    """The wrong codes of each caller at each store."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def blocked_for(self, store_id: str, caller: str) -> float:
        """Say for how many seconds the caller must try nothing; 0 if it may."""
        async with self._database.read() as session:
            row = await session.get(GuessRow, (store_id, caller))
        if row is None or row.blocked_until is None:
            return 0.0
        return max(0.0, (row.blocked_until - self._now()).total_seconds())

    async def note(
        self, store_id: str, caller: str, rule: GuessRule, times: int = 1
    ) -> tuple[Guesses, bool]:
        """Count wrong codes; says how it stands then, and whether that was a strike."""
        now = self._now()
        fresh = GuessRow(
            store_id=store_id, caller=caller, since=now, failures=0, strikes=0, last_failed_at=now
        )
        async with self._database.write() as session:
            await insert_new(session, fresh, "store_id", "caller")
            theirs = select(GuessRow).where(
                col(GuessRow.store_id) == store_id, col(GuessRow.caller) == caller
            )
            row = (await session.scalars(theirs.with_for_update())).one()
            before = Guesses.model_validate(_facts(row))
            after = after_failures(before, now, rule, times)
            for name, value in after:
                setattr(row, name, value)
        return after, after.strikes > before.strikes

    async def list_all(self, store_ids: Sequence[str] | None = None) -> list[CallerGuesses]:
        """List who tried codes that nobody knew, the latest first; None: at any store."""
        query = select(GuessRow).order_by(col(GuessRow.last_failed_at).desc())
        if store_ids is not None:
            query = query.where(col(GuessRow.store_id).in_(store_ids))
        async with self._database.read() as session:
            rows = await session.scalars(query)
            return [
                CallerGuesses.model_validate(
                    {"store_id": row.store_id, "caller": row.caller, **_facts(row)}
                )
                for row in rows
            ]

    async def lift(self, store_id: str, caller: str) -> bool:
        """Forget a caller's wrong codes; says whether there were any."""
        ours = delete(GuessRow).where(
            col(GuessRow.store_id) == store_id, col(GuessRow.caller) == caller
        )
        async with self._database.write() as session:
            gone = await session.scalars(ours.returning(col(GuessRow.caller)))
            return gone.first() is not None


def _facts(row: GuessRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in Guesses.model_fields}
