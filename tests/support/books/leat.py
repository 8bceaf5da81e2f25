"""What moved in Leat's books."""

from typing import Any

from tests.support import finding

Books = dict[str, Any]


def moved(before: Books, after: Books) -> dict[str, Any]:
    """Points and prepaid credit by customer, cards and spent vouchers by code, and orders."""
    orders = len(after["orders"]) - len(before["orders"])
    return finding.moved(before, after) | ({"orders": orders} if orders else {})
