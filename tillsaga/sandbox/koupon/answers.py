"""The answer to a redeem, in the shapes the sheet leaves open and the breaches it fears.

What is told here never changes the books: they hold what was truly redeemed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wire import Reply, json_reply

ODD_LINES = (
    None,
    "partial",
    "partial_silent",
    "unknown_exception",
    "remark",
    "no_qty",
    "over",
    "missing",
)
"""What may happen to a line that would be redeemed.

`partial` and `partial_silent` redeem at most one fewer than asked, the second without an
exception code; `unknown_exception` refuses with a code no list has. The others redeem in
full, then answer a remark (`remark`), no `redeemedQty` (`no_qty`), one too many (`over`) or
no line at all (`missing`).
"""


@dataclass(frozen=True)
class Outcome:
    """What became of a line; `odd` is how to misreport it."""

    redeemed: int
    exception: str | None = None
    odd: str | None = None


def odd_one(switches: Mapping[str, Any], number: int, count: int) -> str | None:
    """Tell what is to happen to line `number` (from 0) of `count`."""
    struck = {"every": True, "first": number == 0, "last": number == count - 1}
    odd: str | None = switches["odd_line"] if struck[switches["odd_line_at"]] else None
    return odd


def answer_to(pairs: list[tuple[Record, Outcome]], switches: Mapping[str, Any]) -> Reply:
    """Answer the lines as sent with their outcomes."""
    results = [_result(sent, one, switches) for sent, one in pairs if one.odd != "missing"]
    if switches["result_order"] == "reversed":
        results.reverse()
    return json_reply(switches["success_status"], {"results": results})


def _result(sent: Record, outcome: Outcome, switches: Mapping[str, Any]) -> Record:
    result: Record = {"discountAsset": sent["discountAsset"]}
    if sent.get("couponCode") or switches["no_coupon"] == "null":
        result["couponCode"] = sent.get("couponCode") or None
    if outcome.redeemed or switches["no_redemption"] == "zero":
        result["redeemedQty"] = outcome.redeemed + (outcome.odd == "over")
    if outcome.odd == "no_qty":
        result.pop("redeemedQty", None)
    exception = "SANDBOX_REMARK" if outcome.odd == "remark" else outcome.exception
    if exception or switches["no_exception"] != "absent":
        result["exceptionCode"] = exception or _nothing(switches["no_exception"])
    return result


def _nothing(shape: str) -> str | None:
    return "" if shape == "empty" else None
