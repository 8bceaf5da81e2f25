"""How a checkout's workflow is started."""

from dataclasses import replace
from datetime import datetime

from api.temporal import Start
from tillsaga.domain.messages import OpenCheckout, ReturnGoods
from tillsaga.domain.money import formatted
from tillsaga.domain.view import StartCheckout
from tillsaga.records.bill_rows import BillRecord
from tillsaga.stores import Store
from tillsaga.terms import terms_of


def first_start(store: Store, bill: BillRecord, message: OpenCheckout, request_id: str) -> Start:
    """Start the bill's checkout."""
    lines, amount = len(message.basket.lines), message.basket.amount
    shown = f"{lines} {'line' if lines == 1 else 'lines'} · {formatted(amount, store.currency)}"
    return Start(
        order=StartCheckout(
            checkout_id=bill.checkout_id,
            previous_id=bill.previous_id,
            terms=terms_of(store, message.terminal_id),
            terminal_id=message.terminal_id,
            cashier_id=message.cashier_id,
            receipt_number=message.receipt_number,
            created_at=bill.created_at,
        ),
        summary=f"{store.id} · {message.terminal_id} · {shown} {store.currency}",
        due_amount=amount,
        request_id=request_id,
    )


def resumed_start(store: Store, bill: BillRecord, request_id: str) -> Start:
    """Start a checkout of which only the records are left."""
    return Start(
        order=StartCheckout(
            checkout_id=bill.checkout_id,
            previous_id=bill.previous_id,
            terms=terms_of(store, bill.terminal_id),
            terminal_id=bill.terminal_id,
            created_at=bill.created_at,
        ),
        summary=f"{store.id} · {bill.terminal_id} · resumed",
        due_amount=0,
        request_id=request_id,
    )


def claim_start(store: Store, bill: BillRecord, request_id: str) -> Start:
    """Start the workflow that takes claims of a finished checkout."""
    resumed = resumed_start(store, bill, request_id)
    summary = f"{store.id} · {bill.terminal_id} · claim"
    return replace(resumed, summary=summary, workflow="Claim", status="completed")


def return_start(
    store: Store, checkout_id: str, said: ReturnGoods, created_at: datetime, request_id: str
) -> Start:
    """Start the checkout that carries a return without a sale."""
    shown = f"return · {formatted(said.amount, store.currency)} {store.currency}"
    return Start(
        order=StartCheckout(
            checkout_id=checkout_id,
            terms=terms_of(store, said.terminal_id),
            terminal_id=said.terminal_id,
            cashier_id=said.cashier_id,
            created_at=created_at,
        ),
        summary=f"{store.id} · {said.terminal_id} · {shown}",
        due_amount=0,
        request_id=request_id,
        workflow="Return",
    )


_TYPES = {
    "refund": "Refund",
    "return_goods": "Return",
    "resolve_attention": "Attention",
    "assign_attention": "Attention",
}


def again(start: Start, message: str = "") -> Start:
    """Start although an earlier run has ended or was terminated: it goes on from the records.

    `message`: the name of what it is woken up for.
    """
    order = start.order.model_copy(update={"resumed": True})
    return replace(start, order=order, again=True, workflow=_TYPES.get(message, start.workflow))
