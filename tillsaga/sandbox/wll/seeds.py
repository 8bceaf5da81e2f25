"""The shape of what `POST /_sandbox/seed/wll` takes; whatever is left out is made up fresh."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TENANT = "main"
"""Where things go unless a seed says otherwise."""


class Wanted(BaseModel):
    """A description; anything unknown in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Owned(Wanted):
    """Something of a tenant."""

    tenant: str = TENANT


class TenantSeed(Wanted):
    """A tenant; its key is how a request names it."""

    name: str
    api_key: str
    receipts: bool = True


class ClientSeed(Owned):
    """Credentials for admin tokens."""

    client_id: str
    secret: str
    may_write: bool = True


class TokenSeed(Owned):
    """A token that never ends; with a user it is that user's, else an admin's."""

    token: str
    user: str | None = None
    may_write: bool = True


class RewardSeed(Owned):
    """A reward: `price` in points, ABSOLUTE and FIXED discounts in minor units."""

    id: str | None = None
    type: Literal["VOUCHER", "GIFT_CARD"] = "VOUCHER"
    name: str = "Reward"
    code_type: Literal["HUMAN", "OTP", "POOL", "STATIC"] = "OTP"
    integrated: bool = Field(default=True, description="False: a pool the API does not know.")
    static_code: str | None = None
    price: int = Field(default=0, ge=0, le=10_000_000)
    value: int = Field(default=0, ge=0, le=10_000_000)
    discounts: list[dict[str, Any]] = [{"type": "ABSOLUTE", "value": 500}]
    expires_at: str | None = None


class VoucherSeed(Wanted):
    """A benefit of a reward; without a reward it gets a fresh one with the discounts."""

    id: str | None = None
    reward: str | None = None
    discounts: list[dict[str, Any]] = [{"type": "ABSOLUTE", "value": 500}]
    code: str | None = None
    state: Literal["ISSUED", "REDEEMED", "VALIDATED", "BURNED"] = "ISSUED"
    expires_at: str | None = None


class GivenSeed(VoucherSeed):
    """A benefit for a user that is there."""

    user: str


class UserSeed(Owned):
    """A member; `auth_identifier` is made up unless it is null, which means none."""

    id: str | None = None
    account_number: str | None = None
    auth_identifier: str | None = "fresh"
    external_identifier: str | None = None
    restricted: bool = False
    profile: dict[str, str] = {}
    tier: str | None = None
    points: int = 0
    lifetime: int = 0
    loyalty_cost: int = 0
    vouchers: list[VoucherSeed] = []


class EventTypeSeed(Owned):
    """A custom event type; `payload` names required fields: positive, integer or text."""

    name: str
    private: bool = False
    payload: dict[str, Literal["positive", "integer", "text"]] = {}


class ReactorSeed(Owned):
    """Adjusts by `field * multiplier / divisor`, rounded down, or gives a reward instead."""

    id: str | None = None
    name: str = "Reactor"
    event_type: str
    field: str = "points"
    multiplier: int = 1
    divisor: int = Field(default=1, ge=1)
    least: int = Field(default=1, description="The smallest value of `field` it reacts to.")
    reward: str | None = None


class SettingSeed(Owned):
    """A setting of the program."""

    name: str
    value: Any


class WllSeed(Wanted):
    """Everything that can be added at once, in the order it is added."""

    tenants: list[TenantSeed] = []
    clients: list[ClientSeed] = []
    rewards: list[RewardSeed] = []
    users: list[UserSeed] = []
    vouchers: list[GivenSeed] = []
    tokens: list[TokenSeed] = []
    event_types: list[EventTypeSeed] = []
    reactors: list[ReactorSeed] = []
    settings: list[SettingSeed] = []
