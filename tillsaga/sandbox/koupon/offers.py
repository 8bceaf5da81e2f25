"""Offer instances: a barcode, or a loyalty id with a coupon code (sheet 3.1, State).

AVAILABLE(n left), redeem q, AVAILABLE(n - q) or REDEEMED; EXPIRED and NOT_ACTIVE by clock.
"""

from tillsaga.sandbox.books import Books, Record

REFUSALS = {
    "REDEEMED": "ALREADY_REDEEMED",
    "EXPIRED": "OFFER_EXPIRED",
    "NOT_ACTIVE": "OFFER_NOT_ACTIVE",
}


def offer_of(books: Books, asset: str, coupon: str) -> Record | None:
    """Find an instance; a barcode's has the coupon ''."""
    query = "SELECT * FROM koupon_offers WHERE asset = ? AND coupon = ?"
    return books.one(query, asset, coupon)


def state_of(offer: Record, now: str) -> str:
    """Name the state: REDEEMED for good, else EXPIRED, NOT_ACTIVE or AVAILABLE.

    REDEEMED goes first, so that a retry after the expiry still learns what became of it.
    """
    if offer["redeemed"] >= offer["uses"]:
        return "REDEEMED"
    if offer["expires_at"] and offer["expires_at"] <= now:
        return "EXPIRED"
    started = not offer["starts_at"] or offer["starts_at"] <= now
    return "AVAILABLE" if offer["active"] and started else "NOT_ACTIVE"


def refusal_of(state: str) -> str | None:
    """Name the exception code of a state in which nothing can be redeemed."""
    return REFUSALS.get(state)
