"""Benefits: one member's vouchers, their states and how they are shown (sheet 2.1)."""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.wll.call import Call, Refusal, present

LATE_CODES = ("OTP",)
"""Code types whose code exists from the redemption on only."""
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def state_of(benefit: Record, now: str, switches: Mapping[str, Any]) -> str:
    """Infer the state, of which the wire shows timestamps only.

    Once redeemed, a voucher does not expire; a switch lets it (trap 17).
    """
    if benefit["burned_at"]:
        return "BURNED"
    used = benefit["redeemed_at"] or benefit["validated_at"]
    over = benefit["expires_at"] and now > benefit["expires_at"]
    if over and (not used or switches["redeemed_expires"]):
        return "EXPIRED"
    if benefit["redeemed_at"] is None:
        return "ISSUED"
    return "VALIDATED" if benefit["validated_at"] else "REDEEMED"


def issue(books: Books, reward: Record, user: Record, *, origin: str, **more: Any) -> Record:
    """Give a member a benefit of a reward, ISSUED; its code is made now, shown when due."""
    static = reward["code_type"] == "STATIC"
    row: Record = {
        "uuid": str(uuid4()),
        "tenant": user["tenant"],
        "type": reward["type"],
        "user": user["uuid"],
        "reward": reward["uuid"],
        "origin": origin,
        "code_id": str(uuid4()),
        "code": reward["static_code"] if static else new_code(),
        # A shared code tells no benefit, and other pools are the tills' own.
        "via_api": bool(reward["integrated"]) and not static,
        "created_at": present(books),
        "expires_at": reward["expires_at"],
    }
    added = books.insert("wll_benefits", **(row | more))
    return books.one("SELECT * FROM wll_benefits WHERE id = ?", added) or {}


def new_code() -> str:
    """Make a code nobody has."""
    return "WL-" + "".join(secrets.choice(ALPHABET) for _ in range(10))


def has_code(benefit: Record, code_type: str, switches: Mapping[str, Any]) -> bool:
    """Tell whether the code exists already (sheet 2.1: the vendor's pages disagree)."""
    early = code_type not in LATE_CODES or switches["code_set_on"] == "issue"
    return early or benefit["redeemed_at"] is not None


def reward_of(books: Books, benefit: Record) -> Record:
    """Read the reward a benefit is of."""
    return books.one("SELECT * FROM wll_rewards WHERE uuid = ?", benefit["reward"]) or {}


def show_discounts(reward: Record) -> list[Record]:
    """Show discounts with every field (sheet 3.4, discount object)."""
    empty: Record = {"sku": None, "productSku": None, "venues": []}
    return [empty | one for one in reward["discounts"]]


def show_reward(reward: Record) -> Record:
    """Show a reward without its discounts."""
    shown = {name: reward[name] for name in ("type", "name", "price", "value")}
    return {"id": reward["uuid"], "codeType": reward["code_type"]} | shown


def show(call: Call, benefit: Record) -> Record:
    """Show a benefit; `burnedAt` is its own, `validatedAt` its code's (trap 14)."""
    reward = reward_of(call.books, benefit)
    code = {
        "id": benefit["code_id"],
        "value": benefit["code"],
        "validatedAt": benefit["validated_at"],
    }
    return {
        "id": benefit["uuid"],
        "type": benefit["type"],
        "createdAt": benefit["created_at"],
        "redeemedAt": benefit["redeemed_at"],
        "expiresAt": benefit["expires_at"],
        "burnedAt": benefit["burned_at"],
        "code": code if has_code(benefit, reward["code_type"], call.switches) else None,
        "owner": {"id": benefit["user"]},
        "reward": show_reward(reward) | {"discounts": show_discounts(reward)},
    }


def benefit_by_id(call: Call, uuid: str) -> Record:
    """Find a benefit of the tenant, and for a user token of that user."""
    query = "SELECT * FROM wll_benefits WHERE uuid = ? AND tenant = ?"
    found = call.books.one(query, uuid, call.tenant)
    if found is None:
        raise Refusal("BENEFIT_NOT_FOUND", "there is no such benefit")
    if call.caller.kind == "user" and found["user"] != call.caller.user:
        raise Refusal("FORBIDDEN", "the benefit is another member's")
    return found
