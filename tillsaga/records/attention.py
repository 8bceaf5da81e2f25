"""The attention queue: the open cases of all checkouts, with what the records know of them."""

from collections.abc import Sequence

from pydantic import TypeAdapter
from sqlmodel import col, select

from tillsaga.domain.attention import Attention
from tillsaga.domain.effects import effect_key
from tillsaga.domain.model import Json, Model
from tillsaga.records.database import Database
from tillsaga.records.tables import Bill

_CASES = TypeAdapter(tuple[Attention, ...])


class OpenCase(Model):
    """One case and its checkout."""

    checkout_id: str
    store_id: str
    case: Attention

    @property
    def effect_key(self) -> str | None:
        """The record that it is about, if it is about an effect."""
        effect_id = self.case.effect_id
        return effect_key(self.checkout_id, effect_id) if effect_id is not None else None

    @property
    def provider(self) -> str | None:
        """The vendor whose effect it is about, by its name in the store."""
        effect_id = self.case.effect_id
        return effect_id.split(":", 2)[1] if effect_id is not None else None


def cases_of(checkout_id: str, store_id: str, view: Json) -> list[OpenCase]:
    """Read the open cases from a checkout's view."""
    return _read(checkout_id, store_id, view.get("attention"))


def _read(checkout_id: str, store_id: str, attention: object) -> list[OpenCase]:
    found = _CASES.validate_python(attention or ())
    return [OpenCase(checkout_id=checkout_id, store_id=store_id, case=case) for case in found]


class SqlAttentionBook:
    """Reads the queue from the last view of each checkout."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_cases(self, store_ids: Sequence[str] | None = None) -> list[OpenCase]:
        """Read all cases of these stores, or of all; oldest first."""
        query = select(Bill.checkout_id, Bill.store_id, col(Bill.view)["attention"])
        query = query.where(col(Bill.attention))
        if store_ids is not None:
            query = query.where(col(Bill.store_id).in_(store_ids))
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        cases = [case for row in rows for case in _read(*row)]
        return sorted(cases, key=place_of)


def place_of(found: OpenCase) -> tuple[str, str, str]:
    """Say where a case stands in the queue, by its age: text that sorts, for the cursor too."""
    opened = found.case.model_dump(mode="json", include={"opened_at"})["opened_at"]
    return opened, found.checkout_id, found.case.id
