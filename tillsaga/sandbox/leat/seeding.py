"""Adding to Leat's world: the documented one, or what a test asks for."""

import secrets
import sqlite3
from datetime import timedelta

from pydantic import ValidationError

from tillsaga.sandbox import world
from tillsaga.sandbox.books import Books, Record, parse_moment, stamp
from tillsaga.sandbox.leat.attributes import define
from tillsaga.sandbox.leat.contacts import create_contact
from tillsaga.sandbox.leat.loyalty import record
from tillsaga.sandbox.leat.seeds import (
    CollectableSeed,
    ContactSeed,
    GiftcardSeed,
    IdentifierSeed,
    LeatSeed,
    ProgramSeed,
    PromotionSeed,
    RewardSeed,
    VoucherSeed,
)
from tillsaga.sandbox.leat.voucher_rules import LOCK_SECONDS
from tillsaga.sandbox.vendor import SeedRefused


def load_world(books: Books) -> None:
    """Put the documented world into empty books."""
    for uuid, name, kind in (
        (world.SHOP, world.SHOP_NAME, "physical"),
        (world.WEBSHOP, "Webshop", "web"),
    ):
        books.insert("leat_shops", uuid=uuid, name=name, type=kind)
    books.insert("leat_tokens", token=world.TOKEN, rights="all")
    books.insert("leat_tokens", token=world.READ_TOKEN, rights="read")
    books.insert("leat_tokens", token=world.REGISTER_TOKEN, rights="all", shop=world.SHOP)
    for entity in ("promotion", "reward"):
        for name, kind in world.ATTRIBUTES.items():
            label = name.removeprefix("tillsaga_").replace("_", " ").capitalize()
            books.insert("leat_attributes", **define(entity, name, label, kind, books.now()))
    add(books, world.LEAT)
    books.run("UPDATE leat_contacts SET seeded = 1")


def add(books: Books, wanted: Record) -> Record:
    """Add what is described and answer the ids, list by list in the order asked.

    Raises:
        SeedRefused: the description is wrong, refers to nothing, or an id is taken.
    """
    try:
        seed = LeatSeed.model_validate(wanted)
        return Seeder(books).add_all(seed)
    except (ValidationError, sqlite3.IntegrityError, ValueError) as wrong:
        raise SeedRefused(str(wrong)) from wrong


def _moment(text: str | None) -> str | None:
    return stamp(parse_moment(text)) if text else None


