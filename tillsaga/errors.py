"""Every failure that Tillsaga can name.

TillsagaError
├── Refused               a definite no; asking again will not help
│   ├── KeyReused         an effect key met another request: a person must look
│   └── Unanswerable      an answer was lost and the vendor can never be asked
│       └── Repeatable    but it may be sent again: the vendor keeps it to one
└── Unavailable           no answer yet; Temporal asks again
    ├── NotSent           certain: the vendor did nothing
    └── AnswerLost        the vendor may have done it: ask before anything else

What a till can be told stands in `REFUSALS`, one row per stable code.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import ClassVar

from temporalio.exceptions import ApplicationError


@dataclass(frozen=True)
class RefusalKind:
    """What one stable `code` means over HTTP."""

    status: HTTPStatus
    title: str
    retryable: bool = False
    retry_after_seconds: int = 1


_BAD = HTTPStatus.BAD_REQUEST
_MISSING = HTTPStatus.NOT_FOUND
_CONFLICT = HTTPStatus.CONFLICT
_WRONG = HTTPStatus.UNPROCESSABLE_ENTITY

REFUSALS: dict[str, RefusalKind] = {
    # at the door
    "idempotency_key_missing": RefusalKind(_BAD, "The Idempotency-Key header is missing"),
    "malformed_request": RefusalKind(_BAD, "The request is not valid JSON"),
    "unauthorized": RefusalKind(HTTPStatus.UNAUTHORIZED, "A valid API key is needed"),
    "forbidden": RefusalKind(HTTPStatus.FORBIDDEN, "The API key lacks the scope"),
    "not_found": RefusalKind(_MISSING, "There is nothing at this address"),
    "method_not_allowed": RefusalKind(HTTPStatus.METHOD_NOT_ALLOWED, "The method is not allowed"),
    "unsupported_media_type": RefusalKind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json"
    ),
    "payload_too_large": RefusalKind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request body is too large"
    ),
    "invalid_request": RefusalKind(_WRONG, "The request does not fit its schema"),
    "idempotency_key_reused": RefusalKind(_WRONG, "The key was used for another request"),
    "version_mismatch": RefusalKind(
        HTTPStatus.PRECONDITION_FAILED, "The checkout has changed meanwhile"
    ),
    "headers_too_large": RefusalKind(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request has too many or too large headers"
    ),
    "request_timeout": RefusalKind(
        HTTPStatus.REQUEST_TIMEOUT, "The request body did not come in time", retryable=True
    ),
    "rate_limited": RefusalKind(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", retryable=True),
    "too_many_guesses": RefusalKind(
        HTTPStatus.TOO_MANY_REQUESTS, "Too many codes that nobody knows", retryable=True
    ),
    "limit_exceeded": RefusalKind(_WRONG, "More than the store's limits allow"),
    "request_in_progress": RefusalKind(_CONFLICT, "The same request is running", retryable=True),
    "service_unavailable": RefusalKind(
        HTTPStatus.SERVICE_UNAVAILABLE, "The service cannot answer now", retryable=True
    ),
    "records_read_only": RefusalKind(
        HTTPStatus.SERVICE_UNAVAILABLE, "The records can only be read", True, retry_after_seconds=5
    ),
    "records_full": RefusalKind(
        HTTPStatus.SERVICE_UNAVAILABLE, "The records have no room", True, retry_after_seconds=5
    ),
    "key_missing": RefusalKind(
        HTTPStatus.SERVICE_UNAVAILABLE, "A key of the key ring is missing", True
    ),
    "restored_not_reconciled": RefusalKind(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The records were restored and are being compared with the vendors' books",
        True,
        retry_after_seconds=5,
    ),
    "internal_error": RefusalKind(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed", retryable=True
    ),
    # not there
    "store_not_found": RefusalKind(_MISSING, "The store is not known"),
    "checkout_not_found": RefusalKind(_MISSING, "The checkout is not known"),
    "checkout_not_restored": RefusalKind(
        _MISSING, "The checkout is not known since the records were restored"
    ),
    "offer_not_found": RefusalKind(_MISSING, "The offer is not known"),
    "tender_not_found": RefusalKind(_MISSING, "The tender is not known"),
    "payment_not_found": RefusalKind(_MISSING, "The payment is not known"),
    "member_not_found": RefusalKind(_MISSING, "No such member"),
    "card_not_found": RefusalKind(_MISSING, "No such card"),
    "code_unknown": RefusalKind(_MISSING, "No vendor of this store knows the code"),
    "refund_not_found": RefusalKind(_MISSING, "The refund is not known"),
    "erasure_not_found": RefusalKind(_MISSING, "The erasure is not known"),
    "hold_not_found": RefusalKind(_MISSING, "The hold is not known"),
    "delivery_not_found": RefusalKind(_MISSING, "The webhook delivery is not known"),
    "attention_not_found": RefusalKind(_MISSING, "The attention item is not known"),
    "line_not_found": RefusalKind(_MISSING, "The line was not sold"),
    "receipt_not_ready": RefusalKind(_CONFLICT, "There is no receipt yet", retryable=True),
    # the basket
    "basket_mismatch": RefusalKind(_WRONG, "The basket does not add up"),
    "currency_mismatch": RefusalKind(_WRONG, "The currency is not the store's"),
    "basket_frozen": RefusalKind(_CONFLICT, "The basket can no longer change"),
    "line_not_sellable": RefusalKind(_WRONG, "No vendor of this store sells such a line"),
    "card_already_sold": RefusalKind(_CONFLICT, "The gift card is already loaded"),
    "card_refused": RefusalKind(_CONFLICT, "The gift card cannot be sold"),
    "tender_exceeds_total": RefusalKind(_CONFLICT, "A charged tender exceeds the new total"),
    # customers, offers, tenders
    "member_required": RefusalKind(_CONFLICT, "The customer must be identified first"),
    "member_locked": RefusalKind(_CONFLICT, "The member can no longer change"),
    "provider_unknown": RefusalKind(_WRONG, "The store has no such provider"),
    "offer_held": RefusalKind(_CONFLICT, "The offer is held elsewhere", retryable=True),
    "offer_refused": RefusalKind(_CONFLICT, "The vendor refused the offer"),
    "offer_lost": RefusalKind(_CONFLICT, "An offer was lost"),
    "code_expired": RefusalKind(_CONFLICT, "The code has expired"),
    "code_ambiguous": RefusalKind(_CONFLICT, "More than one vendor knows the code"),
    "code_is_tender": RefusalKind(_CONFLICT, "The code is a stored value; add it as a tender"),
    "discount_not_given": RefusalKind(_CONFLICT, "The closed bill gives nothing for the code"),
    "discount_unknown": RefusalKind(_WRONG, "Nobody knows what the code is worth"),
    "insufficient_balance": RefusalKind(_CONFLICT, "The balance is too low"),
    "nothing_due": RefusalKind(_CONFLICT, "Nothing is due"),
    "tender_exists": RefusalKind(_CONFLICT, "The tender exists with another amount"),
    "tender_refused": RefusalKind(_CONFLICT, "The vendor refused the tender"),
    "member_in_use": RefusalKind(_CONFLICT, "A running checkout has the member", retryable=True),
    "hold_ambiguous": RefusalKind(_CONFLICT, "Several checkouts have such a hold"),
    "tender_in_doubt": RefusalKind(_CONFLICT, "A tender is still in doubt", retryable=True),
    "vendor_unavailable": RefusalKind(
        HTTPStatus.SERVICE_UNAVAILABLE, "The vendor does not answer", retryable=True
    ),
    "vendor_refused": RefusalKind(_CONFLICT, "The vendor refused"),
    # the payment
    "payment_mismatch": RefusalKind(_WRONG, "The payment does not fit the amount due"),
    "state_conflict": RefusalKind(_CONFLICT, "Not possible in this state"),
    "line_not_divisible": RefusalKind(_CONFLICT, "The line comes back whole or not at all"),
    "refund_exceeds_sale": RefusalKind(_CONFLICT, "More would come back than was sold"),
    "sold_value_spent": RefusalKind(_CONFLICT, "What the line loaded has been spent"),
    "refund_exists": RefusalKind(_CONFLICT, "The refund_id stands for another refund"),
    "return_not_allowed": RefusalKind(
        HTTPStatus.FORBIDDEN, "The store takes nothing back without its sale"
    ),
    "return_limit_exceeded": RefusalKind(_CONFLICT, "More than may come back without its sale"),
    "already_committed": RefusalKind(_CONFLICT, "The sale is committed; refund instead"),
    # after the sale
    "claim_too_early": RefusalKind(_CONFLICT, "The sale is still being reported", retryable=True),
    "claim_not_possible": RefusalKind(_CONFLICT, "The sale can no longer be claimed"),
    "already_claimed": RefusalKind(_CONFLICT, "Another customer has the points"),
    "already_refunded": RefusalKind(_CONFLICT, "The sale was given back"),
    # what a person settles
    "attention_settled": RefusalKind(_CONFLICT, "The attention item was settled otherwise"),
    "action_not_allowed": RefusalKind(_CONFLICT, "The action is not allowed for this item"),
    # operations a vendor lacks
    "portal_unsupported": RefusalKind(_WRONG, "No vendor of this store has a portal"),
}


@dataclass
class Refusal(Exception):
    """A typed no to the till: what was wrong and, by its code, what may be done next."""

    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    allowed_actions: tuple[str, ...] = ()
    """What may be done instead, where that is not what the checkout's status allows."""
    retry_after_seconds: int | None = None
    """When to come back, where the code alone does not say."""

    @property
    def kind(self) -> RefusalKind:
        """The HTTP side of the code."""
        return REFUSALS[self.code]


