"""One call to Loyale: what a handler gets, what it answers, how it refuses (sheet 1 and 8)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tillsaga.sandbox import wire
from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.wire import Reply, json_reply

REASONS: Mapping[str, tuple[int, str]] = {
    # The only wording that is the vendor's own.
    "insufficient_points": (
        400,
        "Customer does not have enough points for redemption. Required: {need} Current: {held}",
    ),
    "bad_request": (400, "{why}"),
    "mismatch": (400, "Payment methods total {sent} does not match line items total {total}"),
    "undetermined": (400, "Payment method amounts cannot be determined"),
    "customer_not_found": (400, "Customer not found"),
    "customers_disagree": (400, "Customer barcode and customer id do not match"),
    "customer_on_hold": (400, "Customer is on hold"),
    "outlet_not_found": (400, "Outlet not found"),
    "price_missing": (400, "Line item price missing"),
    "negative_points": (400, "Overall points must be greater than or equal to 0"),
    "gift_card_not_found": (400, "Gift card not found"),
    "gift_card_insufficient": (400, "Gift card has insufficient value"),
    "gift_card_not_valid": (400, "Gift card is not valid"),
    "coupon_not_valid": (400, "Coupon not valid: {barcode}"),
    "not_in_sale": (400, "Line item not found: {sku}"),
    "too_many": (400, "Quantity exceeds what is left to return: {left}"),
    "overdraft": (400, "Return would make the points balance negative"),
    "not_found": (404, "Transaction not found"),
    "already_returned": (409, "Transaction already returned"),
    "not_completed": (409, "Transaction is not completed"),
    "exists": (409, "Transaction with unique id '{unique_id}' already exists"),
}
"""Business errors by the sandbox's name for them: HTTP status and text (sheet 4, 5, 6, 8)."""

ERROR_IDS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalServerError",
}


class Refusal(Exception):
    """Loyale says no to the business asked: shape A of sheet 1."""

    def __init__(self, reason: str, **values: object) -> None:
        """Refuse for one of `REASONS`; the values go into its text."""
        self.status, text = REASONS[reason]
        self.text = text.format_map(values)
        super().__init__(self.text)


class Denied(Exception):
    """The caller or the route is wrong: shape B of sheet 1."""

    def __init__(self, status: int, text: str) -> None:
        """Keep the HTTP status and what to say."""
        super().__init__(text)
        self.status, self.text = status, text


def business_error(status: int, text: str) -> Reply:
    """Write shape A, this API's own."""
    return json_reply(status, {"error": text})


def platform_error(status: int, text: str) -> Reply:
    """Write shape B, the platform's."""
    error_id = ERROR_IDS.get(status, "Error")
    return json_reply(status, {"errors": [text], "code": status, "errorId": error_id})


def refusal_by_name(code: int | str, message: str | None) -> tuple[int, str]:
    """Find status and text of a reason, or of a bare HTTP status."""
    unknown = (code if isinstance(code, int) else 400, "Request refused")
    status, text = REASONS.get(str(code), unknown)
    return status, message or text.format_map(defaultdict(int))


@dataclass(frozen=True)
class Call:
    """What a handler gets to work with; `scheme` is the row of the `X-Scheme` header."""

    books: Books
    scheme: Record
    unique_id: str
    """The last segment of the path."""
    body: bytes
    simulate: bool
    switches: Mapping[str, Any]
    origin: str

    def now(self) -> str:
        """Answer the present moment as it is stored."""
        return self.books.now()


@dataclass(frozen=True)
class Answer:
    """What a handler answers; Loyale wraps it in nothing."""

    payload: Record
    status: int = 200


class Operation(wire.Operation[Call]):
    """An operation of Loyale."""
