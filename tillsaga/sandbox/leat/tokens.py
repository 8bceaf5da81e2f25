"""Loyalty tokens: a URL that earns points when claimed (sheet 3.11)."""

import hashlib
import hmac
from collections.abc import Mapping

from tillsaga.sandbox import world
from tillsaga.sandbox.leat.call import Answer, Call, Operation, Refusal
from tillsaga.sandbox.leat.credits import amount_of
from tillsaga.sandbox.leat.lookups import contact_by_uuid, shop_by_uuid
from tillsaga.sandbox.leat.loyalty import UNIT, record, show
from tillsaga.sandbox.wire import Fields

FIELDS = ("version", "shop_uuid", "unique_id", "timestamp")
PORTAL = "https://portal.leat.test/l"


def _query(values: Mapping[str, str]) -> str:
    worth = ("credits",) if values.get("credits") else ("unit_name", "unit_value")
    return "&".join(f"{name}={values[name]}" for name in (*FIELDS, *worth))


def token_hash(values: Mapping[str, str], secret: str) -> str:
    """Hash a token: SHA-1 over the raw query with the secret at its end, in hex.

    >>> token_hash({"version": "v3", "shop_uuid": "shop-001", "unique_id": "order-42",
    ...     "timestamp": "1700000000", "credits": "15"}, "s3cr3t")
    '078fbe0c421834a681ac156f1750553ac3ee5662'
    """
    return hashlib.sha1(f"{_query(values)}&secret={secret}".encode()).hexdigest()


def _values(fields: Fields) -> dict[str, str]:
    """Read a token's fields; what is hashed is exactly what was printed."""
    version = fields.choice("version", ("v1", "v2", "v3"))
    if version == "v1" and not fields.has("credits"):
        raise Refusal(60018)
    if version == "v2" and not fields.has("unit_value"):
        raise Refusal(60019)
    values = {"version": version, "unique_id": fields.text("unique_id")}
    values["shop_uuid"] = fields.text_or_none("shop_id") or fields.text("shop_uuid")
    if fields.has("credits"):
        return values | {"credits": fields.text("credits")}
    worth = {"unit_name": fields.text_or_none("unit_name") or str(UNIT["name"])}
    return values | worth | {"unit_value": fields.text("unit_value")}


def create(call: Call) -> Answer:
    """Make a token's URL; nothing is kept until somebody claims it."""
    values = _values(call.fields)
    shop_by_uuid(call, values["shop_uuid"])
    amount_of(call, call.fields)
    stamped = values | {"timestamp": str(int(call.books.clock.now().timestamp()))}
    digest = token_hash(stamped, world.ACCOUNT_SECRET)
    return Answer(f"{PORTAL}?{_query(stamped)}&hash={digest}")


def claim(call: Call) -> Answer:
    """Turn a token into points, once per `unique_id`; it never expires."""
    fields = call.fields
    values = _values(fields) | {"timestamp": fields.text("timestamp")}
    digest = token_hash(values, world.ACCOUNT_SECRET)
    if not hmac.compare_digest(digest, fields.text("hash")):
        raise fields.invalid("hash", "does not fit")
    shop = shop_by_uuid(call, values["shop_uuid"])
    contact = contact_by_uuid(call, fields.text("contact_uuid"))
    query = "SELECT reception FROM leat_claimed_tokens WHERE unique_id = ?"
    if call.books.one(query, values["unique_id"]):
        raise Refusal(1034)
    credits, value = amount_of(call, fields)
    source, worth = f"loyalty_token:{values['unique_id']}", None if value is None else str(value)
    made = record(call.books, contact["uuid"], credits, source, shop=shop["uuid"], unit_value=worth)
    names = {"unique_id": values["unique_id"], "reception": made["uuid"]}
    call.books.insert("leat_claimed_tokens", **names)
    return Answer(show(call.books, made), {})


OPERATIONS = [
    Operation("loyalty_token.create", "POST", "/loyalty-tokens", create),
    Operation("loyalty_token.claim", "POST", "/loyalty-tokens/claim", claim, True),
]
