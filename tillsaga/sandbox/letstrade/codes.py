"""Codes: ISSUED, then USED by a finalise or EXPIRED after 10 minutes (sheet 2).

EXPIRED is computed when looked at, so a code ends at the very second the clock says so.
"""

import secrets
from datetime import timedelta

from tillsaga.sandbox.books import Books, Record, stamp
from tillsaga.sandbox.letstrade.call import Call, Refusal

LIFE_SECONDS = 600


def state_of(code: Record, now: str) -> str:
    """Tell a code's state at a moment; a used code never expires."""
    if code["used_at"]:
        return "USED"
    return "EXPIRED" if code["expires_at"] <= now else "ISSUED"


def check_codes(call: Call, wanted: list[str]) -> list[Record]:
    """Find the codes in the sheet's check order: known, unused, unexpired, of one user.

    Raises:
        Refusal: one of them is not.
    """
    query = "SELECT * FROM letstrade_codes WHERE code = ?"
    found = [call.books.one(query, code) for code in wanted]
    held = [code for code in found if code is not None]
    if len(held) < len(wanted):
        raise Refusal("code_not_found")
    states = {state_of(code, call.now()) for code in held}
    if "USED" in states:
        raise Refusal("code_used")
    if "EXPIRED" in states:
        raise Refusal("code_expired")
    if len({code["user_id"] for code in held}) > 1:
        raise Refusal("different_users")
    return held


def of_kind(held: list[Record], kind: str) -> list[Record]:
    """Pick the codes of one kind."""
    return [code for code in held if code["kind"] == kind]


def vouchers_of(call: Call, held: list[Record]) -> list[Record]:
    """Find the vouchers behind the R codes, each once, with the `code` that stands for it.

    Raises:
        Refusal: another code has burned one of them meanwhile.
    """
    query = "SELECT * FROM letstrade_vouchers WHERE voucher_id = ?"
    wanted = {code["voucher_id"]: code["code"] for code in of_kind(held, "R")}
    pairs = [(call.books.one(query, voucher), code) for voucher, code in wanted.items()]
    found = [voucher | {"code": code} for voucher, code in pairs if voucher]
    if any(voucher["state"] != "AVAILABLE" for voucher in found):
        raise Refusal("voucher_used")
    return found


def use(call: Call, held: list[Record], basket: str, order_id: str) -> None:
    """Mark the codes as used by a basket."""
    used = {"used_at": call.now(), "basket": basket, "order_id": order_id}
    for code in held:
        call.books.update("letstrade_codes", code["id"], **used)


def mint(books: Books, kind: str, user: str, *, age_seconds: int = 0, **more: object) -> str:
    """Issue a code as the app would, some seconds ago, and answer it."""
    code = str(more.pop("code", None) or f"{kind}{secrets.randbelow(10**10):010}")
    issued = books.clock.now() - timedelta(seconds=age_seconds)
    ends = issued + timedelta(seconds=LIFE_SECONDS)
    times = {"issued_at": stamp(issued), "expires_at": stamp(ends)}
    books.insert("letstrade_codes", code=code, kind=kind, user_id=user, **times, **more)
    return code
