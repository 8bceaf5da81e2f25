"""Tampering: what should never happen to a vendor's books, so that it can be found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from tillsaga.sandbox.books import Books, Record


class Tamper(BaseModel):
    """One thing done to an entry of a ledger, `id` as the books show it; `add` makes a copy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ledger: str
    do: Literal["delete", "change", "add"]
    id: str
    values: dict[str, Any] = Field(default_factory=dict)


TAMPERS = TypeAdapter(list[Tamper])


@dataclass(frozen=True)
class Ledger:
    """A table that may be tampered with: how its entries are named, and what they hold."""

    table: str
    name: str
    columns: tuple[str, ...]


@runtime_checkable
class Tampered(Protocol):
    """A vendor whose books may be tampered with."""

    ledgers: Mapping[str, Ledger]

    @property
    def books(self) -> Books:
        """Its books."""


def tamper(vendor: Tampered, tampers: list[Tamper]) -> None:
    """Do all of it, or nothing.

    Raises:
        ValueError: there is no such ledger, entry or value.
    """
    with vendor.books.transaction():
        for each in tampers:
            _do(vendor, each)


def _do(vendor: Tampered, wanted: Tamper) -> None:
    ledger = vendor.ledgers.get(wanted.ledger)
    if ledger is None:
        raise ValueError(f"no such ledger: {wanted.ledger}")
    query = f"SELECT * FROM {ledger.table} WHERE {ledger.name} = ? ORDER BY id DESC"
    row = vendor.books.one(query, wanted.id)
    if row is None:
        raise ValueError(f"no such entry: {wanted.id}")
    values = _values(ledger, row, wanted.values)
    if wanted.do == "delete":
        vendor.books.run(f"DELETE FROM {ledger.table} WHERE id = ?", row["id"])
    elif wanted.do == "change":
        vendor.books.update(ledger.table, row["id"], **values)
    else:
        copy = {**row, ledger.name: vendor.books.new_id("copy"), **values}
        del copy["id"]
        vendor.books.insert(ledger.table, **copy)


def _values(ledger: Ledger, row: Record, wanted: Record) -> Record:
    """Merge what is an object into the one that is there."""
    if strange := set(wanted) - {*ledger.columns, ledger.name}:
        raise ValueError(f"no such value: {', '.join(sorted(strange))}")
    return {name: _merged(row[name], value) for name, value in wanted.items()}


def _merged(there: Any, wanted: Any) -> Any:
    both = isinstance(there, dict) and isinstance(wanted, dict)
    return there | wanted if both else wanted
