"""Redeem Transaction (sheet 3.1): each line is judged alone, or the whole request fails.

There is no undo and no idempotency key: the same request once more redeems once more.
"""

from dataclasses import dataclass
from typing import Any

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.koupon.answers import Outcome, answer_to, odd_one
from tillsaga.sandbox.koupon.body import read_object, rows, text
from tillsaga.sandbox.koupon.call import NO_REDEMPTIONS, Call, Refusal
from tillsaga.sandbox.koupon.offers import offer_of, refusal_of, state_of
from tillsaga.sandbox.wire import Operation, Reply

MOST_AT_ONCE = 1_000_000_000


@dataclass(frozen=True)
class Line:
    """One entry of `redemptions`; `sent` holds the keys it came with."""

    asset: str
    coupon: str
    qty: int
    sent: Record


def redeem(call: Call) -> Reply:
    """Redeem what can be redeemed and answer a result per line, in the order sent."""
    lines = _lines(read_object(call.body))
    if call.switches["plain_text_403"] == "always":
        raise Refusal("NO_REDEMPTIONS", NO_REDEMPTIONS)
    outcomes = [
        _settle(call, line, odd_one(call.switches, number, len(lines)))
        for number, line in enumerate(lines)
    ]
    nothing = not any(outcome.redeemed for outcome in outcomes)
    if nothing and call.switches["plain_text_403"] == "nothing_redeemed":
        raise Refusal("NO_REDEMPTIONS", NO_REDEMPTIONS)
    _record(call, lines, outcomes)
    pairs = [(line.sent, outcome) for line, outcome in zip(lines, outcomes, strict=True)]
    return answer_to(pairs, call.switches)


OPERATIONS: list[Operation[Call]] = [
    Operation("transaction.redeem", "POST", "/v1/transaction/redeem", redeem)
]


def _lines(values: Record) -> list[Line]:
    entries = rows(values.get("redemptions"), "redemptions")
    if not entries:
        raise Refusal("INVALID_REQUEST", "redemptions must not be empty")
    lines = [_line(entry) for entry in entries]
    if len({(line.asset, line.coupon) for line in lines}) < len(lines):
        message = "each asset or asset/coupon pair may appear once"
        raise Refusal("DUPLICATE_REDEMPTION", message)
    return lines


def _line(entry: Record) -> Line:
    asset = text(entry, "discountAsset", "INVALID_REQUEST")
    coupon = entry.get("couponCode")
    if coupon is not None and not isinstance(coupon, str):
        raise Refusal("INVALID_REQUEST", "couponCode must be a string")
    if "qty" not in entry:
        raise Refusal("INVALID_REQUEST", "qty is required")
    return Line(asset, coupon or "", _qty(entry["qty"]), entry)


def _qty(value: Any) -> int:
    # `type`, because JSON's true is an int to Python.
    if type(value) is not int or not 1 <= value <= MOST_AT_ONCE:
        raise Refusal("INVALID_QTY", "qty must be a whole number of at least 1")
    return value


def _settle(call: Call, line: Line, odd: str | None) -> Outcome:
    """Judge one line, take what is left of the offer, and bend it as a switch says."""
    if refused := _mismatch(call.books, line):
        return Outcome(0, refused)
    offer = offer_of(call.books, line.asset, line.coupon)
    if offer is None:
        return Outcome(0, "COUPON_NOT_ON_ACCOUNT")
    if refused := refusal_of(state_of(offer, call.books.now())):
        return Outcome(0, refused)
    if odd == "unknown_exception":
        return Outcome(0, "SANDBOX_UNHEARD_OF")
    most = line.qty - 1 if odd in ("partial", "partial_silent") else line.qty
    taken = min(most, offer["uses"] - offer["redeemed"])
    call.books.update("koupon_offers", offer["id"], redeemed=offer["redeemed"] + taken)
    silent = odd == "partial_silent" and taken > 0
    exception = "QTY_EXCEEDED" if taken < line.qty and not silent else None
    return Outcome(taken, exception, odd)


def _mismatch(books: Books, line: Line) -> str | None:
    """Name what is wrong between the kind of asset and the coupon code, if anything."""
    if books.one("SELECT id FROM koupon_accounts WHERE loyalty_id = ?", line.asset):
        return None if line.coupon else "COUPON_CODE_REQUIRED"
    if offer_of(books, line.asset, "") is None:
        return "ASSET_NOT_FOUND"
    # Left out means left out: null and "" are refused too (sheet 5, trap 7).
    return "COUPON_CODE_NOT_ALLOWED" if "couponCode" in line.sent else None


def _record(call: Call, lines: list[Line], outcomes: list[Outcome]) -> None:
    uuid, signed = call.books.new_id("rd"), call.signed
    known = {"identifier": signed.identifier, "store_id": signed.store_id}
    at = {"signed_at": signed.timestamp, "created_at": call.books.now()}
    call.books.insert("koupon_redeem_calls", uuid=uuid, **known, **at)
    for line, outcome in zip(lines, outcomes, strict=True):
        call.books.insert(
            "koupon_redeem_lines",
            call=uuid,
            asset=line.asset,
            coupon=line.coupon,
            qty=line.qty,
            redeemed=outcome.redeemed,
            exception=outcome.exception,
        )
