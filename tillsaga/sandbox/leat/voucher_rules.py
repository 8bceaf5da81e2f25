"""Voucher state: computed when looked at, from dates, the lock and the redemptions.

Sheet 3.3. Nothing runs in the background, so a lock ends and a voucher expires at the
very second the clock says so.
"""

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.leat.call import Call, Refusal
from tillsaga.sandbox.leat.lookups import contact_or_null

STATUSES = ("INACTIVE", "ACTIVE", "LOCKED", "REDEEMED", "EXPIRED", "DEACTIVATED")
LOCK_SECONDS = 3600
REFUSED = {
    "REDEEMED": 80005,
    "EXPIRED": 80006,
    "DEACTIVATED": 80012,
    "INACTIVE": 80014,
    "LOCKED": 80017,
}


def voucher_by_uuid(call: Call, uuid: str) -> Record:
    """Find a voucher by its own uuid, else 80004."""
    return _found(call.books.one("SELECT * FROM leat_vouchers WHERE uuid = ?", uuid))


def voucher_by_code(call: Call, code: str) -> Record:
    """Find a voucher by its code, else 80004."""
    return _found(call.books.one("SELECT * FROM leat_vouchers WHERE code = ?", code))


def _found(voucher: Record | None) -> Record:
    if voucher is None:
        raise Refusal(80004)
    return voucher


def status_of(voucher: Record, now: str) -> str:
    """Tell a voucher's status at a moment."""
    if voucher["redeemed"] >= voucher["allowed"]:
        return "REDEEMED"
    if voucher["deactivated"]:
        return "DEACTIVATED"
    if voucher["expiration_date"] and voucher["expiration_date"] <= now:
        return "EXPIRED"
    if voucher["activation_date"] and voucher["activation_date"] > now:
        return "INACTIVE"
    return "LOCKED" if is_locked(voucher, now) else "ACTIVE"


def is_locked(voucher: Record, now: str) -> bool:
    """Tell whether somebody holds the voucher; a lock ends by itself after an hour."""
    return bool(voucher["release_at"] and voucher["release_at"] > now)


def require(voucher: Record, now: str, key: str | None = None) -> None:
    """Refuse unless the voucher is ACTIVE, or LOCKED with this key."""
    status = status_of(voucher, now)
    if status == "LOCKED" and key == voucher["release_key"]:
        return
    if status in REFUSED:
        raise Refusal(REFUSED[status])


def promotion_of(books: Books, voucher: Record) -> Record:
    """Read the promotion a voucher belongs to."""
    found = books.one("SELECT * FROM leat_promotions WHERE uuid = ?", voucher["promotion"])
    return found or {}


def show(call: Call, voucher: Record, *, counters: bool = True) -> Record:
    """Show a voucher; lists leave the three counters out."""
    status, promotion = status_of(voucher, call.now()), promotion_of(call.books, voucher)
    own = promotion["attributes"] | voucher["custom_attributes"]
    shown = {
        "uuid": voucher["uuid"],
        "code": voucher["code"],
        "status": status,
        "name": promotion["name"],
        "description": promotion["description"],
        "expiration_date": voucher["expiration_date"],
        "activation_date": voucher["activation_date"],
        "redeemed_at": voucher["redeemed_at"],
        "is_redeemed": status == "REDEEMED",
        "attributes": own,
        "contact": contact_or_null(call.books, voucher["contact"]),
        "promotion": _show_promotion(promotion),
    }
    return shown | _counters(voucher) if counters else shown


def _counters(voucher: Record) -> Record:
    return {
        "redemptions_remaining": voucher["allowed"] - voucher["redeemed"],
        "times_redeemed": voucher["redeemed"],
        "total_redemptions_allowed": voucher["allowed"],
    }


def _show_promotion(promotion: Record) -> Record:
    names = (
        "uuid",
        "name",
        "description",
        "voucher_limit",
        "limit_per_contact",
        "expiration_duration",
        "redemptions_per_voucher",
    )
    kind = "SINGLE_USE" if promotion["redemptions_per_voucher"] == 1 else "MULTI_USE"
    shown = {name: promotion[name] for name in names} | {"type": kind}
    return {**shown, **promotion["attributes"]}
