"""Vouchers: finding, keeping and changing them (sheet 3.3)."""

from datetime import timedelta

from tillsaga.sandbox.books import Record, stamp
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import named_contact
from tillsaga.sandbox.leat.paging import Page, page_of, resource_meta
from tillsaga.sandbox.leat.voucher_rules import (
    STATUSES,
    show,
    status_of,
    voucher_by_code,
    voucher_by_uuid,
)


def _promotion(call: Call, uuid: str) -> Record:
    found = call.books.one("SELECT * FROM leat_promotions WHERE uuid = ?", uuid)
    if found is None:
        raise Refusal(80002)
    return found


def list_all(call: Call) -> Answer:
    """List vouchers by promotion, contact and status as it is now."""
    page = page_of(call, default=30, most=500)
    rows = _listed(call)
    if call.fields.has("status"):
        wanted, now = call.fields.choice("status", STATUSES), call.now()
        rows = [row for row in rows if status_of(row, now) == wanted]
    return _page(call, page, rows)


def _listed(call: Call) -> list[Record]:
    wheres, values = ["1"], []
    if call.fields.has("promotion_uuid"):
        wheres.append("promotion = ?")
        values.append(_promotion(call, call.fields.text("promotion_uuid"))["uuid"])
    if contact := named_contact(call):
        wheres.append("contact = ?")
        values.append(contact["uuid"])
    query = f"SELECT * FROM leat_vouchers WHERE {' AND '.join(wheres)} ORDER BY id"
    return call.books.all(query, *values)


def _page(call: Call, page: Page, rows: list[Record]) -> Answer:
    part = rows[page.first : page.first + page.size]
    links, meta = resource_meta(call, page, len(rows), len(part))
    return Answer([show(call, row, counters=False) for row in part], meta, links=links)


def find(call: Call) -> Answer:
    """Find a voucher by its code."""
    return Answer(show(call, voucher_by_code(call, call.fields.text("code"))))


def create(call: Call) -> Answer:
    """Create a voucher in a promotion; the code is its natural key."""
    fields = call.fields
    promotion = _promotion(call, fields.text("promotion_uuid"))
    contact = named_contact(call)
    code = fields.text_or_none("code") or call.books.new_id("V").upper()
    if call.books.one("SELECT id FROM leat_vouchers WHERE code = ?", code):
        raise Refusal(80003)
    _respect_limits(call, promotion, contact)
    uuid = call.books.new_id("v")
    start, end = fields.moment_or_none("activation_date"), fields.moment_or_none("expiration_date")
    if end is None and promotion["expiration_duration"]:
        begins = max(start or call.books.clock.now(), call.books.clock.now())
        end = begins + timedelta(seconds=promotion["expiration_duration"])
    allowed = promotion["redemptions_per_voucher"]
    if fields.has("total_redemptions_allowed"):
        allowed = fields.whole("total_redemptions_allowed", least=1)
    add_voucher(
        call,
        uuid=uuid,
        code=code,
        promotion=promotion["uuid"],
        contact=contact["uuid"] if contact else None,
        activation_date=stamp(start) if start else call.now(),
        expiration_date=stamp(end) if end else None,
        allowed=allowed,
        custom_attributes=fields.mapping("custom_attributes"),
    )
    return Answer(show(call, voucher_by_uuid(call, uuid)))


def add_voucher(call: Call, **values: object) -> None:
    """Add a voucher that nobody has redeemed or locked."""
    fresh = {"deactivated": False, "redeemed": 0, "contact_by_redemption": False}
    call.books.insert("leat_vouchers", created_at=call.now(), **(fresh | values))


def _respect_limits(call: Call, promotion: Record, contact: Record | None) -> None:
    query = "SELECT COUNT(*) FROM leat_vouchers WHERE promotion = ?"
    limit, own = promotion["voucher_limit"], promotion["limit_per_contact"]
    if limit is not None and call.books.number(query, promotion["uuid"]) >= limit:
        raise Refusal(80008)
    if contact is None or own is None:
        return
    query += " AND contact = ?"
    if call.books.number(query, promotion["uuid"], contact["uuid"]) >= own:
        raise Refusal(80008)


def update(call: Call) -> Answer:
    """Activate or deactivate a voucher, change its attributes or its end."""
    fields, voucher = call.fields, voucher_by_uuid(call, call.path["uuid"])
    changes: Record = {}
    if fields.has("status"):
        changes["deactivated"] = _deactivated(call, voucher)
    if (end := fields.moment_or_none("expiration_date")) is not None:
        if status_of(voucher, call.now()) not in ("ACTIVE", "INACTIVE"):
            raise fields.invalid("expiration_date", "can no longer be changed")
        changes["expiration_date"] = stamp(end)
    if own := fields.mapping("custom_attributes"):
        changes["custom_attributes"] = voucher["custom_attributes"] | own
    if changes:
        call.books.update("leat_vouchers", voucher["id"], **changes)
    return Answer(show(call, voucher_by_uuid(call, voucher["uuid"])))


def _deactivated(call: Call, voucher: Record) -> bool:
    wanted = call.fields.choice("status", ("ACTIVE", "DEACTIVATED"))
    if status_of(voucher, call.now()) not in ("ACTIVE", "INACTIVE", "DEACTIVATED"):
        raise call.fields.invalid("status", "can no longer be changed")
    return wanted == "DEACTIVATED"


def promotions(call: Call) -> Answer:
    """List the promotions with their custom attributes (sheet 3.12)."""
    names = ("id", "uuid", "name", "description", "attributes")
    rows = call.books.all("SELECT * FROM leat_promotions ORDER BY id")
    return Answer([{name: row[name] for name in names} for row in rows])


OPERATIONS = [
    Operation("voucher.list", "GET", "/vouchers", list_all, True),
    Operation("voucher.find", "GET", "/vouchers/find", find, True),
    Operation("voucher.create", "POST", "/vouchers", create, True),
    Operation("voucher.update", "PUT", "/vouchers/{uuid}", update, True),
    Operation("voucher.update", "PUT", "/vouchers/update/{uuid}", update, True),
    Operation("promotion.list", "GET", "/promotions", promotions),
]
