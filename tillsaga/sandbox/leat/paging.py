"""Leat's pagination: five shapes, told apart by list (sheet 1, pagination)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tillsaga.sandbox.books import Record, stamp
from tillsaga.sandbox.leat.call import Call
from tillsaga.sandbox.wire import Fields

COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted; `echo` is the size as it was sent."""

    number: int
    size: int
    echo: int | str

    @property
    def first(self) -> int:
        """Count the rows before this page."""
        return (self.number - 1) * self.size

    def last_page(self, total: int) -> int:
        """Number the last page; an empty list has one."""
        return max(1, -(-total // self.size))


def page_of(call: Call, *, default: int, most: int, names: Sequence[str] = ("limit",)) -> Page:
    """Read `page` and the size, sent under one of `names`; more than `most` is 1003."""
    fields = call.fields
    number = fields.whole("page", least=1) if fields.has("page") else 1
    sent = next((name for name in names if fields.has(name)), None)
    if sent is None:
        return Page(number, default, default)
    # Laravel takes a page size of nought for "none given".
    size = fields.whole(sent, least=0, most=most) or default
    return Page(number, size, fields.values[sent])


class Filter:
    """The conditions of a list query, as SQL."""

    def __init__(self, table: str) -> None:
        """List a table's rows."""
        self._table = table
        self._wheres: list[str] = []
        self._values: list[Any] = []
        self._order = "id"

    def add(self, where: str, *values: Any) -> None:
        """Require a condition."""
        self._wheres.append(where)
        self._values.extend(values)

    def created_at(self, fields: Fields) -> None:
        """Apply `created_at[gt|gte|lt|lte]`."""
        asked = Fields(fields.mapping("created_at"), "created_at.")
        for name in asked.values:
            if name not in COMPARISONS:
                raise asked.invalid(name, "is not a comparison")
            if (moment := asked.moment_or_none(name)) is not None:
                self.add(f"created_at {COMPARISONS[name]} ?", stamp(moment))

    def order(self, call: Call) -> None:
        """Sort as `sort` says; unsorted, the sheet is silent and a switch decides."""
        descending = call.switches["unsorted_lists"] == "newest_first"
        if call.fields.has("sort"):
            wanted = call.fields.choice("sort", ("created_at", "-created_at"))
            descending = wanted.startswith("-")
        self._order = "id DESC" if descending else "id"

    def page(self, call: Call, page: Page) -> tuple[list[Record], int]:
        """Read one page and count the whole."""
        where = f"WHERE {' AND '.join(self._wheres)}" if self._wheres else ""
        source = f"FROM {self._table} {where}"
        total = call.books.number(f"SELECT COUNT(*) {source}", *self._values)
        query = f"SELECT * {source} ORDER BY {self._order} LIMIT ? OFFSET ?"
        return call.books.all(query, *self._values, page.size, page.first), total


def listing_meta(page: Page, total: int, shown: int) -> Record:
    """Describe a page of contacts, loyalty transactions, giftcard transactions, orders."""
    return {
        "page": page.number,
        "limit": page.echo,
        "viewing_from": page.first + 1 if shown else 0,
        "viewing_to": page.first + shown,
        "last_page": page.last_page(total),
        "total": total,
    }


def giftcards_meta(page: Page, total: int) -> Record:
    """Describe a page of giftcards."""
    last = page.last_page(total)
    return {"page": page.number, "per_page": page.size, "last_page": last, "total": total}


def prepaid_meta(page: Page, total: int, shown: int) -> Record:
    """Describe a page of prepaid transactions."""
    return {
        "current_page": page.number,
        "from": page.first + 1 if shown else None,
        "last_page": page.last_page(total),
        "per_page": page.size,
        "total": total,
    }


def resource_meta(call: Call, page: Page, total: int, shown: int) -> tuple[Record, Record]:
    """Describe a page of vouchers the way Laravel resources do: links, then meta."""
    last, here = page.last_page(total), page.number

    def at(number: int) -> str | None:
        kept = {name: value for name, value in call.fields.values.items() if name != "page"}
        return f"{call.url}?{urlencode({**kept, 'page': number})}" if 1 <= number <= last else None

    def button(label: str, number: int) -> Record:
        return {"url": at(number), "label": label, "active": label == str(here)}

    numbers = [button(str(number), number) for number in range(1, last + 1)]
    buttons = [button("« Previous", here - 1), *numbers, button("Next »", here + 1)]
    links = {"first": at(1), "last": at(last), "prev": at(here - 1), "next": at(here + 1)}
    meta = {
        "current_page": here,
        "from": page.first + 1 if shown else None,
        "last_page": last,
        "links": buttons,
        "path": call.url,
        "per_page": str(page.size),
        "to": page.first + shown if shown else None,
        "total": total,
    }
    return links, meta
