"""What is read of Leat's answers: only what is used."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from tillsaga.connectors.leat.wire import Attributes, Entry, Maybe, MaybeNamed, Moment, Named, Shape


class Points(Shape):
    """A points balance."""

    balance: int


class Prepaid(Shape):
    """A prepaid balance, minor units."""

    balance_in_cents: int


class Tier(Shape):
    """A loyalty tier."""

    name: Maybe[str] = None


class Contact(Named):
    """A member; embedded ones lack the balances (sheet 3.1)."""

    tier: Maybe[Tier] = None
    credit_balance: Maybe[Points] = None
    prepaid_balance: Maybe[Prepaid] = None


class ContactIdentifier(Shape):
    """A loyalty card; `contact` is None while nobody owns it (trap 13)."""

    active: bool = True
    contact: Maybe[Contact] = None


class Media(Shape):
    """A picture."""

    value: Maybe[str] = None


class Promotion(Shape):
    """A voucher's parent, with its custom attributes flattened among the fields."""

    model_config = ConfigDict(extra="allow")

    name: Maybe[str] = None


class Voucher(Named):
    """A voucher; the counters are absent in older answers (sheet 3.3)."""

    code: str
    status: str
    name: Maybe[str] = None
    expiration_date: Maybe[Moment] = None
    redeemed_at: Maybe[Moment] = None
    times_redeemed: Maybe[int] = None
    total_redemptions_allowed: Maybe[int] = None
    attributes: Attributes = Field(default_factory=dict)
    contact: Maybe[Contact] = None
    promotion: Maybe[Promotion] = None

    @property
    def once_only(self) -> bool:
        """Whether one redemption surely uses it up; without the counter nobody knows."""
        return self.total_redemptions_allowed == 1


class RedeemedVoucher(Shape):
    """What redeeming answers; older servers leave the redemption out."""

    uuid: Maybe[str] = None
    redeemed_at: Maybe[Moment] = None
    times_redeemed: Maybe[int] = None
    voucher_redemption: Maybe[MaybeNamed] = None


class Lock(Shape):
    """A voucher's lock."""

    release_key: str
    system_release_at: Maybe[Moment] = None


class Locked(Shape):
    """What locking answers."""

    lock: Lock


class Reward(Named):
    """A reward, with its custom attributes flattened among the fields."""

    model_config = ConfigDict(extra="allow")

    title: Maybe[str] = None
    is_active: Maybe[bool] = None
    active: Maybe[bool] = None
    required_credits: Maybe[int] = None
    pre_redeemable: Maybe[bool] = None
    media: Maybe[Media] = None

    @property
    def stands(self) -> bool:
        """Whether it can be claimed at all."""
        return self.is_active is not False and self.active is not False


class Reception(Entry):
    """A reward reception, a collectable reward or a credit reception."""

    type: Maybe[str] = None
    title: Maybe[str] = None
    credits: Maybe[int] = None
    contact: Maybe[Contact] = None
    reward: Maybe[Reward] = None
    expires_at: Maybe[Moment] = None
    has_been_collected: Maybe[bool] = None


class Collection(Named):
    """What collecting answers: with `status` the id is the collection's (sheet 3.5)."""

    status: Maybe[str] = None


class Program(Shape):
    """A gift card program."""

    max_amount_in_cents: Maybe[int] = None


class Giftcard(Named):
    """A gift card. `hash` is its code: it never leaves this package."""

    type: Maybe[str] = None
    hash: Annotated[str, Field(repr=False)]
    amount_in_cents: int
    upgradeable: Maybe[bool] = None
    active: Maybe[bool] = None
    expiration_date: Maybe[Moment] = None
    giftcard_program: Maybe[Program] = None
    giftcard_recipients: Annotated[list[JsonValue], BeforeValidator(lambda v: v or [])] = Field(
        default_factory=list
    )


class CardEntry(Entry):
    """A gift card transaction; the amount is signed, minor units."""

    amount_in_cents: int
    custom_attributes: Attributes = Field(default_factory=dict)


class PrepaidEntry(Entry):
    """A prepaid transaction; the amount is signed, minor units."""

    amount_in_cents: int
    prepaid_balance: Maybe[Prepaid] = None


class PortalSession(Shape):
    """A page of the vendor's own."""

    url: str
