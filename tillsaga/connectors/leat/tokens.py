"""Claim links for receipts: no call to Leat is needed (sheet 3.11)."""

import hashlib
from datetime import datetime
from decimal import Decimal


def claim_url(
    domain: str,
    secret: str,
    *,
    shop_uuid: str,
    unique_id: str,
    at: datetime,
    value: Decimal | None = None,
    credits: int | None = None,
) -> str:
    """Write the URL where a customer claims points for a sale.

    The hash is plain SHA-1 with the secret inside the hashed text (trap 26): order and number
    formatting count to the byte, and the secret is never a part of the URL.

    Args:
        domain: The account's contacts portal, with or without `https://`.
        secret: The account's secret.
        shop_uuid: The shop of the sale.
        unique_id: The sale; it can be claimed once.
        at: When the link was made.
        value: The sale's value in major units, which loyalty rules turn into points.
        credits: The points themselves, instead of a value.
    """
    earned = (
        f"credits={credits}" if value is None else f"unit_name=purchase_amount&unit_value={value}"
    )
    query = (
        f"version=v3&shop_uuid={shop_uuid}&unique_id={unique_id}"
        f"&timestamp={int(at.timestamp())}&{earned}"
    )
    signed = hashlib.sha1(f"{query}&secret={secret}".encode(), usedforsecurity=False).hexdigest()
    host = domain.removeprefix("https://").rstrip("/")
    return f"https://{host}/l?{query}&hash={signed}"