class Seeder:
    """Writes descriptions into the books."""

    def __init__(self, books: Books) -> None:
        """Write into these books."""
        self._books = books

    def add_all(self, seed: LeatSeed) -> Record:
        """Add every list."""
        return {
            "programs": [self._program(one) for one in seed.programs],
            "promotions": [self._promotion(one) for one in seed.promotions],
            "rewards": [self._reward(one) for one in seed.rewards],
            "contacts": [self._contact(one) for one in seed.contacts],
            "identifiers": [self._identifier(one, one.contact_uuid) for one in seed.identifiers],
            "vouchers": [self._voucher(one, one.contact_uuid) for one in seed.vouchers],
            "collectables": [self._collectable(one, one.contact_uuid) for one in seed.collectables],
            "giftcards": [self._giftcard(one) for one in seed.giftcards],
        }

    def _known(self, table: str, uuid: str | None) -> str:
        if not self._books.one(f"SELECT id FROM {table} WHERE uuid = ?", uuid):
            raise ValueError(f"{table}: there is no {uuid}")
        return str(uuid)

    def _program(self, seed: ProgramSeed) -> Record:
        uuid = seed.uuid or self._books.new_id("gp")
        row = {"name": seed.name, "expiration_days": seed.expiration_days}
        most = seed.max_amount_in_cents
        self._books.insert("leat_programs", uuid=uuid, max_amount=most, **row)
        return {"uuid": uuid}

    def _promotion(self, seed: PromotionSeed) -> Record:
        uuid = seed.uuid or self._books.new_id("promo")
        self._books.insert("leat_promotions", **(seed.model_dump() | {"uuid": uuid}))
        return {"uuid": uuid}

    def _reward(self, seed: RewardSeed) -> Record:
        uuid = seed.uuid or self._books.new_id("rw")
        self._books.insert("leat_rewards", **(seed.model_dump() | {"uuid": uuid}))
        return {"uuid": uuid}

    def _contact(self, seed: ContactSeed) -> Record:
        email = f"{secrets.token_hex(6)}@example.test" if seed.email == "fresh" else seed.email
        tier = seed.tier and {
            "uuid": f"tier-{seed.tier.lower()}",
            "name": seed.tier,
            "description": None,
            "position": 1,
            "media": None,
        }
        values = {"firstname": seed.firstname} if seed.firstname else {}
        known = {"uuid": seed.uuid, "tier": tier or None, "attributes": values}
        uuid = create_contact(self._books, email, **known, seeded=True)
        if seed.points:
            record(self._books, uuid, seed.points, "opening", shop=world.SHOP)
        if seed.prepaid_in_cents:
            self._open_prepaid(uuid, seed.prepaid_in_cents)
        return {
            "uuid": uuid,
            "email": email,
            "identifiers": [self._identifier(one, uuid)["value"] for one in seed.identifiers],
            "vouchers": [self._voucher(one, uuid) for one in seed.vouchers],
            "collectables": [self._collectable(one, uuid)["uuid"] for one in seed.collectables],
        }

    def _open_prepaid(self, contact: str, cents: int) -> None:
        uuid, at = self._books.new_id("pt"), self._books.now()
        row = {"contact": contact, "amount": cents, "shop": world.SHOP, "created_at": at}
        self._books.insert("leat_prepaid_transactions", uuid=uuid, opening=True, **row)

    def _identifier(self, seed: IdentifierSeed, contact: str | None) -> Record:
        value = seed.value or f"CARD-{secrets.token_hex(6).upper()}"
        owner = self._known("leat_contacts", contact) if contact else None
        row = {"name": seed.name, "active": seed.active, "contact": owner}
        self._books.insert("leat_identifiers", value=value, **row)
        return {"value": value}

    def _voucher(self, seed: VoucherSeed, contact: str | None) -> Record:
        promotion = seed.promotion_uuid
        if promotion is None:
            promotion = self._promotion(PromotionSeed(attributes=seed.attributes))["uuid"]
        known = self._known("leat_promotions", promotion)
        query = "SELECT redemptions_per_voucher FROM leat_promotions WHERE uuid = ?"
        allowed = seed.total_redemptions_allowed or self._books.number(query, known)
        uuid = seed.uuid or self._books.new_id("v")
        code = seed.code or f"V-{secrets.token_hex(6).upper()}"
        self._books.insert(
            "leat_vouchers",
            uuid=uuid,
            code=code,
            promotion=known,
            contact=self._known("leat_contacts", contact) if contact else None,
            contact_by_redemption=False,
            activation_date=_moment(seed.activation_date) or world.PAST,
            expiration_date=_moment(seed.expiration_date),
            deactivated=seed.deactivated,
            allowed=allowed,
            redeemed=seed.redeemed,
            redeemed_at=self._books.now() if seed.redeemed else None,
            custom_attributes=seed.attributes if seed.promotion_uuid else {},
            created_at=self._books.now(),
            **self._lock(seed.locked_with),
        )
        return {"uuid": uuid, "code": code}

    def _lock(self, key: str | None) -> Record:
        if key is None:
            return {}
        until = stamp(self._books.clock.now() + timedelta(seconds=LOCK_SECONDS))
        return {"release_key": key, "locked_at": self._books.now(), "release_at": until}

    def _collectable(self, seed: CollectableSeed, contact: str | None) -> Record:
        made = record(
            self._books,
            self._known("leat_contacts", contact),
            0,
            "opening",
            type="reward_reception",
            reward=self._known("leat_rewards", seed.reward_uuid),
            shop=world.SHOP,
            collectable=True,
            expires_at=_moment(seed.expires_at),
            **({"uuid": seed.uuid} if seed.uuid else {}),
        )
        return {"uuid": made["uuid"]}

    def _giftcard(self, seed: GiftcardSeed) -> Record:
        uuid = seed.uuid or self._books.new_id("gc")
        code = seed.hash or f"GC{secrets.token_hex(6).upper()}"
        ends = self._books.clock.now() + timedelta(days=365)
        self._books.insert(
            "leat_giftcards",
            uuid=uuid,
            hash=code,
            type=seed.type,
            program=self._known("leat_programs", seed.program_uuid),
            active=seed.active,
            expiration_date=_moment(seed.expiration_date) or stamp(ends),
            created_at=self._books.now(),
        )
        if seed.balance_in_cents:
            self._open_card(seed, uuid)
        return {"uuid": uuid, "hash": code}

    def _open_card(self, seed: GiftcardSeed, card: str) -> None:
        self._books.insert(
            "leat_giftcard_transactions",
            uuid=None if seed.legacy else self._books.new_id("gt"),
            card=card,
            amount=seed.balance_in_cents,
            loads=1,
            shop=world.SHOP,
            custom_attributes={},
            opening=True,
            created_at=self._books.now(),
        )
