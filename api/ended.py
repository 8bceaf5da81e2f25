"""What an ended checkout answers from the archive: repetitions are harmless, else it refuses."""

from api.temporal import Answer
from tillsaga.domain.basket import Basket
from tillsaga.domain.checkout import ALLOWED, FINAL, Status
from tillsaga.domain.holds import refused_release
from tillsaga.domain.messages import (
    AssignAttention,
    Cancel,
    CorrectPayment,
    OpenCheckout,
    PaymentReport,
    ReleaseHold,
    RemoveOffer,
    RemoveTender,
    ResolveAttention,
    TillMessage,
)
from tillsaga.domain.model import Json
from tillsaga.domain.privacy import is_same_basket
from tillsaga.domain.view import RefusalBody
from tillsaga.errors import Refusal
from tillsaga.records.bill_rows import BillRecord
from tillsaga.records.checkouts import SqlCheckoutBook

_OF_THE_BASKET = frozenset({"put_basket", "apply_offer", "remove_offer"})


def is_ended(bill: BillRecord) -> bool:
    """Whether the archive answers for it. A late payment may have woken it up since it ended."""
    return bill.ended_at is not None and bill.view is not None and bill.status in FINAL


async def answer(
    books: SqlCheckoutBook, name: str, message: TillMessage, bill: BillRecord
) -> Answer | None:
    """Answer a message to an ended checkout; None if its workflow has to be woken up for it."""
    view = bill.view
    assert view is not None, "an ended checkout has been seen"
    if _is_repetition(message, view) or await _is_same_sale(books, message, bill):
        return Answer(200, view)
    if _wakes(name, message, _status(view)):
        return None
    if isinstance(message, ReleaseHold):
        return _released(message, view)
    return Answer(409, view, _refusal(name, _status(view)))


def _released(message: ReleaseHold, view: Json) -> Answer:
    """What has gone back is released already; what stays says why."""
    mine = (e for e in _list(view, "effects") if e.get("id") == message.effect_id)
    effect_status = next((str(e.get("status")) for e in mine), None)
    if effect_status in ("reversed", "refused"):
        return Answer(200, view)
    items = (a for a in _list(view, "attention") if a.get("effect_id") == message.effect_id)
    item = next((str(a["id"]) for a in items), None)
    status = _status(view)
    why = refused_release(status, False, effect_status == "manual", item)
    no = RefusalBody(
        code="state_conflict",
        detail=why or "the checkout has ended",
        current_status=status,
        allowed_actions=ALLOWED[status],
    )
    return Answer(409, view, no)


def _wakes(name: str, message: TillMessage, status: Status) -> bool:
    """What is paid is never refused; after the sale come corrections, claims and refunds.

    A checkout that was given up told the till to void, so it hears that this was done.
    A return without a sale knows its repetition by itself.
    """
    if name == "return_goods":
        return True
    if isinstance(message, OpenCheckout):
        return message.closes
    if isinstance(message, ResolveAttention | AssignAttention):
        return True
    if name == "payment" and isinstance(message, PaymentReport):
        gives_back = status != "completed" and message.status in ("declined", "failed", "voided")
        return message.status == "captured" or gives_back
    return name in ("correct_payment", "claim", "refund") and name in ALLOWED[status]


def _refused(name: str, status: Status) -> Refusal:
    """Say no in the words that the running checkout would use."""
    if name == "open":
        return Refusal("basket_frozen", "the basket was sold with other content")
    if name == "cancel":
        return Refusal("already_committed", "the sale is committed; use a refund")
    if name in _OF_THE_BASKET and status == "completed":
        return Refusal("basket_frozen", "the basket is sold")
    return Refusal("state_conflict", f"not possible while the checkout is {status}")


def _refusal(name: str, status: Status) -> RefusalBody:
    refusal = _refused(name, status)
    return RefusalBody(
        code=refusal.code,
        detail=refusal.detail,
        current_status=status,
        allowed_actions=ALLOWED[status],
    )


async def _is_same_sale(books: SqlCheckoutBook, message: TillMessage, bill: BillRecord) -> bool:
    """Whether a till opens what it has sold already. What was given up may be shown again."""
    if not isinstance(message, OpenCheckout):
        return False
    if bill.status != "completed":
        return not message.closes
    if not all(_is_known(payment, bill.view or {}) for payment in message.payments):
        return False
    state = (await books.facts(bill.checkout_id)).state or {}
    return is_same_basket(Basket.model_validate(state.get("basket")), message.basket)


def _is_repetition(message: TillMessage, view: Json) -> bool:
    match message:
        case Cancel():
            return view["status"] in ("cancelled", "expired")
        case CorrectPayment():
            return False  # the same reference and amount may still change the type or the tip
        case PaymentReport():
            return _is_known(message, view)
        case RemoveOffer():
            done = ("released", "reversed")
            return _has(view, "offers", message.offer_id, done)
        case RemoveTender():
            return _has(view, "tenders", message.tender_id, ("reversed",))
    return False


def _is_known(report: PaymentReport, view: Json) -> bool:
    mine = [paid for paid in _list(view, "payments") if paid.get("reference") == report.reference]
    return any(_tells_the_same(paid, report) for paid in mine)


def _tells_the_same(paid: Json, report: PaymentReport) -> bool:
    status, amount = paid.get("status"), paid.get("amount")
    if (status, report.status) == ("captured", "authorized") and isinstance(amount, int):
        # What came before the capture, arriving after it.
        return report.amount >= amount
    return (status, amount) == (report.status, report.amount)


def _has(view: Json, name: str, wanted_id: str, statuses: tuple[str, ...]) -> bool:
    found = (item for item in _list(view, name) if item.get("id") == wanted_id)
    return any(item.get("status") in statuses for item in found)


def _list(view: Json, name: str) -> list[Json]:
    items = view.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _status(view: Json) -> Status:
    return next(status for status in ALLOWED if status == view["status"])
