"""What Schemathesis cannot know: each request has a key of its own, and a store its currency."""

import re
import uuid
from typing import Any

import schemathesis

from api.idempotency import KEY_PATTERN, VERSION_PATTERN

_KEY = re.compile(KEY_PATTERN)
_VERSION = re.compile(VERSION_PATTERN)


@schemathesis.hook
def before_call(_: Any, case: schemathesis.Case[Any], __: Any) -> None:
    """Make two of three requests new, and every other opening one at the test's store."""
    number = sum(case.id.encode())
    headers: Any = case.headers or {}
    if number % 3:
        if _KEY.fullmatch(headers.get("Idempotency-Key", "")):
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if _VERSION.fullmatch(headers.get("If-Match", "")):
            del headers["If-Match"]
    if case.method == "POST" and case.path == "/v1/checkouts" and number % 2:
        case.body = _at_the_store(case.body)


def _at_the_store(order: Any) -> Any:
    """Name the store and its currency: else hardly a walk would begin."""
    if not isinstance(order, dict) or not isinstance(order.get("store_id"), str):
        return order
    basket = order.get("basket")
    if isinstance(basket, dict) and isinstance(basket.get("currency"), str):
        basket = {**basket, "currency": "EUR", "id": str(uuid.uuid4())}
    return {**order, "store_id": "ams-1", "basket": basket}
