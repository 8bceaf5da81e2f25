"""Adding to Let'sTrade's world: the documented one, or what a test asks for."""

import secrets
import sqlite3

from pydantic import ValidationError

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.letstrade import payment
from tillsaga.sandbox.letstrade.codes import mint
from tillsaga.sandbox.letstrade.customers import create_customer
from tillsaga.sandbox.letstrade.seeds import (
    CodeSeed,
    CustomerSeed,
    DealSeed,
    LetsTradeSeed,
    StoreSeed,
    SubscriptionSeed,
    VoucherSeed,
)
from tillsaga.sandbox.vendor import SeedRefused


def add(books: Books, wanted: Record) -> Record:
    """Add what is described and answer the ids, list by list in the order asked.

    Raises:
        SeedRefused: the description is wrong, refers to nothing, or an id is taken.
    """
    try:
        return Seeder(books).add_all(LetsTradeSeed.model_validate(wanted))
    except (ValidationError, sqlite3.IntegrityError, ValueError) as wrong:
        raise SeedRefused(str(wrong)) from wrong


class Seeder:
    """Writes descriptions into the books."""

    def __init__(self, books: Books) -> None:
        """Write into these books."""
        self._books = books

    def add_all(self, seed: LetsTradeSeed) -> Record:
        """Add every list."""
        return {
            "stores": [self._store(one) for one in seed.stores],
            "deals": [self._deal(one) for one in seed.deals],
            "customers": [self._customer(one) for one in seed.customers],
            "vouchers": [self._voucher(one, one.user_id) for one in seed.vouchers],
            "subscriptions": [self._subscription(one, one.user_id) for one in seed.subscriptions],
            "codes": [self._code(one, one.user_id) for one in seed.codes],
        }

    def _known(self, user_id: str | None) -> Record:
        query = "SELECT * FROM letstrade_customers WHERE user_id = ?"
        if (found := self._books.one(query, user_id)) is None:
            raise ValueError(f"there is no customer {user_id}")
        return found

    def _store(self, seed: StoreSeed) -> Record:
        store = seed.store_id or f"S-{secrets.token_hex(4)}"
        self._books.insert("letstrade_stores", store_id=store, terminals=seed.terminals)
        return {"store_id": store, "terminals": seed.terminals}

    def _deal(self, seed: DealSeed) -> Record:
        deal = seed.deal_id or f"d-{secrets.token_hex(4)}"
        row = {"title": seed.title, "level": seed.level, "sku": seed.sku}
        discount = seed.discount_in_cents
        self._books.insert("letstrade_deals", deal_id=deal, discount=discount, **row)
        return {"deal_id": deal}

    def _customer(self, seed: CustomerSeed) -> Record:
        names = ("user_id", "name", "surname", "email", "cell_country_code", "cell_number")
        user = create_customer(
            self._books,
            origin="seed",
            has_wallet=seed.wallet_in_cents is not None,
            has_card=seed.card is not None,
            card_declines=seed.card is not None and seed.card.declines,
            card_limit=seed.card.limit_in_cents if seed.card else None,
            loan_limit=seed.loan_limit_in_cents,
            **{name: getattr(seed, name) for name in names},
        )
        if seed.wallet_in_cents:
            payment.enter(self._books, user, "wallet", seed.wallet_in_cents, entry="opening")
        if seed.points:
            row = {"user_id": user, "points": seed.points, "entry": "opening"}
            self._books.insert("letstrade_points", **row, created_at=self._books.now())
        return {
            "user_id": user,
            "vouchers": [self._voucher(one, user)["voucher_id"] for one in seed.vouchers],
            "subscriptions": [
                self._subscription(one, user)["redemption_id"] for one in seed.subscriptions
            ],
            "codes": [self._code(one, user)["code"] for one in seed.codes],
        }

    def _voucher(self, seed: VoucherSeed, user_id: str | None) -> Record:
        if (seed.apply_to == "PRODUCT") != (seed.sku is not None):
            raise ValueError("a PRODUCT voucher, and only that, names a sku")
        voucher = seed.voucher_id or f"v-{secrets.token_hex(6)}"
        row = {"title": seed.title, "apply_to": seed.apply_to, "value": seed.value_in_cents}
        self._books.insert(
            "letstrade_vouchers",
            voucher_id=voucher,
            user_id=self._known(user_id)["user_id"],
            sku=seed.sku,
            quantity=seed.quantity,
            state="BURNED" if seed.burned else "AVAILABLE",
            **row,
        )
        return {"voucher_id": voucher}

    def _subscription(self, seed: SubscriptionSeed, user_id: str | None) -> Record:
        redemption = seed.redemption_id or f"sub-{secrets.token_hex(6)}"
        row = {"title": seed.title, "pids": seed.pids, "remaining": seed.remaining}
        self._books.insert(
            "letstrade_subscriptions",
            redemption_id=redemption,
            user_id=self._known(user_id)["user_id"],
            discount=seed.discount_in_cents,
            **row,
        )
        return {"redemption_id": redemption}

    def _code(self, seed: CodeSeed, user_id: str | None) -> Record:
        customer = self._known(user_id)
        if seed.code and seed.code[0].upper() != seed.kind:
            raise ValueError(f"{seed.code} does not start with {seed.kind}")
        code = mint(
            self._books,
            seed.kind,
            customer["user_id"],
            code=seed.code,
            age_seconds=seed.age_seconds,
            voucher_id=self._voucher_for(seed, customer) if seed.kind == "R" else None,
            instruments=_instruments(seed, customer) if seed.kind == "P" else [],
            used_at=self._books.now() if seed.used else None,
        )
        return {"code": code}

    def _voucher_for(self, seed: CodeSeed, customer: Record) -> str:
        query = "SELECT voucher_id FROM letstrade_vouchers WHERE user_id = ?"
        which, order = "AND COALESCE(voucher_id = ?, state = 'AVAILABLE')", "ORDER BY id"
        user = customer["user_id"]
        if (found := self._books.one(f"{query} {which} {order}", user, seed.voucher_id)) is None:
            raise ValueError(f"{user} has no voucher for an R code")
        return str(found["voucher_id"])


def _instruments(seed: CodeSeed, customer: Record) -> list[str]:
    owned = {
        "wallet": customer["has_wallet"],
        "card": customer["has_card"],
        "loan": customer["loan_limit"] is not None,
    }
    wanted: list[str] = [*(seed.instruments or (name for name, has in owned.items() if has))]
    if not wanted or not all(owned[name] for name in wanted):
        raise ValueError(f"{customer['user_id']} cannot pay with {wanted or 'anything'}")
    return wanted
