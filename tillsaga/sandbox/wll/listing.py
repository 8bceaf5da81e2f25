"""Lists: `limit`, `skip`, `order` and `filter` (sheet 1, list params).

The sheet leaves the syntax of `filter` open. Here it is a JSON object of dotted names and
values, all of which must be equal: `{"type": "POINTS_REFUND", "payload.operationId": "x"}`.
"""

import json
from typing import Any

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wll.call import Call, Refusal, read
from tillsaga.sandbox.wll.forms import Listing


def listing_of(call: Call) -> Listing:
    """Read the list parameters of a call."""
    return read(Listing, call.query, strict=False)


def page(listing: Listing, shown: list[Record]) -> list[Record]:
    """Choose from rows that are in the order they were made in."""
    wanted = _filter(listing.filter)
    rows = [row for row in shown if all(_at(row, name) == value for name, value in wanted.items())]
    if listing.order == "DESC":
        rows.reverse()
    return rows[listing.skip : listing.skip + listing.limit]


def _filter(text: str | None) -> Record:
    try:
        wanted = json.loads(text) if text else {}
    except ValueError as unreadable:
        raise Refusal("VALIDATION_ERROR", "filter: must be JSON") from unreadable
    if not isinstance(wanted, dict):
        raise Refusal("VALIDATION_ERROR", "filter: must be an object")
    return wanted


def _at(row: Any, name: str) -> Any:
    for step in name.split("."):
        row = row.get(step) if isinstance(row, dict) else None
    return row
