"""What somebody owns at the vendors: all that a sale moves and a refund has to move back.

What the vendors merely remember - orders, transactions, reports, activations - is left out.
"""

from typing import Any

from tests.support import finding
from tests.support.books import koupon, letstrade, loyale, wll

Books = dict[str, Any]
_REMEMBERED_BY_LETSTRADE = ("orders", "customers", "voided")


def moved(before: dict[str, Books], after: dict[str, Books]) -> dict[str, dict[str, Any]]:
    """By vendor, what is not as it was; vendors where all is as it was are absent."""
    moves = {vendor: _MOVED[vendor](before[vendor], after[vendor]) for vendor in _MOVED}
    return {vendor: found for vendor, found in moves.items() if found}


def _letstrade(before: Books, after: Books) -> dict[str, Any]:
    moves = letstrade.moved(before, after)
    codes = set(after["codes"])  # one that was shown is spent; what it stood for is what counts
    return {n: v for n, v in moves.items() if n not in (*_REMEMBERED_BY_LETSTRADE, *codes)}


def _wll(before: Books, after: Books) -> dict[str, Any]:
    moves = wll.moved(before, after)
    burned = {n for n, one in after["vouchers"].items() if one["burned_at"]}
    return {n: v for n, v in moves.items() if n in after["points"] or n in burned}


def _loyale(before: Books, after: Books) -> dict[str, Any]:
    return {n: v for n, v in loyale.moved(before, after).items() if n != "sales"}


_MOVED = {
    "leat": finding.moved,
    "letstrade": _letstrade,
    "wll": _wll,
    "loyale": _loyale,
    "koupon": koupon.moved,
}
