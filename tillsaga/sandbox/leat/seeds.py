"""What `POST /_sandbox/seed/leat` takes. Money is in cents, moments are ISO 8601.

Whatever is left out is made up fresh, so two seeds never meet.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tillsaga.sandbox import world
from tillsaga.sandbox.leat.identifiers import NAME


class Wanted(BaseModel):
    """A description; anything unknown in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IdentifierSeed(Wanted):
    """A loyalty card."""

    value: str | None = None
    name: str = NAME
    active: bool = True
    contact_uuid: str | None = None


class PromotionSeed(Wanted):
    """A promotion; its attributes are those of its vouchers."""

    uuid: str | None = None
    name: str = "Promotion"
    description: str | None = None
    active: bool = True
    voucher_limit: int | None = None
    limit_per_contact: int | None = None
    expiration_duration: int | None = None
    redemptions_per_voucher: int = 1
    attributes: dict[str, Any] = {}


class VoucherSeed(Wanted):
    """A voucher; without a promotion it gets one of its own with these attributes."""

    uuid: str | None = None
    code: str | None = None
    promotion_uuid: str | None = None
    contact_uuid: str | None = None
    attributes: dict[str, Any] = {}
    activation_date: str | None = None
    expiration_date: str | None = None
    total_redemptions_allowed: int | None = None
    deactivated: bool = False
    redeemed: int = 0
    locked_with: str | None = None


class CollectableSeed(Wanted):
    """A claimed reward that waits to be collected; it cost nothing."""

    uuid: str | None = None
    contact_uuid: str | None = None
    reward_uuid: str = world.REWARD_BIRTHDAY
    expires_at: str | None = None


class ContactSeed(Wanted):
    """A customer with all that is his; a null email makes an anonymous one."""

    uuid: str | None = None
    email: str | None = "fresh"
    firstname: str | None = None
    points: int = 0
    prepaid_in_cents: int = 0
    tier: str | None = None
    identifiers: list[IdentifierSeed] = []
    vouchers: list[VoucherSeed] = []
    collectables: list[CollectableSeed] = []


class RewardSeed(Wanted):
    """A reward."""

    uuid: str | None = None
    title: str = "Reward"
    description: str | None = None
    reward_type: Literal["PHYSICAL", "DIGITAL"] = "PHYSICAL"
    active: bool = True
    required_credits: int = 10
    pre_redeemable: bool = False
    expiration_duration: int | None = None
    cost_price: int | None = None
    stock: int | None = None
    claim_limit: int | None = None
    attributes: dict[str, Any] = {}


class ProgramSeed(Wanted):
    """A giftcard program."""

    uuid: str | None = None
    name: str = "Program"
    max_amount_in_cents: int | None = 50_000
    expiration_days: int | None = 365


class GiftcardSeed(Wanted):
    """A giftcard; a `legacy` one was loaded by a transaction without a uuid."""

    uuid: str | None = None
    hash: str | None = None
    type: Literal["PHYSICAL", "DIGITAL"] = "PHYSICAL"
    program_uuid: str = world.PROGRAM
    balance_in_cents: int = 0
    active: bool = True
    expiration_date: str | None = None
    legacy: bool = False


class LeatSeed(Wanted):
    """Everything that can be added at once, in the order it is added."""

    programs: list[ProgramSeed] = []
    promotions: list[PromotionSeed] = []
    rewards: list[RewardSeed] = []
    contacts: list[ContactSeed] = []
    identifiers: list[IdentifierSeed] = []
    vouchers: list[VoucherSeed] = []
    collectables: list[CollectableSeed] = []
    giftcards: list[GiftcardSeed] = []
