"""Standard Webhooks signatures, by the reference library."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, as the specification has it."""


def is_secret(text: str) -> bool:
    """Whether it is `whsec_` and 24 to 64 bytes in base64.

    >>> is_secret("whsec_" + "QUJD" * 8), is_secret("whsec_QUJD"), is_secret("hunter2")
    (True, False, False)
    """
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(PREFIX) and SHORTEST <= len(key) <= LONGEST


def headers(delivery_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Sign an attempt with all secrets, so that the receiver may know either.

    Args:
        delivery_id: The same in all attempts.
        at: When this attempt is made, in UTC.
        body: What is sent, byte for byte.
        secrets: As `is_secret` takes them.
    """
    text = body.decode()
    signatures = [Webhook(secret).sign(delivery_id, at, text) for secret in secrets]
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
