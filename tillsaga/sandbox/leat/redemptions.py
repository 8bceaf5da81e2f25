"""Vouchers at the till: validate, lock, release, redeem, reverse (sheet 3.3).

A redemption drops the lock; reversing it leaves the voucher ACTIVE, not locked again.
"""

import secrets
from datetime import timedelta

from tillsaga.sandbox.books import Record, stamp
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.lookups import named_contact, required_shop
from tillsaga.sandbox.leat.voucher_rules import (
    LOCK_SECONDS,
    REFUSED,
    is_locked,
    promotion_of,
    require,
    show,
    status_of,
    voucher_by_code,
    voucher_by_uuid,
)

MOST_AT_ONCE = 50


def validate(call: Call) -> Answer:
    """Tell whether a redemption would succeed; reserves nothing."""
    required_shop(call)
    voucher = voucher_by_uuid(call, call.path["uuid"])
    require(voucher, call.now())
    _redeemer(call, voucher)
    return Answer({"uuid": voucher["uuid"], "status": "ACTIVE", "valid": True})


def lock(call: Call) -> Answer:
    """Reserve a voucher for an hour."""
    voucher = voucher_by_uuid(call, call.path["uuid"])
    require(voucher, call.now())
    until = stamp(call.books.clock.now() + timedelta(seconds=LOCK_SECONDS))
    key = f"rk-{secrets.token_hex(8)}"
    held = {"release_key": key, "locked_at": call.now(), "release_at": until}
    call.books.update("leat_vouchers", voucher["id"], **held)
    return _show_lock(call, voucher | held, None)


def release(call: Call) -> Answer:
    """Give a reserved voucher free again, with the key."""
    key = call.fields.text("release_key")
    voucher = voucher_by_uuid(call, call.path["uuid"])
    if (status := status_of(voucher, call.now())) in ("EXPIRED", "REDEEMED"):
        raise Refusal(REFUSED[status])
    if not is_locked(voucher, call.now()) or key != voucher["release_key"]:
        raise call.fields.invalid("release_key", "does not hold this voucher")
    _drop_lock(call, voucher)
    return _show_lock(call, voucher | {"release_at": None}, call.now())


def _show_lock(call: Call, voucher: Record, unlocked_at: str | None) -> Answer:
    small = {"uuid": voucher["uuid"], "status": status_of(voucher, call.now())}
    held = {
        "release_key": voucher["release_key"],
        "locked_at": voucher["locked_at"],
        "unlocked_at": unlocked_at,
        "system_release_at": voucher["release_at"],
    }
    return Answer({"voucher": small, "lock": held})


def _drop_lock(call: Call, voucher: Record) -> None:
    free = {"release_key": None, "locked_at": None, "release_at": None}
    call.books.update("leat_vouchers", voucher["id"], **free)


def redeem(call: Call) -> Answer:
    """Redeem a voucher once."""
    voucher = voucher_by_code(call, call.fields.text("code"))
    redemptions = _redeem(call, voucher, 1)
    shown = show(call, voucher_by_uuid(call, voucher["uuid"]))
    if call.switches["no_voucher_redemption"]:
        return Answer(shown)
    return Answer(shown | {"voucher_redemption": redemptions[0]})


def multi_redeem(call: Call) -> Answer:
    """Redeem a multi-use voucher several times at once."""
    voucher = voucher_by_code(call, call.fields.text("code"))
    times = call.fields.whole("number_of_times", least=1, most=MOST_AT_ONCE)
    if voucher["allowed"] == 1:
        raise call.fields.invalid("code", "is not a multi-use voucher")
    if not promotion_of(call.books, voucher)["active"]:
        raise Refusal(80020)
    redemptions = _redeem(call, voucher, times)
    shown = show(call, voucher_by_uuid(call, voucher["uuid"]))
    return Answer({"voucher": shown, "voucher_redemptions": redemptions})


def _redeem(call: Call, voucher: Record, times: int) -> list[Record]:
    shop = _shop(call)
    require(voucher, call.now(), call.fields.text_or_none("release_key"))
    contact = _redeemer(call, voucher)
    if voucher["allowed"] - voucher["redeemed"] < times:
        raise Refusal(80019)
    _drop_lock(call, voucher)
    call.books.update(
        "leat_vouchers",
        voucher["id"],
        redeemed=voucher["redeemed"] + times,
        redeemed_at=call.now(),
        contact=contact,
        contact_by_redemption=voucher["contact_by_redemption"] or not voucher["contact"],
    )
    return [_note_redemption(call, voucher, contact, shop) for _ in range(times)]


def _shop(call: Call) -> str | None:
    if call.switches["shop_required"] or call.fields.has("shop_uuid"):
        return str(required_shop(call)["uuid"])
    return None


def _redeemer(call: Call, voucher: Record) -> str:
    """Tell whose redemption it is; a voucher that has a contact is for nobody else."""
    contact = named_contact(call)
    if voucher["contact"] is None and contact is None:
        raise call.fields.invalid("contact_uuid", "is required: the voucher has no contact")
    if contact and voucher["contact"] not in (None, contact["uuid"]):
        raise call.fields.invalid("contact_uuid", "is not the contact of the voucher")
    return str(voucher["contact"] or (contact or {})["uuid"])


def _note_redemption(call: Call, voucher: Record, contact: str, shop: str | None) -> Record:
    made = {"uuid": call.books.new_id("vr"), "created_at": call.now()}
    refs = {"voucher": voucher["uuid"], "contact": contact, "shop": shop}
    call.books.insert("leat_voucher_redemptions", **made, **refs)
    return made


def reverse(call: Call) -> Answer:
    """Undo one redemption, once; the path has the redemption's uuid."""
    redemption = _live_redemption(call)
    voucher = voucher_by_uuid(call, redemption["voucher"])
    call.books.update("leat_voucher_redemptions", redemption["id"], reversed_at=call.now())
    others = call.books.one(
        "SELECT created_at FROM leat_voucher_redemptions"
        " WHERE voucher = ? AND reversed_at IS NULL ORDER BY id DESC",
        voucher["uuid"],
    )
    changes: Record = {
        "redeemed": voucher["redeemed"] - 1,
        "redeemed_at": others["created_at"] if others else None,
    }
    if voucher["contact_by_redemption"] and not others:
        changes |= {"contact": None, "contact_by_redemption": False}
    call.books.update("leat_vouchers", voucher["id"], **changes)
    return Answer({"uuid": redemption["uuid"], "status": "REVERSED"})


def _live_redemption(call: Call) -> Record:
    # Older servers took the voucher's uuid here, and undid its latest redemption.
    column = "voucher" if call.switches["reverse_by_voucher_uuid"] else "uuid"
    found = call.books.one(
        f"SELECT * FROM leat_voucher_redemptions WHERE {column} = ? AND reversed_at IS NULL"
        " ORDER BY id DESC",
        call.path["uuid"],
    )
    if found is None:
        raise Refusal(80004)
    return found


OPERATIONS = [
    Operation("voucher.validate", "POST", "/vouchers/{uuid}/validate", validate, True),
    Operation("voucher.lock", "POST", "/vouchers/{uuid}/lock", lock, True),
    Operation("voucher.release", "POST", "/vouchers/{uuid}/release", release, True),
    Operation("voucher.redeem", "POST", "/vouchers/redeem", redeem, True),
    Operation("voucher.multi_redeem", "POST", "/vouchers/multi-redeem", multi_redeem),
    Operation("voucher.reverse", "POST", "/vouchers/{uuid}/reverse", reverse),
]
