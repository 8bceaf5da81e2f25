"""Report Offer Post Transaction (sheet 3.2): a sale is written down, nothing is redeemed.

A report sent twice is kept twice; the second is flagged when its body is byte for byte the
same (sheet 4).
"""

import hashlib
import json
import re
from typing import Any

from tillsaga.sandbox.books import Books, Record, parse_moment, stamp
from tillsaga.sandbox.koupon.body import cents, digits, quantity, read_object, required, rows, text
from tillsaga.sandbox.koupon.call import Call, Refusal
from tillsaga.sandbox.wire import Operation, Reply, json_reply

MISSING = "MISSING_FIELD"
UTC_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", re.ASCII)
ANSWERS: dict[str, Record] = {"number": {"code": 200}, "text": {"code": "200"}, "absent": {}}


def report(call: Call) -> Reply:
    """Write a sale down; stock is left alone and no discount is applied."""
    values = read_object(call.body)
    sale = {
        "completed_at": _completed_at(values),
        "currency": _currency(values.get("currency")),
        "products": _products(values.get("products")),
        "summary": _summary(values.get("summary")),
        "assets": _assets(values),
    }
    _record(call, sale)
    shape = call.switches["report_code"]
    if shape == "no_body":
        return Reply(204, b"")
    known = {"version": call.switches["version"], **ANSWERS[shape], "message": "success"}
    return json_reply(call.switches["success_status"], known)


OPERATIONS: list[Operation[Call]] = [
    Operation("transaction.report", "POST", "/v1/transaction/report", report)
]


def _completed_at(values: Record) -> str:
    moment = required(values, "timestamp", MISSING)
    try:
        if isinstance(moment, str) and UTC_MOMENT.fullmatch(moment):
            return stamp(parse_moment(moment))
    except ValueError:
        pass  # the 30th of February
    raise Refusal("INVALID_TIMESTAMP", "timestamp must be ISO 8601 in UTC")


def _currency(value: Any) -> str:
    if value not in (None, "USD"):
        raise Refusal("UNSUPPORTED_CURRENCY", "only USD is supported")
    return "USD"


def _products(value: Any) -> list[Record]:
    return [] if value is None else [_product(row) for row in rows(value, "products")]


def _product(row: Record) -> Record:
    discounts = row.get("discounts")
    if not isinstance(discounts, list | None):
        raise Refusal("INVALID_REQUEST", "discounts must be an array")
    return {
        "index": digits(row, "index", MISSING),
        "description": text(row, "description", MISSING),
        "scan_code": text(row, "scanCode", MISSING),
        "price_in_cents": cents(row, "price", MISSING),
        "quantity": quantity(row, "quantity", MISSING),
        # Decimals become texts: the sheet says nothing of what is inside.
        "discounts": json.loads(json.dumps(discounts or [], default=str)),
    }


def _summary(value: Any) -> Record | None:
    """Read the summary; total holds tax, so it need not be subTotal less discounts."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refusal("INVALID_REQUEST", "summary must be an object")
    discounts = value.get("totalDiscounts")
    return {
        "sub_total_in_cents": cents(value, "subTotal", MISSING),
        "total_discounts_in_cents": None
        if discounts is None
        else cents(value, "totalDiscounts", MISSING),
        "total_in_cents": cents(value, "total", MISSING),
    }


def _assets(values: Record) -> list[str]:
    """Read the assets; none at all means there is nothing to report (sheet 3.2)."""
    assets = required(values, "discountAssets", MISSING)
    if not isinstance(assets, list):
        raise Refusal("INVALID_REQUEST", "discountAssets must be an array")
    if not assets:
        raise Refusal(MISSING, "discountAssets must not be empty")
    return [text({"discountAssets[]": one}, "discountAssets[]", MISSING) for one in assets]


def _record(call: Call, sale: Record) -> None:
    digest = hashlib.sha256(call.body).hexdigest()
    call.books.insert(
        "koupon_reports",
        uuid=call.books.new_id("rp"),
        identifier=call.signed.identifier,
        store_id=call.signed.store_id,
        signed_at=call.signed.timestamp,
        digest=digest,
        duplicate_of=_first_like(call.books, digest),
        created_at=call.books.now(),
        **sale,
    )


def _first_like(books: Books, digest: str) -> str | None:
    query = "SELECT uuid FROM koupon_reports WHERE digest = ? ORDER BY id LIMIT 1"
    first = books.one(query, digest)
    return first["uuid"] if first else None
