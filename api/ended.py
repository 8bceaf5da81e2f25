"""What an ended checkout answers from the archive: repetitions are harmless, else it refuses."""

from api.temporal import Answer
from tillsaga.domain.basket import Basket
from tillsaga.domain.checkout import ALLOWED, FINAL, Status
from tillsaga.domain.messages import (
    Cancel,
    OpenCheckout,
    PaymentReport,
    RemoveOffer,
    RemoveTender,
    TillMessage,
)
from tillsaga.domain.model import Json
from tillsaga.domain.view import RefusalBody
from tillsaga.records.bill_rows import BillRecord
from tillsaga.records.checkouts import SqlCheckoutBook


def is_ended(bill: BillRecord) -> bool:
    """Whether the archive answers for it. A late payment may have woken it up since it ended."""
    return bill.ended_at is not None and bill.view is not None and bill.status in FINAL


async def answer(books: SqlCheckoutBook, message: TillMessage, bill: BillRecord) -> Answer | None:
    """Answer a message to an ended checkout; None for a payment, which is never refused."""
    view = bill.view
    assert view is not None, "an ended checkout has been seen"
    if _is_repetition(message, view) or await _is_same_sale(books, message, bill):
        return Answer(200, view)
    if isinstance(message, PaymentReport) and message.status == "captured":
        return None
    return Answer(409, view, refusal(message, view))


def refusal(message: TillMessage, view: Json) -> RefusalBody:
    """Say no, and what is allowed."""
    status = _status(view)
    code, detail = "state_conflict", f"not possible while the checkout is {status}"
    if isinstance(message, Cancel) and status == "completed":
        code, detail = "already_committed", "the sale is committed; use a refund"
    if isinstance(message, OpenCheckout):
        code, detail = "basket_frozen", "the basket was sold with other content"
    return RefusalBody(
        code=code,
        detail=detail,
        current_status=status,
        allowed_actions=ALLOWED[status],
    )


async def _is_same_sale(books: SqlCheckoutBook, message: TillMessage, bill: BillRecord) -> bool:
    """Whether a till opens what it has sold already. What was given up may be shown again."""
    if not isinstance(message, OpenCheckout):
        return False
    if bill.status != "completed":
        return True
    state = (await books.facts(bill.checkout_id)).state or {}
    return Basket.model_validate(state.get("basket")) == message.basket


def _is_repetition(message: TillMessage, view: Json) -> bool:
    match message:
        case Cancel():
            return view["status"] in ("cancelled", "expired")
        case PaymentReport():
            same = ("reference", "status", "amount")
            said = [getattr(message, name) for name in same]
            return any(
                [paid.get(name) for name in same] == said for paid in _list(view, "payments")
            )
        case RemoveOffer():
            done = ("released", "reversed")
            return _has(view, "offers", message.offer_id, done)
        case RemoveTender():
            return _has(view, "tenders", message.tender_id, ("reversed",))
    return False


def _has(view: Json, name: str, wanted_id: str, statuses: tuple[str, ...]) -> bool:
    found = (item for item in _list(view, name) if item.get("id") == wanted_id)
    return any(item.get("status") in statuses for item in found)


def _list(view: Json, name: str) -> list[Json]:
    items = view.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _status(view: Json) -> Status:
    return next(status for status in ALLOWED if status == view["status"])
