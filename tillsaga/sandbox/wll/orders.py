"""Orders, of the Receipts service (sheet 3.5). A repeat is a second order: nothing dedupes."""

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wll.call import Call, Operation, Refusal
from tillsaga.sandbox.wll.forms import Order
from tillsaga.sandbox.wll.privacy import refuse_personal
from tillsaga.sandbox.wll.reactors import raise_event

TOLD = ("transactionId", "placedAt", "currency", "total", "items", "locationId", "cashierId")


def place(call: Call) -> Record:
    """Store an order and raise ORDER_PLACED, which has no subject for a non-member sale."""
    if not (call.caller.receipts and call.switches["receipts_enabled"]):
        raise Refusal("RECEIPTS_NOT_ENABLED", "Receipts is not set up for this tenant")
    order = call.form(Order)
    if call.switches["metadata_source_required"] and order.metadata is not None:
        _require_source(order.metadata)
    user = _submitter(call, order)
    reported = {name: value for name, value in call.body.items() if name != "submitter"}
    refuse_personal(call, reported, user)
    uuid, now = call.books.new_id("or"), call.now()
    payload = {"orderId": uuid} | {name: call.body[name] for name in TOLD}
    event = raise_event(call, "ORDER_PLACED", user, payload, occurred_at=order.placedAt)
    call.books.insert(
        "wll_orders",
        uuid=uuid,
        tenant=call.tenant,
        user=user["uuid"] if user else None,
        transaction_id=order.transactionId,
        event=event["uuid"],
        sent=call.body,
        created_at=now,
    )
    return {"id": uuid, "transactionId": order.transactionId, "createdAt": now}


def _require_source(metadata: Record) -> None:
    if not isinstance(metadata.get("source"), str):
        wrong = [{"path": "metadata.source", "message": "is required"}]
        raise Refusal("VALIDATION_ERROR", "the request is not valid", wrong)


def _submitter(call: Call, order: Order) -> Record | None:
    if order.submitter is None:
        return None
    query = "SELECT * FROM wll_users WHERE tenant = ? AND auth_identifier = ?"
    found = call.books.one(query, call.tenant, order.submitter.authIdentifier)
    if found is None:
        raise Refusal("SUBMITTER_NOT_FOUND", "the submitter is no user")
    return found


OPERATIONS = [Operation("order.place", "POST", "/orders", place)]
