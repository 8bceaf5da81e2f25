"""One call to Let'sTrade: what a handler gets, what it answers, how it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tillsaga.sandbox import wire
from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.letstrade.form import Form

REFUSALS: Mapping[str, tuple[int, str]] = {
    "unauthorized": (401, "Unauthorized"),
    "payment_declined": (402, "Payment declined"),
    "store_not_found": (404, "Store not found"),
    "terminal_not_found": (404, "Terminal not found"),
    "code_not_found": (404, "Code not found"),
    "code_used": (409, "Code already used"),
    "basket_finalised": (409, "Basket already finalised"),
    "different_users": (409, "Codes belong to different users"),
    "code_expired": (410, "Code has expired"),
    "refund_unavailable": (501, "Refund API is not available yet"),
    # Sheet 4 asks for these two checks without naming their answers.
    "voucher_used": (409, "Voucher already used"),
    "voucher_not_offered": (409, "Voucher was not offered for this basket"),
    # Sheet 5, refund.
    "order_not_found": (404, "Order not found"),
    "not_finalised": (409, "Basket is not finalised"),
    "already_refunded": (409, "Already refunded"),
    "code_not_in_order": (400, "Code is not part of the order"),
}
"""Status and message by our name for the refusal (sheet 7); the wire has no error codes."""


class Refusal(Exception):
    """Let'sTrade says no; `content` is null unless the sheet says what it names."""

    def __init__(self, name: str, content: Record | None = None) -> None:
        """Refuse for a reason of `REFUSALS`."""
        super().__init__(name)
        self.status, self.message = REFUSALS[name]
        self.content = content


@dataclass(frozen=True)
class Call:
    """What a handler gets to work with."""

    books: Books
    form: Form
    switches: Mapping[str, Any]

    def now(self) -> str:
        """Answer the present moment as it is stored."""
        return self.books.now()


@dataclass(frozen=True)
class Answer:
    """What a handler answers; `message` shows in the wrapped envelope only."""

    content: Record
    message: str


Operation = wire.Operation[Call]
