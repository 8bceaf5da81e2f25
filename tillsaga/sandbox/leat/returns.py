"""Order returns (sheet 3.10): correct the points of an order, and nothing else.

The order's lines shrink to what is left, and the points taken are those the order holds
beyond what the rest earns. So the parts of a full return add up to the whole award,
however they are cut.
"""

from copy import deepcopy

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.loyalty import record
from tillsaga.sandbox.leat.order_form import new_part_id, points_for, sub_lines
from tillsaga.sandbox.leat.orders import order_by, points_result
from tillsaga.sandbox.wire import Fields

PARTS = ("line_items", "sub_line_items", "charges", "applied_discounts")


def _order(call: Call) -> Record:
    named = call.fields.inner("order")
    if named.has("uuid"):
        return order_by(call, "uuid", named.text("uuid"))
    return order_by(call, "external_identifier", named.text("external_identifier"))


def _lines_of(document: Record, part: str) -> list[Record]:
    lines: list[Record] = sub_lines(document) if part == "sub_line_items" else document[part]
    return lines


def _wanted(fields: Fields, document: Record) -> Record:
    """Read what comes back; a return that names no part takes everything left."""
    if not any(part in fields.values for part in PARTS):
        wanted = {part: _everything(_lines_of(document, part)) for part in PARTS}
        if not any(wanted.values()):
            raise fields.invalid("order", "has nothing left to return")
        return wanted
    return {
        "line_items": _read_lines(fields, "line_items", document),
        "sub_line_items": _read_lines(fields, "sub_line_items", document),
        "charges": _read_amounts(fields, "charges", "total_amount", document),
        "applied_discounts": _read_amounts(fields, "applied_discounts", "amount", document),
    }


def _everything(lines: list[Record]) -> list[Record]:
    amounts = ("quantity", "total_amount", "discount_amount", "amount")
    rest = [{n: line[n] for n in amounts if line.get(n)} | {"uuid": line["uuid"]} for line in lines]
    return [one for one in rest if len(one) > 1]


def _find(row: Fields, lines: list[Record]) -> Record:
    external = row.text("external_identifier")
    for line in lines:
        if line.get("external_identifier") == external:
            return line
    raise row.invalid("external_identifier", "is not part of the order")


def _read_lines(fields: Fields, part: str, document: Record) -> list[Record]:
    return [_read_line(row, _lines_of(document, part)) for row in fields.rows(part)]


def _read_line(row: Fields, lines: list[Record]) -> Record:
    line = _find(row, lines)
    quantity = row.whole("quantity", least=0, most=line["quantity"])
    # Without an amount the vendor takes price times quantity, discounts forgotten.
    amount = min(quantity * line["price"], line["total_amount"])
    if row.has("total_amount"):
        amount = row.whole("total_amount", least=0, most=line["total_amount"])
    off = min(row.whole_or_none("discount_amount") or 0, line["discount_amount"])
    taken = {"quantity": quantity, "total_amount": amount, "discount_amount": off}
    return {"uuid": line["uuid"], "reason": row.text_or_none("reason")} | taken


def _read_amounts(fields: Fields, part: str, amount: str, document: Record) -> list[Record]:
    found = [(row, _find(row, document[part])) for row in fields.rows(part)]
    return [
        {"uuid": line["uuid"], amount: row.whole(amount, least=0, most=line[amount])}
        for row, line in found
    ]


def _without(document: Record, parts: Record) -> Record:
    left = deepcopy(document)
    for part in PARTS:
        lines = {line["uuid"]: line for line in _lines_of(left, part)}
        for taken in parts[part]:
            _take(lines[taken["uuid"]], taken)
    return left


def _take(line: Record, taken: Record) -> None:
    for name in ("quantity", "total_amount", "discount_amount", "amount"):
        if name not in taken or name not in line:
            continue
        line[name] -= taken[name]
        if line[name] < 0:
            raise Refusal(1003)


def _create(call: Call) -> Record:
    fields, order = call.fields, _order(call)
    external = fields.text("external_identifier")
    status = fields.choice("status", ("PENDING", "COMPLETED"))
    query = "SELECT id FROM leat_order_returns WHERE external_identifier = ?"
    if call.books.one(query, external):
        raise fields.invalid("external_identifier", "has been used for another return")
    parts = _wanted(fields, order["document"])
    _without(order["document"], parts)
    uuid = call.books.new_id("or")
    document: Record = {"uuid": uuid, "status": status, "order": {"uuid": order["uuid"]}}
    for name in ("line_item", "sub_line_item"):
        document[f"{name}_returns"] = [_show_part(name, one) for one in parts[f"{name}s"]]
    call.books.insert(
        "leat_order_returns",
        uuid=uuid,
        external_identifier=external,
        order_uuid=order["uuid"],
        parts=parts,
        document=document,
        sent=fields.values,
        processed=False,
    )
    return _return(call, uuid)


def _show_part(name: str, part: Record) -> Record:
    shown = {"uuid": new_part_id(), "quantity": part.get("quantity", 0)}
    return shown | {name: {"uuid": part["uuid"]}}


def _return(call: Call, uuid: str) -> Record:
    found = call.books.one("SELECT * FROM leat_order_returns WHERE uuid = ?", uuid)
    if found is None:
        raise Refusal(60013)
    return found


def _process(call: Call, returned: Record) -> Record | None:
    if returned["processed"]:
        raise Refusal(1003)
    order = order_by(call, "uuid", returned["order_uuid"])
    left = _without(order["document"], returned["parts"]) | {"updated_at": call.now()}
    call.books.update("leat_orders", order["id"], document=left)
    call.books.update("leat_order_returns", returned["id"], processed=True)
    if order["awarded"] is None:
        return None
    query = "SELECT COALESCE(SUM(points), 0) FROM leat_order_returns WHERE order_uuid = ?"
    held = order["awarded"] - call.books.number(query, order["uuid"])
    points = max(0, held - points_for(left))
    call.books.update("leat_order_returns", returned["id"], points=points)
    if points:
        source = f"order_return:{returned['uuid']}"
        record(call.books, order["contact"], -points, source, shop=order["shop"])
    return points_result(call, order, points)


def create_and_process(call: Call) -> Answer:
    """Create a return and take the points in one go."""
    returned = _create(call)
    result = _process(call, returned)
    return Answer({"return": returned["document"], "result": result})


def create(call: Call) -> Answer:
    """Create a return without taking anything yet."""
    return Answer(_create(call)["document"])


def process(call: Call) -> Answer:
    """Take the points of a return, once."""
    return Answer(_process(call, _return(call, call.path["uuid"])))


OPERATIONS = [
    Operation(
        "order_return.create_and_process",
        "POST",
        "/order-returns/create-and-process",
        create_and_process,
        True,
    ),
    Operation("order_return.create", "POST", "/order-returns", create, True),
    Operation("order_return.process", "POST", "/order-returns/{uuid}/process", process, True),
]
