"""Leat's error codes in our words (sheet 2). The code is the contract, the message never."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import JsonValue

from tillsaga.errors import AnswerLost, NotSent, Refused, Unanswerable

INVALID = 1003
CONTACT_UNKNOWN = 55031
IDENTIFIER_UNKNOWN = 60003
IDENTIFIER_INACTIVE = 60004
IDENTIFIER_LINKED = 60014
REWARD_UNKNOWN = 6003
NOT_COLLECTABLE = 80300
VOUCHER_UNKNOWN = 80004
VOUCHER_REDEEMED = 80005
VOUCHER_EXPIRED = 80006
CARD_UNKNOWN = 5001
CARD_NOT_LAST = 55025
MODEL_UNKNOWN = 60013

MAY_HAVE_HAPPENED = frozenset({1000})
"""An internal error, though it comes as HTTP 400: it may have struck after the effect."""

NOT_NOW = frozenset({60001, 7002, 7011})
"""Surely nothing done, and another time it may work: a concurrency guard, a blocked account."""

_Row = tuple[str | None, str]
"""Our code (None: what the operation says) and words for a cashier."""

TABLE: dict[int, _Row] = {
    INVALID: (None, "the vendor did not accept the request"),
    1008: (None, "the vendor does not know this shop"),
    1102: (None, "this shop is in no loyalty program"),
    1103: (None, "the vendor does not know the loyalty program"),
    55018: (None, "the loyalty program is not active"),
    60000: (None, "the vendor's usage limit is reached"),
    MODEL_UNKNOWN: (None, "the vendor does not know it"),
    CONTACT_UNKNOWN: ("member_not_found", "the vendor does not know this customer"),
    60005: (None, "this customer exists already"),
    IDENTIFIER_UNKNOWN: ("member_not_found", "the vendor does not know this card"),
    IDENTIFIER_INACTIVE: ("member_not_found", "this card is not active"),
    60011: ("member_not_found", "this card belongs to nobody yet"),
    IDENTIFIER_LINKED: (None, "this card belongs to somebody already"),
    1015: (None, "the most points that a customer may have are reached"),
    1017: ("offer_refused", "the customer has too few points"),
    1018: ("offer_refused", "the reward is out of stock"),
    1019: ("offer_refused", "the customer has had this reward as often as allowed"),
    1052: ("offer_refused", "the reward is not active"),
    REWARD_UNKNOWN: ("offer_refused", "the reward no longer exists"),
    NOT_COLLECTABLE: ("offer_refused", "the reward was collected already or has expired"),
    80002: ("offer_refused", "the voucher's promotion no longer exists"),
    VOUCHER_UNKNOWN: ("code_unknown", "the vendor does not know this voucher"),
    VOUCHER_REDEEMED: ("offer_refused", "the voucher has been redeemed already"),
    VOUCHER_EXPIRED: ("code_expired", "the voucher has expired"),
    80008: ("offer_refused", "the promotion's limit of vouchers is reached"),
    80012: ("offer_refused", "the voucher has been deactivated"),
    80014: ("offer_refused", "the voucher is not active yet"),
    80017: ("offer_held", "the voucher is held by another sale"),
    80019: ("offer_refused", "the voucher has too few redemptions left"),
    80020: ("offer_refused", "the voucher's promotion is not active"),
    CARD_UNKNOWN: ("card_not_found", "the vendor does not know this gift card"),
    5002: (None, "the gift card has expired"),
    5003: ("insufficient_balance", "the balance of the gift card is too low"),
    5006: (None, "the gift card takes no further credit"),
    5007: (None, "the gift card is in no program"),
    5008: (None, "the gift card would exceed its program's maximum"),
    5010: (None, "the vendor does not know the gift card transaction"),
    CARD_NOT_LAST: (None, "the gift card was used again since"),
    55021: (None, "only digital gift cards can be created"),
    1100: (None, "the vendor does not know the gift card program"),
    1114: (None, "the vendor takes such gift cards only from a register"),
    7010: (None, "the gift card is not valid"),
    7015: (None, "this shop may not use the gift card program"),
    6007: (None, "the vendor has no e-mail set up for it"),
}


class LeatNo(Exception):
    """A definite no with Leat's own code; it never leaves this package."""

    def __init__(self, code: int) -> None:
        """Keep the vendor's code."""
        super().__init__(f"leat says no: {code}")
        self.code = code


def rejection(status: int, body: JsonValue) -> Exception | None:
    """Read a 4xx; None when it is not Leat's error envelope (sheet 1).

    401 and 403 are decided before anything is done, and end when somebody fixes the token:
    nothing is lost by asking again.
    """
    if status in (401, 403):
        return NotSent(f"does not accept our token (HTTP {status})")
    code = _code(body)
    if code is None:
        return None
    if code in MAY_HAVE_HAPPENED:
        return AnswerLost(f"failed within (code {code})")
    if code in NOT_NOW:
        return NotSent(f"cannot do it now (code {code})")
    return LeatNo(code)


def _code(body: JsonValue) -> int | None:
    if not isinstance(body, dict) or "message" not in body:
        return None
    code = body.get("code")
    if isinstance(code, str) and code.isascii() and code.isdigit():
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def refused(no: LeatNo, default: str) -> Refused:
    """Turn Leat's no into ours; `default` is our code where Leat's does not say which."""
    words, detail = meaning(no.code, default)
    return Refused(detail, code=words)


def meaning(code: int, default: str) -> tuple[str, str]:
    """Say our code and our words for one of Leat's codes."""
    ours, detail = TABLE.get(code, (None, f"the vendor refused (code {code})"))
    return ours or default, detail


@contextmanager
def refusing(default: str) -> Iterator[None]:
    """Let Leat's no leave as `Refused`."""
    try:
        yield
    except LeatNo as no:
        said = no
    else:
        return
    raise refused(said, default)


@contextmanager
def asking(default: str) -> Iterator[None]:
    """Let Leat's no to a question leave as `Unanswerable`: what happened cannot be found out."""
    try:
        yield
    except LeatNo as no:
        code, detail = meaning(no.code, default)
    else:
        return
    raise Unanswerable(f"it cannot be asked what happened: {detail}", code=code)
