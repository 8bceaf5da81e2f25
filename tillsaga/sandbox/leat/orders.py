"""Orders (sheet 3.9): points for a sale, once, when it is processed paid."""

from tillsaga.sandbox.books import Record, stamp
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import (
    contact_by_uuid,
    contact_or_null,
    points_of,
    shop_by_uuid,
    shop_or_null,
)
from tillsaga.sandbox.leat.loyalty import record
from tillsaga.sandbox.leat.order_form import (
    PAYMENT_STATUSES,
    STATUSES,
    earning_amount,
    points_for,
    read_parts,
)
from tillsaga.sandbox.leat.paging import Filter, listing_meta, page_of
from tillsaga.sandbox.wire import Fields

CURRENCY = "EUR"
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}


def show(call: Call, order: Record) -> Record:
    """Show an order; after a return its lines hold what is left."""
    shop = shop_or_null(call.books, order["shop"]) or {}
    refs = {
        "uuid": order["uuid"],
        "contact": contact_or_null(call.books, order["contact"]),
        "business_profile": {"uuid": shop.get("uuid"), "name": shop.get("name")},
    }
    return {**refs, **order["document"]}


def order_by(call: Call, column: str, value: str) -> Record:
    """Find an order by `uuid` or `external_identifier`, else 60013."""
    found = call.books.one(f"SELECT * FROM leat_orders WHERE {column} = ?", value)
    if found is None:
        raise Refusal(60013)
    return found


def _document(call: Call) -> Record:
    fields, parts = call.fields, read_parts(call.fields)
    currency = fields.text_or_none("currency") or CURRENCY
    total = fields.whole("total_order_amount")
    own, now = fields.whole_or_none("order_amount"), call.now()
    off = fields.whole_or_none("total_discount_amount")
    granted = sum(discount["amount"] for discount in parts["applied_discounts"])
    return {
        "external_identifier": fields.text("external_identifier"),
        "reference": fields.text_or_none("reference"),
        "status": fields.choice("status", STATUSES),
        "payment_status": fields.choice("payment_status", PAYMENT_STATUSES),
        "currency": currency,
        "formatted_total_order_amount": f"{SYMBOLS.get(currency, currency)} {total / 100:.2f}",
        "order_amount": earning_amount(parts) if own is None else own,
        "total_charges_amount": sum(charge["total_amount"] for charge in parts["charges"]),
        "total_discount_amount": granted if off is None else off,
        "total_order_amount": total,
        "paid_at": _moment(fields, "paid_at"),
        "completed_at": _moment(fields, "completed_at"),
        "created_at": now,
        "updated_at": now,
    } | parts


def _moment(fields: Fields, name: str) -> str | None:
    moment = fields.moment_or_none(name)
    return stamp(moment) if moment else None


def _create(call: Call) -> Record:
    fields, document = call.fields, _document(call)
    contact = contact_by_uuid(call, fields.inner("contact").text("uuid"))
    shop = shop_by_uuid(call, fields.inner("business_profile").text("uuid"))
    external = document["external_identifier"]
    query = "SELECT id FROM leat_orders WHERE external_identifier = ?"
    if call.books.one(query, external):
        raise fields.invalid("external_identifier", "has been used for another order")
    uuid = call.books.new_id("o")
    call.books.insert(
        "leat_orders",
        uuid=uuid,
        external_identifier=external,
        contact=contact["uuid"],
        shop=shop["uuid"],
        document=document,
        sent=fields.values,
        processed=False,
    )
    return order_by(call, "uuid", uuid)


def _process(call: Call, order: Record) -> Record | None:
    """Award the points; null when the account has no order action or it earns none."""
    if order["processed"]:
        raise Refusal(1003)
    document = order["document"]
    paid = document["payment_status"] == "PAID" and document["status"] != "CANCELLED"
    if call.switches["result_null"] or not paid:
        call.books.update("leat_orders", order["id"], processed=True)
        return None
    points = points_for(document)
    call.books.update("leat_orders", order["id"], processed=True, awarded=points)
    if points:
        source = f"order:{order['uuid']}"
        record(call.books, order["contact"], points, source, shop=order["shop"])
    return points_result(call, order, points)


def points_result(call: Call, order: Record, points: int) -> Record:
    """Describe points given or taken, with the balance after it."""
    balance = points_of(call.books, order["contact"])
    return {"type": "POINTS_TRANSACTION", "data": {"points": points, "new_balance": balance}}


def create_and_process(call: Call) -> Answer:
    """Create an order and award its points in one go."""
    order = _create(call)
    result = _process(call, order)
    return Answer({"order": show(call, order), "result": result})


def create(call: Call) -> Answer:
    """Create an order without awarding anything yet."""
    return Answer(show(call, _create(call)))


def process(call: Call) -> Answer:
    """Award the points of an order, once."""
    return Answer(_process(call, order_by(call, "uuid", call.path["uuid"])))


def find(call: Call) -> Answer:
    """Find an order by the till's own id."""
    external = call.fields.text("external_identifier")
    return Answer(show(call, order_by(call, "external_identifier", external)))


def get(call: Call) -> Answer:
    """Read one order."""
    return Answer(show(call, order_by(call, "uuid", call.path["uuid"])))


def list_all(call: Call) -> Answer:
    """List orders."""
    wanted = Filter("leat_orders")
    wanted.order(call)
    page = page_of(call, default=30, most=100)
    rows, total = wanted.page(call, page)
    return Answer([show(call, row) for row in rows], listing_meta(page, total, len(rows)))


def update(call: Call) -> Answer:
    """Change `status` and `payment_status`, nothing else; points stay as they are."""
    order, fields = order_by(call, "uuid", call.path["uuid"]), call.fields
    changed = order["document"] | {"updated_at": call.now()}
    for name, allowed in (("status", STATUSES), ("payment_status", PAYMENT_STATUSES)):
        if fields.has(name):
            changed[name] = fields.choice(name, allowed)
    call.books.update("leat_orders", order["id"], document=changed)
    return Answer(show(call, order | {"document": changed}))


def simulate(call: Call) -> Answer:
    """Tell what an order would earn, without keeping anything."""
    if call.fields.mapping("contact"):
        contact_by_uuid(call, call.fields.inner("contact").text("uuid"))
    parts = read_parts(call.fields, ids=False)
    currency = call.fields.text_or_none("currency") or CURRENCY
    points = points_for(parts | {"currency": currency})
    return Answer({"type": "points_transaction", "data": {"points": points}})


OPERATIONS = [
    Operation(
        "order.create_and_process", "POST", "/orders/create-and-process", create_and_process, True
    ),
    Operation("order.create", "POST", "/orders", create, True),
    Operation("order.process", "POST", "/orders/{uuid}/process", process, True),
    Operation("order.find", "GET", "/orders/find", find, True),
    Operation("order.list", "GET", "/orders", list_all, True),
    Operation("order.get", "GET", "/orders/{uuid}", get, True),
    Operation("order.update", "PUT", "/orders/{uuid}", update, True),
    Operation("order.simulate", "POST", "/orders/simulate", simulate, True),
]
