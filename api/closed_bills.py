"""What makes a closed bill malformed at the door; all else is for the checkout to take."""

from datetime import datetime, timedelta

from tillsaga.domain.messages import OpenCheckout
from tillsaga.errors import Refusal

CLOCKS_DIFFER = timedelta(minutes=1)
"""A till's clock may be ahead of ours by so much."""


def check(message: OpenCheckout, now: datetime) -> None:
    """Refuse a bill from the future; one from long ago is what an outage leaves.

    Raises:
        Refusal: `invalid_request`.
    """
    if message.occurred_at is not None and message.occurred_at > now + CLOCKS_DIFFER:
        detail = "it must not be in the future"
        errors = [{"pointer": "/occurred_at", "detail": detail}]
        raise Refusal("invalid_request", f"occurred_at: {detail}", errors)
