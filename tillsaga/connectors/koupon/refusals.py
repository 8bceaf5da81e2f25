"""Koupon's no in our words (sheet 1, 3.1). Its codes are not published: unknown ones are a no."""

import re

from pydantic import JsonValue

from tillsaga.domain.tokens import masked
from tillsaga.errors import AnswerLost, NotSent, Refused

UNAUTHORIZED = 401
FORBIDDEN = 403

FAILED_WITHIN = frozenset({"SERVER_ERROR", "UNAVAILABLE"})
"""These may have struck after the effect, whatever the HTTP status."""

LONGEST_QUOTE = 80
_LONG_NUMBER = re.compile(r"\d{5,}")

TABLE: dict[str, tuple[str, str]] = {
    "ASSET_NOT_FOUND": ("offer_refused", "the vendor does not know the barcode"),
    "OFFER_EXPIRED": ("code_expired", "the offer has expired"),
    "OFFER_NOT_ACTIVE": ("offer_refused", "the offer is not active"),
    "ALREADY_REDEEMED": ("offer_refused", "the offer has been redeemed already"),
    "QTY_EXCEEDED": ("offer_refused", "there are not that many left of the offer"),
    "COUPON_NOT_ON_ACCOUNT": ("offer_refused", "the customer does not have this offer"),
    "COUPON_CODE_REQUIRED": ("offer_refused", "the barcode is a customer's, not an offer's"),
    "COUPON_CODE_NOT_ALLOWED": ("offer_refused", "the barcode is an offer by itself"),
}
"""By exception code: our code, and words for a cashier."""


class KouponNo(Exception):
    """A definite no to a whole request, with the vendor's code or text.

    It never leaves this package.
    """

    def __init__(self, said: str) -> None:
        """Keep what the vendor said."""
        super().__init__("koupon says no")
        self.said = said


def rejection(status: int, body: JsonValue) -> Exception | None:
    """Read a 4xx; None when it is not Koupon's.

    A signature is checked before anything is done, and each try is signed anew: nothing is lost
    by asking again. Koupon writes one refusal of an offer as plain text (trap 17).
    """
    if status == UNAUTHORIZED:
        code = f", {quotable(said)}" if (said := error_code(body)) else ""
        return NotSent(f"does not accept our signature; check key and clock (HTTP 401{code})")
    if status == FORBIDDEN and isinstance(body, str):
        return KouponNo(body)
    said = error_code(body)
    if said is None:
        return None
    if said in FAILED_WITHIN:
        return AnswerLost(f"failed within ({said})")
    return KouponNo(said)


def error_code(body: JsonValue) -> str | None:
    """Read the code of an error body; None when it is none."""
    code = body.get("errorCode") if isinstance(body, dict) else None
    return str(code) if isinstance(code, str | int) and code != "" else None


def refused(said: str | None, default: str) -> Refused:
    """Turn a no into ours, with what the vendor said; `default` is our code for an unknown one."""
    if said is None:
        return Refused("the vendor refused without a reason", code=default)
    code, words = TABLE.get(said, (default, "the vendor refused"))
    return Refused(f"{words} ({quotable(said)})", code=code)


def quotable(said: str) -> str:
    """Shorten what the vendor said, and mask what may be somebody's barcode (trap 14).

    >>> quotable("No Redemptions to Void for 0049000012345")
    'No Redemptions to Void for ****2345'
    """
    one_line = " ".join(said.split())
    return _LONG_NUMBER.sub(lambda number: masked(number[0]) or "", one_line)[:LONGEST_QUOTE]
