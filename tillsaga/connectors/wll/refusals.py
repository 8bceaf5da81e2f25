"""White Label Loyalty's error codes in our words (sheet 1, 3).

The codes are assumed, so what is done next follows from the HTTP status and the vendor's state
wherever it can; a code chooses the words that a cashier sees. The vendor's text is never shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import JsonValue

from tillsaga.errors import NotSent, Refused, Unanswerable

FORBIDDEN = "FORBIDDEN"
CODE_UNKNOWN = "VOUCHER_CODE_NOT_FOUND"
EVENT_UNKNOWN = "EVENT_TYPE_NOT_FOUND"

_Row = tuple[str | None, str]
"""Our code (None: what the operation says) and words for a cashier."""

TABLE: dict[str, _Row] = {
    "USER_NOT_FOUND": ("member_not_found", "the vendor does not know this customer"),
    "SUBJECT_NOT_FOUND": ("member_not_found", "the vendor does not know this customer"),
    "SUBMITTER_NOT_FOUND": ("member_not_found", "the vendor does not know this customer"),
    "BENEFIT_NOT_FOUND": ("code_unknown", "the vendor does not know this voucher"),
    "BENEFIT_ALREADY_REDEEMED": ("offer_refused", "the voucher has been activated already"),
    "BENEFIT_BURNED": ("offer_refused", "the voucher has been used already"),
    "BENEFIT_EXPIRED": ("code_expired", "the voucher has expired"),
    CODE_UNKNOWN: ("code_unknown", "the vendor does not know this voucher"),
    "VOUCHER_NOT_REDEEMED": ("offer_refused", "the voucher must be activated first"),
    "VOUCHER_ALREADY_BURNED": ("offer_refused", "the voucher has been used already"),
    "VOUCHER_EXPIRED": ("code_expired", "the voucher has expired"),
    "VOUCHER_WRONG_USER": ("offer_refused", "the voucher belongs to another customer"),
    "VOUCHER_WRONG_VENUE": ("offer_refused", "the voucher is not for this store"),
    EVENT_UNKNOWN: (None, "the vendor does not know the event type in the settings"),
    "PAYLOAD_SCHEMA_MISMATCH": (None, "the event type in the settings takes another payload"),
    "INTRINSIC_EVENT_NOT_REPORTABLE": (None, "the event type in the settings is the vendor's own"),
    "RECEIPTS_NOT_ENABLED": (None, "the vendor has not set up orders for this tenant"),
    "PII_NOT_ALLOWED": (None, "the vendor takes the request for personal data"),
    "VALIDATION_ERROR": (None, "the vendor did not accept the request"),
}


class WllNo(Exception):
    """A no; it never leaves this package. `code` is empty where it is not the vendor's envelope."""

    def __init__(self, status: int, code: str) -> None:
        """Keep the HTTP status and the vendor's code."""
        super().__init__(f"wll says no: HTTP {status} {code}".rstrip())
        self.status = status
        self.code = code


class StaleToken(Exception):
    """The admin token, or the key, was not accepted; it never leaves this package."""


def rejection(status: int, body: JsonValue) -> Exception | None:
    """Read a 4xx; a 401 is decided before anything is done (trap 18)."""
    if status >= 500:
        return None
    return StaleToken() if status == 401 else WllNo(status, _code(body))


def _code(body: JsonValue) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, str) else ""


def meaning(code: str, default: str) -> tuple[str, str]:
    """Say our code and our words for one of the vendor's codes.

    >>> meaning("VOUCHER_EXPIRED", "offer_refused")
    ('code_expired', 'the voucher has expired')
    >>> meaning("somebody@example.test", "vendor_refused")
    ('vendor_refused', 'the vendor refused')
    """
    ours, detail = TABLE.get(code, (None, "the vendor refused"))
    return ours or default, detail


@contextmanager
def refusing(default: str) -> Iterator[None]:
    """Let the vendor's no leave as `Refused`; `default` is our code where its does not say.

    What somebody must correct in the token or the addresses is `NotSent`: nothing was done, and
    nothing is lost by asking again.
    """
    try:
        yield
    except WllNo as no:
        said = no
    else:
        return
    if said.code in ("", FORBIDDEN):
        raise NotSent(f"wll does not let us do this (HTTP {said.status})")
    ours, detail = meaning(said.code, default)
    raise Refused(detail, code=ours)


@contextmanager
def asking(default: str) -> Iterator[None]:
    """Let the vendor's no to a question leave as `Unanswerable`: it cannot be found out."""
    try:
        yield
    except WllNo as no:
        said = no
    else:
        return
    code, detail = meaning(said.code, default)
    raise Unanswerable(f"it cannot be asked what happened: {detail}", code=code)
