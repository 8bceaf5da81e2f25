"""Loyale's errors in our words (sheet 1, 8).

What is done next follows from the HTTP status and from what was asked. The texts are free and,
but for one, not published: they only choose the code and the words that a cashier sees. They
may quote barcodes, so none is passed on.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import JsonValue

from tillsaga.errors import NotSent, Refused, Unanswerable

BAD_REQUEST = 400
NOT_ALLOWED = (401, 403)
NOT_FOUND = 404
CONFLICT = 409

_UNKNOWN_ID = re.compile(r"transaction\b.*\bnot found", re.I | re.S)
_POINTS = re.compile(r"enough points.*?required\D*(\d+)\D*current\D*(-?\d+)", re.I | re.S)

TABLE: tuple[tuple[str, str, str], ...] = (
    ("enough points", "insufficient_balance", "the customer has too few points"),
    ("gift ?card.*insufficient", "insufficient_balance", "the gift card's value is too low"),
    ("gift ?card", "tender_refused", "the vendor does not take the gift card"),
    ("coupon", "offer_refused", "the vendor does not take the coupon"),
    ("customer", "member_not_found", "the vendor does not know this customer, or bars them"),
    ("outlet", "vendor_refused", "the vendor does not know the outlet in the settings"),
    ("overall points", "vendor_refused", "more points would be taken back than the sale gives"),
    ("already returned", "vendor_refused", "the transaction has been returned already"),
)
"""Pattern in the vendor's text, our code, our words."""


class LoyaleNo(Exception):
    """A definite no; it never leaves this package.

    `of_this_api` is False for the platform's error shape, which tells of keys, schemes and
    routes rather than of the sale (sheet 1).
    """

    def __init__(self, status: int, text: str, of_this_api: bool) -> None:
        """Keep the status and the text, which must not be shown."""
        super().__init__(f"loyale says no: HTTP {status}")
        self.status = status
        self.text = text
        self.of_this_api = of_this_api


def rejection(status: int, body: JsonValue) -> Exception | None:
    """Read a 4xx; None when it is not Loyale's.

    A key or scheme that is not accepted is decided before anything is done, and ends when
    somebody corrects it. A 404 of the platform's shape is a wrong route, unless it says that it is
    an unknown id.
    """
    if status in NOT_ALLOWED:
        return NotSent(f"does not accept our key or scheme (HTTP {status})")
    if not isinstance(body, dict):
        return None
    error, errors = body.get("error"), body.get("errors")
    if isinstance(error, str):
        return LoyaleNo(status, error, of_this_api=True)
    if errors is None or (status == NOT_FOUND and not _UNKNOWN_ID.search(str(errors))):
        return None
    return LoyaleNo(status, str(errors), of_this_api=False)


def meaning(text: str, default: str) -> tuple[str, str]:
    """Say our code and our words for one of Loyale's texts.

    >>> meaning("Customer does not have enough points for redemption. Required: 9 Current: 7", "x")
    ('insufficient_balance', 'the customer has too few points: 9 are needed, 7 are there')
    >>> meaning("What?", "vendor_refused")
    ('vendor_refused', 'the vendor refused')
    """
    points = _POINTS.search(text)
    for pattern, code, words in TABLE:
        if re.search(pattern, text, re.I | re.S):
            needed = f": {points[1]} are needed, {points[2]} are there" if points else ""
            return code, words + needed
    return default, "the vendor refused"


def refused(text: str, default: str) -> Refused:
    """Turn a no into ours; `default` is our code where the text does not say which."""
    code, words = meaning(text, default)
    return Refused(words, code=code)


@contextmanager
def refusing(default: str) -> Iterator[None]:
    """Let Loyale's no leave as `Refused`."""
    try:
        yield
    except LoyaleNo as no:
        said = refused(no.text, default)
    else:
        return
    raise said


@contextmanager
def asking(default: str) -> Iterator[None]:
    """Let Loyale's no to a question leave as `Unanswerable`: it cannot be found out."""
    try:
        yield
    except LoyaleNo as no:
        code, words = meaning(no.text, default)
    else:
        return
    raise Unanswerable(f"it cannot be asked what happened: {words}", code=code)