class TillsagaError(ApplicationError):
    """A named failure between us and a vendor. Its class decides whether Temporal retries."""

    retryable: ClassVar[bool]

    def __init__(self, message: str, *, code: str = "", retry_after: timedelta | None = None):
        """Name the failure.

        Args:
            message: For people; never carries a secret, a card code or a vendor's raw body.
            code: The vendor's or our own stable code, for programs.
            retry_after: When to ask again, if the vendor or the effect's record says so.
        """
        super().__init__(
            message,
            type=type(self).__name__,
            non_retryable=not self.retryable,
            next_retry_delay=retry_after,
        )
        self.code = code


class Refused(TillsagaError):
    """The vendor said no, and means it."""

    retryable = False


class KeyReused(Refused):
    """An effect key came back with another request; guessing would cost somebody money."""


class Unanswerable(Refused):
    """An answer was lost and the vendor has no way to be asked: a person must find out."""


class Repeatable(Unanswerable):
    """An answer was lost and cannot be asked for; but sent again, it still happens only once."""


class Unavailable(TillsagaError):
    """No usable answer yet."""

    retryable = True


class NotSent(Unavailable):
    """Certain that the vendor did nothing: no connection, or a 429."""


class AnswerLost(Unavailable):
    """The vendor may have done it."""


class InDoubt(Unavailable):
    """The vendor was asked and it is still too early, or impossible, to say."""
