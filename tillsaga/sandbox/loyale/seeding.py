"""Adding to Loyale's world: the documented one, or what a test asks for."""

import secrets
import sqlite3
from uuid import UUID, uuid4

from pydantic import ValidationError

from tillsaga.sandbox.books import Books, Record, parse_moment, stamp
from tillsaga.sandbox.loyale import world
from tillsaga.sandbox.loyale.accounts import CARD, COUPON, POINTS, balance, move
from tillsaga.sandbox.loyale.seeds import (
    AdjustmentSeed,
    CouponSeed,
    CustomerSeed,
    Dated,
    GiftCardSeed,
    KeySeed,
    LoyaleSeed,
    OutletSeed,
    OverrideSeed,
    SchemeSeed,
)
from tillsaga.sandbox.vendor import SeedRefused

OPENING = "opening"


def load_world(books: Books) -> None:
    """Put the documented world into empty books."""
    add(books, world.LOYALE)
    books.run("UPDATE loyale_customers SET seeded = 1")


def add(books: Books, wanted: Record) -> Record:
    """Add what is described and answer the ids, list by list in the order asked.

    Raises:
        SeedRefused: the description is wrong, refers to nothing, or an id is taken.
    """
    try:
        return Seeder(books).add_all(LoyaleSeed.model_validate(wanted))
    except (ValidationError, sqlite3.IntegrityError, ValueError) as wrong:
        raise SeedRefused(str(wrong)) from wrong


def ean13() -> str:
    """Make up a barcode that passes the EAN-13 check (sheet 1, ids)."""
    digits = f"{secrets.randbelow(10**12):012}"
    weighed = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


class Seeder:
    """Writes descriptions into the books."""

    def __init__(self, books: Books) -> None:
        """Write into these books."""
        self._books = books

    def add_all(self, seed: LoyaleSeed) -> Record:
        """Add every list."""
        return {
            "schemes": [self._scheme(one) for one in seed.schemes],
            "api_keys": [self._key(one) for one in seed.api_keys],
            "outlets": [self._outlet(one) for one in seed.outlets],
            "overrides": [self._override(one) for one in seed.overrides],
            "customers": [self._customer(one) for one in seed.customers],
            "gift_cards": [self._card(one, one.scheme_id) for one in seed.gift_cards],
            "coupons": [self._coupon(one, one.scheme_id) for one in seed.coupons],
            "adjustments": [self._adjustment(one) for one in seed.adjustments],
        }

    def _find(self, table: str, guid: UUID) -> Record:
        found = self._books.one(f"SELECT * FROM {table} WHERE guid = ?", str(guid))
        if found is None:
            raise ValueError(f"{table}: there is no {guid}")
        return found

    def _in(self, scheme: UUID) -> str:
        return str(self._find("loyale_schemes", scheme)["guid"])

    def _scheme(self, seed: SchemeSeed) -> Record:
        guid = str(seed.id or uuid4())
        known = self._books.one("SELECT id FROM loyale_schemes WHERE guid = ?", guid)
        sent = seed.model_dump(mode="json", exclude={"id"}, exclude_unset=known is not None)
        if known is None:
            self._books.insert("loyale_schemes", guid=guid, **sent)
        elif sent:
            self._books.update("loyale_schemes", known["id"], **sent)
        return {"id": guid}

    def _key(self, seed: KeySeed) -> Record:
        key = seed.key or f"key-{secrets.token_hex(8)}"
        self._books.insert("loyale_keys", key=key, scheme=self._in(seed.scheme_id))
        return {"key": key}

    def _outlet(self, seed: OutletSeed) -> Record:
        guid = str(seed.id or uuid4())
        self._books.insert("loyale_outlets", guid=guid, scheme=self._in(seed.scheme_id))
        return {"id": guid}

    def _override(self, seed: OverrideSeed) -> Record:
        self._books.run(
            "INSERT INTO loyale_overrides (scheme, kind, value, rate) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (scheme, kind, value) DO UPDATE SET rate = excluded.rate",
            self._in(seed.scheme_id),
            seed.kind,
            seed.value,
            str(seed.rate),
        )
        return {"kind": seed.kind, "value": seed.value}

    def _customer(self, seed: CustomerSeed) -> Record:
        guid, barcode = seed.id or uuid4(), seed.barcode or ean13()
        row = {"scheme": self._in(seed.scheme_id), "on_hold": seed.on_hold}
        number = self._books.insert(
            "loyale_customers", guid=str(guid), barcode=barcode, seeded=False, **row
        )
        move(self._books, POINTS, number, seed.points, OPENING)
        mine = {"customer_id": guid}
        cards = [one.model_copy(update=mine) for one in seed.gift_cards]
        coupons = [one.model_copy(update=mine) for one in seed.coupons]
        return {
            "id": str(guid),
            "barcode": barcode,
            "gift_cards": [self._card(one, seed.scheme_id)["barcode"] for one in cards],
            "coupons": [self._coupon(one, seed.scheme_id)["barcode"] for one in coupons],
        }

    def _dated(self, seed: Dated, scheme: UUID) -> Record:
        owner = seed.customer_id and self._find("loyale_customers", seed.customer_id)
        return {
            "barcode": seed.barcode or ean13(),
            "customer": owner["guid"] if owner else None,
            "scheme": self._in(scheme),
            "starts": stamp(parse_moment(seed.starts)) if seed.starts else None,
            "ends": stamp(parse_moment(seed.ends)) if seed.ends else None,
        }

    def _card(self, seed: GiftCardSeed, scheme: UUID) -> Record:
        cents = seed.value_in_cents
        row = self._dated(seed, scheme) | {
            "original": cents if seed.original_in_cents is None else seed.original_in_cents,
            "enabled": seed.enabled,
            "partial_use": seed.partial_use,
        }
        move(self._books, CARD, self._books.insert("loyale_gift_cards", **row), cents, OPENING)
        return {"barcode": row["barcode"]}

    def _coupon(self, seed: CouponSeed, scheme: UUID) -> Record:
        row = self._dated(seed, scheme) | {"coupon_id": str(seed.coupon_id or uuid4())}
        number = self._books.insert("loyale_coupons", **row)
        move(self._books, COUPON, number, seed.uses, OPENING)
        return {"barcode": row["barcode"]}

    def _adjustment(self, seed: AdjustmentSeed) -> Record:
        customer = self._find("loyale_customers", seed.customer_id)
        move(self._books, POINTS, customer["id"], seed.points, "adjustment")
        if seed.on_hold is not None:
            self._books.update("loyale_customers", customer["id"], on_hold=seed.on_hold)
        return {"id": customer["guid"], "points": balance(self._books, POINTS, customer["id"])}
