"""Adding to Koupon's world: the documented one, or what a test asks for.

Whatever is left out of a seed is made up fresh, so two seeds never meet.
"""

import secrets
import sqlite3

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tillsaga.sandbox.books import Books, Record, parse_moment, stamp
from tillsaga.sandbox.koupon.offers import offer_of
from tillsaga.sandbox.vendor import SeedRefused


class Wanted(BaseModel):
    """A description; anything unknown in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KeySeed(Wanted):
    """An API key with its secret."""

    identifier: str | None = None
    secret: str | None = None


class OfferSeed(Wanted):
    """An offer: how often it may be used, how often it was, and when; moments are ISO 8601."""

    title: str = "Offer"
    uses: int = Field(default=1, ge=1)
    redeemed: int = Field(default=0, ge=0)
    active: bool = True
    starts_at: str | None = None
    expires_at: str | None = None


class BarcodeSeed(OfferSeed):
    """An offer barcode."""

    discount_asset: str | None = Field(default=None, min_length=1)


class CouponSeed(OfferSeed):
    """An offer clipped to a loyalty account."""

    coupon_code: str | None = Field(default=None, min_length=1)


class AccountSeed(Wanted):
    """A loyalty account with its coupons."""

    loyalty_id: str | None = Field(default=None, min_length=1)
    coupons: list[CouponSeed] = []


class ClippedSeed(CouponSeed):
    """A coupon for an account that is there, such as a replacement for a lost one."""

    loyalty_id: str


class KouponSeed(Wanted):
    """Everything that can be added at once, in the order it is added."""

    keys: list[KeySeed] = []
    barcodes: list[BarcodeSeed] = []
    accounts: list[AccountSeed] = []
    coupons: list[ClippedSeed] = []


def add(books: Books, wanted: Record) -> Record:
    """Add what is described and answer the ids, list by list in the order asked.

    Raises:
        SeedRefused: the description is wrong, refers to nothing, or an id is taken.
    """
    try:
        seed = KouponSeed.model_validate(wanted)
        return {
            "keys": [_key(books, one) for one in seed.keys],
            "barcodes": [_barcode(books, one) for one in seed.barcodes],
            "accounts": [_account(books, one) for one in seed.accounts],
            "coupons": [_clipped(books, one) for one in seed.coupons],
        }
    except (ValidationError, sqlite3.IntegrityError, ValueError) as wrong:
        raise SeedRefused(str(wrong)) from wrong


def _key(books: Books, seed: KeySeed) -> Record:
    identifier = seed.identifier or f"key-{secrets.token_hex(6)}"
    secret = seed.secret or secrets.token_hex(16)
    books.insert("koupon_keys", identifier=identifier, secret=secret)
    return {"identifier": identifier, "secret": secret}


def _barcode(books: Books, seed: BarcodeSeed) -> Record:
    asset = seed.discount_asset or f"00{secrets.randbelow(10**11):011}"
    if _is_account(books, asset):
        raise ValueError(f"{asset} is a loyalty id")
    _offer(books, asset, "", seed)
    return {"discount_asset": asset}


def _account(books: Books, seed: AccountSeed) -> Record:
    loyalty = seed.loyalty_id or f"LOY-{secrets.token_hex(6).upper()}"
    if offer_of(books, loyalty, ""):
        raise ValueError(f"{loyalty} is a barcode")
    books.insert("koupon_accounts", loyalty_id=loyalty, created_at=books.now())
    return {"loyalty_id": loyalty, "coupons": [_coupon(books, loyalty, c) for c in seed.coupons]}


def _clipped(books: Books, seed: ClippedSeed) -> Record:
    if not _is_account(books, seed.loyalty_id):
        raise ValueError(f"there is no account {seed.loyalty_id}")
    code = _coupon(books, seed.loyalty_id, seed)
    return {"loyalty_id": seed.loyalty_id, "coupon_code": code}


def _coupon(books: Books, loyalty: str, seed: CouponSeed) -> str:
    code = seed.coupon_code or f"CPN-{secrets.token_hex(6).upper()}"
    _offer(books, loyalty, code, seed)
    return code


def _is_account(books: Books, asset: str) -> bool:
    return books.one("SELECT id FROM koupon_accounts WHERE loyalty_id = ?", asset) is not None


def _offer(books: Books, asset: str, coupon: str, seed: OfferSeed) -> None:
    if seed.redeemed > seed.uses:
        raise ValueError(f"{asset}: redeemed more often than it can be")
    books.insert(
        "koupon_offers",
        asset=asset,
        coupon=coupon,
        title=seed.title,
        uses=seed.uses,
        redeemed=seed.redeemed,
        active=seed.active,
        starts_at=_moment(seed.starts_at),
        expires_at=_moment(seed.expires_at),
        created_at=books.now(),
    )


def _moment(text: str | None) -> str | None:
    return stamp(parse_moment(text)) if text else None
