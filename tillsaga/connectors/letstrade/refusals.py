"""Let'sTrade's no in our words (sheet 7). It documents no errors, so statuses and words decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from pydantic import JsonValue

from tillsaga.errors import Refused, Unanswerable


class Why(StrEnum):
    """What a no is about."""

    TOKEN = "token"
    CODE_UNKNOWN = "code_unknown"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    VOUCHER_GONE = "voucher_gone"
    USERS_DIFFER = "users_differ"
    DECLINED = "declined"
    FINALISED = "finalised"
    REFUNDED = "refunded"
    UNSUPPORTED = "unsupported"
    OTHER = "other"


ABOUT_CODES = frozenset(
    {Why.CODE_UNKNOWN, Why.CODE_USED, Why.CODE_EXPIRED, Why.VOUCHER_GONE, Why.USERS_DIFFER}
)

BY_STATUS = {
    401: Why.TOKEN,
    402: Why.DECLINED,
    403: Why.TOKEN,
    410: Why.CODE_EXPIRED,
    501: Why.UNSUPPORTED,
}

# All the words of a row must occur; the first row that fits wins.
BY_WORDS: tuple[tuple[tuple[str, ...], Why], ...] = (
    (("already", "finali"), Why.FINALISED),
    (("already", "refund"), Why.REFUNDED),
    (("already", "void"), Why.REFUNDED),
    (("voucher", "already", "used"), Why.VOUCHER_GONE),
    (("voucher", "not offered"), Why.VOUCHER_GONE),
    (("already", "used"), Why.CODE_USED),
    (("different", "user"), Why.USERS_DIFFER),
    (("code", "expired"), Why.CODE_EXPIRED),
    (("code", "not found"), Why.CODE_UNKNOWN),
    (("declined",), Why.DECLINED),
)

TABLE: dict[Why, tuple[str | None, str]] = {
    Why.TOKEN: (None, "the vendor does not accept our token"),
    Why.CODE_UNKNOWN: ("code_unknown", "the vendor does not know the code"),
    Why.CODE_USED: ("offer_refused", "the code has been used already"),
    Why.CODE_EXPIRED: ("code_expired", "the code has expired; the customer needs a new one"),
    Why.VOUCHER_GONE: ("offer_refused", "the voucher is used or no longer offered"),
    Why.USERS_DIFFER: ("offer_refused", "the codes belong to different customers"),
    Why.DECLINED: ("tender_refused", "the vendor's payment was declined"),
    Why.FINALISED: (None, "the bill is finalised already"),
    Why.REFUNDED: (None, "the bill is refunded already"),
    Why.UNSUPPORTED: (None, "the vendor does not offer this yet"),
    Why.OTHER: (None, "the vendor did not accept the request"),
}
"""Our code (None: what the operation says) and words for a cashier."""


class LetstradeNo(Exception):
    """A definite no; it never leaves this package.

    `order_id`: the order that exists, where a no about a finalised bill names it.
    """

    def __init__(self, why: Why, order_id: str | None = None) -> None:
        """Keep what it is about, never the vendor's text."""
        super().__init__(f"letstrade says no: {why}")
        self.why = why
        self.order_id = order_id


def rejection(status: int, body: JsonValue) -> Exception | None:
    """Read a 4xx or 501; None when it is not the vendor's envelope.

    A wrong token is a no too: it is static, and asking again will not help (sheet 1).
    """
    if BY_STATUS.get(status) is Why.TOKEN:
        return LetstradeNo(Why.TOKEN)
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        return None
    return said_no(body, status)


def said_no(body: dict[str, JsonValue], status: int | None = None) -> LetstradeNo:
    """Read the error envelope; it may come with HTTP 200 as well (sheet 1)."""
    message = str(body.get("message")).lower()
    fitting = (why for words, why in BY_WORDS if all(word in message for word in words))
    why = next(fitting, BY_STATUS.get(status or 0, Why.OTHER))
    content = body.get("content")
    named = body.get("order_id") or (content.get("order_id") if isinstance(content, dict) else None)
    return LetstradeNo(why, str(named) if named else None)


def meaning(why: Why, default: str) -> tuple[str, str]:
    """Say our code and our words."""
    code, detail = TABLE[why]
    return code or default, detail


@contextmanager
def refusing(default: str, used: str = "offer_refused") -> Iterator[None]:
    """Let the vendor's no leave as `Refused`; `used` is our code for a spent code."""
    try:
        yield
    except LetstradeNo as no:
        code, detail = meaning(no.why, default)
        code = used if no.why is Why.CODE_USED else code
    else:
        return
    raise Refused(detail, code=code)


@contextmanager
def asking(default: str) -> Iterator[None]:
    """Let a no to a question leave as `Unanswerable`: what happened cannot be found out."""
    try:
        yield
    except LetstradeNo as no:
        code, detail = meaning(no.why, default)
    else:
        return
    raise Unanswerable(f"it cannot be asked what happened: {detail}", code=code)
